use super::house::{House, PASSWORD, change, is_busy, is_missing, refusal, secret};
use crate::accounts::rules;
use contract::accounts::{Accounts, SignInOutcome};
use contract::{Actor, Capability, Fault, Role, Who};
use kernel::Db;
use std::time::Duration;

const OTHER: &str = "four unrelated words";

/// The digits that the phone shows now.
fn digits(house: &House, secret: &str) -> String {
    let bytes = rules::unbase32(secret).unwrap();
    format!("{:06}", rules::code(&bytes, house.accounts.now().seconds() / 30).unwrap())
}

async fn with_totp(house: &House, actor: &Actor) -> String {
    let setup = house.accounts.totp_begin(actor).await.unwrap();
    house.accounts.totp_confirm(actor, digits(house, &setup.secret)).await.unwrap();
    setup.secret
}

testkit::both! {
    async fn a_new_password_ends_all_other_sessions(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let (mine, other) = (house.session("ann@example.com").await, house.session("ann@example.com").await);
        let me = house.actor(&mine).await.unwrap();
        refusal(house.accounts.change_password(&me, secret("not the password"), secret(OTHER)).await, "current");
        refusal(house.accounts.change_password(&me, secret(PASSWORD), secret("password123")).await, "new");
        refusal(house.accounts.change_password(&me, secret(PASSWORD), secret(PASSWORD)).await, "new");
        assert!(house.actor(&other).await.is_some());

        house.accounts.change_password(&me, secret(PASSWORD), secret(OTHER)).await.unwrap();
        assert!(house.actor(&mine).await.is_some());
        assert_eq!(house.actor(&other).await, None);
        assert_eq!(house.accounts.sessions(&owner).await.unwrap().len(), 1);
        assert!(house.sign_in("ann@example.com", PASSWORD).await.is_err());
        assert!(house.sign_in("ann@example.com", OTHER).await.is_ok());
    }

    async fn asking_for_the_password_again_is_limited(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        for _ in 0..10 {
            refusal(house.accounts.totp_disable(&owner, secret("guess")).await, "password");
        }
        assert!(is_busy(&house.accounts.totp_disable(&owner, secret(PASSWORD)).await));
        assert!(is_busy(&house.accounts.change_password(&owner, secret(PASSWORD), secret(OTHER)).await));
    }

    async fn one_ends_own_sessions_and_nobody_elses(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let bo = house.joins(&owner, "bo@example.com", Role::Admin).await;
        let Who::User { session: theirs, .. } = owner.who else { panic!("a person") };
        assert!(is_missing(house.accounts.revoke_session(&bo, theirs).await));
        let (first, second) = (house.session("bo@example.com").await, house.session("bo@example.com").await);
        let Who::User { session, .. } = house.actor(&first).await.unwrap().who else { panic!("a person") };
        house.accounts.revoke_session(&bo, session).await.unwrap();
        assert_eq!(house.actor(&first).await, None);
        assert!(is_missing(house.accounts.revoke_session(&bo, session).await));
        assert_eq!(house.accounts.revoke_other_sessions(&bo).await.unwrap(), 1);
        assert_eq!(house.actor(&second).await, None);
        let rows = house.accounts.sessions(&bo).await.unwrap();
        assert_eq!(rows.iter().map(|r| r.current).collect::<Vec<_>>(), [true]);
        assert_eq!(house.accounts.sessions(&owner).await.unwrap().len(), 1);
    }

    async fn with_an_authenticator_the_password_alone_is_not_enough(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let setup = house.accounts.totp_begin(&owner).await.unwrap();
        assert!(matches!(house.sign_in("ann@example.com", PASSWORD).await, Ok(SignInOutcome::Done(_))), "not on yet");
        refusal(house.accounts.totp_confirm(&owner, "12345".into()).await, "code");
        house.accounts.totp_confirm(&owner, digits(&house, &setup.secret)).await.unwrap();
        assert!(house.accounts.me(&owner).await.unwrap().totp);
        assert!(house.accounts.people(&owner).await.unwrap().people[0].totp);
        assert!(matches!(house.accounts.totp_begin(&owner).await, Err(Fault::Conflict { .. })));

        assert!(matches!(house.sign_in("ann@example.com", PASSWORD).await, Ok(SignInOutcome::CodeWanted)));
        assert!(house.sign_in("ann@example.com", "not the password").await.unwrap_err().field("password").is_some());
        let reused = digits(&house, &setup.secret);
        let again = house.sign_in_from("ann@example.com", PASSWORD, Some(&reused), "192.0.2.1").await;
        refusal(again, "code");

        house.clock.advance(Duration::from_secs(30));
        let code = digits(&house, &setup.secret);
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        let done = house.sign_in_from("ann@example.com", PASSWORD, Some(&spaced), "192.0.2.1").await;
        assert!(matches!(done, Ok(SignInOutcome::Done(_))), "{done:?}");
        refusal(house.sign_in_from("ann@example.com", PASSWORD, Some(&code), "192.0.2.1").await, "code");
    }

    async fn of_two_sign_ins_with_one_code_at_once_one_is_refused(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let key = with_totp(&house, &owner).await;
        house.clock.advance(Duration::from_secs(60));
        let code = digits(&house, &key);
        let (a, b) = tokio::join!(
            house.sign_in_from("ann@example.com", PASSWORD, Some(&code), "192.0.2.1"),
            house.sign_in_from("ann@example.com", PASSWORD, Some(&code), "192.0.2.2"),
        );
        assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1, "{a:?} {b:?}");
    }

    async fn the_authenticator_goes_off_with_the_password_and_a_new_one_can_follow(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let first = with_totp(&house, &owner).await;
        refusal(house.accounts.totp_disable(&owner, secret("not the password")).await, "password");
        house.accounts.totp_disable(&owner, secret(PASSWORD)).await.unwrap();
        assert!(matches!(house.sign_in("ann@example.com", PASSWORD).await, Ok(SignInOutcome::Done(_))));
        let second = with_totp(&house, &owner).await;
        assert_ne!(first, second);
        assert!(matches!(house.accounts.totp_confirm(&owner, "123456".into()).await, Err(Fault::Conflict { .. })));
    }

    async fn guessing_codes_is_limited(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        with_totp(&house, &owner).await;
        let mut refused = 0;
        for place in 0..20 {
            let address = format!("198.51.100.{place}");
            if is_busy(&house.sign_in_from("ann@example.com", PASSWORD, Some("abcdef"), &address).await) {
                refused += 1;
            }
        }
        assert_eq!(refused, 6, "one was used to turn it on, fourteen to guess");
    }

    async fn a_name_is_changed_everywhere(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        refusal(house.accounts.rename_me(&owner, "  ".into()).await, "name");
        house.accounts.rename_me(&owner, " Ann  Berg ".into()).await.unwrap();
        assert_eq!(house.accounts.me(&owner).await.unwrap().name, "Ann Berg");
        assert!(house.events(owner.company).await.contains(&"person.changed".to_owned()));
    }

    async fn preferences_are_of_one_person_in_one_company(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let bo = house.joins(&owner, "bo@example.com", Role::Viewer).await;
        assert_eq!(house.accounts.preference(&bo, "dashboard".into()).await.unwrap(), None);
        for value in ["{\"tiles\":[1]}", "{\"tiles\":[2]}"] {
            house.accounts.set_preference(&bo, "dashboard".into(), value.into()).await.unwrap();
            assert_eq!(house.accounts.preference(&bo, "dashboard".into()).await.unwrap().as_deref(), Some(value));
        }
        assert_eq!(house.accounts.preference(&owner, "dashboard".into()).await.unwrap(), None);
        let long = format!("\"{}\"", "x".repeat(20_000));
        refusal(house.accounts.set_preference(&bo, "dashboard".into(), long).await, "value");
        refusal(house.accounts.set_preference(&bo, "dashboard".into(), "{".into()).await, "value");
        refusal(house.accounts.set_preference(&bo, "Dash board".into(), "1".into()).await, "name");
    }

    async fn a_key_has_no_profile(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let made = house.accounts.create_api_key(&owner, "all".into(), Capability::ALL.to_vec()).await.unwrap();
        let key = house.accounts.actor_of_key(&made.secret).await.unwrap().unwrap();
        let accounts = &house.accounts;
        let answers = [
            accounts.me(&key).await.map(drop),
            accounts.rename_me(&key, "Key".into()).await,
            accounts.change_password(&key, secret(PASSWORD), secret(OTHER)).await,
            accounts.totp_begin(&key).await.map(drop),
            accounts.sessions(&key).await.map(drop),
            accounts.revoke_other_sessions(&key).await.map(drop),
            accounts.sign_out(&key).await,
            accounts.switch_company(&key, key.company).await,
            accounts.create_company(&key, change("Other")).await.map(drop),
            accounts.preference(&key, "dashboard".into()).await.map(drop),
        ];
        for (n, answer) in answers.iter().enumerate() {
            assert!(matches!(answer, Err(Fault::Denied { .. })), "{n}: {answer:?}");
        }
    }
}
