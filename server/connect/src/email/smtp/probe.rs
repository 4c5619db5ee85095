//! The connection test: every step told in plain words, and what to change when one fails.

use tokio_rustls::TlsConnector;

use super::config::{Config, Tls};
use super::connection::Connection;
use super::stream;
use crate::email::transport::{Probe, Step};
use crate::{Failure, Kind};

/// Walks through the conversation up to the point where mail could be sent, and leaves.
pub(super) async fn run(config: &Config, tls: Option<&TlsConnector>) -> Probe {
    let mut probe = Probe::default();
    // the failed step is in the report already
    let _ = walk(config, tls, &mut probe).await;
    probe
}

async fn walk(config: &Config, tls: Option<&TlsConnector>, probe: &mut Probe) -> Result<(), ()> {
    let Config { host, port, .. } = config;
    let name = format!("Connect to {host} port {port}");
    let tcp = note(probe, config, &name, stream::reach(config).await)?;
    let seen = tcp.peer_addr().map_or_else(|_| "Connected".to_owned(), |peer| format!("Connected to {peer}"));
    passed(probe, &name, seen);

    let implicit = config.tls == Tls::Implicit;
    let name = if implicit { "Encrypted greeting" } else { "Greeting" };
    let mut connection = note(probe, config, name, Connection::greeted(config, tls, tcp).await)?;
    passed(
        probe,
        name,
        if implicit { format!("Encrypted with {}", connection.protection()) } else { "The server answered".to_owned() },
    );

    note(probe, config, "Introduction", connection.hello(config).await)?;
    if config.tls == Tls::StartTls {
        passed(probe, "Introduction", format!("The server knows us as {}", config.ehlo));
        connection = note(probe, config, "Encryption", connection.start_tls(config, tls).await)?;
        note(probe, config, "Encryption", connection.hello(config).await)?;
        passed(probe, "Encryption", format!("Encrypted with {}", connection.protection()));
    } else {
        passed(probe, "Introduction", abilities(&connection));
    }

    match config.login() {
        Some(user) => {
            note(probe, config, "Sign in", connection.sign_in(config).await)?;
            let warning = if config.tls == Tls::None {
                ", without encryption: anyone on the way can read the password"
            } else {
                ""
            };
            passed(probe, "Sign in", format!("Signed in as {user}{warning}"));
        }
        None => passed(probe, "Sign in", "Not needed, no user name is set".to_owned()),
    }
    connection.quit().await;
    Ok(())
}

fn passed(probe: &mut Probe, name: &str, detail: String) {
    probe.steps.push(Step { name: name.to_owned(), ok: true, detail, fix: None });
}

fn note<T>(probe: &mut Probe, config: &Config, name: &str, result: Result<T, Failure>) -> Result<T, ()> {
    result.map_err(|failure| {
        let code = failure.detail("code").map(|code| format!("{code} ")).unwrap_or_default();
        let enhanced = failure.detail("enhanced").map(|code| format!("{code} ")).unwrap_or_default();
        let detail = format!("{code}{enhanced}{}", failure.detail("text").unwrap_or("failed"));
        let fix = Some(fix(config, &failure));
        probe.steps.push(Step { name: name.to_owned(), ok: false, detail, fix });
    })
}

fn abilities(connection: &Connection) -> String {
    let can = &connection.can;
    let mut words = vec!["The server takes mail from us".to_owned()];
    if can.size > 0 {
        words.push(format!("up to {} MB per message", can.size / 1_000_000));
    }
    if can.pipelining {
        words.push("several commands at once".to_owned());
    }
    words.join(", ")
}

/// What to change.
fn fix(config: &Config, failure: &Failure) -> String {
    if let Some(fix) = failure.detail("fix") {
        return fix.to_owned();
    }
    let has = |key: &str| failure.detail(key).is_some();
    let wrong_door = match config.tls {
        Tls::Implicit => "This port does not start encrypted. Choose STARTTLS, or use port 465.",
        Tls::StartTls | Tls::None => {
            "The server says nothing. Port 465 needs \"TLS from the start\"; for STARTTLS use port 587."
        }
    };
    let words = match (failure.operation, failure.kind) {
        (_, Kind::Config) => "Check the host name and the extra certificate.",
        ("connect", _) if has("dns") => "Check the spelling of the host name.",
        ("connect", Kind::Unreachable) => {
            "Check host and port. If both are right, a firewall may block the port; many hosting companies block 25, so use 587 or 465."
        }
        ("connect", Kind::Timeout) if failure.detail("text") == Some(super::probe::SILENT) => wrong_door,
        ("connect", Kind::Timeout) => "Nothing answers there. Check the port; a firewall may block it.",
        ("connect", Kind::Protocol) => "Another kind of server listens there. Check host and port.",
        ("connect" | "hello", Kind::Refused) => {
            "The server does not want to talk to this machine. Ask its operator to allow the address of this machine."
        }
        ("tls", _) if has("offered") => {
            "The server offers no encryption on this port. Try \"TLS from the start\" with port 465, or choose no encryption if the server is on your own network."
        }
        ("tls", _) if has("certificate") => {
            "The certificate of the server is not valid for this host name or not from a known authority. Use the exact name in the certificate, or add your company's authority."
        }
        ("tls", _) if has("plain") => wrong_door,
        ("tls", _) => "The encrypted connection failed. Try the other kind of encryption.",
        ("auth", Kind::Auth) if has("offered") && failure.detail("offered") == Some("") => {
            "The server offers no sign-in here. Use encryption, or clear the user name if none is needed."
        }
        ("auth", Kind::Auth) if has("offered") => {
            "The server accepts other kinds of sign-in. With Microsoft 365 sign in by OAuth; elsewhere ask for an app password."
        }
        ("auth", Kind::Auth) => {
            "Check user name and password. With two-factor sign-in you need an app password; some providers want the full address as the user name."
        }
        (_, Kind::Busy) => "The server is busy or limits us. Wait a few minutes and test again.",
        _ => "Try again; if it stays like this, ask the operator of the server and show this text.",
    };
    words.to_owned()
}

/// What a [`super::connection::Break::Timeout`] says about itself.
const SILENT: &str = "the server did not answer in time";
