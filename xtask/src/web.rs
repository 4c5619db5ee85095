//! A compiler for `wasm32-unknown-unknown`.
//!
//! Rustup's target is taken where it is there or can be had. Where its server cannot be reached,
//! Debian's compiler is: it comes as sources of the standard library, which are built once into a
//! private sysroot, so nothing under `/usr` is touched.

use crate::{install, paths, process};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// The target's name.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// How long `rustup target add` may take before its server counts as unreachable.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(60);
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"];

/// A cargo that can build for the browser.
pub enum Toolchain {
    /// The one in use has the target.
    Own,
    /// Debian's, with a sysroot of ours.
    Debian { sysroot: PathBuf },
}

impl Toolchain {
    /// Finds one, or installs one.
    pub fn obtain() -> Result<Self> {
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        if paths::program("rustup").is_some() {
            eprintln!("xtask: adding the target {TARGET} with rustup");
            let mut add = process::command("rustup");
            if process::succeeds_within(add.args(["target", "add", TARGET]), RUSTUP_PATIENCE) && own_has_target() {
                return Ok(Self::Own);
            }
            eprintln!("xtask: rustup could not; taking Debian's compiler instead");
        }
        debian()
    }

    /// Finds one that is ready, without changing anything.
    pub fn find() -> Option<Self> {
        if own_has_target() {
            return Some(Self::Own);
        }
        let sysroot = sysroot().ok()?;
        has_std(&sysroot.join("lib/rustlib").join(TARGET).join("lib")).then_some(Self::Debian { sysroot })
    }

    /// A cargo command whose crates for the target get `flags`, and nothing else but the sysroot.
    pub fn cargo(&self, flags: &[&str]) -> Command {
        let mut flags: Vec<String> = flags.iter().map(ToString::to_string).collect();
        let mut cargo = match self {
            Self::Own => process::cargo(),
            Self::Debian { sysroot } => {
                flags.push(format!("--sysroot={}", sysroot.display()));
                debian_cargo()
            }
        };
        // The encoded form lets paths hold spaces. It replaces the flags of .cargo/config.toml.
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        cargo
    }

    /// For the doctor.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Own => "the toolchain in use",
            Self::Debian { .. } => "Debian's compiler",
        }
    }
}

fn own_has_target() -> bool {
    let mut rustc = process::command("rustc");
    process::output(rustc.args(["--print", "target-libdir", "--target", TARGET]))
        .is_ok_and(|dir| has_std(Path::new(&dir)))
}

fn has_std(dir: &Path) -> bool {
    fs::read_dir(dir).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}

fn debian_cargo() -> Command {
    let mut cargo = process::command(DEBIAN_CARGO);
    let path = std::env::var("PATH").unwrap_or_default();
    cargo.env("PATH", format!("/usr/bin:{path}")).env("RUSTC", DEBIAN_RUSTC);
    for name in ["RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "RUSTDOC"] {
        cargo.env_remove(name);
    }
    cargo
}

/// Named after the compiler that made it: libraries of another version are of no use.
fn sysroot() -> Result<PathBuf> {
    let version = process::output(process::command(DEBIAN_RUSTC).arg("-vV"))?;
    let release = version.lines().find_map(|line| line.strip_prefix("release: ")).context("no release")?;
    Ok(paths::cache().join(format!("web-{release}")))
}

fn debian() -> Result<Toolchain> {
    let has_sources = Path::new("/usr/lib/rustlib/src/rust/library/std").is_dir();
    if !(Path::new(DEBIAN_CARGO).is_file() && has_sources && rust_lld_works()) {
        install::apt(&DEBIAN_PACKAGES, "building the WebAssembly")?;
    }
    if !rust_lld_works() {
        let linker = rust_lld_package().context("/usr/bin/rust-lld does not say which linker it wants")?;
        install::apt(&[&linker], "linking the WebAssembly")?;
    }
    let sysroot = sysroot()?;
    eprintln!("xtask: building the standard library for {TARGET}, about a minute");
    build_std(&sysroot).context("the standard library could not be built")?;
    // What was compiled against an earlier copy of the library does not fit this one.
    fs::remove_dir_all(paths::target().join(TARGET)).ok();
    match Toolchain::find() {
        Some(found) => Ok(found),
        None => bail!("the standard library was built but is not where it should be, in {}", sysroot.display()),
    }
}

fn rust_lld_works() -> bool {
    Path::new("/usr/bin/rust-lld").exists()
}

/// `/usr/bin/rust-lld` is a link to the program of a package of the same name, such as `lld-22`.
fn rust_lld_package() -> Option<String> {
    let link = fs::read_link("/usr/bin/rust-lld").ok()?;
    Some(link.file_name()?.to_str()?.to_owned())
}

/// Builds the smallest library there is with its own copy of the standard library, and keeps the copy.
fn build_std(sysroot: &Path) -> Result<()> {
    let work = paths::target().join("web-std");
    fs::remove_dir_all(&work).ok();
    fs::create_dir_all(work.join("src"))?;
    fs::write(
        work.join("Cargo.toml"),
        "[package]\nname = \"tiny\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n[workspace]\n",
    )?;
    fs::write(work.join("src/lib.rs"), "")?;
    let mut build = debian_cargo();
    build
        .current_dir(&work)
        .args([
            "build",
            "--quiet",
            "--release",
            "-Zbuild-std=std,panic_abort",
            "--target",
            TARGET,
            "--target-dir",
            "out",
        ])
        .env("RUSTC_BOOTSTRAP", "1")
        // Cargo leaves bitcode out, without which the site could not be optimised at link time.
        .env("CARGO_ENCODED_RUSTFLAGS", "-Cembed-bitcode=yes");
    process::run(&mut build)?;

    let next = sysroot.with_extension("next");
    fs::remove_dir_all(&next).ok();
    let lib = next.join("lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&lib)?;
    for entry in fs::read_dir(work.join("out").join(TARGET).join("release/deps"))? {
        let path = entry?.path();
        if let (Some("rlib"), Some(name)) = (path.extension().and_then(|e| e.to_str()), path.file_name()) {
            fs::copy(&path, lib.join(name))?;
        }
    }
    fs::remove_dir_all(sysroot).ok();
    fs::rename(&next, sysroot)?;
    fs::remove_dir_all(&work).ok();
    Ok(())
}
