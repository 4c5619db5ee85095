//! From settings to a way out: SMTP with a password or tokens, or Microsoft Graph.

use super::transports::Settings;
use connect::Failure;
use connect::email::smtp::{Config, Pool, Tls};
use connect::email::{Transport, graph};
use connect::http::{self, Client};
use connect::oauth::{Application, ClientCredentials, GRAPH_SCOPE, OUTLOOK_SCOPE};
use contract::senders::{GraphMode, SenderDraft, SenderKind, SignIn, TlsMode};
use secrecy::SecretString;
use std::sync::{Arc, OnceLock};

/// Builds; all that it builds share one HTTP client.
#[derive(Debug)]
pub(super) struct Builder {
    pub settings: Settings,
    http: OnceLock<Client>,
}

impl Builder {
    pub fn new(settings: Settings) -> Self {
        Self { settings, http: OnceLock::new() }
    }

    /// A way out that shares no connection with any other.
    pub fn build(&self, draft: &SenderDraft, secret: Option<SecretString>) -> Result<Arc<dyn Transport>, Failure> {
        Ok(match draft.kind {
            SenderKind::Smtp => Arc::new(self.smtp(draft, secret)?),
            SenderKind::Graph => Arc::new(self.graph(draft, secret)?),
        })
    }

    fn smtp(&self, draft: &SenderDraft, secret: Option<SecretString>) -> Result<Pool, Failure> {
        let tls = match draft.tls {
            TlsMode::Tls => Tls::Implicit,
            TlsMode::Starttls => Tls::StartTls,
            TlsMode::None => Tls::None,
        };
        let mut config = Config::new(draft.host.clone(), draft.port, tls);
        if !draft.user.is_empty() {
            config = match draft.sign_in {
                SignIn::Password => config.with_login(draft.user.clone(), secret.unwrap_or_default()),
                SignIn::Oauth => config.with_tokens(draft.user.clone(), self.tokens(draft, secret, OUTLOOK_SCOPE)?),
            };
        }
        config.ehlo.clone_from(&self.settings.ehlo);
        config.ca_pem.clone_from(&self.settings.ca_pem);
        config.connections = usize::from(draft.pool.max(1));
        Pool::new(config)
    }

    fn graph(&self, draft: &SenderDraft, secret: Option<SecretString>) -> Result<graph::Graph, Failure> {
        let mode = match draft.graph.mode {
            GraphMode::Auto => graph::Mode::Auto,
            GraphMode::Draft => graph::Mode::Draft,
            GraphMode::Send => graph::Mode::Send,
        };
        let mut config = graph::Config::new(mode, draft.graph.mailboxes.clone());
        config.base_url.clone_from(&self.settings.graph_url);
        config.at_once = usize::from(draft.graph.at_once.max(1));
        let scope = scope_of(&self.settings.graph_url);
        graph::Graph::new(config, self.http()?, self.tokens(draft, secret, &scope)?)
    }

    fn tokens(
        &self,
        draft: &SenderDraft,
        secret: Option<SecretString>,
        scope: &str,
    ) -> Result<Arc<ClientCredentials>, Failure> {
        let application = Application {
            login: self.settings.login_url.clone(),
            tenant: draft.tenant.clone(),
            client: draft.client_id.clone(),
            secret: secret.unwrap_or_default(),
            scope: scope.to_owned(),
        };
        Ok(Arc::new(ClientCredentials::new(self.http()?, application)))
    }

    fn http(&self) -> Result<Client, Failure> {
        if let Some(client) = self.http.get() {
            return Ok(client.clone());
        }
        let client = http::client(&http::Options { ca_pem: self.settings.ca_pem.clone(), ..http::Options::default() })?;
        Ok(self.http.get_or_init(|| client).clone())
    }
}

/// National clouds want tokens for their own address of Graph.
fn scope_of(graph_url: &str) -> String {
    let national = [".us", ".cn"].iter().any(|end| host_of(graph_url).ends_with(end));
    match national {
        true => format!("https://{}/.default", host_of(graph_url)),
        false => GRAPH_SCOPE.to_owned(),
    }
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_national_cloud_gets_tokens_of_its_own() {
        assert_eq!(scope_of("https://graph.microsoft.com/v1.0"), GRAPH_SCOPE);
        assert_eq!(scope_of("https://graph.microsoft.us/v1.0"), "https://graph.microsoft.us/.default");
        assert_eq!(scope_of("http://127.0.0.1:4600/graph/v1.0"), GRAPH_SCOPE);
    }
}
