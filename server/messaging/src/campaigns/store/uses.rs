//! What concerns many campaigns at once: who needs a list, how much of the ledger is open, and stopping them all.

use super::TAG;
use contract::{CompanyId, ListId, Micros};
use kernel::{DbError, Tx};
use uuid::Uuid;

kernel::sql! {
    NAMING_LIST = "SELECT name
        FROM campaign
        WHERE company_id = $1
            AND state IN ('scheduled', 'preparing', 'sending', 'paused')
            AND audience LIKE $2
        ORDER BY id
        LIMIT 1";
    HOLD_ALL = "UPDATE campaign
        SET state = 'paused', state_reason = $2, held_by = 'person', updated_at = $3
        WHERE company_id = $1 AND state IN ('preparing', 'sending')
        RETURNING id";
    UNSCHEDULE_ALL = "UPDATE campaign
        SET state = 'draft', state_reason = $2, scheduled_at = NULL, wall = NULL, zone = NULL, updated_at = $3
        WHERE company_id = $1 AND state = 'scheduled'
        RETURNING id";
    OPEN_RECIPIENTS = "SELECT r.state, COUNT(*)
        FROM campaign c
        JOIN recipient r ON r.company_id = c.company_id AND r.campaign_id = c.id
        WHERE c.state IN ('preparing', 'sending', 'paused')
        GROUP BY r.state
        ORDER BY r.state";
}

/// Name of a campaign under way that includes or excludes the list. The audience is stored as JSON, in which an id can
/// stand nowhere but as itself.
pub async fn naming_list(tx: &mut Tx, company: CompanyId, list: ListId) -> Result<Option<String>, DbError> {
    tx.query(NAMING_LIST).bind(company.0).bind(format!("%{list}%")).fetch_scalar_optional().await
}

/// Rows of the ledger by state, of all campaigns that are under way.
pub async fn open_recipients(tx: &mut Tx) -> Result<Vec<(String, i64)>, DbError> {
    tx.query(OPEN_RECIPIENTS).fetch_all().await
}

/// Holds what goes out and takes what would off its schedule; answers which. Held ones can be resumed, the others need
/// a person to plan them again.
pub(crate) async fn stop_all(tx: &mut Tx, company: CompanyId, reason: &str, now: Micros) -> Result<Vec<Uuid>, DbError> {
    tx.wake(TAG);
    let mut stopped = Vec::new();
    for sql in [HOLD_ALL, UNSCHEDULE_ALL] {
        stopped.extend(tx.query(sql).bind(company.0).bind(reason).bind(now.0).fetch_scalars::<Uuid>().await?);
    }
    Ok(stopped)
}
