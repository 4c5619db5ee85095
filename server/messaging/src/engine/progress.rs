//! Tells watchers how campaigns get on: at most one event per campaign in each stretch of time.

use super::core::Core;
use crate::campaigns::store::figures;
use contract::{CampaignId, CompanyId};
use kernel::{DbError, Scope, outbox};
use std::sync::Arc;

/// Until the engine ends.
pub(super) async fn run(core: Arc<Core>) {
    loop {
        tokio::time::sleep(core.options.progress).await;
        let touched = core.take_touched();
        if touched.is_empty() {
            continue;
        }
        if let Err(error) = tell(&core, &touched).await {
            tracing::debug!(%error, "progress was not told");
        }
    }
}

async fn tell(core: &Core, touched: &[(CompanyId, CampaignId)]) -> Result<(), DbError> {
    let mut counted = Vec::new();
    for (company, campaign) in touched {
        let mut tx = core.parts.db.read(*company).await?;
        counted.push((*company, *campaign, figures::counts(&mut tx, *company, *campaign).await?));
    }
    let now = core.now();
    let mut tx = core.parts.db.begin(Scope::System).await?;
    for (company, campaign, counts) in counted {
        let payload = serde_json::json!({ "counts": counts, "total": counts.total() });
        outbox::record(&mut tx, company, "campaign.progress", campaign, &payload, now);
    }
    tx.commit().await
}
