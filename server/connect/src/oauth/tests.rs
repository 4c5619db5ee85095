use super::*;
use std::sync::Arc;
use testkit::graph::{Call, FakeGraph, Fault, Tenant, Then};

fn tokens(graph: &FakeGraph, change: impl FnOnce(&mut Application)) -> Arc<ClientCredentials> {
    let mut application = Application {
        login: graph.login(),
        tenant: "tenant-1".into(),
        client: "app-1".into(),
        secret: "s3cret".into(),
        scope: GRAPH_SCOPE.into(),
    };
    change(&mut application);
    Arc::new(ClientCredentials::new(http::client(&http::Options::default()).unwrap(), application))
}

#[tokio::test]
async fn many_who_ask_at_once_make_one_request_and_share_its_token() {
    let graph = FakeGraph::start(Tenant::default()).await;
    let tokens = tokens(&graph, |_| {});
    let all = (0..50).map(|_| {
        let tokens = Arc::clone(&tokens);
        tokio::spawn(async move { tokens.token().await.unwrap().expose_secret().to_owned() })
    });
    let mut seen = Vec::new();
    for one in all.collect::<Vec<_>>() {
        seen.push(one.await.unwrap());
    }
    seen.dedup();
    assert_eq!((seen.len(), graph.calls(Call::Token)), (1, 1));
}

#[tokio::test]
async fn a_token_is_used_for_its_life_and_not_longer() {
    let graph = FakeGraph::start(Tenant { token_life: 0, ..Tenant::default() }).await;
    let brief = tokens(&graph, |_| {});
    brief.token().await.unwrap();
    brief.token().await.unwrap();
    assert_eq!(graph.calls(Call::Token), 2, "one that ends at once is not kept");
    graph.tenant(|tenant| tenant.token_life = 3599);
    let long = tokens(&graph, |_| {});
    long.token().await.unwrap();
    long.token().await.unwrap();
    assert_eq!(graph.calls(Call::Token), 3);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_however_many_say_so() {
    let graph = FakeGraph::start(Tenant::default()).await;
    let tokens = tokens(&graph, |_| {});
    let old = tokens.token().await.unwrap();
    tokens.refused(&old).await;
    let new = tokens.token().await.unwrap();
    tokens.refused(&old).await;
    assert_eq!(tokens.token().await.unwrap().expose_secret(), new.expose_secret());
    assert_eq!(graph.calls(Call::Token), 2);
}

#[tokio::test]
async fn a_wrong_secret_is_a_sentence_with_its_fix_and_is_not_tried_again_at_once() {
    let graph = FakeGraph::start(Tenant::default()).await;
    let wrong = tokens(&graph, |a| a.secret = "hunter2".into());
    for _ in 0..3 {
        let failure = wrong.token().await.unwrap_err();
        assert_eq!((failure.kind, failure.status), (Kind::Auth, Status::Permanent));
        assert_eq!(failure.detail("code"), Some("AADSTS7000215"));
        assert!(failure.detail("fix").unwrap().contains("value of the secret"), "{failure}");
        assert!(!failure.to_string().contains("hunter2") && !format!("{wrong:?}").contains("hunter2"));
    }
    assert_eq!(graph.calls(Call::Token), 1);
    for change in
        [(|a: &mut Application| a.tenant = "other".into()) as fn(&mut Application), |a| a.client = "other".into()]
    {
        assert!(tokens(&graph, change).token().await.unwrap_err().detail("fix").is_some());
    }
}

#[tokio::test]
async fn a_busy_sign_in_is_trouble_that_passes() {
    let graph = FakeGraph::start(Tenant::default()).await;
    graph.fail(Call::Token, Fault { acts: false, then: Then::Say(429, "x", vec![("retry-after", "3")]) });
    let failure = tokens(&graph, |_| {}).token().await.unwrap_err();
    assert!(failure.is_temporary());
    assert_eq!(failure.retry_after().unwrap().as_secs(), 3);
    graph.fail(Call::Token, Fault { acts: true, then: Then::Reset });
    assert!(tokens(&graph, |_| {}).token().await.unwrap_err().is_temporary());
    tokens(&graph, |_| {}).token().await.unwrap();
}
