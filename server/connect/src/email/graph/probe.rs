//! The connection test: signs in, reads what the token allows, and opens each mailbox where that is allowed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::client::{Said, Shared, outcome};
use super::config::Mode;
use super::verdict::Step as Asked;
use crate::Failure;
use crate::email::outcome::Outcome;
use crate::email::transport::{Probe, Step};

/// Sends nothing.
pub(super) async fn run(shared: &Shared) -> Probe {
    let mut probe = Probe::default();
    let token = match shared.tokens.token().await {
        Ok(token) => token,
        Err(failure) => {
            probe.steps.push(failed("Sign in to Microsoft 365", &failure));
            return probe;
        }
    };
    probe.steps.push(passed("Sign in to Microsoft 365", "The application is signed in".to_owned()));
    let roles = roles(&token);
    if let Some(step) = permissions(shared.config.mode, roles.as_deref()) {
        let ok = step.ok;
        probe.steps.push(step);
        if !ok {
            return probe;
        }
    }
    let may_read = roles.is_none_or(|roles| roles.iter().any(|role| role.starts_with("Mail.Read")));
    for mailbox in &shared.config.mailboxes {
        let name = format!("Open {mailbox}");
        if !may_read && shared.config.mode != Mode::Draft {
            let detail =
                "Without Mail.ReadWrite a mailbox cannot be opened. Send a test mail to see whether it may send.";
            probe.steps.push(passed(&name, detail.to_owned()));
            continue;
        }
        let step = open(shared, mailbox, &name).await;
        let ok = step.ok;
        probe.steps.push(step);
        if !ok {
            break;
        }
    }
    probe
}

async fn open(shared: &Shared, mailbox: &str, name: &str) -> Step {
    let mut url = shared.at(mailbox, &["mailFolders", "drafts"]);
    url.query_pairs_mut().append_pair("$select", "id");
    match shared.ask(Asked::Look, mailbox, |http| http.get(url.clone())).await {
        Said::Yes(_) => passed(name, "The mailbox is there and may be used".to_owned()),
        Said::No(verdict) => match outcome(verdict) {
            Outcome::SenderTrouble { failure } => failed(name, &failure),
            other => Step {
                name: name.to_owned(),
                ok: false,
                detail: other.text().to_owned(),
                fix: Some("Test again in a few minutes.".to_owned()),
            },
        },
    }
}

fn permissions(mode: Mode, roles: Option<&[String]>) -> Option<Step> {
    const NAME: &str = "Permissions";
    let roles = roles?;
    let has = |wanted: &str| roles.iter().any(|role| role == wanted);
    if roles.is_empty() {
        let detail = "The token names none: they are granted in Exchange for single mailboxes, or missing. Opening the mailboxes shows which.";
        return Some(passed(NAME, detail.to_owned()));
    }
    let missing: Vec<&str> = match mode {
        Mode::Draft => ["Mail.Send", "Mail.ReadWrite"].into_iter().filter(|wanted| !has(wanted)).collect(),
        Mode::Auto | Mode::Send => ["Mail.Send"].into_iter().filter(|wanted| !has(wanted)).collect(),
    };
    if missing.is_empty() {
        let how = match mode {
            Mode::Auto if has("Mail.ReadWrite") => ". Messages go as drafts, so that a lost answer can be looked up",
            Mode::Auto => ". Without Mail.ReadWrite a lost answer cannot be looked up",
            Mode::Draft | Mode::Send => "",
        };
        return Some(passed(NAME, format!("Granted: {}{how}", roles.join(", "))));
    }
    let fix = match missing.as_slice() {
        ["Mail.ReadWrite"] => {
            "Grant Mail.ReadWrite as an application permission with admin consent, or choose the mode that sends without drafts."
        }
        _ => {
            "Grant them as application permissions (not delegated ones) with admin consent, in the app registration under API permissions."
        }
    };
    Some(Step {
        name: NAME.to_owned(),
        ok: false,
        detail: format!("Missing: {}.", missing.join(", ")),
        fix: Some(fix.to_owned()),
    })
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    roles: Vec<String>,
}

/// The permissions in a token, only to explain; who may do what is decided by the server. `None` for a token that cannot be read.
pub(super) fn roles(token: &SecretString) -> Option<Vec<String>> {
    let claims = token.expose_secret().split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    Some(serde_json::from_slice::<Claims>(&bytes).ok()?.roles)
}

fn passed(name: &str, detail: String) -> Step {
    Step { name: name.to_owned(), ok: true, detail, fix: None }
}

fn failed(name: &str, failure: &Failure) -> Step {
    let detail = match (failure.detail("text"), failure.detail("code")) {
        (Some(text), Some(code)) => format!("{text} ({code})"),
        (Some(text), None) => text.to_owned(),
        _ => failure.kind.as_str().to_owned(),
    };
    Step { name: name.to_owned(), ok: false, detail, fix: failure.detail("fix").map(str::to_owned) }
}
