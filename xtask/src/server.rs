//! Building and running the server.

use crate::{paths, process, site};
use anyhow::{Context, Result};
use std::{fs, os::unix::process::CommandExt, path::PathBuf};

/// Builds `target/release/lux` with the site inside.
pub fn build(split: bool) -> Result<()> {
    crate::doctor::require_compiler()?;
    let hash = site::build(site::Kind { split, dev: false })?;
    compile(&hash)?;
    let size = fs::metadata(binary()).map(|meta| meta.len() / 1_000_000).unwrap_or_default();
    eprintln!("xtask: built {} ({size} MB)", binary().display());
    Ok(())
}

/// Compiles the release server around the site that is in `target/site`.
pub fn compile(site: &str) -> Result<()> {
    eprintln!("xtask: compiling the server");
    let mut cargo = process::cargo();
    // Read by the server with `option_env!`, so that a changed site makes cargo compile it again.
    cargo.env("LUX_SITE_BUILD", site);
    process::run(cargo.args(["build", "--release", "--package", "server", "--bin", "lux"]))
}

/// The release binary.
pub fn binary() -> PathBuf {
    paths::target().join("release/lux")
}

/// The one that the tests are built with: not optimised, and it reads the site from `target/site`.
pub fn test_binary() -> PathBuf {
    paths::target().join("debug/lux")
}

/// Builds and serves until interrupted. Returns only if the server could not be started.
pub fn run(split: bool) -> Result<bool> {
    build(split)?;
    let address = address();
    eprintln!("xtask: Lux is at http://{address} (Ctrl-C stops it)");
    let mut server = process::command(binary());
    // Where the person is, not where the sources are.
    server.current_dir(std::env::current_dir()?);
    server.arg("serve").env("LUX_ADDR", &address).env("LUX_DATA_DIR", data_dir());
    // In place of this process, so that signals reach the server alone and it can drain.
    Err(server.exec()).context("cannot start the server")
}

/// Where the server listens.
pub fn address() -> String {
    std::env::var("LUX_ADDR").unwrap_or_else(|_| "127.0.0.1:3000".to_owned())
}

/// Where the server keeps its data.
pub fn data_dir() -> PathBuf {
    std::env::var_os("LUX_DATA_DIR").map_or_else(|| PathBuf::from("./lux-data"), PathBuf::from)
}
