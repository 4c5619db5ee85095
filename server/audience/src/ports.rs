//! What the audience needs from the other clusters; the server wires it.

use async_trait::async_trait;
use contract::{CompanyId, Fault, ListId, Who, Zone};

/// Tells a company's time zone.
#[async_trait]
pub trait Zones: Send + Sync {
    /// The zone, as a table over the years that matter.
    async fn zone(&self, company: CompanyId) -> Result<Zone, Fault>;
}

/// Tells who somebody is.
#[async_trait]
pub trait Names: Send + Sync {
    /// Name of a person or of an API key, for `Import::by`.
    async fn name(&self, company: CompanyId, who: Who) -> Result<String, Fault>;
}

/// Tells whether a list is needed.
#[async_trait]
pub trait ListUse: Send + Sync {
    /// Name of a scheduled, sending or paused campaign that includes or excludes the list.
    async fn campaign_naming(&self, company: CompanyId, list: ListId) -> Result<Option<String>, Fault>;
}

/// Stands in where nothing is wired: every company is in UTC, nobody has a name, no list is used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

#[async_trait]
impl Zones for Alone {
    async fn zone(&self, _: CompanyId) -> Result<Zone, Fault> {
        Ok(Zone::utc())
    }
}

#[async_trait]
impl Names for Alone {
    async fn name(&self, _: CompanyId, who: Who) -> Result<String, Fault> {
        Ok(match who {
            Who::User { .. } => "A person",
            Who::ApiKey(_) => "An API key",
            Who::System => "Lux",
        }
        .to_owned())
    }
}

#[async_trait]
impl ListUse for Alone {
    async fn campaign_naming(&self, _: CompanyId, _: ListId) -> Result<Option<String>, Fault> {
        Ok(None)
    }
}
