//! One row of the route table: where it is, what it needs, what it takes and answers, and the handler, whose signature
//! the description is derived from. A route without a description cannot be written.

use super::input::{self, Input};
use super::problem::Problem;
use super::reply::{Answer, Reply, ReplyDoc};
use crate::wiring::App;
use axum::http::{HeaderMap, Method};
use contract::{
    Actor, ApiKeyId, CampaignId, Capability, ContactId, DomainId, Fault, FieldId, FileId, HookId, ImportId, ListId,
    MailboxId, MessageId, SenderId, TagId, TemplateId,
};
use futures::future::BoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// A request that passed the door: the key is known, the scope is there, everything is read and typed.
pub struct Call<P = (), Q = NoQuery, B = ()> {
    /// Services.
    pub app: App,
    /// Who asks.
    pub actor: Actor,
    /// Ids of the path.
    pub path: P,
    /// The query.
    pub query: Q,
    /// The body.
    pub body: B,
    /// Headers, for the few that read them.
    pub headers: HeaderMap,
}

/// For endpoints that take nothing in the query.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

/// Ids in the path.
pub trait PathArg: Sized + Send + 'static {
    /// Reads the values in the order of the path; `None` when one is no id, and so names nothing.
    fn read(values: &[String]) -> Option<Self>;
}

impl PathArg for () {
    fn read(_: &[String]) -> Option<Self> {
        Some(())
    }
}

macro_rules! path_ids {
    ($($id:ty),*) => {$(
        impl PathArg for $id {
            fn read(values: &[String]) -> Option<Self> {
                values.first()?.parse().ok()
            }
        }
    )*};
}
path_ids!(
    ApiKeyId, CampaignId, ContactId, DomainId, FieldId, HookId, ImportId, ListId, MailboxId, MessageId, SenderId,
    TagId, TemplateId
);

macro_rules! path_pairs {
    ($(($first:ty, $second:ty)),*) => {$(
        impl PathArg for ($first, $second) {
            fn read(values: &[String]) -> Option<Self> {
                Some((values.first()?.parse().ok()?, values.get(1)?.parse().ok()?))
            }
        }
    )*};
}
path_pairs!((ListId, ContactId), (CampaignId, FileId));

/// A request behind the door, before it is typed.
pub struct Door {
    /// Services.
    pub app: App,
    /// Who asks.
    pub actor: Actor,
    /// Values of the path.
    pub values: Vec<String>,
    /// The query as sent.
    pub query: String,
    /// Headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: input::Raw,
}

type Run = Arc<dyn Fn(Door) -> BoxFuture<'static, Result<Answer, Problem>> + Send + Sync>;

/// A row of the table.
#[derive(Clone)]
pub struct Endpoint {
    /// Method.
    pub method: Method,
    /// Path below `/api/v1`.
    pub path: &'static str,
    /// What it does, a short sentence without a full stop; unique.
    pub title: &'static str,
    /// What else to know, or empty.
    pub about: &'static str,
    /// What the key needs; `None` is any key.
    pub scope: Option<Capability>,
    /// An example of the body.
    pub example: Option<Value>,
    /// Whether doing it again after a crash would be noticed by somebody: then it is never done again by itself.
    pub once: bool,
    /// Whether the body is read as it comes instead of being held in memory.
    pub streams: bool,
    /// Schema of the query.
    pub query: fn(&mut SchemaGenerator) -> Schema,
    /// Media type and schema of the body.
    pub body: fn(&mut SchemaGenerator) -> Option<input::BodyDoc>,
    /// What it answers.
    pub reply: fn(&mut SchemaGenerator) -> ReplyDoc,
    run: Run,
}

impl Endpoint {
    /// A row from a handler.
    pub fn new<P, Q, B, R, F, Fut>(method: Method, path: &'static str, title: &'static str, handler: F) -> Self
    where
        P: PathArg,
        Q: DeserializeOwned + JsonSchema + Send + 'static,
        B: Input,
        R: Reply,
        F: Fn(Call<P, Q, B>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<R, Fault>> + Send + 'static,
    {
        let run: Run = Arc::new(move |door: Door| {
            let handler = handler.clone();
            Box::pin(async move {
                let path = P::read(&door.values).ok_or_else(|| Fault::missing("What this address names"))?;
                let query = input::query(&door.query)?;
                let body = B::take(&door.headers, door.body)?;
                let call = Call { app: door.app, actor: door.actor, path, query, body, headers: door.headers };
                Ok(handler(call).await?.answer()?)
            })
        });
        Self {
            method,
            path,
            title,
            about: "",
            scope: None,
            example: None,
            once: false,
            streams: B::STREAMS,
            query: |generator| Q::json_schema(generator),
            body: B::doc,
            reply: R::doc,
            run,
        }
    }

    /// Needs this scope.
    pub fn needs(mut self, scope: Capability) -> Self {
        self.scope = Some(scope);
        self
    }

    /// More to know, whole sentences.
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// A body that would be accepted if its ids were real.
    pub fn example(mut self, example: Value) -> Self {
        self.example = Some(example);
        self
    }

    /// Never repeated by itself after a crash, see [`Endpoint::once`].
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Runs the handler.
    pub fn run(&self, door: Door) -> BoxFuture<'static, Result<Answer, Problem>> {
        (self.run)(door)
    }

    /// Name for programs, from the title: `list_contacts`.
    pub fn operation(&self) -> String {
        let letters = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        self.title.chars().map(letters).collect::<String>().trim_matches('_').to_owned()
    }

    /// Names in the path, in order.
    pub fn names(&self) -> Vec<&'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
    }
}

/// Rows about one noun.
pub struct Group {
    /// The noun, plural.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// The rows.
    pub endpoints: Vec<Endpoint>,
}

macro_rules! verbs {
    ($($verb:ident $method:ident),*) => {$(
        #[doc = concat!("A row for ", stringify!($method), ".")]
        pub fn $verb<P, Q, B, R, F, Fut>(path: &'static str, title: &'static str, handler: F) -> Endpoint
        where
            P: PathArg,
            Q: DeserializeOwned + JsonSchema + Send + 'static,
            B: Input,
            R: Reply,
            F: Fn(Call<P, Q, B>) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output = Result<R, Fault>> + Send + 'static,
        {
            Endpoint::new(Method::$method, path, title, handler)
        }
    )*};
}
verbs!(get GET, post POST, put PUT, patch PATCH, delete DELETE);
