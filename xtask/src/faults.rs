//! Faults: the release binary is killed, cut off and lied to, and must neither lose nor double anything.
//!
//! The scenarios are Python's standard library only, because their witness must share no code with what it watches.

use crate::{
    install, paths,
    postgres::{self, Postgres},
    process, server,
    tally::Tally,
};
use anyhow::{Result, bail};
use std::{path::Path, process::Command};

/// What `--quick` runs, and what each of them says when it holds. `idle` is not among them: it measures memory, which says
/// something only of a release (`cargo xtask faults idle`).
const QUICK: [(&str, &str); 7] = [
    ("judges", "faults: the judges notice forged records"),
    ("import", "faults: a nasty file adds up, also when killed in the middle"),
    ("campaign", "faults: a killed campaign mails nobody twice and loses nobody"),
    ("campaign-workers", "faults: nor do two workers on PostgreSQL, one of them killed"),
    ("hostile", "faults: a hostile mail server leaves each recipient in the right state"),
    ("mime", "faults: messages, links and the way out hold before an independent reader"),
    ("stop", "faults: SIGTERM leaves nothing uncertain, and moves leave one state"),
];

/// Runs scenarios against a release that is built first, or against the one after `--binary`.
pub fn alone(args: &[String]) -> Result<bool> {
    let mut args = args.to_vec();
    match args.iter().position(|arg| arg == "--binary").and_then(|at| args.get_mut(at + 1)) {
        // The scenarios run in another folder than the person.
        Some(given) => *given = std::env::current_dir()?.join(&*given).display().to_string(),
        None => server::build(true)?,
    }
    let postgres = Postgres::obtain()?;
    process::run(process::cargo().args(["build", "--quiet", "--package=testkit", "--package=bench", "--bins"]))?;
    Ok(process::status(scenarios(&postgres, &server::binary())?.args(args))?.success())
}

/// All quick scenarios side by side against a server that is there with its helpers, each counted as a check of its own.
pub fn quick(tally: &mut Tally, binary: &Path) {
    let mut output = String::new();
    tally.check("faults: the scenarios ran", || {
        let postgres = Postgres::obtain()?;
        output = process::tee(scenarios(&postgres, binary)?.arg("--quick"))?.1;
        Ok(())
    });
    for (name, promise) in QUICK {
        tally.check(promise, || verdict(&output, name));
    }
}

/// Only a line that says so is a pass: a scenario that never ran has failed.
fn verdict(output: &str, name: &str) -> Result<()> {
    let says = |word: &str| output.lines().any(|line| line.split_whitespace().take(2).eq([word, name]));
    if says("FAIL") || !says("PASS") {
        bail!("`cargo xtask faults --quick {name}` shows it alone");
    }
    Ok(())
}

fn scenarios(postgres: &Postgres, binary: &Path) -> Result<Command> {
    if paths::program("python3").is_none() {
        install::apt(&["python3"], "running the fault scenarios")?;
    }
    let mut python = process::command("python3");
    python
        .current_dir(paths::root().join("end2end"))
        .args(["-B", "-m", "faults", "--binary"])
        .arg(binary)
        .arg("--sink")
        .arg(paths::target().join("debug/smtp-sink"))
        .arg("--proxy")
        .arg(paths::target().join("debug/fault-proxy"))
        .arg("--bench")
        .arg(paths::target().join("debug/lux-bench"))
        .env(postgres::VARIABLE, postgres.url());
    Ok(python)
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn a_scenario_that_failed_or_never_ran_is_no_pass() {
        let output =
            "    ok   state: finished\nPASS import (4 s, 9 checks)\nFAIL mime (2 s, 3 checks)\nPASS mime-like (1 s)\n";
        assert!(verdict(output, "import").is_ok());
        assert!(verdict(output, "mime").is_err());
        assert!(verdict(output, "stop").is_err());
        assert!(verdict("", "import").is_err());
    }
}
