//! `cargo xtask`: the one front door to building, running and testing Lux.
//!
//! Promise: every command installs or finds what it needs itself, says what it does before it does
//! it, and leaves nothing running. Depends on almost nothing, so that it starts at once; the tools
//! that handle WebAssembly live in the crate `bundle` and are built when they are first needed.
#![expect(clippy::print_stdout, reason = "a command line speaks on standard output")]

mod bench;
mod budget;
mod checks;
mod dev;
mod doctor;
mod e2e;
mod faults;
mod install;
mod paths;
mod postgres;
mod process;
mod server;
mod site;
mod tally;
mod web;

use anyhow::{Result, bail};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  run           build Lux and serve it on SQLite in ./lux-data
  dev           build without optimisation, serve, and build again whenever a source changes
  build         build target/release/lux, one file with the site inside
  test          every check: format, lints, docs, tests on both databases, size budget, browser stories
  lint          only the checks that run nothing: format, lints, docs
  e2e [ARGS]    only the browser stories; ARGS go to Playwright (a file, --grep WORD)
  faults [ARGS] kill, cut off and lie to the release: [NAME] [--quick] [--full] [--seed N] [--binary PATH]
  bench [NAME]  measure the release beside its peers, or list what can be measured
  doctor        say what this machine has and lacks

Options of run, build and dev: --no-split keeps lazy routes in the main WebAssembly file.
";

fn main() -> ExitCode {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let command = if args.is_empty() { "help".to_owned() } else { args.remove(0) };
    match dispatch(&command, &args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one command; `false` means it ran and found something wrong, which it has already told.
fn dispatch(command: &str, args: &[String]) -> Result<bool> {
    let split = !args.iter().any(|arg| arg == "--no-split");
    match command {
        "run" => server::run(split),
        "dev" => dev::dev(split),
        "build" => server::build(split).map(|()| true),
        "test" => checks::test(),
        "lint" => checks::lint(),
        "e2e" => e2e::alone(args),
        "faults" => faults::alone(args),
        "bench" => bench::bench(args),
        "doctor" => doctor::doctor(),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(true)
        }
        other => bail!("there is no command {other}; `cargo xtask help` lists them"),
    }
}
