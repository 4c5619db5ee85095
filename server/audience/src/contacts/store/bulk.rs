//! Bulk actions in stretches of 10,000, each a transaction, and taking them back.
//!
//! A stretch first notes which contacts will change in `bulk_undo_row`; the change then reads them from there, and so does
//! the way back.

use super::find::{Filter, ids_clause};
use crate::built::Built;
use contract::{CompanyId, ContactId, Micros};
use kernel::db::{DbError, Engine, Tx};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Contacts per transaction.
const STRETCH: i64 = 10_000;

kernel::sql! {
    OPEN = "INSERT INTO bulk_undo (company_id, id, act, at, expires_at) VALUES ($1, $2, $3, $4, $5)";
    DROP_EMPTY = "DELETE FROM bulk_undo WHERE company_id = $1 AND id = $2";
    FIND = "SELECT act, at, expires_at, undone_at FROM bulk_undo WHERE company_id = $1 AND id = $2";
    CLOSE = "UPDATE bulk_undo SET undone_at = $3 WHERE company_id = $1 AND id = $2 AND undone_at IS NULL";
    LAST = "SELECT contact_id FROM bulk_undo_row WHERE company_id = $1 AND undo_id = $2 ORDER BY contact_id DESC LIMIT 1";
    END_OF_STRETCH = "SELECT contact_id
        FROM bulk_undo_row
        WHERE company_id = $1 AND undo_id = $2 AND contact_id > $3
        ORDER BY contact_id
        LIMIT 1 OFFSET 9999";

    TAG_ADD = "INSERT INTO contact_tag (company_id, tag_id, contact_id)
        SELECT r.company_id, t.id, r.contact_id
        FROM bulk_undo_row r
        JOIN tag t ON t.company_id = r.company_id AND t.id = $4
        WHERE r.company_id = $1 AND r.undo_id = $2 AND r.contact_id > $3 AND r.contact_id <= $5
        ON CONFLICT DO NOTHING";
    TAG_REMOVE = "DELETE FROM contact_tag
        WHERE company_id = $1 AND tag_id = $4 AND contact_id IN (
            SELECT contact_id FROM bulk_undo_row WHERE company_id = $1 AND undo_id = $2 AND contact_id > $3 AND contact_id <= $5)";
    LIST_ADD = "INSERT INTO list_member (company_id, list_id, contact_id, at)
        SELECT r.company_id, l.id, r.contact_id, CAST($6 AS BIGINT)
        FROM bulk_undo_row r
        JOIN list l ON l.company_id = r.company_id AND l.id = $4
        WHERE r.company_id = $1 AND r.undo_id = $2 AND r.contact_id > $3 AND r.contact_id <= $5
        ON CONFLICT DO NOTHING";
    LIST_REMOVE = "DELETE FROM list_member
        WHERE company_id = $1 AND list_id = $4 AND contact_id IN (
            SELECT contact_id FROM bulk_undo_row WHERE company_id = $1 AND undo_id = $2 AND contact_id > $3 AND contact_id <= $5)";
    CONSENT_OFF = "INSERT INTO contact_consent (company_id, contact_id, channel, state, source, at)
        SELECT r.company_id, r.contact_id, 'email', 'unsubscribed', 'bulk action', CAST($4 AS BIGINT)
        FROM bulk_undo_row r
        WHERE r.company_id = $1 AND r.undo_id = $2 AND r.contact_id > $3 AND r.contact_id <= $5
        ON CONFLICT (company_id, contact_id, channel)
        DO UPDATE SET state = excluded.state, source = excluded.source, at = excluded.at";
    COLUMN_OFF = "UPDATE contact SET consent = 'unsubscribed', updated_at = $4
        WHERE company_id = $1 AND id IN (
            SELECT contact_id FROM bulk_undo_row WHERE company_id = $1 AND undo_id = $2 AND contact_id > $3 AND contact_id <= $5)";
    CONSENT_BACK = sqlite "UPDATE contact_consent
        SET state = r.before ->> 's', source = r.before ->> 'o', at = r.before ->> 'a'
        FROM bulk_undo_row r
        WHERE r.company_id = $1 AND r.undo_id = $2 AND r.contact_id > $3 AND r.contact_id <= $4
            AND contact_consent.company_id = $1 AND contact_consent.contact_id = r.contact_id AND contact_consent.channel = 'email'
            AND contact_consent.state = 'unsubscribed' AND contact_consent.at = $5",
    postgres "UPDATE contact_consent
        SET state = r.before::json ->> 's', source = r.before::json ->> 'o', at = (r.before::json ->> 'a')::bigint
        FROM bulk_undo_row r
        WHERE r.company_id = $1 AND r.undo_id = $2 AND r.contact_id > $3 AND r.contact_id <= $4
            AND contact_consent.company_id = $1 AND contact_consent.contact_id = r.contact_id AND contact_consent.channel = 'email'
            AND contact_consent.state = 'unsubscribed' AND contact_consent.at = $5";
    COLUMN_BACK = "UPDATE contact
        SET consent = k.state, updated_at = $4
        FROM bulk_undo_row r, contact_consent k
        WHERE r.company_id = $1 AND r.undo_id = $2 AND r.contact_id > $3 AND r.contact_id <= $5
            AND k.company_id = $1 AND k.contact_id = r.contact_id AND k.channel = 'email'
            AND contact.company_id = $1 AND contact.id = r.contact_id AND contact.consent <> k.state";
    /// An address whose owner said no stays withheld when the contact goes.
    KEEP_NO = "INSERT INTO suppression (company_id, channel, address, reason, source, at)
        SELECT c.company_id, 'email', c.email, 'unsubscribed', 'deleted contact', CAST($4 AS BIGINT)
        FROM contact c
        JOIN bulk_undo_row r ON r.company_id = c.company_id AND r.contact_id = c.id
        WHERE r.company_id = $1 AND r.undo_id = $2 AND r.contact_id > $3 AND r.contact_id <= $5
            AND c.consent = 'unsubscribed' AND c.email IS NOT NULL
        ON CONFLICT DO NOTHING";
    DELETE = "UPDATE contact SET deleted_at = $4
        WHERE company_id = $1 AND deleted_at IS NULL AND id IN (
            SELECT contact_id FROM bulk_undo_row WHERE company_id = $1 AND undo_id = $2 AND contact_id > $3 AND contact_id <= $5)";
    DELETE_BACK = "UPDATE contact SET deleted_at = NULL
        WHERE company_id = $1 AND deleted_at = $4
            AND id IN (
                SELECT contact_id FROM bulk_undo_row WHERE company_id = $1 AND undo_id = $2 AND contact_id > $3 AND contact_id <= $5)
            AND NOT EXISTS (
                SELECT 1 FROM contact o WHERE o.company_id = $1 AND o.email = contact.email AND o.deleted_at IS NULL)";
    FORGET_NO = "DELETE FROM suppression
        WHERE company_id = $1 AND channel = 'email' AND reason = 'unsubscribed' AND source = 'deleted contact' AND at = $4
            AND address IN (
                SELECT c.email
                FROM contact c
                JOIN bulk_undo_row r ON r.company_id = c.company_id AND r.contact_id = c.id
                WHERE r.company_id = $1 AND r.undo_id = $2 AND r.contact_id > $3 AND r.contact_id <= $5 AND c.deleted_at IS NULL)";
    MOMENTS = "INSERT INTO contact_event (company_id, contact_id, kind, title, detail, href, at)
        SELECT r.company_id, r.contact_id, CAST($6 AS TEXT), CAST($7 AS TEXT), '', '', CAST($4 AS BIGINT)
        FROM bulk_undo_row r
        WHERE r.company_id = $1 AND r.undo_id = $2 AND r.contact_id > $3 AND r.contact_id <= $5
        ORDER BY r.contact_id";
}

