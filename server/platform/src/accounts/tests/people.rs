use super::house::{House, accept, change, client, is_denied, is_missing};
use contract::accounts::Accounts;
use contract::{Actor, Capability, Fault, Role, UserId};
use kernel::Db;

fn user(actor: &Actor) -> UserId {
    actor.user().unwrap()
}

testkit::both! {
    async fn each_role_may_do_what_the_table_says_and_no_more(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let other = house.joins(&owner, "other@example.com", Role::Viewer).await;
        for role in Role::ALL {
            let actor = house.joins(&owner, &format!("{role}@example.com"), role).await;
            let accounts = &house.accounts;
            let (id, mut made) = (user(&other), Vec::new());
            made.push((Capability::PeopleRead, is_denied(&accounts.people(&actor).await)));
            let invited = accounts.invite(&actor, format!("by-{role}@example.com"), Role::Viewer).await;
            made.push((Capability::PeopleManage, is_denied(&invited)));
            let invitation = match invited {
                Ok(invited) => invited.invitation.id,
                Err(_) => contract::InvitationId(house.ids.uuid()),
            };
            made.push((Capability::PeopleManage, is_denied(&accounts.revoke_invitation(&actor, invitation).await)));
            made.push((Capability::PeopleManage, is_denied(&accounts.change_role(&actor, id, Role::Viewer).await)));
            let nobody = UserId(house.ids.uuid());
            made.push((Capability::PeopleManage, is_denied(&accounts.remove_person(&actor, nobody).await)));
            made.push((Capability::ApiKeysManage, is_denied(&accounts.api_keys(&actor).await)));
            let scopes = vec![Capability::ContactsRead];
            made.push((Capability::ApiKeysManage, is_denied(&accounts.create_api_key(&actor, "k".into(), scopes).await)));
            let key = contract::ApiKeyId(house.ids.uuid());
            made.push((Capability::ApiKeysManage, is_denied(&accounts.revoke_api_key(&actor, key).await)));
            made.push((Capability::CompanyManage, is_denied(&accounts.update_company(&actor, change("Nordic")).await)));
            for (n, (capability, denied)) in made.into_iter().enumerate() {
                assert_eq!(denied, !role.can(capability), "{role}, call {n}, {capability:?}");
            }
        }
    }

    async fn nobody_gives_takes_or_invites_above_their_own_role(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let admin = house.joins(&owner, "admin@example.com", Role::Admin).await;
        let viewer = house.joins(&owner, "viewer@example.com", Role::Viewer).await;
        let accounts = &house.accounts;
        assert!(is_denied(&accounts.change_role(&admin, user(&viewer), Role::Owner).await));
        assert!(is_denied(&accounts.change_role(&admin, user(&admin), Role::Owner).await));
        assert!(is_denied(&accounts.change_role(&admin, user(&owner), Role::Viewer).await));
        assert!(is_denied(&accounts.remove_person(&admin, user(&owner)).await));
        assert!(is_denied(&accounts.invite(&admin, "x@example.com".into(), Role::Owner).await));
        accounts.change_role(&admin, user(&viewer), Role::Admin).await.unwrap();
        accounts.change_role(&owner, user(&viewer), Role::Owner).await.unwrap();

        let made = accounts.create_api_key(&owner, "k".into(), vec![Capability::PeopleManage]).await.unwrap();
        let key = accounts.actor_of_key(&made.secret).await.unwrap().unwrap();
        assert!(is_denied(&accounts.change_role(&key, user(&admin), Role::Owner).await));
        accounts.change_role(&key, user(&admin), Role::Editor).await.unwrap();
        let kinds = house.events(owner.company).await;
        assert_eq!(kinds.iter().filter(|k| *k == "person.role_changed").count(), 3);
    }

    async fn a_changed_role_holds_from_the_next_request_on(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        house.joins(&owner, "bo@example.com", Role::Admin).await;
        let token = house.session("bo@example.com").await;
        let before = house.actor(&token).await.unwrap();
        house.accounts.change_role(&owner, user(&before), Role::Viewer).await.unwrap();
        assert_eq!(house.actor(&token).await.unwrap().role, Role::Viewer);
    }

    async fn the_last_owner_stays(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let accounts = &house.accounts;
        let conflicts = [
            accounts.change_role(&owner, user(&owner), Role::Admin).await,
            accounts.remove_person(&owner, user(&owner)).await,
        ];
        assert!(conflicts.iter().all(|c| matches!(c, Err(Fault::Conflict { .. }))), "{conflicts:?}");
        let second = house.joins(&owner, "bo@example.com", Role::Owner).await;
        accounts.change_role(&owner, user(&owner), Role::Admin).await.unwrap();
        assert!(accounts.remove_person(&second, user(&second)).await.is_err());
    }

    async fn two_owners_who_remove_each_other_at_once_leave_one(db: Db) {
        let (house, ann) = House::with_owner(db).await;
        let bo = house.joins(&ann, "bo@example.com", Role::Owner).await;
        let (a, b) = tokio::join!(
            house.accounts.change_role(&ann, user(&bo), Role::Viewer),
            house.accounts.change_role(&bo, user(&ann), Role::Viewer),
        );
        assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1, "{a:?} {b:?}");
        let people = house.accounts.people(&ann).await.unwrap().people;
        assert_eq!(people.iter().filter(|p| p.role == Role::Owner).count(), 1);
    }

    async fn who_is_taken_out_loses_their_sessions_here_and_keeps_those_elsewhere(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let bo = house.joins(&owner, "bo@example.com", Role::Admin).await;
        let (here, there) = (house.session("bo@example.com").await, house.session("bo@example.com").await);
        let elsewhere = house.actor(&there).await.unwrap();
        let own = house.accounts.create_company(&elsewhere, change("Bo's own")).await.unwrap();
        house.accounts.set_preference(&bo, "dashboard".into(), "1".into()).await.unwrap();
        house.accounts.remove_person(&owner, user(&bo)).await.unwrap();
        assert_eq!(house.actor(&here).await, None);
        assert_eq!(house.actor(&there).await.unwrap().company, own);
        assert_eq!(house.actor(&house.session("bo@example.com").await).await.unwrap().company, own);
        assert!(is_missing(house.accounts.remove_person(&owner, user(&bo)).await));
        assert!(house.events(owner.company).await.contains(&"person.left".to_owned()));
    }

    async fn anybody_may_leave(db: Db) {
        let (house, owner) = House::with_owner(db).await;
        let viewer = house.joins(&owner, "bo@example.com", Role::Viewer).await;
        house.accounts.remove_person(&viewer, user(&viewer)).await.unwrap();
        assert_eq!(house.accounts.people(&owner).await.unwrap().people.len(), 1);
    }

    async fn what_belongs_to_another_company_is_not_there(db: Db) {
        let (house, ann) = House::with_owner(db).await;
        let accounts = &house.accounts;
        let bo = house.joins(&ann, "bo@example.com", Role::Admin).await;
        let session = house.session("bo@example.com").await;
        accounts.create_company(&house.actor(&session).await.unwrap(), change("Bo's own")).await.unwrap();
        let boss = house.actor(&session).await.unwrap();
        assert_eq!(boss.role, Role::Owner);

        let invited = accounts.invite(&ann, "cy@example.com".into(), Role::Viewer).await.unwrap();
        let made = accounts.create_api_key(&ann, "k".into(), vec![Capability::ContactsRead]).await.unwrap();
        assert!(is_missing(accounts.change_role(&boss, user(&ann), Role::Viewer).await));
        assert!(is_missing(accounts.remove_person(&boss, user(&ann)).await));
        assert!(is_missing(accounts.revoke_invitation(&boss, invited.invitation.id).await));
        assert!(is_missing(accounts.revoke_api_key(&boss, made.key.id).await));
        assert_eq!(accounts.api_keys(&boss).await.unwrap(), []);
        let people = accounts.people(&boss).await.unwrap();
        assert_eq!(people.people.iter().map(|p| p.user).collect::<Vec<_>>(), [user(&bo)]);
        assert_eq!(people.invitations, []);
        accounts.update_company(&boss, change("Renamed")).await.unwrap();
        assert_eq!(accounts.me(&ann).await.unwrap().company.name, "Nordic Goods");
        // And all of it is still there for its own company.
        assert!(accounts.invitation(accept(&invited.link).token).await.is_ok());
        assert!(accounts.actor_of_key(&made.secret).await.unwrap().is_some());
        assert!(accounts.actor_of_session(&session, &client("192.0.2.1")).await.unwrap().is_some());
    }
}
