//! A compiler for `wasm32-unknown-unknown`.
//!
//! What goes out is built on a standard library of our own, made for size from the compiler's sources into a private
//! sysroot: a panic stops the page at once and brings no words along, which makes the first load some 30 KB smaller.
//! What is debugged takes rustup's target. Where rustup's server cannot be reached, Debian's compiler is taken for both;
//! nothing under `/usr` is touched.

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
/// How long rustup may take to fetch what is missing before its server counts as unreachable.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(60);
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"];

/// Whose compiler it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compiler {
    /// The one that builds everything else.
    Own,
    /// Debian's packages.
    Debian,
}

/// A cargo that can build for the browser.
pub struct Toolchain {
    compiler: Compiler,
    /// The standard library that was built here; `None` where the compiler has one of its own.
    sysroot: Option<PathBuf>,
    is_small: bool,
}

/// The flags of a standard library, and of everything that is built on it, in which a panic is one instruction.
const SMALL: [&str; 2] = ["-Zunstable-options", "-Cpanic=immediate-abort"];

impl Toolchain {
    /// Finds one, or installs one. `is_small` is for what goes out, not for what is debugged.
    pub fn obtain(is_small: bool) -> Result<Self> {
        if let Some(found) = Self::find(is_small) {
            return Ok(found);
        }
        if paths::program("rustup").is_some() {
            let wanted = if is_small { ["component", "add", "rust-src"] } else { ["target", "add", TARGET] };
            eprintln!("xtask: rustup {}", wanted.join(" "));
            process::succeeds_within(process::command("rustup").args(wanted), RUSTUP_PATIENCE);
        }
        if is_small && Compiler::Own.has_sources() {
            return Self::with_std(Compiler::Own, is_small);
        }
        if let Some(found) = Self::find(is_small) {
            return Ok(found);
        }
        eprintln!("xtask: rustup could not; taking Debian's compiler instead");
        debian()?;
        Self::with_std(Compiler::Debian, is_small)
    }

    /// Builds the standard library first.
    fn with_std(compiler: Compiler, is_small: bool) -> Result<Self> {
        let sysroot = compiler.sysroot(is_small)?;
        eprintln!("xtask: building the standard library for {TARGET}, about a minute");
        build_std(compiler, &sysroot, is_small).context("the standard library could not be built")?;
        // What was compiled against an earlier copy of the library does not fit this one.
        fs::remove_dir_all(paths::target().join(TARGET)).ok();
        match Self::find(is_small) {
            Some(found) => Ok(found),
            None => bail!("the standard library was built but is not where it should be, in {}", sysroot.display()),
        }
    }

    /// Finds one that is ready, without changing anything.
    pub fn find(is_small: bool) -> Option<Self> {
        if !is_small && own_has_target() {
            return Some(Self { compiler: Compiler::Own, sysroot: None, is_small });
        }
        [Compiler::Own, Compiler::Debian].into_iter().find_map(|compiler| {
            let sysroot = compiler.sysroot(is_small).ok()?;
            has_std(&sysroot.join("lib/rustlib").join(TARGET).join("lib")).then_some(Self {
                compiler,
                sysroot: Some(sysroot),
                is_small,
            })
        })
    }

    /// A cargo command whose crates for the target get `flags`, and nothing else but the sysroot.
    pub fn cargo(&self, flags: &[&str]) -> Command {
        let mut flags: Vec<String> = flags.iter().map(ToString::to_string).collect();
        let mut cargo = self.compiler.cargo();
        if let Some(sysroot) = &self.sysroot {
            flags.push(format!("--sysroot={}", sysroot.display()));
        }
        if self.is_small {
            flags.extend(SMALL.map(str::to_owned));
            cargo.env("RUSTC_BOOTSTRAP", "1");
        }
        // The encoded form lets paths hold spaces. It replaces the flags of .cargo/config.toml.
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        cargo
    }

    /// For the doctor.
    pub fn name(&self) -> &'static str {
        match self.compiler {
            Compiler::Own => "the toolchain in use",
            Compiler::Debian => "Debian's compiler",
        }
    }
}

impl Compiler {
    fn cargo(self) -> Command {
        match self {
            Self::Own => process::cargo(),
            Self::Debian => debian_cargo(),
        }
    }

    fn rustc(self) -> Command {
        process::command(if self == Self::Own { "rustc" } else { DEBIAN_RUSTC })
    }

    /// Where its libraries would be. Named after the compiler: those of another version are of no use.
    fn sysroot(self, is_small: bool) -> Result<PathBuf> {
        let version = process::output(self.rustc().arg("-vV"))?;
        let release = version.lines().find_map(|line| line.strip_prefix("release: ")).context("no release")?;
        let whose = if self == Self::Own { "own-" } else { "" };
        let kind = if is_small { "-small" } else { "" };
        Ok(paths::cache().join(format!("web-{whose}{release}{kind}")))
    }

    /// Whether the sources of its standard library are here.
    fn has_sources(self) -> bool {
        let root = process::output(self.rustc().args(["--print", "sysroot"]));
        root.is_ok_and(|root| Path::new(root.trim()).join("lib/rustlib/src/rust/library/std").is_dir())
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

/// Makes sure that Debian's compiler is here with its sources and its linker.
fn debian() -> Result<()> {
    if !(Path::new(DEBIAN_CARGO).is_file() && Compiler::Debian.has_sources() && rust_lld_works()) {
        install::apt(&DEBIAN_PACKAGES, "building the WebAssembly")?;
    }
    if !rust_lld_works() {
        let linker = rust_lld_package().context("/usr/bin/rust-lld does not say which linker it wants")?;
        install::apt(&[&linker], "linking the WebAssembly")?;
    }
    Ok(())
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
fn build_std(compiler: Compiler, sysroot: &Path, is_small: bool) -> Result<()> {
    let work = paths::target().join("web-std");
    fs::remove_dir_all(&work).ok();
    fs::create_dir_all(work.join("src"))?;
    fs::write(
        work.join("Cargo.toml"),
        "[package]\nname = \"tiny\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n[workspace]\n",
    )?;
    fs::write(work.join("src/lib.rs"), "")?;
    let mut build = compiler.cargo();
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
        .env("RUSTC_BOOTSTRAP", "1");
    // Cargo leaves bitcode out, without which the site could not be optimised at link time.
    let mut flags = vec!["-Cembed-bitcode=yes"];
    if is_small {
        flags.extend(SMALL);
        flags.push("-Copt-level=z");
        build.arg("-Zbuild-std-features=optimize_for_size");
    }
    build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
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
