//! The browser stories: Playwright in Debian's Chromium against the release binary.

use crate::{
    install, paths, process, server,
    tally::{Count, Tally},
};
use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Runs the stories against a release that is built first.
pub fn alone(args: &[String]) -> Result<bool> {
    server::build(true)?;
    let mut tally = Tally::default();
    tally.suite("browser stories", || stories(args, &server::binary()));
    Ok(tally.close())
}

/// Runs the stories against a server that is there.
pub fn stories(args: &[String], binary: &Path) -> Result<(bool, Count)> {
    let browser = browser()?;
    packages()?;
    let report = paths::target().join("e2e.json");
    fs::remove_file(&report).ok();
    let mut playwright = process::command("npx");
    playwright.current_dir(folder()).args(["--no-install", "playwright", "test"]).args(args);
    playwright.env("LUX_BINARY", binary).env("LUX_CHROMIUM", browser);
    playwright.env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report);
    let status = process::status(&mut playwright)?;
    let text = fs::read_to_string(&report).context("Playwright left no report")?;
    Ok((status.success(), count(&serde_json::from_str(&text)?)))
}

/// A story that passed only at the second try has failed: it would fail somebody else's run.
fn count(report: &Value) -> Count {
    let number = |key| report.pointer(&format!("/stats/{key}")).and_then(Value::as_u64).unwrap_or_default();
    Count { passed: number("expected"), failed: number("unexpected") + number("flaky") }
}

fn folder() -> PathBuf {
    paths::root().join("end2end")
}

/// Finds Chromium, or installs Debian's: Playwright's own cannot be downloaded everywhere.
fn browser() -> Result<PathBuf> {
    if let Some(found) = find_browser() {
        return Ok(found);
    }
    install::apt(&["chromium"], "running the browser stories")?;
    find_browser().context("chromium is installed but not on the path")
}

/// The browser the stories would run in.
pub fn find_browser() -> Option<PathBuf> {
    let given = std::env::var_os("LUX_CHROMIUM").map(PathBuf::from);
    given.or_else(|| ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| paths::program(name)))
}

/// Brings `node_modules` to what `package-lock.json` says.
fn packages() -> Result<()> {
    if paths::program("npm").is_none() {
        install::apt(&["nodejs", "npm"], "running the browser stories")?;
    }
    let lock = fs::read(folder().join("package-lock.json"))?;
    let stamp = folder().join("node_modules/.lux-lock");
    if fs::read(&stamp).is_ok_and(|known| known == lock) {
        return Ok(());
    }
    eprintln!("xtask: installing Playwright");
    let mut npm = process::command("npm");
    npm.current_dir(folder()).args(["ci", "--silent", "--no-audit", "--no-fund"]);
    npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    process::run(&mut npm)?;
    fs::write(stamp, lock)?;
    Ok(())
}
