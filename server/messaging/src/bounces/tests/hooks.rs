//! Providers that call.

use super::*;
use serde_json::{Value, json};

impl Stage {
    /// A hook and the call that its provider makes.
    async fn hook(&self, draft: HookDraft) -> contract::bounces::HookMade {
        self.service.create_hook(&self.world.actor, draft).await.unwrap()
    }

    fn generic(&self) -> HookDraft {
        HookDraft { name: "Our gateway".into(), kind: HookKind::Generic, secret: None, keep_old: false }
    }

    fn call(&self, url: &str, secret: &str, body: &Value) -> HookCall {
        let (body, at) = (body.to_string().into_bytes(), self.now().seconds());
        let signature = hook::sign_generic(secret, "m1", at, &body);
        let headers =
            [("webhook-id", "m1".to_owned()), ("webhook-timestamp", at.to_string()), ("webhook-signature", signature)];
        HookCall {
            token: url.rsplit('/').next().unwrap_or_default().to_owned(),
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body,
        }
    }
}

testkit::both! {
    async fn a_signed_call_is_taken_once_and_a_forged_one_never(db: Db) {
        let stage = Stage::new(db);
        let id = stage.sent(3).await;
        let made = stage.hook(stage.generic()).await;
        let secret = made.secret.unwrap().0;
        assert!(made.hook.url.starts_with("https://lux.example/hooks/bounces/") && made.hook.secrets == 1, "{:?}", made.hook);
        let body = json!({ "events": [
            { "id": "1", "address": "p0@example.com", "kind": "bounce", "code": "5.1.1" },
            { "id": "1", "address": "p0@example.com", "kind": "bounce", "code": "5.1.1" },
            { "id": "2", "address": "p1@example.com", "kind": "complaint" },
            { "id": "3", "address": "p2@example.com", "kind": "party" },
        ] });
        let call = stage.call(&made.hook.url, &secret, &body);
        let forged = HookCall { body: body.to_string().replace("p0@", "p2@").into_bytes(), ..call.clone() };
        assert!(matches!(stage.hooks.receive(forged).await, Err(Fault::Denied { .. })));
        let refused = stage.service.setup(&stage.world.actor).await.unwrap().hooks.remove(0);
        assert!(refused.detail.contains("signature") && refused.used.is_none(), "{refused:?}");
        assert_eq!(stage.hooks.receive(call.clone()).await, Ok(2));
        assert_eq!(stage.hooks.receive(call.clone()).await, Ok(0));
        assert_eq!(stage.withheld(), [word("p0@example.com", "bounced"), word("p1@example.com", "complained")]);
        // No proof but the provider's word: the last message to the address.
        assert_eq!(stage.row(id, "p0@example.com").await.marks(), (Some("hard"), true, false));
        assert_eq!(stage.row(id, "p1@example.com").await.marks(), (None, false, true));
        let taken = stage.service.setup(&stage.world.actor).await.unwrap().hooks.remove(0);
        assert_eq!((taken.events, taken.detail.as_str(), taken.used.is_some()), (2, "", true));
        stage.world.clock.advance(Duration::from_secs(hook::WINDOW.unsigned_abs() + 1));
        assert!(matches!(stage.hooks.receive(call).await, Err(Fault::Denied { .. })));
    }

    async fn an_address_that_is_not_ours_is_nobodys(db: Db) {
        let stage = Stage::new(db);
        let made = stage.hook(stage.generic()).await;
        let secret = made.secret.unwrap().0;
        let body = json!({ "events": [] });
        let foreign = token::hook_token(&stage.vault, testkit::company(2), made.hook.id);
        for token in ["", "nonsense", foreign.as_str()] {
            let call = HookCall { token: token.into(), ..stage.call(&made.hook.url, &secret, &body) };
            assert!(matches!(stage.hooks.receive(call).await, Err(Fault::Missing { .. })), "{token}");
        }
        stage.service.delete_hook(&stage.world.actor, made.hook.id).await.unwrap();
        let call = stage.call(&made.hook.url, &secret, &body);
        assert!(matches!(stage.hooks.receive(call).await, Err(Fault::Missing { .. })));
    }

    async fn a_secret_is_shown_once_and_changes_without_a_gap(db: Db) {
        let stage = Stage::new(db);
        let made = stage.hook(stage.generic()).await;
        let first = made.secret.unwrap().0;
        let next = contract::accounts::Secret("whsec_bmV4dCBzZWNyZXQgb2YgdGhlIGhvb2s=".into());
        let draft = HookDraft { secret: Some(next.clone()), keep_old: true, ..stage.generic() };
        let changed = stage.service.update_hook(&stage.world.actor, made.hook.id, draft).await.unwrap();
        assert_eq!((changed.hook.secrets, changed.secret), (2, None));
        let body = json!({ "events": [] });
        for secret in [&first, &next.0] {
            assert_eq!(stage.hooks.receive(stage.call(&made.hook.url, secret, &body)).await, Ok(0));
        }
        let alone = HookDraft { name: "Renamed".into(), ..stage.generic() };
        let changed = stage.service.update_hook(&stage.world.actor, made.hook.id, alone).await.unwrap();
        assert_eq!((changed.hook.secrets, changed.hook.name.as_str()), (1, "Renamed"));
        let call = stage.call(&made.hook.url, &first, &body);
        assert!(matches!(stage.hooks.receive(call).await, Err(Fault::Denied { .. })));
        assert_eq!(stage.hooks.receive(stage.call(&made.hook.url, &next.0, &body)).await, Ok(0));
        let shown = serde_json::to_string(&stage.service.setup(&stage.world.actor).await.unwrap()).unwrap();
        assert!(!shown.contains(&first) && !shown.contains(&next.0), "{shown}");
    }

    async fn a_new_secret_is_made_where_lux_makes_them(db: Db) {
        let stage = Stage::new(db);
        let made = stage.hook(stage.generic()).await;
        let first = made.secret.unwrap().0;
        let renewed = stage.service.rotate_hook(&stage.world.actor, made.hook.id).await.unwrap();
        let second = renewed.secret.unwrap().0;
        assert_ne!(first, second);
        assert_eq!(renewed.hook.secrets, 2);
        let body = json!({ "events": [] });
        for secret in [&first, &second] {
            assert_eq!(stage.hooks.receive(stage.call(&made.hook.url, secret, &body)).await, Ok(0));
        }
        let foreign = HookDraft { name: "Mailgun".into(), kind: HookKind::Mailgun, secret: Some(contract::accounts::Secret("key".into())), keep_old: false };
        let foreign = stage.hook(foreign).await;
        assert!(matches!(stage.service.rotate_hook(&stage.world.actor, foreign.hook.id).await, Err(Fault::Invalid { .. })));
    }
}
