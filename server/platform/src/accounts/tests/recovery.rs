use super::house::{House, PASSWORD, change, client, is_missing, refusal, secret};
use contract::Role;
use contract::accounts::Accounts;
use kernel::Db;
use std::sync::atomic::Ordering;
use std::time::Duration;

const OTHER: &str = "four unrelated words";

testkit::both! {
    async fn a_mailed_link_sets_a_new_password_once_and_ends_all_sessions(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let session = house.session("ann@example.com").await;
        house.accounts.request_reset(" ANN@example.com".into(), client("192.0.2.1")).await.unwrap();
        let mails = house.mails().await;
        let [mail] = mails.as_slice() else { panic!("one mail, not {mails:?}") };
        assert_eq!((mail.to.as_str(), mail.company), ("ann@example.com", Some(owner.company)));
        assert!(mail.text.contains("https://lux.test/reset/"), "{}", mail.text);

        let accounts = &house.accounts;
        refusal(accounts.reset_password(mail.token(), secret("password123"), client("192.0.2.1")).await, "password");
        assert!(house.actor(&session).await.is_some());
        accounts.reset_password(mail.token(), secret(OTHER), client("192.0.2.1")).await.unwrap();
        assert_eq!(house.actor(&session).await, None);
        assert!(house.sign_in("ann@example.com", PASSWORD).await.is_err());
        assert!(house.sign_in("ann@example.com", OTHER).await.is_ok());
        assert!(is_missing(accounts.reset_password(mail.token(), secret("another long one"), client("192.0.2.1")).await));
    }

    async fn a_stranger_is_answered_alike_and_nothing_is_mailed(db: Db) {
        let (house, _) = House::with_owner(db).await;
        house.accounts.request_reset("bo@example.com".into(), client("192.0.2.1")).await.unwrap();
        assert_eq!(house.mails().await, []);
        refusal(house.accounts.request_reset("bo".into(), client("192.0.2.1")).await, "email");
    }

    async fn who_asks_too_often_is_told_the_same_and_gets_no_more_mail(db: Db) {
        let (house, _) = House::with_owner(db).await;
        let mut sent = 0;
        for _ in 0..5 {
            house.accounts.request_reset("ann@example.com".into(), client("192.0.2.1")).await.unwrap();
            sent += house.mails().await.len();
        }
        assert_eq!(sent, 3);
        let mut answers = Vec::new();
        for n in 0..20 {
            let email = format!("p{n}@example.com");
            answers.push(house.accounts.request_reset(email, client("192.0.2.1")).await.is_ok());
        }
        assert_eq!(answers.iter().filter(|ok| **ok).count(), 15, "twenty an hour from one place");
    }

    async fn a_link_works_for_an_hour_and_until_the_next_one(db: Db) {
        let (house, _) = House::with_owner(db).await;
        let mut tokens = Vec::new();
        for _ in 0..2 {
            house.accounts.request_reset("ann@example.com".into(), client("192.0.2.1")).await.unwrap();
            tokens.push(house.mails().await[0].token());
        }
        let reset = |token| house.accounts.reset_password(token, secret(OTHER), client("192.0.2.1"));
        assert!(is_missing(reset(tokens[0].clone()).await), "the second made it worthless");
        house.clock.advance(Duration::from_secs(3600));
        assert!(is_missing(reset(tokens[1].clone()).await), "an hour later");
        assert!(is_missing(reset(secret("guessed")).await));
    }

    async fn a_changed_password_makes_an_earlier_link_worthless(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let link = house.accounts.reset_link("ann@example.com").await.unwrap().unwrap();
        house.accounts.change_password(&owner, secret(PASSWORD), secret(OTHER)).await.unwrap();
        let token = secret(link.rsplit('/').next().unwrap());
        assert!(is_missing(house.accounts.reset_password(token, secret("another long one"), client("192.0.2.1")).await));
    }

    async fn without_a_sender_the_terminal_still_makes_a_link(db: Db) {
        let (house, _) = House::with_owner(db).await;
        house.mailbox.is_off.store(true, Ordering::SeqCst);
        house.accounts.request_reset("ann@example.com".into(), client("192.0.2.1")).await.unwrap();
        assert_eq!(house.mails().await, []);
        assert_eq!(house.accounts.reset_link("bo@example.com").await.unwrap(), None);
        let link = house.accounts.reset_link("Ann@example.com").await.unwrap().unwrap();
        let token = secret(link.strip_prefix("https://lux.test/reset/").unwrap());
        house.accounts.reset_password(token, secret(OTHER), client("192.0.2.1")).await.unwrap();
        assert!(house.sign_in("ann@example.com", OTHER).await.is_ok());
    }

    async fn the_link_goes_through_the_instance_or_the_company_one_came_from_never_a_strangers(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let bo = house.joins(&owner, "bo@example.com", Role::Admin).await;
        house.accounts.create_company(&bo, change("Bo's own")).await.unwrap();
        house.mails().await;
        house.accounts.request_reset("bo@example.com".into(), client("192.0.2.1")).await.unwrap();
        assert_eq!(house.mails().await[0].company, Some(owner.company));
        house.mailbox.has_own.store(true, Ordering::SeqCst);
        house.accounts.request_reset("bo@example.com".into(), client("192.0.2.1")).await.unwrap();
        assert_eq!(house.mails().await[0].company, None);
    }
}
