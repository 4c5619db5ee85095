//! Benchmarks, by name: builds what is measured and what measures, and hands over to `end2end/bench`.
//!
//! Never a part of `cargo xtask test`: figures belong to a machine, not to a commit.

use crate::{install, paths, process, server};
use anyhow::{Result, bail};

/// Every benchmark there is, with the metric of `performance` that it shows.
const BENCHES: [(&str, &str); 8] = [
    ("campaign", "M1, M10: a campaign over SMTP, beside nodemailer, a commit per mail, and smtp-source"),
    ("first", "M2: from Send to the first DATA, at growing audiences"),
    ("track", "M5, M10: pixels and links, durable before the answer, beside Flask and bare answers"),
    ("jobs", "M8: the queue, beside graphile-worker, pg-boss and raw SKIP LOCKED"),
    ("memory", "M10: memory at rest, beside gunicorn"),
    ("render", "M17: templates on one core, beside Jinja2"),
    ("nodes", "M19: one, two and four servers on one PostgreSQL"),
    ("stop", "M21: emergency stop and unsubscription until the last mail"),
];

/// Measured without the server itself.
const ALONE: [&str; 2] = ["jobs", "render"];

/// Runs the named ones with the rest of the arguments, or lists them.
pub fn bench(args: &[String]) -> Result<bool> {
    let names: Vec<&str> = args.iter().map(String::as_str).take_while(|arg| !arg.starts_with('-')).collect();
    if names.is_empty() {
        list();
        return Ok(true);
    }
    if let Some(name) = names.iter().find(|name| **name != "all" && !BENCHES.iter().any(|(known, _)| known == *name)) {
        list();
        bail!("there is no benchmark {name}");
    }
    let needs_server = names.iter().any(|name| !ALONE.contains(name)) && !args.iter().any(|arg| arg == "--binary");
    if needs_server {
        server::build(true)?;
    }
    if paths::program("python3").is_none() {
        install::apt(&["python3", "python3-venv"], "running benchmarks")?;
    }
    if crate::postgres::programs().is_none() {
        install::apt(&["postgresql"], "benchmarks on PostgreSQL")?;
    }
    if !args.iter().any(|arg| arg == "--sink") {
        let built = ["--package=testkit", "--package=bench", "--bins"];
        process::run(process::cargo().args(["build", "--release", "--quiet"]).args(built))?;
    }
    let mut args = args.to_vec();
    for flag in ["--binary", "--sink", "--proxy", "--bench"] {
        // The programs run in another folder than the person.
        if let Some(given) = args.iter().position(|arg| arg == flag).and_then(|at| args.get_mut(at + 1)) {
            *given = std::env::current_dir()?.join(&*given).display().to_string();
        }
    }
    let mut python = process::command("python3");
    python.current_dir(paths::root().join("end2end")).args(["-B", "-m", "bench"]).args(args);
    Ok(process::status(&mut python)?.success())
}

fn list() {
    println!("cargo xtask bench NAME… [--quick] [--rounds N] [--people N] [--engine sqlite|postgres] [--anyway]\n");
    for (name, about) in BENCHES {
        println!("{name:12} {about}");
    }
    println!("{:12} all of them", "all");
}

#[cfg(test)]
mod tests {
    use super::BENCHES;

    #[test]
    fn the_list_is_that_of_the_programs() {
        let main = std::fs::read_to_string(crate::paths::root().join("end2end/bench/__main__.py")).unwrap_or_default();
        for (name, _) in BENCHES {
            assert!(main.contains(&format!("\n    \"{name}\": (")), "{name} is not in end2end/bench/__main__.py");
        }
        assert_eq!(main.matches(".run),").count() + main.matches(".stop),").count(), BENCHES.len());
    }
}
