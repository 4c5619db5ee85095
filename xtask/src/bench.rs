//! Benchmarks, by name.

use crate::process;
use anyhow::{Result, bail};

/// A benchmark: its name, what it measures, and the command after `cargo run --release`.
struct Bench {
    name: &'static str,
    about: &'static str,
    args: &'static [&'static str],
}

/// Every benchmark there is. A new one is a line here and an example of the crate it measures.
const BENCHES: &[Bench] = &[];

/// Runs the named one with the rest of the arguments, or lists them.
pub fn bench(args: &[String]) -> Result<bool> {
    let Some((name, rest)) = args.split_first() else {
        list();
        return Ok(true);
    };
    let Some(bench) = BENCHES.iter().find(|bench| bench.name == name) else {
        list();
        bail!("there is no benchmark {name}");
    };
    process::run(process::cargo().args(["run", "--release"]).args(bench.args).args(rest))?;
    Ok(true)
}

fn list() {
    if BENCHES.is_empty() {
        println!("There are no benchmarks yet.");
    }
    for bench in BENCHES {
        println!("{:16} {}", bench.name, bench.about);
    }
}
