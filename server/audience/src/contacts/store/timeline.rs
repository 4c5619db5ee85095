//! What happened to one contact.

use contract::contacts::Moment;
use contract::{CompanyId, Cursor, Micros};
use kernel::db::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    PAGE = "SELECT id, kind, title, detail, href, at
        FROM contact_event
        WHERE company_id = $1 AND contact_id = $2 AND (at, id) < ($3, $4)
        ORDER BY at DESC, id DESC
        LIMIT $5";
    ORIGIN = "SELECT source, created_at FROM contact WHERE company_id = $1 AND id = $2 AND deleted_at IS NULL";
}

#[derive(kernel::FromRow)]
struct EventRow {
    id: i64,
    kind: String,
    title: String,
    detail: String,
    href: String,
    at: i64,
}

/// Source and time of a live contact.
pub async fn origin(tx: &mut Tx, company: CompanyId, id: Uuid) -> Result<Option<(String, i64)>, DbError> {
    tx.query(ORIGIN).bind(company.0).bind(id).fetch_optional().await
}

/// Reads a cursor.
pub fn timeline_cursor(cursor: Option<&Cursor>) -> Option<(i64, i64)> {
    match cursor {
        None => Some((i64::MAX, i64::MAX)),
        Some(Cursor(text)) => {
            let (at, id) = text.split_once(':')?;
            Some((at.parse().ok()?, id.parse().ok()?))
        }
    }
}

/// At most `limit` entries, newest first, and the cursor if more follow.
pub async fn timeline(
    tx: &mut Tx,
    company: CompanyId,
    id: Uuid,
    (at, event): (i64, i64),
    limit: usize,
) -> Result<(Vec<Moment>, Option<Cursor>), DbError> {
    let wanted = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let query = tx.query(PAGE).bind(company.0).bind(id).bind(at).bind(event).bind(wanted);
    let mut rows: Vec<EventRow> = query.fetch_all().await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|r| Cursor(format!("{}:{}", r.at, r.id)));
    let moments = rows.into_iter().map(|r| Moment {
        kind: r.kind,
        title: r.title,
        detail: r.detail,
        href: r.href,
        at: Micros(r.at),
    });
    Ok((moments.collect(), next))
}
