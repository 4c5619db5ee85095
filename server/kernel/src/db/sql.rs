//! Statements as constants that a test can find and prepare on both engines.

use super::Engine;

/// One statement: the same text for both engines, or one text each where the dialects differ by nature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sql {
    /// Text for SQLite.
    pub sqlite: &'static str,
    /// Text for PostgreSQL.
    pub postgres: &'static str,
}

impl Sql {
    /// The text for an engine.
    pub const fn text(self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self { sqlite: text, postgres: text }
    }
}

/// A statement with its place, as [`sql!`](crate::sql) registered it.
#[derive(Debug)]
pub struct Registered {
    /// Module of the store.
    pub module: &'static str,
    /// Name of the constant.
    pub name: &'static str,
    /// The statement.
    pub sql: Sql,
}

inventory::collect!(Registered);

/// All statements of the linked stores.
pub fn registered() -> impl Iterator<Item = &'static Registered> {
    inventory::iter::<Registered>.into_iter()
}

/// Declares statements: `NAME = "text";` or `NAME = sqlite "text", postgres "text";`. Each becomes a constant
/// [`crate::db::Sql`] for `tx.query(NAME)`, and is known to `testkit::prepare_all`.
#[macro_export]
macro_rules! sql {
    () => {};
    ($(#[$meta:meta])* $vis:vis $name:ident = sqlite $sqlite:expr, postgres $postgres:expr; $($rest:tt)*) => {
        $(#[$meta])*
        $vis const $name: $crate::db::Sql = $crate::db::Sql { sqlite: $sqlite, postgres: $postgres };
        $crate::inventory::submit! {
            $crate::db::Registered { module: module_path!(), name: stringify!($name), sql: $name }
        }
        $crate::sql! { $($rest)* }
    };
    ($(#[$meta:meta])* $vis:vis $name:ident = $text:expr; $($rest:tt)*) => {
        $crate::sql! { $(#[$meta])* $vis $name = sqlite $text, postgres $text; $($rest)* }
    };
}
