use super::house::{House, PASSWORD, client, owner_request, refusal, secret};
use crate::accounts::NewAdmin;
use contract::accounts::Accounts;
use contract::{Fault, Role};
use kernel::Db;

fn admin(email: &str, company: &str) -> NewAdmin {
    NewAdmin {
        email: email.into(),
        name: "Bo".into(),
        company: company.into(),
        zone: "UTC".into(),
        password: secret(PASSWORD),
    }
}

testkit::both! {
    async fn the_owner_is_made_once_by_the_token_of_the_log(db: Db) {
        let house = House::empty(db);
        assert!(house.accounts.needs_setup().await.unwrap());
        let first = house.accounts.setup_token().await.unwrap().unwrap();
        let second = house.accounts.setup_token().await.unwrap().unwrap();
        assert_ne!(first, second);
        let wrong = house.accounts.create_owner(owner_request(&secret("guessed")), client("192.0.2.1")).await;
        assert!(refusal(wrong, "token").contains("lux admin create"));
        assert!(house.accounts.needs_setup().await.unwrap());

        let session = house.accounts.create_owner(owner_request(&first), client("192.0.2.1")).await.unwrap();
        let owner = house.actor(&session).await.unwrap();
        assert_eq!(owner.role, Role::Owner);
        let me = house.accounts.me(&owner).await.unwrap();
        assert_eq!((me.name.as_str(), me.email.as_str()), ("Ann Lee", "ann@example.com"));
        assert_eq!((me.company.name.as_str(), me.company.zone.name.as_str()), ("Nordic Goods", "Europe/Copenhagen"));
        assert_eq!(house.events(owner.company).await, ["company.created"]);

        assert!(!house.accounts.needs_setup().await.unwrap());
        assert_eq!(house.accounts.setup_token().await.unwrap(), None);
        let again = house.accounts.create_owner(owner_request(&second), client("192.0.2.1")).await;
        assert!(matches!(again, Err(Fault::Conflict { .. })), "{again:?}");
    }

    async fn of_two_owners_at_once_only_one_is_made(db: Db) {
        let house = House::empty(db);
        let first = house.accounts.setup_token().await.unwrap().unwrap();
        let second = house.accounts.setup_token().await.unwrap().unwrap();
        let mut other = owner_request(&second);
        other.email = "bo@example.com".into();
        let (a, b) = tokio::join!(
            house.accounts.create_owner(owner_request(&first), client("192.0.2.1")),
            house.accounts.create_owner(other, client("192.0.2.2")),
        );
        assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1, "{a:?} {b:?}");
        assert_eq!(house.accounts.companies().await.unwrap().len(), 1);
    }

    async fn every_bad_field_of_the_first_page_is_named_and_the_token_stays_good(db: Db) {
        let house = House::empty(db);
        let token = house.accounts.setup_token().await.unwrap().unwrap();
        let mut request = owner_request(&token);
        request.company = " ".into();
        request.zone = "Moon/Sea".into();
        request.name = String::new();
        request.email = "ann".into();
        request.password = secret("short");
        let Err(Fault::Invalid { fields }) = house.accounts.create_owner(request, client("192.0.2.1")).await else {
            panic!("it must be refused")
        };
        let names: Vec<_> = fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(names, ["company", "zone", "name", "email", "password"]);
        assert!(house.accounts.create_owner(owner_request(&token), client("192.0.2.1")).await.is_ok());
    }

    async fn guessing_the_token_is_limited(db: Db) {
        let house = House::empty(db);
        house.accounts.setup_token().await.unwrap().unwrap();
        for _ in 0..30 {
            refusal(house.accounts.create_owner(owner_request(&secret("guessed")), client("192.0.2.1")).await, "token");
        }
        let fault = house.accounts.create_owner(owner_request(&secret("guessed")), client("192.0.2.1")).await.unwrap_err();
        assert!(matches!(fault, Fault::Busy { .. }), "{fault:?}");
    }

    async fn the_terminal_makes_admins_with_or_without_a_new_company(db: Db) {
        let house = House::empty(db);
        let (_, nordic) = house.accounts.create_admin(admin("Bo@Example.com", "Nordic  Goods")).await.unwrap();
        let (cy, same) = house.accounts.create_admin(admin("cy@example.com", "Nordic Goods")).await.unwrap();
        assert_eq!(same, nordic);
        let (_, other) = house.accounts.create_admin(admin("di@example.com", "Southern")).await.unwrap();
        assert_ne!(other, nordic);
        refusal(house.accounts.create_admin(admin("BO@example.com", "Western")).await, "email");
        let names: Vec<_> = house.accounts.companies().await.unwrap().into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["Nordic Goods", "Southern"]);
        let actor = house.actor(&house.session("cy@example.com").await).await.unwrap();
        assert_eq!((actor.user(), actor.company, actor.role), (Some(cy), nordic, Role::Owner));
        assert!(!house.accounts.needs_setup().await.unwrap());
    }
}
