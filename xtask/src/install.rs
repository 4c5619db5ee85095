//! Getting what the machine lacks from its own package manager; nothing else is downloaded.

use crate::{
    paths::program,
    process::{command, run, succeeds_within},
};
use anyhow::{Context, Result, bail};
use std::{
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// Whether the package lists were brought up to date in this run.
static UPDATED: AtomicBool = AtomicBool::new(false);

/// How commands that change the system are started.
enum Rights {
    /// Already root.
    Root,
    /// Through sudo, which may ask for a password where somebody can type one.
    Sudo,
    /// Not at all.
    None,
}

/// Installs Debian packages, or fails with the one command that would.
pub fn apt(packages: &[&str], purpose: &str) -> Result<()> {
    let manual = format!("sudo apt-get update && sudo apt-get install -y {}", packages.join(" "));
    if program("apt-get").is_none() {
        bail!("{purpose} needs what Debian calls {}; install it, then run this again", packages.join(", "));
    }
    let rights = rights();
    if matches!(rights, Rights::None) {
        bail!("{purpose} needs packages; run this once, then this command again:\n\n    {manual}\n");
    }
    eprintln!("xtask: installing {} ({purpose})", packages.join(" "));
    if !UPDATED.swap(true, Ordering::Relaxed) {
        // An unreachable mirror among several is no reason to stop: the install says what is missing.
        crate::process::status(apt_get(&rights).args(["-qq", "update"])).ok();
    }
    let mut install = apt_get(&rights);
    install.args(["-qq", "install", "-y", "--no-install-recommends"]).args(packages);
    run(&mut install).with_context(|| format!("try it by hand: {manual}"))
}

/// Whether packages can be installed without a person's help.
pub fn can_install() -> bool {
    program("apt-get").is_some() && !matches!(rights(), Rights::None)
}

fn apt_get(rights: &Rights) -> Command {
    let mut apt = match rights {
        Rights::Sudo => command("sudo"),
        Rights::Root | Rights::None => command("env"),
    };
    // The variables go through `env` because sudo drops them.
    if matches!(rights, Rights::Sudo) {
        apt.arg("env");
    }
    apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "Dpkg::Use-Pty=0"]);
    apt.stdout(std::process::Stdio::null());
    apt
}

fn rights() -> Rights {
    if is_root() {
        return Rights::Root;
    }
    if program("sudo").is_none() {
        return Rights::None;
    }
    let silent = succeeds_within(command("sudo").args(["-n", "true"]), Duration::from_secs(5));
    let asks = std::io::IsTerminal::is_terminal(&std::io::stdin());
    if silent || asks { Rights::Sudo } else { Rights::None }
}

/// Whether this program runs as root.
pub fn is_root() -> bool {
    crate::process::output(command("id").arg("-u")).is_ok_and(|id| id == "0")
}
