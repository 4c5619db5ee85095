use super::house::{House, PASSWORD, client, is_busy, secret};
use contract::accounts::{Accounts, SignInOutcome};
use contract::{Client, Fault, Role, Who};
use kernel::Db;
use std::time::Duration;

testkit::both! {
    async fn whoever_knows_the_password_comes_in_by_any_spelling_of_the_address(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        for spelling in ["ann@example.com", " ANN@example.COM "] {
            let actor = house.actor(&house.session(spelling).await).await.unwrap();
            assert_eq!((actor.user(), actor.company, actor.role), (owner.user(), owner.company, Role::Owner));
            assert_ne!(actor.who, owner.who);
        }
    }

    async fn a_stranger_gets_the_same_answer_for_an_unknown_address_and_a_wrong_password(db: Db) {
        let (house, _) = House::with_owner(db).await;
        let wrong = house.sign_in("ann@example.com", "not the password").await.unwrap_err();
        let unknown = house.sign_in("bo@example.com", "not the password").await.unwrap_err();
        let nonsense = house.sign_in("no address", "not the password").await.unwrap_err();
        assert!(wrong.field("password").is_some());
        assert_eq!(wrong, unknown);
        assert_eq!(wrong, nonsense);
        // Nor does the limit tell: both addresses are refused after as many tries.
        let mut tries = Vec::new();
        for email in ["ann@example.com", "bo@example.com"] {
            let mut count = 0;
            while !is_busy(&house.sign_in_from(email, "not the password", None, "192.0.2.50").await) {
                count += 1;
                assert!(count < 50, "{email} is not limited");
            }
            tries.push(count);
        }
        assert_eq!(tries, [10, 10]);
    }

    async fn guessing_from_one_place_does_not_lock_the_owner_out_elsewhere(db: Db) {
        let (house, _) = House::with_owner(db).await;
        for _ in 0..12 {
            let _ = house.sign_in_from("ann@example.com", "not the password", None, "198.51.100.9").await;
        }
        assert!(is_busy(&house.sign_in_from("ann@example.com", PASSWORD, None, "198.51.100.9").await));
        assert!(house.sign_in_from("ann@example.com", PASSWORD, None, "192.0.2.1").await.is_ok());
        house.clock.advance(Duration::from_secs(2 * 15 * 60));
        assert!(house.sign_in_from("ann@example.com", PASSWORD, None, "198.51.100.9").await.is_ok());
    }

    async fn guessing_from_many_places_ends_too(db: Db) {
        let (house, _) = House::with_owner(db).await;
        // Counted without hashing, so that the test is quick: the limit comes first.
        for place in 0..100 {
            let client = client(&format!("198.51.100.{place}"));
            house.accounts.limits().password("ann@example.com", &client).await.unwrap();
        }
        let fault = house.sign_in_from("ann@example.com", PASSWORD, None, "203.0.113.1").await.unwrap_err();
        assert!(matches!(fault, Fault::Busy { .. }), "{fault:?}");
        for n in 0..60 {
            house.accounts.limits().password(&format!("p{n}@example.com"), &client("203.0.113.9")).await.unwrap();
        }
        assert!(is_busy(&house.sign_in_from("other@example.com", PASSWORD, None, "203.0.113.9").await));
    }

    async fn signing_out_ends_this_session_only(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let token = house.session("ann@example.com").await;
        let actor = house.actor(&token).await.unwrap();
        house.accounts.sign_out(&actor).await.unwrap();
        assert_eq!(house.actor(&token).await, None);
        assert_eq!(house.accounts.sessions(&owner).await.unwrap().len(), 1);
    }

    async fn what_is_no_token_opens_nothing(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let Who::User { session, .. } = owner.who else { panic!("a person") };
        for text in ["", "x", &session.to_string(), &"A".repeat(43)] {
            assert_eq!(house.actor(&secret(text)).await, None, "{text}");
            assert_eq!(house.accounts.actor_of_key(&secret(text)).await.unwrap(), None, "{text}");
        }
    }

    async fn a_session_ends_by_disuse_and_by_age(db: Db) {
        let (house, _) = House::with_owner(db).await;
        let idle = house.session("ann@example.com").await;
        let used = house.session("ann@example.com").await;
        for _ in 0..4 {
            house.days(20);
            assert!(house.actor(&used).await.is_some());
        }
        assert_eq!(house.actor(&idle).await, None);
        house.days(10);
        assert_eq!(house.actor(&used).await, None, "ninety days after sign-in");
        house.run_jobs().await;
    }

    async fn the_last_use_of_a_session_is_noted_to_the_minute(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let token = house.session("ann@example.com").await;
        let start = house.accounts.now();
        let mut seen = Vec::new();
        for _ in 0..3 {
            house.clock.advance(Duration::from_secs(40));
            let other = Client { address: "198.51.100.77".into(), agent: "other".into() };
            house.accounts.actor_of_session(&token, &other).await.unwrap().unwrap();
            let rows = house.accounts.sessions(&owner).await.unwrap();
            let row = rows.into_iter().find(|r| !r.current).unwrap();
            assert_eq!(row.device, "Firefox on Linux");
            seen.push((row.seen.seconds() - start.seconds(), row.address));
        }
        let place = |p: &str| p.to_owned();
        assert_eq!(seen, [(0, place("192.0.2.1")), (80, place("198.51.100.77")), (80, place("198.51.100.77"))]);
        let people = house.accounts.people(&owner).await.unwrap().people;
        assert_eq!(people[0].seen.map(|s| s.seconds() - start.seconds()), Some(80));
    }

    async fn who_is_in_no_company_any_more_is_told_so_after_the_right_password(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let bo = house.joins(&owner, "bo@example.com", Role::Viewer).await;
        house.accounts.remove_person(&owner, bo.user().unwrap()).await.unwrap();
        assert!(matches!(house.sign_in("bo@example.com", PASSWORD).await, Err(Fault::Denied { .. })));
        let wrong = house.sign_in("bo@example.com", "not the password").await.unwrap_err();
        assert_eq!(wrong, house.sign_in("ann@example.com", "not the password").await.unwrap_err());
    }

    async fn no_secret_is_kept_in_the_clear(db: Db) {
        let (house, owner) = House::with_owner(db.clone()).await;
        let SignInOutcome::Done(token) = house.sign_in("ann@example.com", PASSWORD).await.unwrap() else { panic!() };
        let made = house.accounts.create_api_key(&owner, "shop".into(), vec![contract::Capability::ContactsRead]).await.unwrap();
        let invited = house.accounts.invite(&owner, "bo@example.com".into(), Role::Viewer).await.unwrap();
        let invitation = invited.link.rsplit('/').next().unwrap().to_owned();
        let mut tx = db.read(kernel::Scope::System).await.unwrap();
        let mut texts: Vec<String> = Vec::new();
        for sql in ["SELECT payload FROM job", "SELECT payload FROM event", "SELECT password FROM person"] {
            texts.extend(tx.query(sql).fetch_scalars::<String>().await.unwrap());
        }
        for sql in ["SELECT token FROM session", "SELECT token FROM api_key", "SELECT token FROM invitation"] {
            for bytes in tx.query(sql).fetch_scalars::<Vec<u8>>().await.unwrap() {
                assert_eq!(bytes.len(), 32);
                texts.push(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        assert!(texts.len() > 5);
        for secret in [token.0.as_str(), &made.secret.0, &invitation, PASSWORD] {
            assert!(texts.iter().all(|text| !text.contains(secret)));
        }
    }
}
