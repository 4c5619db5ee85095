//! `lux doctor`: is this installation in order, and what to do where it is not.

use crate::cli::print;
use crate::config::Config;
use crate::wiring::App;
use anyhow::{Result, anyhow};
use contract::Actor;
use std::path::Path;
use std::time::Duration;

/// Free space under which imports and the database are in danger.
const LOW_SPACE: u64 = 1 << 30;

enum Finding {
    Good(String),
    Note(String),
    Bad(String),
}

/// Checks everything and prints a line each; fails if one is bad.
pub async fn run(config: &Config) -> Result<()> {
    let mut findings = vec![base_url(config), disk(&config.data_dir), key_file(config)];
    match App::open(config).await {
        Err(error) => findings
            .push(Finding::Bad(format!("Database: {error:#}. Check LUX_DATABASE_URL and that the server runs."))),
        Ok(app) => {
            findings.push(Finding::Good(format!("Database: {} answers and is up to date", app.db.engine().name())));
            findings.push(clock(&app).await);
            findings.push(owner(&app).await);
            findings.extend(senders(&app).await);
        }
    }
    let bad = findings.iter().filter(|f| matches!(f, Finding::Bad(_))).count();
    for finding in findings {
        let (mark, text) = match finding {
            Finding::Good(text) => ("ok  ", text),
            Finding::Note(text) => ("note", text),
            Finding::Bad(text) => ("BAD ", text),
        };
        print(&format!("{mark}  {text}"))?;
    }
    if bad == 0 { print("Everything is in order.") } else { Err(anyhow!("{bad} of these need you")) }
}

fn base_url(config: &Config) -> Finding {
    let loopback = config.base_url.host_str().is_some_and(|h| matches!(h, "localhost" | "127.0.0.1" | "[::1]"));
    match (config.is_https(), loopback) {
        (true, _) => Finding::Good(format!("Base URL: {}", config.base())),
        (false, true) => Finding::Note(format!(
            "Base URL: {} is only reachable from this machine. Links in mails will not work elsewhere; set LUX_BASE_URL to the public https address.",
            config.base()
        )),
        (false, false) => Finding::Bad(format!(
            "Base URL: {} is not https. Put a proxy with TLS in front and set LUX_BASE_URL to its address; mail programs refuse one-click unsubscribe over http.",
            config.base()
        )),
    }
}

fn disk(folder: &Path) -> Finding {
    match free_space(folder) {
        Some(free) if free < LOW_SPACE => Finding::Bad(format!(
            "Disk: {} MB free for {}. Free some space before imports fail.",
            free >> 20,
            folder.display()
        )),
        Some(free) => Finding::Good(format!("Disk: {} GB free for {}", free >> 30, folder.display())),
        None => Finding::Note(format!("Disk: free space of {} could not be read", folder.display())),
    }
}

/// Asks `df`, which every system has, rather than a library for one number.
fn free_space(folder: &Path) -> Option<u64> {
    let existing = folder.ancestors().find(|p| p.exists() && !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let out = std::process::Command::new("df").arg("-Pk").arg(existing).output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    let kilobytes: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn key_file(config: &Config) -> Finding {
    if config.master_key.is_some() {
        return Finding::Good("Master key: from LUX_MASTER_KEY".into());
    }
    let path = config.data_dir.join("master.key");
    match std::fs::metadata(&path) {
        Err(_) => Finding::Note("Master key: is made at the first start".into()),
        Ok(meta) => {
            use std::os::unix::fs::PermissionsExt;
            match meta.permissions().mode() & 0o077 {
                0 => Finding::Good(format!(
                    "Master key: {}, readable by its owner only. Keep a copy apart from backups of the database.",
                    path.display()
                )),
                _ => Finding::Bad(format!("Master key: others can read {0}. Run: chmod 600 {0}", path.display())),
            }
        }
    }
}

async fn clock(app: &App) -> Finding {
    let ours = app.backend.clock.now().0;
    match app.backend.database_time().await {
        Ok(theirs) if (ours - theirs).unsigned_abs() > Duration::from_secs(5).as_micros() as u64 => {
            Finding::Bad("Clock: this machine and the database differ by more than five seconds. Turn on time synchronisation (systemd-timesyncd or chrony).".into())
        }
        Ok(_) => Finding::Good("Clock: this machine and the database agree".into()),
        Err(error) => Finding::Bad(format!("Clock: the database's time could not be read: {error}")),
    }
}

async fn owner(app: &App) -> Finding {
    match app.admin.companies().await {
        Ok(companies) if companies.is_empty() => Finding::Note(
            "Accounts: none yet. Start Lux and open the setup link it prints, or run: lux admin create".into(),
        ),
        Ok(companies) => Finding::Good(format!(
            "Accounts: {} in use",
            if companies.len() == 1 { "1 company".into() } else { format!("{} companies", companies.len()) }
        )),
        Err(fault) => Finding::Bad(format!("Accounts: {fault}")),
    }
}

async fn senders(app: &App) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (company, name) in app.admin.companies().await.unwrap_or_default() {
        match app.senders.list(&Actor::system(company)).await {
            Err(fault) => findings.push(Finding::Bad(format!("Senders of {name}: {fault}"))),
            Ok(all) if all.is_empty() => {
                findings.push(Finding::Note(format!("Senders of {name}: none yet. Add one under Settings, Senders.")))
            }
            Ok(all) => {
                for sender in all {
                    findings.push(match sender.health.state.as_str() {
                        "failing" | "cooling" => {
                            Finding::Bad(format!("Sender {} of {name}: {}", sender.name, sender.health.detail))
                        }
                        "untested" => Finding::Note(format!(
                            "Sender {} of {name}: never used. Press Test under Settings, Senders.",
                            sender.name
                        )),
                        _ => Finding::Good(format!("Sender {} of {name}: works", sender.name)),
                    });
                }
            }
        }
    }
    findings
}
