use contract::accounts::Secret;
use contract::{Actor, Client, Fault};
use leptos::prelude::use_context;
use std::sync::Arc;

/// What the door found out about a request before any code of ours ran.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    /// The signed-in actor, if any.
    pub actor: Option<Actor>,
    /// Where the request came from.
    pub client: Client,
}

/// A change to the session cookie that goes out with the answer.
#[derive(Clone, Debug)]
pub enum CookieChange {
    /// Signed in with this token.
    Set(Secret),
    /// Signed out.
    Clear,
}

/// Lets a server function change the session cookie without knowing HTTP.
#[derive(Clone)]
pub struct CookieSink(pub Arc<dyn Fn(CookieChange) + Send + Sync>);

/// The service that answers for a trait.
pub fn serve<S: ?Sized + Send + Sync + 'static>() -> Result<Arc<S>, Fault> {
    use_context::<Arc<S>>()
        .ok_or_else(|| Fault::Broken { trace: format!("no service for {}", std::any::type_name::<S>()) })
}

/// The actor and the service, or [`Fault::Unauthenticated`].
pub fn ask<S: ?Sized + Send + Sync + 'static>() -> Result<(Actor, Arc<S>), Fault> {
    let asker = use_context::<Asker>().unwrap_or_default();
    let actor = asker.actor.ok_or(Fault::Unauthenticated)?;
    Ok((actor, serve::<S>()?))
}

/// Whether somebody is signed in.
pub fn is_signed_in() -> bool {
    use_context::<Asker>().is_some_and(|a| a.actor.is_some())
}

/// Where the request came from.
pub fn client() -> Client {
    use_context::<Asker>().unwrap_or_default().client
}

/// Changes the session cookie with this answer.
pub fn set_cookie(change: CookieChange) -> Result<(), Fault> {
    let sink = use_context::<CookieSink>().ok_or_else(|| Fault::Broken { trace: "no cookie sink".into() })?;
    (sink.0)(change);
    Ok(())
}

/// Lets a page set the HTTP status of its first rendering without knowing HTTP.
#[derive(Clone)]
pub struct StatusSink(pub Arc<dyn Fn(u16) + Send + Sync>);

/// Sets the HTTP status of the page being rendered, for example 404.
pub fn set_status(status: u16) {
    if let Some(sink) = use_context::<StatusSink>() {
        (sink.0)(status);
    }
}
