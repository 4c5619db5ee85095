//! Rules, rights and releases.

use super::*;

testkit::both! {
    async fn who_may_not_manage_senders_sees_no_address_and_changes_nothing(db: Db) {
        let stage = Stage::new(db);
        let draft = HookDraft { name: "Ours".into(), kind: HookKind::Generic, secret: None, keep_old: false };
        let made = stage.service.create_hook(&stage.world.actor, draft.clone()).await.unwrap();
        let viewer = Actor { role: Role::Viewer, ..stage.world.actor.clone() };
        let seen = stage.service.setup(&viewer).await.unwrap().hooks;
        assert!(seen.len() == 1 && seen[0].url.is_empty(), "{seen:?}");
        let denied = |answer: Result<(), Fault>| assert!(matches!(answer, Err(Fault::Denied { .. })), "{answer:?}");
        denied(stage.service.set_rules(&viewer, BounceRules::default()).await.map(drop));
        denied(stage.service.create_hook(&viewer, draft.clone()).await.map(drop));
        denied(stage.service.update_hook(&viewer, made.hook.id, draft).await.map(drop));
        denied(stage.service.rotate_hook(&viewer, made.hook.id).await.map(drop));
        denied(stage.service.delete_hook(&viewer, made.hook.id).await);
        denied(stage.service.release(&viewer, "a@example.com".into(), "asked".into()).await);
        let other = Actor::system(testkit::company(2));
        assert!(stage.service.setup(&other).await.unwrap().hooks.is_empty());
        assert!(matches!(stage.service.delete_hook(&other, made.hook.id).await, Err(Fault::Missing { .. })));
        assert!(matches!(stage.service.rotate_hook(&other, made.hook.id).await, Err(Fault::Missing { .. })));
    }

    async fn rules_are_the_usual_ones_until_they_are_written(db: Db) {
        let stage = Stage::new(db);
        assert_eq!(stage.service.setup(&stage.world.actor).await.unwrap().rules, BounceRules::default());
        let rules = BounceRules { soft_limit: 3, soft_of: 5, ..BounceRules::default() };
        stage.service.set_rules(&stage.world.actor, rules).await.unwrap();
        assert_eq!(stage.service.setup(&stage.world.actor).await.unwrap().rules, rules);
        let wrong = BounceRules { soft_limit: 0, ..rules };
        assert!(matches!(stage.service.set_rules(&stage.world.actor, wrong).await, Err(Fault::Invalid { .. })));
        assert_eq!(stage.events("bounce.changed").await, 1);
    }

    async fn an_address_is_released_with_a_reason(db: Db) {
        let stage = Stage::new(db);
        let id = stage.sent(1).await;
        stage.take(&[about(&stage.row(id, "p0@example.com").await, BounceClass::Hard)]).await;
        let release = |reason: &str| stage.service.release(&stage.world.actor, "P0@example.com".into(), reason.into());
        assert!(matches!(release(" ").await, Err(Fault::Invalid { .. })));
        release("the mailbox is back").await.unwrap();
        assert!(matches!(release("again").await, Err(Fault::Missing { .. })));
        assert_eq!(stage.withheld(), []);
        assert_eq!(stage.moments(), ["bounced", "released"]);
    }
}