/// A bulk action as it is kept for the way back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Put a tag on.
    TagAdd { tag: Uuid, name: String },
    /// Took a tag off.
    TagRemove { tag: Uuid, name: String },
    /// Put on a list.
    ListAdd { list: Uuid, name: String },
    /// Took off a list.
    ListRemove { list: Uuid, name: String },
    /// Unsubscribed.
    Unsubscribe,
    /// Deleted.
    Delete,
}

impl Act {
    /// Kind and title of the timeline entry; `back` when it is undone.
    fn moment(&self, back: bool) -> Option<(&'static str, String)> {
        Some(match (self, back) {
            (Self::TagAdd { name, .. }, false) | (Self::TagRemove { name, .. }, true) => {
                ("tag_added", format!("Tag {name} added"))
            }
            (Self::TagRemove { name, .. }, false) | (Self::TagAdd { name, .. }, true) => {
                ("tag_removed", format!("Tag {name} removed"))
            }
            (Self::ListAdd { name, .. }, false) | (Self::ListRemove { name, .. }, true) => {
                ("list_added", format!("Added to the list {name}"))
            }
            (Self::ListRemove { name, .. }, false) | (Self::ListAdd { name, .. }, true) => {
                ("list_removed", format!("Removed from the list {name}"))
            }
            (Self::Unsubscribe, false) => ("unsubscribed", "Unsubscribed from email by a bulk action".to_owned()),
            (Self::Unsubscribe, true) => ("changed", "Bulk unsubscribe undone".to_owned()),
            (Self::Delete, true) => ("changed", "Deletion undone".to_owned()),
            (Self::Delete, false) => return None,
        })
    }
}

