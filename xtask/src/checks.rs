//! Everything that must hold before a change is taken.

use crate::{
    budget, doctor, e2e, faults, paths,
    postgres::{self, Postgres},
    process, server, site,
    tally::{self, Count, Tally},
};
use anyhow::{Result, bail};

/// The tool that handles WebAssembly is built and tested with the release, where the site needs it
/// anyway: its dependencies would be compiled twice otherwise.
const NOT_DEBUG: [&str; 3] = ["--workspace", "--exclude=frontend", "--exclude=bundle"];
/// What must never reach the browser: server code, databases, the network side of HTTP.
const SERVER_ONLY: [&str; 10] =
    ["sqlx", "sqlx-core", "axum", "hyper", "rustls", "kernel", "jobs", "connect", "leptos_axum", "minijinja"];

/// The checks that run nothing.
pub fn lint() -> Result<bool> {
    doctor::require_compiler()?;
    let mut tally = Tally::default();
    lints(&mut tally);
    Ok(tally.close())
}

/// All of it.
pub fn test() -> Result<bool> {
    doctor::require_compiler()?;
    // Where the folder is not there while it is compiled, the server of the tests takes the site for empty for ever.
    std::fs::create_dir_all(paths::site())?;
    let mut tally = Tally::default();
    lints(&mut tally);
    tally.suite("unit and service tests on both databases", debug_tests);
    let kind = site::Kind { split: true, dev: false };
    let built = tally.check("the site builds", || site::build(kind));
    tally.suite("tests of the bundler", bundler_tests);
    if built.is_some() {
        tally.check("the size budget of the first load holds", budget::check);
        // The server of the tests with the site as people get it: another build of the server would take as long again.
        faults::quick(&mut tally, &server::test_binary());
        tally.suite("browser stories", || e2e::stories(&[], &server::test_binary()));
    }
    Ok(tally.close())
}

fn lints(tally: &mut Tally) {
    tally.check("sources are formatted", || process::run(process::cargo().args(["fmt", "--all", "--check"])));
    tally.check("no lint is broken on the server's side", || clippy(&NOT_DEBUG));
    tally.check("no lint is broken on the browser's side", || clippy(&["--package=frontend"]));
    tally.check("no lint is broken in the bundler", || clippy(&["--release", "--package=bundle"]));
    tally.check("no server code reaches the browser", browser_stays_clean);
    tally.check("the documentation has no warnings", || {
        let mut doc = process::cargo();
        doc.args(["doc", "--no-deps", "--quiet", "--document-private-items"]).args(NOT_DEBUG);
        process::run(doc.env("RUSTDOCFLAGS", "-D warnings --cfg erase_components"))
    });
}

/// Two recipes, because one would turn on the server's and the browser's features together.
fn clippy(packages: &[&str]) -> Result<()> {
    let mut clippy = process::cargo();
    clippy.args(["clippy", "--quiet", "--all-targets"]).args(packages).args(["--", "-D", "warnings"]);
    process::run(&mut clippy)
}

fn browser_stays_clean() -> Result<()> {
    let mut tree = process::cargo();
    tree.args(["tree", "--package=frontend", "--edges=normal", "--prefix=none", "--format={lib}"]);
    tree.args(["--target", crate::web::TARGET]);
    let found = process::output(&mut tree)?;
    let mut guilty: Vec<&str> = found.lines().filter(|name| SERVER_ONLY.contains(name)).collect();
    guilty.sort_unstable();
    guilty.dedup();
    if !guilty.is_empty() {
        bail!("the browser's side depends on {}", guilty.join(", "));
    }
    Ok(())
}

fn debug_tests() -> Result<(bool, Count)> {
    let postgres = Postgres::obtain()?;
    // The server and the helpers of the stories with them, so that nothing is built twice.
    process::run(process::cargo().args(["build", "--quiet", "--bins", "--tests"]).args(NOT_DEBUG))?;
    let mut run = process::cargo();
    if has_nextest() {
        run.args(["nextest", "run", "--color=never", "--no-fail-fast"]).args(NOT_DEBUG);
    } else {
        run.args(["test", "--color=never", "--no-fail-fast"]).args(NOT_DEBUG);
    }
    run.env(postgres::VARIABLE, postgres.url());
    let (status, output) = process::tee(&mut run)?;
    Ok((status.success(), tally::count(&output)))
}

fn bundler_tests() -> Result<(bool, Count)> {
    let mut run = process::cargo();
    run.args(["test", "--color=never", "--release", "--package=bundle"]);
    let (status, output) = process::tee(&mut run)?;
    Ok((status.success(), tally::count(&output)))
}

/// Tests in processes of their own where the machine has it; plain cargo says the same, more slowly.
pub fn has_nextest() -> bool {
    paths::program("cargo-nextest").is_some()
}
