//! Makes the web site's folder out of a compiled `frontend.wasm`.
//!
//! Promise: after a successful run the output folder holds everything a browser may ask for, with
//! compressed copies beside it, and `site.json`, which describes it; the server embeds the folder.
//! A failed run leaves the old folder alone.
//! It is a crate of its own so that `cargo xtask doctor` does not compile a WebAssembly toolchain.

mod css;
mod lean;
mod loader;
mod manifest;
mod options;
mod pack;
mod precompress;
mod public;
mod wasm;

use anyhow::{Context, Result};
use options::Options;
use std::{fs, path::Path, process::ExitCode};

fn main() -> ExitCode {
    match Options::from_args(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bundle: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let stage = options.out.with_extension("next");
    remove_dir(&stage)?;
    let pkg = stage.join("pkg");
    fs::create_dir_all(&pkg)?;

    wasm::bundle(options, &pkg).context("the WebAssembly could not be prepared")?;
    let sheet = css::bundle(&options.style).context("the style sheet could not be put together")?;
    fs::write(pkg.join(format!("{}.css", options.name)), sheet)?;
    public::copy(&options.public, &stage).context("the public files could not be copied")?;
    if !options.dev {
        precompress::tree(&stage).context("the site could not be compressed")?;
    }
    manifest::write(options, &stage).context("the manifest could not be written")?;

    remove_dir(&options.out)?;
    fs::rename(&stage, &options.out)?;
    Ok(())
}

fn remove_dir(path: &Path) -> Result<()> {
    if path.exists() {
        fs::remove_dir_all(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}
