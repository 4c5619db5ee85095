use super::house::{House, PASSWORD, accept, change, client, is_missing, refusal, secret};
use contract::accounts::{AcceptInvitation, Accounts};
use contract::{Fault, Role};
use kernel::Db;
use std::sync::atomic::Ordering;

testkit::both! {
    async fn somebody_new_joins_by_the_mailed_link(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let accounts = &house.accounts;
        let invited = accounts.invite(&owner, " Bo@Example.com".into(), Role::Editor).await.unwrap();
        assert!(invited.mailed);
        let mails = house.mails().await;
        let [mail] = mails.as_slice() else { panic!("one mail, not {mails:?}") };
        assert_eq!((mail.to.as_str(), mail.company), ("bo@example.com", Some(owner.company)));
        assert_eq!(mail.subject, "Join Nordic Goods on Lux");
        assert!(mail.text.contains(&format!("\n{}\n", invited.link)), "{}", mail.text);
        assert!(mail.text.contains("22 Jan 2026, 10:00 CET"), "{}", mail.text);

        let view = accounts.invitation(mail.token()).await.unwrap();
        assert_eq!((view.company.as_str(), view.email.as_str()), ("Nordic Goods", "bo@example.com"));
        assert_eq!((view.role, view.known), (Role::Editor, false));
        assert_eq!(accounts.people(&owner).await.unwrap().invitations, vec![invited.invitation.clone()]);

        let nameless = AcceptInvitation { name: " ".into(), password: secret("short"), ..accept(&invited.link) };
        let Err(Fault::Invalid { fields }) = accounts.accept_invitation(nameless, client("192.0.2.7")).await else { panic!() };
        assert_eq!(fields.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["name", "password"]);
        let session = accounts.accept_invitation(accept(&invited.link), client("192.0.2.7")).await.unwrap();
        let bo = house.actor(&session).await.unwrap();
        assert_eq!((bo.company, bo.role), (owner.company, Role::Editor));
        let people = accounts.people(&owner).await.unwrap();
        assert_eq!(people.people.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Ann Lee", "Somebody New"]);
        assert_eq!(people.invitations, []);
        assert!(is_missing(accounts.accept_invitation(accept(&invited.link), client("192.0.2.7")).await));
        assert_eq!(house.events(owner.company).await, ["company.created", "invitation.made", "person.joined"]);
    }

    async fn without_a_sender_the_link_is_handed_over(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        house.mailbox.is_off.store(true, Ordering::SeqCst);
        let invited = house.accounts.invite(&owner, "bo@example.com".into(), Role::Editor).await.unwrap();
        assert!(!invited.mailed);
        house.mailbox.is_off.store(false, Ordering::SeqCst);
        assert_eq!(house.mails().await, []);
        assert!(house.accounts.accept_invitation(accept(&invited.link), client("192.0.2.7")).await.is_ok());
    }

    async fn a_known_person_joins_with_the_password_they_have(db: Db) {
        let (house, ann) = House::with_owner(db).await;
        let bo = house.joins(&ann, "bo@example.com", Role::Admin).await;
        let token = house.session("bo@example.com").await;
        house.accounts.create_company(&house.actor(&token).await.unwrap(), change("Bo's own")).await.unwrap();
        let boss = house.actor(&token).await.unwrap();
        let invited = house.accounts.invite(&boss, "ann@example.com".into(), Role::Viewer).await.unwrap();
        let link = accept(&invited.link);
        assert!(house.accounts.invitation(link.token.clone()).await.unwrap().known);
        let wrong = AcceptInvitation { password: secret("a new password"), ..link.clone() };
        refusal(house.accounts.accept_invitation(wrong, client("192.0.2.1")).await, "password");
        let session = house.accounts.accept_invitation(link, client("192.0.2.1")).await.unwrap();
        let guest = house.actor(&session).await.unwrap();
        assert_eq!((guest.user(), guest.company, guest.role), (ann.user(), boss.company, Role::Viewer));
        assert_eq!(house.accounts.me(&guest).await.unwrap().name, "Ann Lee", "the name stays");
        assert_eq!(house.accounts.me(&guest).await.unwrap().companies.len(), 2);
        assert_eq!(bo.role, Role::Admin);
    }

    async fn an_invitation_can_be_taken_back_replaced_and_runs_out(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let accounts = &house.accounts;
        let invite = || accounts.invite(&owner, "bo@example.com".into(), Role::Editor);
        let gone = invite().await.unwrap();
        accounts.revoke_invitation(&owner, gone.invitation.id).await.unwrap();
        assert!(is_missing(accounts.revoke_invitation(&owner, gone.invitation.id).await));
        assert!(is_missing(accounts.invitation(accept(&gone.link).token).await));
        assert_eq!(house.mails().await, [], "what was taken back is not mailed");

        let (old, new) = (invite().await.unwrap(), invite().await.unwrap());
        assert!(is_missing(accounts.accept_invitation(accept(&old.link), client("192.0.2.7")).await));
        assert_eq!(accounts.people(&owner).await.unwrap().invitations, vec![new.invitation.clone()]);

        house.days(7);
        assert!(is_missing(accounts.invitation(accept(&new.link).token).await));
        assert!(is_missing(accounts.accept_invitation(accept(&new.link), client("192.0.2.7")).await));
        assert_eq!(accounts.people(&owner).await.unwrap().invitations, []);
        house.run_jobs().await;
        assert!(invite().await.is_ok());
    }

    async fn who_is_in_the_company_already_is_not_invited(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let said = refusal(house.accounts.invite(&owner, "ANN@example.com".into(), Role::Viewer).await, "email");
        assert!(said.starts_with("Ann Lee"), "{said}");
        refusal(house.accounts.invite(&owner, "bo".into(), Role::Viewer).await, "email");
    }

    async fn of_two_who_take_one_invitation_up_at_once_one_comes_in(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let invited = house.accounts.invite(&owner, "bo@example.com".into(), Role::Viewer).await.unwrap();
        let (a, b) = tokio::join!(
            house.accounts.accept_invitation(accept(&invited.link), client("192.0.2.7")),
            house.accounts.accept_invitation(accept(&invited.link), client("192.0.2.8")),
        );
        assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1, "{a:?} {b:?}");
        assert_eq!(house.accounts.people(&owner).await.unwrap().people.len(), 2);
        assert!(house.sign_in("bo@example.com", PASSWORD).await.is_ok());
    }
}
