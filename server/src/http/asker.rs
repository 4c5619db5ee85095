//! Who is asking: the session cookie becomes an [`Asker`] on the request.

use crate::http::cookie;
use crate::wiring::App;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::accounts::Secret;
use contract::{Actor, Client, Fault};
use session::Asker;
use std::net::SocketAddr;

/// Reads the cookie, asks the accounts service, and hangs the result on the request.
pub async fn from_cookie(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let client = client(&app, &request);
    let token = cookie::read(request.headers(), cookie::name(&app.config)).map(|t| Secret(t.to_owned()));
    let actor = match token {
        None => None,
        Some(token) => match app.accounts.actor_of_session(&token, &client).await {
            Ok(actor) => actor,
            Err(fault) => return crate::http::api::problem(&fault).into_response(),
        },
    };
    request.extensions_mut().insert(Asker { actor, client });
    next.run(request).await
}

/// The actor of a request that went through [`from_cookie`].
pub fn actor(asker: Option<&Asker>) -> Result<Actor, Fault> {
    asker.and_then(|a| a.actor.clone()).ok_or(Fault::Unauthenticated)
}

/// Address and user agent of a request.
pub fn client(app: &App, request: &Request) -> Client {
    let socket = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0);
    client_of(app, socket, request.headers())
}

/// The same from its parts.
pub fn client_of(app: &App, socket: Option<SocketAddr>, headers: &HeaderMap) -> Client {
    let forwarded = app.config.trust_proxy.then(|| forwarded(headers)).flatten();
    Client { address: forwarded.or(socket.map(|s| s.ip().to_string())).unwrap_or_default(), agent: agent(headers) }
}

/// The last address a proxy of ours added: earlier ones are the client's own claims.
fn forwarded(headers: &HeaderMap) -> Option<String> {
    let line = headers.get("x-forwarded-for")?.to_str().ok()?;
    let last = line.rsplit(',').next()?.trim();
    last.parse::<std::net::IpAddr>().ok().map(|ip| ip.to_string())
}

/// User agent, at most 300 characters.
pub fn agent(headers: &HeaderMap) -> String {
    headers
        .get(header::USER_AGENT)
        .and_then(|v| v.to_str().ok())
        .map(|t| t.chars().take(300).collect())
        .unwrap_or_default()
}
