//! A Lux with two companies, asked through its router.

use crate::config::{Config, LogFormat};
use crate::wiring::App;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use contract::accounts::Secret;
use contract::{Actor, Capability, CompanyId};
use futures::FutureExt;
use platform::accounts::NewAdmin;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use tempfile::TempDir;
use testkit::TestPostgres;
use tower::ServiceExt;

/// Makes two tests of one, each with a fresh Lux.
macro_rules! both_houses {
    ($($(#[$meta:meta])* async fn $name:ident($house:ident: House) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn run($house: House) $body

            $(#[$meta])*
            #[test]
            fn sqlite() {
                crate::http::api::tests::house::on_sqlite(run);
            }

            $(#[$meta])*
            #[test]
            fn postgres() {
                crate::http::api::tests::house::on_postgres(run);
            }
        }
    )*};
}
pub(super) use both_houses;

pub struct House {
    pub app: App,
    router: Router,
    pub ours: CompanyId,
    pub theirs: CompanyId,
}

pub struct Heard {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Heard {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// The body, if the status is the expected one.
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }
}

fn config(dir: &TempDir, database: Option<String>) -> Config {
    let database_url = database.unwrap_or_else(|| format!("sqlite://{}", dir.path().join("lux.db").display()));
    Config {
        database_url,
        data_dir: dir.path().to_owned(),
        addr: "127.0.0.1:3000".parse().unwrap(),
        base_url: "http://127.0.0.1:3000".parse().unwrap(),
        master_key: None,
        log: "off".into(),
        log_format: LogFormat::Pretty,
        trust_proxy: false,
        database_connections: 5,
        ms365_login_url: String::new(),
        ms365_graph_url: String::new(),
        dns: false,
    }
}

impl House {
    async fn open(config: &Config) -> Self {
        let app = App::open(config).await.unwrap();
        let router = Router::new().nest("/api", super::super::router(app.clone())).with_state(app.clone());
        let mut companies = Vec::new();
        for name in ["Ours", "Theirs"] {
            let new = NewAdmin {
                email: format!("{name}@example.com"),
                name: name.into(),
                company: name.into(),
                zone: "Europe/Copenhagen".into(),
                password: Secret("a long enough password".into()),
            };
            companies.push(app.admin.create_admin(new).await.unwrap().1);
        }
        Self { app, router, ours: companies[0], theirs: companies[1] }
    }

    /// A key of a company with these scopes.
    pub async fn key(&self, company: CompanyId, scopes: &[Capability]) -> String {
        let made = self.app.accounts.create_api_key(&Actor::system(company), "test".into(), scopes.to_vec()).await;
        made.unwrap().secret.0
    }

    /// A key of ours with every scope.
    pub async fn full(&self) -> String {
        self.key(self.ours, &Capability::ALL).await
    }

    pub async fn send(&self, request: Request<Body>) -> Heard {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Heard { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    pub async fn raw(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn ask(&self, key: &str, method: Method, path: &str, body: Option<&Value>) -> Heard {
        self.ask_with(key, method, path, body, &[]).await
    }

    pub async fn ask_with(
        &self,
        key: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Heard {
        self.send(request(key, method, path, body, headers)).await
    }

    pub async fn get(&self, key: &str, path: &str) -> Value {
        self.ask(key, Method::GET, path, None).await.ok(200)
    }

    pub async fn post(&self, key: &str, path: &str, body: Value) -> Heard {
        self.ask(key, Method::POST, path, Some(&body)).await
    }

    /// Makes one of everything and answers the ids by the noun that stands in paths.
    pub async fn furnish(&self, key: &str) -> HashMap<&'static str, String> {
        let id = |value: Value| value["id"].as_str().unwrap().to_owned();
        let mut ids = HashMap::new();
        let list = id(self.post(key, "/lists", json!({ "name": "News" })).await.ok(201));
        let contact = self.post(
            key,
            "/contacts",
            json!({
                "email": "Maja@Example.com", "first_name": "Maja", "tags": ["vip"], "lists": [list],
                "consent": "subscribed", "consent_source": "Form"
            }),
        );
        ids.insert("contacts", id(contact.await.ok(201)));
        let tags = self.get(key, "/tags").await;
        ids.insert("tags", tags["items"][0]["id"].as_str().unwrap().to_owned());
        let field = json!({ "key": "plan", "label": "Plan", "kind": "choice", "options": ["free", "pro"] });
        ids.insert("fields", id(self.post(key, "/fields", field).await.ok(201)));
        let sender = json!({
            "name": "Shop", "host": "127.0.0.1", "port": 9, "tls": "none", "user": "", "from_email": "news@example.com",
            "from_name": "Shop", "reply_to": "", "pool": 2
        });
        let sender = id(self.post(key, "/senders", sender).await.ok(201));
        let domain = json!({ "domain": "example.com" });
        ids.insert("domains", id(self.post(key, "/domains", domain).await.ok(201)));
        let mailbox = json!({
            "name": "Returns", "kind": "imap", "host": "127.0.0.1", "port": 9, "tls": "none", "user": "bounces",
            "secret": "secret", "after": "mark", "minutes": 60, "return_address": "bounces@example.com",
            "senders": [sender], "active": false
        });
        ids.insert("bounce-mailboxes", id(self.post(key, "/bounce-mailboxes", mailbox).await.ok(201)));
        let hook = json!({ "name": "Gateway", "kind": "generic" });
        let hook = self.post(key, "/bounce-hooks", hook).await.ok(201);
        ids.insert("bounce-hooks", id(hook["hook"].clone()));
        let content =
            json!({ "subject": "News", "source": "<p>Hello</p><p><a href=\"{{ unsubscribe_url }}\">Leave</a></p>" });
        ids.insert(
            "templates",
            id(self.post(key, "/templates", json!({ "name": "News", "content": content })).await.ok(201)),
        );
        let campaign =
            json!({ "name": "Spring", "content": content, "sender": sender, "audience": { "lists": [list] } });
        ids.insert("campaigns", id(self.post(key, "/campaigns", campaign).await.ok(201)));
        let file = request_with(key, Method::POST, "/imports?dry_run=1", Body::from("email\na@example.com\n"), &[]);
        ids.insert("imports", id(self.send(file).await.ok(202)));
        let message =
            json!({ "to": "maja@example.com", "content": { "subject": "Hi", "text": "Hello" }, "sender": sender });
        ids.insert("messages", id(self.post(key, "/messages", message).await.ok(201)));
        ids.insert("lists", list);
        ids.insert("senders", sender);
        ids
    }
}

pub fn request(key: &str, method: Method, path: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Request<Body> {
    let body = body.map_or_else(Body::empty, |b| Body::from(b.to_string()));
    request_with(key, method, path, body, headers)
}

pub fn request_with(key: &str, method: Method, path: &str, body: Body, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    if !key.is_empty() {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body).unwrap()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}

pub fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(House) -> F) {
    block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let house = House::open(&config(&dir, None)).await;
        let db = house.app.db.clone();
        test(house).await;
        db.close().await;
    });
}

#[allow(clippy::print_stdout, reason = "says why a test did nothing")]
pub fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(House) -> F) {
    block_on(async {
        let Some(at) = TestPostgres::fresh().await else {
            println!("skipped: LUX_TEST_POSTGRES_URL not set");
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        let house = House::open(&config(&dir, Some(at.url.clone()))).await;
        let db = house.app.db.clone();
        let outcome = AssertUnwindSafe(test(house)).catch_unwind().await;
        db.close().await;
        at.drop().await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

/// The same value with ids numbered in the order they appear and times hidden, so that it can be compared.
pub fn steady(value: &Value) -> Value {
    fn walk(value: &Value, seen: &mut Vec<String>) -> Value {
        match value {
            Value::String(text) => Value::String(hide(text, seen)),
            Value::Array(items) => Value::Array(items.iter().map(|v| walk(v, seen)).collect()),
            Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), walk(v, seen))).collect()),
            other => other.clone(),
        }
    }
    fn hide(text: &str, seen: &mut Vec<String>) -> String {
        if contract::Micros::parse(text).is_some() {
            return "[time]".into();
        }
        if text.parse::<uuid::Uuid>().is_err() {
            return text.to_owned();
        }
        let at = seen.iter().position(|s| s == text).unwrap_or_else(|| {
            seen.push(text.to_owned());
            seen.len() - 1
        });
        format!("[id {at}]")
    }
    walk(value, &mut Vec::new())
}
