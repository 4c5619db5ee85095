//! Tokens of an application (OAuth 2 client credentials, RFC 6749 4.4), as Microsoft's sign-in gives them.
//!
//! [`ClientCredentials`] keeps a token until shortly before it ends. However many ask at once, one request goes out; a
//! refusal is remembered for a moment too, so that a wrong secret is not tried by everybody in turn.

mod words;

use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::http::{self, Answer, Broken};
use crate::{Failure, Kind, Status};

/// Name of this provider in failures.
pub const PROVIDER: &str = "sign-in";
/// Where Microsoft's applications sign in.
pub const MICROSOFT_LOGIN: &str = "https://login.microsoftonline.com";
/// What a token for Microsoft Graph is for.
pub const GRAPH_SCOPE: &str = "https://graph.microsoft.com/.default";
/// What a token for SMTP, IMAP and POP of Exchange Online is for.
pub const OUTLOOK_SCOPE: &str = "https://outlook.office365.com/.default";

/// Gives tokens.
#[async_trait]
pub trait Tokens: std::fmt::Debug + Send + Sync {
    /// One that works now.
    ///
    /// # Errors
    /// When the sign-in refuses or cannot be reached.
    async fn token(&self) -> Result<SecretString, Failure>;

    /// The token was refused where it was shown: the next is a new one.
    async fn refused(&self, token: &SecretString);
}

/// An application and its secret. `Debug` does not show the secret.
#[derive(Debug, Clone)]
pub struct Application {
    /// Address of the sign-in, without the tenant: [`MICROSOFT_LOGIN`] or that of a national cloud.
    pub login: String,
    /// Tenant: id or domain.
    pub tenant: String,
    /// Application (client) id.
    pub client: String,
    /// Its secret.
    pub secret: SecretString,
    /// What the token is for.
    pub scope: String,
}

/// Tokens of one application for one scope.
pub struct ClientCredentials {
    http: reqwest::Client,
    application: Application,
    /// Held while a token is fetched: who comes meanwhile waits and finds it.
    kept: Mutex<Option<Kept>>,
}

impl std::fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientCredentials").field("application", &self.application).finish_non_exhaustive()
    }
}

struct Kept {
    what: Result<SecretString, Failure>,
    until: Instant,
}

/// How long a refusal is believed without asking again.
const REFUSED_FOR: Duration = Duration::from_secs(30);
/// The same for trouble that may pass.
const TROUBLED_FOR: Duration = Duration::from_secs(2);
/// More than any answer has.
const MOST: usize = 64 * 1024;

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
    token_type: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Denied {
    error: String,
    error_description: String,
    error_codes: Vec<u32>,
}

impl ClientCredentials {
    /// Asks nothing yet.
    #[must_use]
    pub fn new(http: reqwest::Client, application: Application) -> Self {
        Self { http, application, kept: Mutex::new(None) }
    }

    async fn fetch(&self) -> Result<(SecretString, Duration), Failure> {
        let answer = http::ask(self.request()?, MOST).await.map_err(|broken| unreachable(&broken))?;
        if answer.status != 200 {
            return Err(denied(&answer));
        }
        let odd = || {
            Failure::temporary(Kind::Protocol, PROVIDER, "token")
                .with("text", "The sign-in gave an answer without a token.")
        };
        let granted: Granted = serde_json::from_slice(&answer.body).map_err(|_| odd())?;
        if granted.access_token.is_empty() || !granted.token_type.eq_ignore_ascii_case("bearer") {
            return Err(odd());
        }
        let life = Duration::from_secs(granted.expires_in);
        // a token that ends on the way to the server is worth nothing
        let margin = Duration::from_secs(300).min(life / 10);
        Ok((granted.access_token.into(), life.saturating_sub(margin)))
    }

    fn request(&self) -> Result<reqwest::RequestBuilder, Failure> {
        let Application { login, tenant, client, secret, scope } = &self.application;
        let wrong = || {
            Failure::permanent(Kind::Config, PROVIDER, "token")
                .with("text", "The address of the sign-in is not usable.")
        };
        let mut url = reqwest::Url::parse(login).map_err(|_| wrong())?;
        url.path_segments_mut().map_err(|()| wrong())?.pop_if_empty().extend([tenant, "oauth2", "v2.0", "token"]);
        let form = serde_urlencoded::to_string([
            ("grant_type", "client_credentials"),
            ("client_id", client),
            ("client_secret", secret.expose_secret()),
            ("scope", scope),
        ])
        .map_err(|_| wrong())?;
        let request = self.http.post(url).header("accept", "application/json");
        Ok(request.header("content-type", "application/x-www-form-urlencoded").body(form))
    }
}

#[async_trait]
impl Tokens for ClientCredentials {
    async fn token(&self) -> Result<SecretString, Failure> {
        let mut kept = self.kept.lock().await;
        if let Some(known) = kept.as_ref().filter(|known| known.until > Instant::now()) {
            return known.what.clone();
        }
        let (what, life) = match self.fetch().await {
            Ok((token, life)) => (Ok(token), life),
            Err(failure) if failure.is_temporary() => (Err(failure), TROUBLED_FOR),
            Err(failure) => (Err(failure), REFUSED_FOR),
        };
        *kept = Some(Kept { what: what.clone(), until: Instant::now() + life });
        what
    }

    async fn refused(&self, token: &SecretString) {
        let mut kept = self.kept.lock().await;
        // a newer one may be there already
        let is_it = |known: &Kept| known.what.as_ref().is_ok_and(|t| t.expose_secret() == token.expose_secret());
        if kept.as_ref().is_some_and(is_it) {
            *kept = None;
        }
    }
}

fn unreachable(broken: &Broken) -> Failure {
    let text = format!("The sign-in of Microsoft 365 cannot be reached: {}.", broken.words());
    Failure::temporary(Kind::Unreachable, PROVIDER, "token")
        .with("text", text)
        .with("fix", "Check that this machine may reach login.microsoftonline.com on port 443.")
}

fn denied(answer: &Answer) -> Failure {
    let said: Denied = serde_json::from_slice(&answer.body).unwrap_or_default();
    let number = said.error_codes.first().copied().or_else(|| words::number(&said.error_description));
    if answer.status == 429 || answer.status >= 500 {
        let text = format!("The sign-in of Microsoft 365 is busy (status {}).", answer.status);
        let failure = Failure::temporary(Kind::Busy, PROVIDER, "token").with("text", text);
        return match answer.retry_after() {
            Some(wait) => failure.with("retry_after", wait.as_secs_f64().to_string()),
            None => failure,
        };
    }
    let known = number.and_then(words::explain);
    let code = number.map_or_else(|| said.error.clone(), |number| format!("AADSTS{number}"));
    let (text, fix) = known.unwrap_or((
        "The sign-in refused the application.",
        "Check tenant, application id and secret, and look the code up in the sign-in log of Microsoft Entra.",
    ));
    Failure { kind: Kind::Auth, status: Status::Permanent, provider: PROVIDER, operation: "token", context: Vec::new() }
        .with("code", code)
        .with("text", text)
        .with("fix", fix)
}

#[cfg(test)]
mod tests;
