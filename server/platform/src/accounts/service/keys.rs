//! API keys: made by people, shown once.

use super::Service;
use crate::accounts::{rules, store};
use contract::accounts::{ApiKey, ApiKeyMade};
use contract::fault::Refusals;
use contract::{Actor, ApiKeyId, Capability, Fault};
use serde_json::json;

impl Service {
    pub(super) async fn keys(&self, actor: &Actor) -> Result<Vec<ApiKey>, Fault> {
        actor.require(Capability::ApiKeysManage)?;
        let mut tx = self.read(actor.company).await?;
        Ok(store::keys::list(&mut tx, actor.company).await?)
    }

    pub(super) async fn make_key(&self, actor: &Actor, name: &str, scopes: &[Capability]) -> Result<ApiKeyMade, Fault> {
        actor.require(Capability::ApiKeysManage)?;
        // A key can pass on no more than its maker has.
        scopes.iter().try_for_each(|scope| actor.require(*scope))?;
        let name = rules::tidy(name);
        let mut refusals = Refusals::new();
        rules::check_name(&mut refusals, "name", "what the key is for", &name);
        refusals.check(scopes.is_empty(), "scopes", "Choose at least one thing that the key may do.");
        refusals.done()?;
        let secret = rules::key_text(&self.parts().ids.token());
        let key = ApiKey {
            id: ApiKeyId(self.parts().ids.uuid()),
            name,
            prefix: rules::key_prefix(&secret),
            scopes: Capability::ALL.into_iter().filter(|c| scopes.contains(c)).collect(),
            created: self.now(),
            used: None,
        };
        let company = actor.company;
        let mut tx = self.begin(company).await?;
        store::keys::insert(&mut tx, company, &key, rules::digest(&secret)).await?;
        let details = json!({ "name": key.name, "scopes": key.scopes.iter().map(|s| s.name()).collect::<Vec<_>>() });
        kernel::outbox::record(&mut tx, company, "api_key.made", key.id, &details, self.now());
        tx.commit().await?;
        Ok(ApiKeyMade { key, secret })
    }

    pub(super) async fn end_key(&self, actor: &Actor, id: ApiKeyId) -> Result<(), Fault> {
        actor.require(Capability::ApiKeysManage)?;
        let mut tx = self.begin(actor.company).await?;
        if !store::keys::delete(&mut tx, actor.company, id).await? {
            return Err(Fault::missing("Key"));
        }
        kernel::outbox::record(&mut tx, actor.company, "api_key.revoked", id, &json!({}), self.now());
        Ok(tx.commit().await?)
    }
}
