//! Questions from outside: who needs a list, and how much of the ledger is open.

use contract::{CompanyId, ListId};
use kernel::{DbError, Tx};

kernel::sql! {
    NAMING_LIST = "SELECT name
        FROM campaign
        WHERE company_id = $1
            AND state IN ('scheduled', 'preparing', 'sending', 'paused')
            AND audience LIKE $2
        ORDER BY id
        LIMIT 1";
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
