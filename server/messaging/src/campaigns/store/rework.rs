//! Rows that ended badly go back into the queue, or are settled by a person.

use super::{Stored, TAG};
use contract::{ContactId, Micros, SenderId};
use kernel::db::json_rows;
use kernel::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    HOLD_STILL = "UPDATE campaign
        SET updated_at = updated_at
        WHERE company_id = $1 AND id = $2 AND state = $3 AND epoch = $4";
    // A new try is a new attempt: its number of tries and its answer belong to the old one. When it was handed over stays,
    // because what an unknown one used of a limit was used.
    QUEUE = sqlite "UPDATE recipient
        SET state = 'pending', reason = '', detail = '', attempts = 0, next_at = 0, settled_at = NULL,
            lease_until = NULL, node = NULL
        WHERE company_id = $1 AND campaign_id = $2 AND state = $3
            AND ($4 = '[]' OR contact_id IN (SELECT unhex(value, '-') FROM json_each($4)))",
    postgres "UPDATE recipient
        SET state = 'pending', reason = '', detail = '', attempts = 0, next_at = 0, settled_at = NULL,
            lease_until = NULL, node = NULL
        WHERE company_id = $1 AND campaign_id = $2 AND state = $3
            AND ($4 = '[]' OR contact_id IN (SELECT value::uuid FROM json_array_elements_text($4::json)))";
    COUNT_AS_SENT = sqlite "UPDATE recipient
        SET state = 'accepted', reason = '', detail = 'A person counted it as sent; no answer came.', settled_at = $4
        WHERE company_id = $1 AND campaign_id = $2 AND state = 'unknown'
            AND ($3 = '[]' OR contact_id IN (SELECT unhex(value, '-') FROM json_each($3)))",
    postgres "UPDATE recipient
        SET state = 'accepted', reason = '', detail = 'A person counted it as sent; no answer came.', settled_at = $4
        WHERE company_id = $1 AND campaign_id = $2 AND state = 'unknown'
            AND ($3 = '[]' OR contact_id IN (SELECT value::uuid FROM json_array_elements_text($3::json)))";
    UNKNOWN = sqlite "SELECT id, message_id, sender_id
        FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND state = 'unknown' AND handed_at < $4
            AND message_id IS NOT NULL
            AND ($3 = '[]' OR contact_id IN (SELECT unhex(value, '-') FROM json_each($3)))
        ORDER BY handed_at, id
        LIMIT $5",
    postgres "SELECT id, message_id, sender_id
        FROM recipient
        WHERE company_id = $1 AND campaign_id = $2 AND state = 'unknown' AND handed_at < $4
            AND message_id IS NOT NULL
            AND ($3 = '[]' OR contact_id IN (SELECT value::uuid FROM json_array_elements_text($3::json)))
        ORDER BY handed_at, id
        LIMIT $5";
    FOUND_SENT = sqlite "UPDATE recipient
        SET state = 'accepted', reason = '', detail = 'The answer was lost; the server says that it was sent.', settled_at = $4
        WHERE company_id = $1 AND campaign_id = $2 AND state = 'unknown' AND id IN (SELECT value FROM json_each($3))",
    postgres "UPDATE recipient
        SET state = 'accepted', reason = '', detail = 'The answer was lost; the server says that it was sent.', settled_at = $4
        WHERE company_id = $1 AND campaign_id = $2 AND state = 'unknown'
            AND id IN (SELECT value::bigint FROM json_array_elements_text($3::json))";
    FOUND_UNSENT = sqlite "UPDATE recipient
        SET state = 'pending', reason = '', detail = '', attempts = 0, next_at = 0, settled_at = NULL,
            lease_until = NULL, node = NULL
        WHERE company_id = $1 AND campaign_id = $2 AND state = 'unknown' AND id IN (SELECT value FROM json_each($3))",
    postgres "UPDATE recipient
        SET state = 'pending', reason = '', detail = '', attempts = 0, next_at = 0, settled_at = NULL,
            lease_until = NULL, node = NULL
        WHERE company_id = $1 AND campaign_id = $2 AND state = 'unknown'
            AND id IN (SELECT value::bigint FROM json_array_elements_text($3::json))";
    GO_ON = "UPDATE campaign
        SET state = 'sending', state_reason = '', finished_at = NULL, epoch = epoch + 1, updated_at = $3
        WHERE company_id = $1 AND id = $2 AND state IN ('finished', 'finished_with_failures')";
    TIDY = "UPDATE campaign
        SET state = 'finished', state_reason = '', updated_at = $3
        WHERE company_id = $1 AND id = $2 AND state = 'finished_with_failures'
            AND NOT EXISTS (
                SELECT 1 FROM recipient
                WHERE company_id = $1 AND campaign_id = $2 AND state IN ('failed', 'unknown')
            )";
}

