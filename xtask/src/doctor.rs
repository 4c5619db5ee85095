//! What this machine has and lacks.

use crate::{checks, e2e, install, paths, postgres, process, web::Toolchain};
use anyhow::{Result, bail};

/// Tells about everything that any command may need. Only what nothing can be built without is an error.
pub fn doctor() -> Result<bool> {
    let can =
        if install::can_install() { "xtask installs it when needed" } else { "xtask cannot install it: no rights" };
    let rustc = process::output(process::command("rustc").arg("--version"));
    say("Rust", rustc.ok(), "needed for everything; see https://rustup.rs");
    say("C compiler", compiler(), "needed to build; Debian's package is gcc");
    say("rustfmt", component("fmt"), "for lint and test: rustup component add rustfmt");
    say("clippy", component("clippy"), "for lint and test: rustup component add clippy");
    say("WebAssembly", Toolchain::find(true).map(|found| found.name().to_owned()), can);
    say("npm", shown("npm"), "optional for builds, which are larger without; needed for browser stories");
    say("Chromium", e2e::find_browser().map(|path| path.display().to_string()), can);
    let database = std::env::var(postgres::VARIABLE).ok().map(|_| format!("{} is set", postgres::VARIABLE));
    say("PostgreSQL", database.or_else(|| postgres::programs().map(|path| path.display().to_string())), can);
    let nextest = checks::has_nextest().then(|| "cargo-nextest".to_owned());
    say("test runner", Some(nextest.unwrap_or_else(|| "cargo test (cargo-nextest is faster)".to_owned())), "");
    Ok(compiler().is_some())
}

/// Stops early, with a reason, where cargo would stop late and without one.
pub fn require_compiler() -> Result<()> {
    if compiler().is_some() {
        return Ok(());
    }
    install::apt(&["gcc", "libc6-dev"], "compiling")?;
    if compiler().is_none() {
        bail!("there is no C compiler");
    }
    Ok(())
}

fn compiler() -> Option<String> {
    shown("cc").or_else(|| shown("clang"))
}

fn component(name: &str) -> Option<String> {
    process::output(process::cargo().args([name, "--version"])).ok()
}

fn shown(name: &str) -> Option<String> {
    paths::program(name).map(|path| path.display().to_string())
}

fn say(what: &str, found: Option<String>, otherwise: &str) {
    match found {
        Some(found) => println!("  has    {what:12} {found}"),
        None => println!("  lacks  {what:12} {otherwise}"),
    }
}
