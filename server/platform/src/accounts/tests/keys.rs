use super::house::{House, is_denied, is_missing, refusal, secret};
use contract::accounts::Accounts;
use contract::{Capability, Role, Who};
use kernel::Db;
use std::time::Duration;

testkit::both! {
    async fn a_key_acts_for_its_company_within_its_scopes(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let accounts = &house.accounts;
        let scopes = vec![Capability::ContactsWrite, Capability::ContactsRead, Capability::ContactsRead];
        let made = accounts.create_api_key(&owner, " Web  shop ".into(), scopes).await.unwrap();
        assert!(made.secret.0.starts_with("lux_") && made.secret.0.starts_with(&made.key.prefix));
        assert_eq!(made.key.scopes, [Capability::ContactsRead, Capability::ContactsWrite]);
        let key = accounts.actor_of_key(&made.secret).await.unwrap().unwrap();
        assert_eq!((key.who, key.company), (Who::ApiKey(made.key.id), owner.company));
        assert!(key.may(Capability::ContactsWrite) && !key.may(Capability::PeopleRead));
        assert!(is_denied(&accounts.people(&key).await));
        assert_eq!(house.actor(&made.secret).await, None, "a key is no session");

        accounts.revoke_api_key(&owner, made.key.id).await.unwrap();
        assert_eq!(accounts.actor_of_key(&made.secret).await.unwrap(), None);
        assert!(is_missing(accounts.revoke_api_key(&owner, made.key.id).await));
        let kinds = house.events(owner.company).await;
        assert_eq!(kinds, ["company.created", "api_key.made", "api_key.revoked"]);
    }

    async fn the_list_shows_names_scopes_and_last_use_but_no_key(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let accounts = &house.accounts;
        let made = accounts.create_api_key(&owner, "shop".into(), vec![Capability::ContactsRead]).await.unwrap();
        accounts.create_api_key(&owner, "Archive".into(), vec![Capability::CampaignsRead]).await.unwrap();
        let start = accounts.now();
        let mut used = Vec::new();
        for _ in 0..3 {
            house.clock.advance(Duration::from_secs(40));
            accounts.actor_of_key(&made.secret).await.unwrap().unwrap();
            let keys = accounts.api_keys(&owner).await.unwrap();
            assert_eq!(keys.iter().map(|k| k.name.as_str()).collect::<Vec<_>>(), ["Archive", "shop"]);
            assert_eq!(keys[0].used, None);
            used.push(keys[1].used.map(|at| at.seconds() - start.seconds()));
        }
        assert_eq!(used, [Some(40), Some(40), Some(120)]);
    }

    async fn a_key_passes_on_no_more_than_it_has(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let accounts = &house.accounts;
        refusal(accounts.create_api_key(&owner, " ".into(), vec![]).await, "name");
        refusal(accounts.create_api_key(&owner, "k".into(), vec![]).await, "scopes");
        let scopes = vec![Capability::ApiKeysManage, Capability::ContactsRead];
        let made = accounts.create_api_key(&owner, "maker".into(), scopes).await.unwrap();
        let key = accounts.actor_of_key(&made.secret).await.unwrap().unwrap();
        assert!(is_denied(&accounts.create_api_key(&key, "more".into(), vec![Capability::ContactsWrite]).await));
        assert!(accounts.create_api_key(&key, "same".into(), vec![Capability::ContactsRead]).await.is_ok());
        let editor = house.joins(&owner, "ed@example.com", Role::Editor).await;
        assert!(is_denied(&accounts.create_api_key(&editor, "k".into(), vec![Capability::ContactsRead]).await));
        assert_eq!(accounts.actor_of_key(&secret("lux_guessed")).await.unwrap(), None);
    }
}
