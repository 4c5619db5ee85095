//! Builds the site: style, WebAssembly and public files, into `target/site`.

use crate::{
    paths, process,
    web::{TARGET, Toolchain},
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// The version of npm's `binaryen`. Debian's own is too old: it breaks the tables of split modules.
const BINARYEN: &str = "132.0.0";
/// The stem of the site's entry files; `.cargo/config.toml` tells the same name to leptos.
const NAME: &str = "lux";

/// Which site to build.
#[derive(Clone, Copy)]
pub struct Kind {
    /// Whether lazy routes become files of their own.
    pub split: bool,
    /// Unoptimised and uncompressed.
    pub dev: bool,
}

/// Builds `target/site` and answers with the hash of its `pkg` folder.
pub fn build(kind: Kind) -> Result<String> {
    let wasm = compile(kind)?;
    bundle(kind, &wasm)
}

/// Compiles the crate `frontend`.
pub fn compile(kind: Kind) -> Result<PathBuf> {
    let toolchain = Toolchain::obtain(!kind.dev)?;
    let profile = if kind.dev { "wasm-dev" } else { "wasm-release" };
    eprintln!("xtask: compiling the site with {} ({profile})", toolchain.name());
    // The splitter needs to know which function refers to which; unsplit, lazy routes call through the table.
    let link = if kind.split { "-Clink-args=--emit-relocs" } else { "-Clink-args=--export-table" };
    let mut cargo = toolchain.cargo(&["--cfg", "erase_components", link]);
    cargo.args(["build", "--package", "frontend", "--lib", "--target", TARGET, "--profile", profile]);
    cargo.env("LEPTOS_OUTPUT_NAME", NAME);
    process::run(&mut cargo)?;
    Ok(paths::target().join(TARGET).join(profile).join("frontend.wasm"))
}

/// Puts the site's folder together around a compiled `frontend`.
pub fn bundle(kind: Kind, wasm: &Path) -> Result<String> {
    let binaryen = if kind.dev { None } else { binaryen() };
    process::run(process::cargo().args(["build", "--quiet", "--release", "--package", "bundle"]))?;
    eprintln!("xtask: bundling the site");
    let root = paths::root();
    let mut bundle = process::command(paths::target().join("release/bundle"));
    bundle.arg(wasm).args(["--name", NAME]);
    bundle.arg("--out").arg(paths::site());
    bundle.arg("--cache").arg(paths::target().join(if kind.dev { "bundle-dev" } else { "bundle" }));
    bundle.arg("--style").arg(root.join("style")).arg("--public").arg(root.join("public"));
    if let Some(tool) = binaryen {
        bundle.arg("--binaryen").arg(tool);
    }
    if !kind.split {
        bundle.arg("--no-split");
    }
    if kind.dev {
        bundle.arg("--dev");
    }
    process::run(&mut bundle)?;
    build_hash()
}

/// What `site.json` says about itself.
pub fn describe() -> Result<serde_json::Value> {
    let path = paths::site().join("site.json");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

fn build_hash() -> Result<String> {
    match describe()?.get("build").and_then(|hash| hash.as_str()) {
        Some(hash) => Ok(hash.to_owned()),
        None => bail!("site.json names no build"),
    }
}

/// Finds or installs the optimiser; without it the site is larger, and no less right.
fn binaryen() -> Option<PathBuf> {
    let home = paths::cache().join(format!("binaryen-{BINARYEN}"));
    let library = home.join("node_modules/binaryen/index.js");
    if library.is_file() {
        return Some(library);
    }
    let Some(npm) = paths::program("npm") else {
        eprintln!("xtask: npm is not installed: going on without binaryen, the site will be larger");
        return None;
    };
    eprintln!("xtask: installing npm's binaryen {BINARYEN}");
    fs::create_dir_all(&home).ok()?;
    let mut install = process::command(npm);
    install.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(&home);
    install.arg(format!("binaryen@{BINARYEN}"));
    if process::succeeds_within(&mut install, Duration::from_secs(180)) && library.is_file() {
        return Some(library);
    }
    eprintln!("xtask: binaryen could not be installed: going on without it, the site will be larger");
    None
}
