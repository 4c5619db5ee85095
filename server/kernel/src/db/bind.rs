//! What can be bound and read on both engines; anything else does not compile.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Encode, FromRow, Postgres, Sqlite, Type};

/// A value that both drivers can send.
pub trait Bind<'q>: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> + Send {}
impl<'q, T> Bind<'q> for T where T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> + Send {}

/// A row that both drivers can fill: `#[derive(kernel::FromRow)]` or a tuple.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A single column that both drivers can read.
pub trait Scalar:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin
{
}
impl<T> Scalar for T where
    T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin
{
}

/// How many values a text wants: the highest `$n` outside string literals, quoted names and comments. `None` when a
/// number below the highest is missing, which SQLite would silently read as NULL.
pub(super) fn placeholders(sql: &str) -> Option<usize> {
    let bytes = sql.as_bytes();
    let at = |i: usize| bytes.get(i).copied().unwrap_or(0);
    let (mut i, mut seen) = (0, 0_u128);
    while i < bytes.len() {
        match at(i) {
            quote @ (b'\'' | b'"') => {
                i += 1;
                while i < bytes.len() && at(i) != quote {
                    i += 1;
                }
            }
            b'-' if at(i + 1) == b'-' => {
                while i < bytes.len() && at(i) != b'\n' {
                    i += 1;
                }
            }
            b'$' if at(i + 1).is_ascii_digit() => {
                let mut n = 0_usize;
                while at(i + 1).is_ascii_digit() {
                    n = n.saturating_mul(10).saturating_add(usize::from(at(i + 1) - b'0'));
                    i += 1;
                }
                if n == 0 || n > 128 {
                    return None;
                }
                seen |= 1 << (n - 1);
            }
            _ => {}
        }
        i += 1;
    }
    let count = (128 - seen.leading_zeros()) as usize;
    (seen.count_ones() as usize == count).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::placeholders;

    #[test]
    fn placeholders_are_counted_outside_literals_and_comments() {
        assert_eq!(placeholders("SELECT 1"), Some(0));
        assert_eq!(placeholders("SELECT $1, $2, $1"), Some(2));
        assert_eq!(placeholders("SELECT '$9 it''s', \"$8\", $1 -- $7\n, $2"), Some(2));
        assert_eq!(placeholders("SELECT $1, $3"), None);
        assert_eq!(placeholders("SELECT x ->> '$.a' FROM t WHERE y = $1"), Some(1));
        assert_eq!(placeholders("SELECT '$1"), Some(0));
    }
}