/// Which contacts, in SQL.
#[derive(Debug)]
pub enum Picked<'a> {
    /// These.
    Ids(&'a [ContactId]),
    /// Those that match.
    Filter(&'a Filter),
}

/// Opens an undo.
pub async fn open_undo(
    tx: &mut Tx,
    company: CompanyId,
    undo: Uuid,
    act: &Act,
    at: Micros,
    expires: Micros,
) -> Result<(), DbError> {
    let sent = tx.query(OPEN).bind(company.0).bind(undo).bind(kernel::db::json_rows(act)).bind(at.0).bind(expires.0);
    sent.execute_one().await
}

/// Drops an undo that noted nothing.
pub async fn drop_undo(tx: &mut Tx, company: CompanyId, undo: Uuid) -> Result<(), DbError> {
    tx.query(DROP_EMPTY).bind(company.0).bind(undo).execute().await.map(drop)
}

/// Notes the next contacts that the action changes; answers how many.
async fn note(
    tx: &mut Tx,
    company: CompanyId,
    undo: Uuid,
    act: &Act,
    picked: &Picked<'_>,
    after: Uuid,
) -> Result<u64, DbError> {
    let engine = tx.engine();
    let mut sql = Built::default();
    sql.sql("INSERT INTO bulk_undo_row (company_id, undo_id, contact_id, before)\nSELECT c.company_id, ");
    sql.sql("CAST(").arg(undo).sql(if engine == Engine::Postgres { " AS UUID), c.id, " } else { " AS BLOB), c.id, " });
    let join =
        "\nLEFT JOIN contact_consent k ON k.company_id = c.company_id AND k.contact_id = c.id AND k.channel = 'email'";
    match (act, engine) {
        (Act::Unsubscribe, Engine::Sqlite) => sql.sql(
            "json_object('s', c.consent, 'o', COALESCE(k.source, ''), 'a', COALESCE(k.at, c.created_at))\nFROM contact c",
        ),
        (Act::Unsubscribe, Engine::Postgres) => sql.sql(
            "json_build_object('s', c.consent, 'o', COALESCE(k.source, ''), 'a', COALESCE(k.at, c.created_at))::text\nFROM contact c",
        ),
        _ => sql.sql("''\nFROM contact c"),
    };
    if *act == Act::Unsubscribe {
        sql.sql(join);
    }
    match picked {
        Picked::Filter(filter) => filter.clause(&mut sql, company),
        Picked::Ids(ids) => {
            sql.sql("\nWHERE c.company_id = ").arg(company.0).sql(" AND c.deleted_at IS NULL");
            ids_clause(&mut sql, engine, ids);
        }
    }
    let (table, column, group, has) = match act {
        Act::TagAdd { tag, .. } => ("contact_tag", "tag_id", *tag, "NOT EXISTS"),
        Act::TagRemove { tag, .. } => ("contact_tag", "tag_id", *tag, "EXISTS"),
        Act::ListAdd { list, .. } => ("list_member", "list_id", *list, "NOT EXISTS"),
        Act::ListRemove { list, .. } => ("list_member", "list_id", *list, "EXISTS"),
        Act::Unsubscribe | Act::Delete => ("", "", Uuid::nil(), ""),
    };
    if has.is_empty() {
        if *act == Act::Unsubscribe {
            sql.sql("\n  AND c.consent <> 'unsubscribed'");
        }
    } else {
        sql.sql(&format!("\n  AND {has} (SELECT 1 FROM {table} h WHERE h.company_id = c.company_id AND h.{column} = "));
        sql.arg(group).sql(" AND h.contact_id = c.id)");
    }
    sql.sql("\n  AND c.id > ").arg(after).sql("\nORDER BY c.id\nLIMIT ").arg(STRETCH);
    sql.on(tx).execute().await
}

/// One stretch of an action. Answers how many changed and the last of them.
pub async fn act(
    tx: &mut Tx,
    company: CompanyId,
    undo: Uuid,
    act: &Act,
    picked: &Picked<'_>,
    after: Uuid,
    at: Micros,
) -> Result<(u64, Uuid), DbError> {
    let changed = note(tx, company, undo, act, picked, after).await?;
    if changed == 0 {
        return Ok((0, after));
    }
    let last: Uuid = tx.query(LAST).bind(company.0).bind(undo).fetch_scalar().await?;
    let span = Span { company, undo, after, last };
    match act {
        Act::TagAdd { tag, .. } => span.group(tx, TAG_ADD, *tag).await?,
        Act::TagRemove { tag, .. } => span.group(tx, TAG_REMOVE, *tag).await?,
        Act::ListAdd { list, .. } => span.group_at(tx, *list, at).await?,
        Act::ListRemove { list, .. } => span.group(tx, LIST_REMOVE, *list).await?,
        Act::Unsubscribe => {
            span.timed(tx, CONSENT_OFF, at).await?;
            span.timed(tx, COLUMN_OFF, at).await?
        }
        Act::Delete => {
            span.timed(tx, KEEP_NO, at).await?;
            span.timed(tx, DELETE, at).await?
        }
    };
    span.moment(tx, act.moment(false), at).await?;
    Ok((changed, last))
}

/// A stretch of the noted contacts: those behind `after` up to `last`.
struct Span {
    company: CompanyId,
    undo: Uuid,
    after: Uuid,
    last: Uuid,
}

impl Span {
    async fn group(&self, tx: &mut Tx, sql: kernel::Sql, group: Uuid) -> Result<u64, DbError> {
        let sent = tx.query(sql).bind(self.company.0).bind(self.undo).bind(self.after).bind(group).bind(self.last);
        sent.execute().await
    }

    async fn group_at(&self, tx: &mut Tx, list: Uuid, at: Micros) -> Result<u64, DbError> {
        let sent = tx.query(LIST_ADD).bind(self.company.0).bind(self.undo).bind(self.after).bind(list);
        sent.bind(self.last).bind(at.0).execute().await
    }

    async fn timed(&self, tx: &mut Tx, sql: kernel::Sql, at: Micros) -> Result<u64, DbError> {
        let sent = tx.query(sql).bind(self.company.0).bind(self.undo).bind(self.after).bind(at.0).bind(self.last);
        sent.execute().await
    }

    async fn moment(&self, tx: &mut Tx, moment: Option<(&'static str, String)>, at: Micros) -> Result<(), DbError> {
        let Some((kind, title)) = moment else { return Ok(()) };
        let sent = tx.query(MOMENTS).bind(self.company.0).bind(self.undo).bind(self.after).bind(at.0).bind(self.last);
        sent.bind(kind).bind(title).execute().await.map(drop)
    }
}

/// An undo as it is kept.
#[derive(Debug, kernel::FromRow)]
pub struct UndoRow {
    /// JSON of the [`Act`].
    pub act: String,
    /// When it was done.
    pub at: i64,
    /// Until when it may be taken back.
    pub expires_at: i64,
    /// When it was taken back.
    pub undone_at: Option<i64>,
}

/// Finds an undo.
pub async fn undo_of(tx: &mut Tx, company: CompanyId, undo: Uuid) -> Result<Option<UndoRow>, DbError> {
    tx.query(FIND).bind(company.0).bind(undo).fetch_optional().await
}

/// Marks it taken back; false when somebody was faster.
pub async fn close_undo(tx: &mut Tx, company: CompanyId, undo: Uuid, now: Micros) -> Result<bool, DbError> {
    Ok(tx.query(CLOSE).bind(company.0).bind(undo).bind(now.0).execute().await? == 1)
}

/// Takes one stretch back. Answers how many changed back, and the last contact unless that was the end.
pub async fn back(
    tx: &mut Tx,
    company: CompanyId,
    undo: Uuid,
    act: &Act,
    after: Uuid,
    done: Micros,
    now: Micros,
) -> Result<(u64, Option<Uuid>), DbError> {
    let end: Option<Uuid> =
        tx.query(END_OF_STRETCH).bind(company.0).bind(undo).bind(after).fetch_scalar_optional().await?;
    let span = Span { company, undo, after, last: end.unwrap_or(Uuid::max()) };
    let changed = match act {
        Act::TagAdd { tag, .. } => span.group(tx, TAG_REMOVE, *tag).await?,
        Act::TagRemove { tag, .. } => span.group(tx, TAG_ADD, *tag).await?,
        Act::ListAdd { list, .. } => span.group(tx, LIST_REMOVE, *list).await?,
        Act::ListRemove { list, .. } => span.group_at(tx, *list, now).await?,
        Act::Unsubscribe => {
            let sent = tx.query(CONSENT_BACK).bind(company.0).bind(undo).bind(after).bind(span.last).bind(done.0);
            sent.execute().await?;
            span.timed(tx, COLUMN_BACK, now).await?
        }
        Act::Delete => {
            let changed = span.timed(tx, DELETE_BACK, done).await?;
            span.timed(tx, FORGET_NO, done).await?;
            changed
        }
    };
    span.moment(tx, act.moment(true), now).await?;
    Ok((changed, end))
}
