//! SQL of what comes back: `ledger` (messages it can be about), `events` (what came), `sources` (mailboxes, hooks, rules).

pub mod events;
pub mod ledger;
pub mod sources;

use contract::{CampaignId, CompanyId};
use kernel::{DbError, Tx};

kernel::sql! {
    FORGET = "UPDATE bounce_event SET campaign_id = NULL, recipient_id = NULL
        WHERE company_id = $1 AND campaign_id = $2";
}

/// Lets go of a campaign that is deleted; what came back stays in the list.
pub async fn forget_campaign(tx: &mut Tx, company: CompanyId, campaign: CampaignId) -> Result<(), DbError> {
    tx.query(FORGET).bind(company.0).bind(campaign.0).execute().await.map(drop)
}
