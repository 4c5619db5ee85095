use super::house::{House, change, is_missing, refusal};
use contract::accounts::{Accounts, CompanyChange};
use contract::{Fault, Role};
use kernel::Db;

testkit::both! {
    async fn a_session_moves_between_the_companies_of_its_person(db: Db) {
        let (house, first) = House::with_owner(db).await;
        let token = house.session("ann@example.com").await;
        let actor = house.actor(&token).await.unwrap();
        let second = house.accounts.create_company(&actor, change("Åland Goods")).await.unwrap();
        let moved = house.actor(&token).await.unwrap();
        assert_eq!((moved.company, moved.role), (second, Role::Owner));
        assert_eq!(house.actor_company_of_others(&first).await, first.company, "other sessions stay where they are");
        let me = house.accounts.me(&moved).await.unwrap();
        assert_eq!(me.company.name, "Åland Goods");
        assert_eq!(me.companies.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["Nordic Goods", "Åland Goods"]);
        // The next sign-in begins where the last work was.
        assert_eq!(house.actor(&house.session("ann@example.com").await).await.unwrap().company, second);
        house.accounts.switch_company(&moved, first.company).await.unwrap();
        assert_eq!(house.actor(&token).await.unwrap().company, first.company);
        assert_eq!(house.actor(&house.session("ann@example.com").await).await.unwrap().company, first.company);
    }

    async fn nobody_switches_to_a_company_they_are_not_in(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let bo = house.joins(&owner, "bo@example.com", Role::Admin).await;
        let own = house.accounts.create_company(&bo, change("Bo's own")).await.unwrap();
        assert!(is_missing(house.accounts.switch_company(&owner, own).await));
        assert!(is_missing(house.accounts.switch_company(&owner, testkit::company(9)).await));
    }

    async fn a_company_is_changed_by_those_who_run_it(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let wanted = CompanyChange {
            name: " Nordic  Home ".into(),
            zone: "America/New_York".into(),
            address: "1 Main Street\r\nSpringfield".into(),
            website: "nordic.example".into(),
        };
        house.accounts.update_company(&owner, wanted.clone()).await.unwrap();
        let company = house.accounts.me(&owner).await.unwrap().company;
        assert_eq!((company.name.as_str(), company.address.as_str()), ("Nordic Home", "1 Main Street\nSpringfield"));
        assert_eq!((company.zone.name.as_str(), company.website.as_str()), ("America/New_York", "https://nordic.example"));
        assert!(company.zone.spans.len() > 2);
        assert!(house.events(owner.company).await.contains(&"company.changed".to_owned()));
        refusal(house.accounts.update_company(&owner, CompanyChange { zone: "Mars".into(), ..wanted.clone() }).await, "zone");

        let editor = house.joins(&owner, "ed@example.com", Role::Approver).await;
        assert!(matches!(house.accounts.update_company(&editor, wanted.clone()).await, Err(Fault::Denied { .. })));
        assert!(matches!(house.accounts.create_company(&editor, wanted).await, Err(Fault::Denied { .. })));
    }
}

impl House {
    /// The company of the session that `of` came by, read again.
    async fn actor_company_of_others(&self, of: &contract::Actor) -> contract::CompanyId {
        let me = self.accounts.me(of).await.unwrap();
        me.company.id
    }
}
