//! Starting other programs.

use anyhow::{Context, Result, bail};
use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A command that starts in the root of the checkout, without what `cargo run` has put into the
/// environment for this program alone: other crates' build scripts would be run again because of it,
/// and another compiler would find the wrong libraries.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(crate::paths::root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if ours.iter().any(|start| text.starts_with(start))
            || ["CARGO", "CARGO_PRIMARY_PACKAGE", "LD_LIBRARY_PATH", "OUT_DIR"].contains(&text.as_ref())
        {
            command.env_remove(&name);
        }
    }
    command
}

/// The project's own cargo, for the machine it runs on.
pub fn cargo() -> Command {
    command("cargo")
}

/// Runs to the end and fails unless the program succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if !status.success() {
        bail!("{} failed ({status})", line(command));
    }
    Ok(())
}

/// Runs to the end and says how it ended.
pub fn status(command: &mut Command) -> Result<ExitStatus> {
    command.status().with_context(|| format!("cannot start {}", line(command)))
}

/// Runs to the end with its output on screen and in the answer, both streams together.
pub fn tee(command: &mut Command) -> Result<(ExitStatus, String)> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", line(command)))?;
    let out = child.stdout.take().map(forward);
    let err = child.stderr.take().map(forward);
    let status = child.wait()?;
    let mut text = String::new();
    for reader in [out, err].into_iter().flatten() {
        text.push_str(&reader.join().unwrap_or_default());
    }
    Ok((status, text))
}

fn forward(stream: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut kept = String::new();
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            let mut screen = std::io::stderr().lock();
            writeln!(screen, "{line}").ok();
            kept.push_str(&line);
            kept.push('\n');
        }
        kept
    })
}

/// Standard output of a program that must succeed, without the surrounding white space.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {}", line(command)))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed: {}", line(command), reason.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs quietly for at most `limit`; `false` if it failed, could not start or took longer.
pub fn succeeds_within(command: &mut Command, limit: Duration) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = quiet.spawn() else {
        return false;
    };
    match wait(&mut child, limit) {
        Some(status) => status.success(),
        None => {
            child.kill().ok();
            child.wait().ok();
            false
        }
    }
}

/// Waits for at most `limit`; `None` if the program still runs then.
pub fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if start.elapsed() < limit => thread::sleep(Duration::from_millis(20)),
            _ => return None,
        }
    }
}

/// Asks a program to end with `signal`, and makes it end after `limit`.
pub fn stop(child: &mut Child, signal: &str, limit: Duration) {
    let pid = child.id().to_string();
    Command::new("kill").args(["-s", signal, &pid]).stderr(Stdio::null()).status().ok();
    if wait(child, limit).is_none() {
        child.kill().ok();
        child.wait().ok();
    }
}

/// The command as one would type it, for messages.
pub fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
