//! The sender that the environment names at first start.

use super::{Service, store};
use contract::accounts::Secret;
use contract::senders::{GraphSettings, SenderDraft, SenderKind, TlsMode};
use contract::{CompanyId, Fault, SenderId};
use secrecy::{ExposeSecret, SecretString};

/// `MS365_TENANT_ID`, `MS365_CLIENT_ID`, `MS365_CLIENT_SECRET` and `MS365_FROM_EMAIL`. Prints without the secret.
#[derive(Clone, Debug, Default)]
pub struct Microsoft {
    /// Tenant; empty names no sender.
    pub tenant: String,
    /// Application.
    pub client: String,
    /// Its secret.
    pub secret: SecretString,
    /// Mailboxes, with commas between them.
    pub from: String,
}

/// `SMTP_SERVER`, `SMTP_USERNAME` and `SMTP_PASSWORD`, and what names a tenant of Microsoft 365. Prints without secrets.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Comes before SMTP when both are there.
    pub microsoft: Microsoft,
    /// Host or `host:port`; empty names no sender.
    pub server: String,
    /// User or empty.
    pub user: String,
    /// Its secret.
    pub password: SecretString,
    /// From address for a user name that is no address, for example the owner's.
    pub from: String,
}

impl Environment {
    /// Whether it names a sender.
    pub fn is_empty(&self) -> bool {
        self.server.trim().is_empty() && self.microsoft.tenant.trim().is_empty()
    }
}

/// Makes the senders that the environment names, if the company has none yet. Answers the id of the first that was made.
///
/// # Errors
/// When the server cannot be read as host and port, or no From address is known.
pub async fn seed_from_env(
    service: &Service,
    db: &kernel::Db,
    company: CompanyId,
    env: &Environment,
) -> Result<Option<SenderId>, Fault> {
    let mut drafts = Vec::new();
    if !env.microsoft.tenant.trim().is_empty() {
        drafts.push(graph_draft(&env.microsoft));
    }
    if !env.server.trim().is_empty() {
        drafts.push(draft(env)?);
    }
    let mut tx = db.begin(company).await?;
    if drafts.is_empty() || store::count(&mut tx, company).await? > 0 {
        return Ok(None);
    }
    let mut first = None;
    for draft in drafts {
        let id = service.add(&mut tx, company, draft).await?;
        first = first.or(Some(id));
    }
    tx.commit().await?;
    Ok(first)
}

fn graph_draft(env: &Microsoft) -> SenderDraft {
    let mailboxes = env.from.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect();
    SenderDraft {
        name: "Microsoft 365".into(),
        kind: SenderKind::Graph,
        tenant: env.tenant.trim().to_owned(),
        client_id: env.client.trim().to_owned(),
        secret: Some(Secret(env.secret.expose_secret().to_owned())),
        graph: GraphSettings { mailboxes, ..GraphSettings::default() },
        ..SenderDraft::default()
    }
}

fn draft(env: &Environment) -> Result<SenderDraft, Fault> {
    let (host, port) = host_and_port(env.server.trim()).ok_or_else(|| {
        Fault::invalid("SMTP_SERVER", "SMTP_SERVER must be a host or host:port, for example smtp.example.com:587.")
    })?;
    let user = env.user.trim().to_owned();
    let from = [user.as_str(), env.from.trim()].into_iter().find(|a| a.contains('@')).map(str::to_owned);
    let is_local = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1");
    let tls = match port {
        465 => TlsMode::Tls,
        _ if is_local && user.is_empty() => TlsMode::None,
        _ => TlsMode::Starttls,
    };
    Ok(SenderDraft {
        name: host.clone(),
        from_email: from.unwrap_or_else(|| format!("mail@{host}")),
        from_name: String::new(),
        reply_to: String::new(),
        secret: Some(Secret(env.password.expose_secret().to_owned())),
        host,
        port,
        tls,
        user,
        ..SenderDraft::default()
    })
}

/// `host`, `host:port`, `[::1]:port` or a bare IPv6 address; without a port it is 587.
fn host_and_port(text: &str) -> Option<(String, u16)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        let port = if rest.is_empty() { Some(587) } else { rest.strip_prefix(':')?.parse().ok() };
        return Some((host.to_owned(), port?));
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => Some((host.to_owned(), port.parse().ok()?)),
        _ => Some((text.to_owned(), 587)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_may_come_with_a_port() {
        for (text, host, port) in [
            ("smtp.example.com", "smtp.example.com", 587),
            ("smtp.example.com:465", "smtp.example.com", 465),
            ("[::1]:2525", "::1", 2525),
            ("::1", "::1", 587),
        ] {
            assert_eq!(host_and_port(text), Some((host.to_owned(), port)), "{text}");
        }
        assert_eq!(host_and_port("smtp.example.com:mail"), None);
        assert_eq!(host_and_port("smtp.example.com:70000"), None);
    }

    #[test]
    fn the_protection_follows_from_port_and_place() {
        let env = |server: &str, user: &str| Environment {
            server: server.into(),
            user: user.into(),
            ..Environment::default()
        };
        assert_eq!(draft(&env("mail.example.com:465", "a@example.com")).unwrap().tls, TlsMode::Tls);
        assert_eq!(draft(&env("mail.example.com", "a@example.com")).unwrap().tls, TlsMode::Starttls);
        assert_eq!(draft(&env("127.0.0.1:1025", "")).unwrap().tls, TlsMode::None);
        assert_eq!(draft(&env("mail.example.com", "a@example.com")).unwrap().from_email, "a@example.com");
        assert!(
            !format!("{:?}", Environment { password: "hunter2".into(), ..Environment::default() }).contains("hunter2")
        );
    }
}