/// Locks the campaign as it was seen; `false` if it moved.
pub async fn hold_still(tx: &mut Tx, seen: &Stored) -> Result<bool, DbError> {
    let query = tx.query(HOLD_STILL).bind(seen.company.0).bind(seen.id.0).bind(seen.state.as_str()).bind(seen.epoch);
    Ok(query.execute().await? == 1)
}

/// Puts rows of this state back into the queue, those of these contacts or all; answers how many.
pub async fn queue(tx: &mut Tx, of: &Stored, state: &str, contacts: &[ContactId]) -> Result<i64, DbError> {
    tx.wake(TAG);
    let query = tx.query(QUEUE).bind(of.company.0).bind(of.id.0).bind(state).bind(json(contacts));
    Ok(i64::try_from(query.execute().await?).unwrap_or(i64::MAX))
}

/// Settles rows that are not known as accepted; answers how many.
pub async fn count_as_sent(tx: &mut Tx, of: &Stored, contacts: &[ContactId], now: Micros) -> Result<i64, DbError> {
    let query = tx.query(COUNT_AS_SENT).bind(of.company.0).bind(of.id.0).bind(json(contacts)).bind(now.0);
    Ok(i64::try_from(query.execute().await?).unwrap_or(i64::MAX))
}

/// A row of which nothing is known, and how its message can be looked up.
#[derive(Clone, Debug, kernel::FromRow)]
pub struct Lost {
    /// Row.
    pub id: i64,
    /// `Message-ID` without brackets.
    pub message_id: String,
    sender_id: Option<Uuid>,
}

impl Lost {
    /// The sender that took it.
    pub fn sender(&self) -> Option<SenderId> {
        self.sender_id.map(SenderId)
    }
}

/// Rows of which nothing is known, handed over before then, the oldest first.
pub async fn unknown(
    tx: &mut Tx,
    of: &Stored,
    contacts: &[ContactId],
    before: Micros,
    limit: i64,
) -> Result<Vec<Lost>, DbError> {
    let query = tx.query(UNKNOWN).bind(of.company.0).bind(of.id.0).bind(json(contacts));
    query.bind(before.0).bind(limit).fetch_all().await
}

/// Settles rows whose message the server has among those it sent; answers how many.
pub async fn found_sent(tx: &mut Tx, of: &Stored, rows: &[i64], now: Micros) -> Result<i64, DbError> {
    let query = tx.query(FOUND_SENT).bind(of.company.0).bind(of.id.0).bind(json_rows(rows)).bind(now.0);
    Ok(i64::try_from(query.execute().await?).unwrap_or(i64::MAX))
}

/// Puts rows back into the queue whose message certainly was not sent; answers how many.
pub async fn found_unsent(tx: &mut Tx, of: &Stored, rows: &[i64]) -> Result<i64, DbError> {
    tx.wake(TAG);
    let query = tx.query(FOUND_UNSENT).bind(of.company.0).bind(of.id.0).bind(json_rows(rows));
    Ok(i64::try_from(query.execute().await?).unwrap_or(i64::MAX))
}

/// Lets an ended campaign go on; one that is under way or held stays what it is.
pub async fn go_on(tx: &mut Tx, of: &Stored, now: Micros) -> Result<(), DbError> {
    tx.query(GO_ON).bind(of.company.0).bind(of.id.0).bind(now.0).execute().await?;
    Ok(())
}

/// Takes the failures off an ended campaign that has none any more.
pub async fn tidy(tx: &mut Tx, of: &Stored, now: Micros) -> Result<(), DbError> {
    tx.query(TIDY).bind(of.company.0).bind(of.id.0).bind(now.0).execute().await?;
    Ok(())
}

fn json(contacts: &[ContactId]) -> String {
    let ids: Vec<String> = contacts.iter().map(ToString::to_string).collect();
    serde_json::to_string(&ids).unwrap_or_else(|_| "[]".into())
}
