//! Builds, serves, and does it again when a source changes.

use crate::{paths, process, server, site};
use anyhow::{Context, Result};
use std::{
    fs,
    path::Path,
    process::Child,
    thread,
    time::{Duration, SystemTime},
};

/// How often the sources are looked at.
const POLL: Duration = Duration::from_millis(400);
/// How long a change must rest before it is built, so that an editor can finish writing several files.
const REST: Duration = Duration::from_millis(200);
/// How long the old server may take to let go of its port.
const DRAIN: Duration = Duration::from_secs(12);

/// The newest change in each part of the checkout that is built differently.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    views: Newest,
    hands: Newest,
    looks: Newest,
}

/// The number of files tells about a deletion, which changes no time.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Newest(Option<SystemTime>, usize);

/// Serves until interrupted.
pub fn dev(split: bool) -> Result<bool> {
    crate::doctor::require_compiler()?;
    let kind = site::Kind { split, dev: true };
    let mut built: Option<Seen> = None;
    let mut running: Option<Child> = None;
    loop {
        let now = settled();
        if built == Some(now) {
            if let Some(child) = running.as_mut()
                && let Ok(Some(status)) = child.try_wait()
            {
                eprintln!("xtask: the server ended ({status}); waiting for a change");
                running = None;
            }
            thread::sleep(POLL);
            continue;
        }
        match rebuild(kind, built, now) {
            Ok(()) => {
                if let Some(mut old) = running.take() {
                    process::stop(&mut old, "TERM", DRAIN);
                }
                running = Some(start()?);
                eprintln!("xtask: Lux is at http://{}", server::address());
            }
            Err(error) => eprintln!("xtask: {error:#}; the last good build keeps running"),
        }
        built = Some(now);
    }
}

/// Builds what the difference asks for. The server starts again after any of it: it takes the site's
/// version from disk when it starts.
fn rebuild(kind: site::Kind, old: Option<Seen>, now: Seen) -> Result<()> {
    let views = old.is_none_or(|old| old.views != now.views);
    let hands = old.is_none_or(|old| old.hands != now.hands);
    if views {
        site::build(kind)?;
    } else if old.is_none_or(|old| old.looks != now.looks) {
        let wasm = paths::target().join(crate::web::TARGET).join("wasm-dev/frontend.wasm");
        site::bundle(kind, &wasm)?;
    }
    if views || hands {
        process::run(process::cargo().args(["build", "--package", "server", "--bin", "lux"]))?;
    }
    Ok(())
}

fn start() -> Result<Child> {
    let mut server = process::command(paths::target().join("debug/lux"));
    server.arg("serve").env("LUX_ADDR", server::address()).env("LUX_DATA_DIR", server::data_dir());
    server.spawn().context("cannot start the server")
}

fn settled() -> Seen {
    let mut last = look();
    loop {
        thread::sleep(REST);
        let next = look();
        if next == last {
            return next;
        }
        last = next;
    }
}

fn look() -> Seen {
    let newest = |parts: &[&str]| {
        let mut newest = Newest::default();
        parts.iter().for_each(|part| walk(&paths::root().join(part), &mut newest));
        newest
    };
    Seen {
        views: newest(&["app", "frontend", "Cargo.toml", "Cargo.lock"]),
        hands: newest(&["server", "migrations"]),
        looks: newest(&["style", "public"]),
    }
}

fn walk(path: &Path, newest: &mut Newest) {
    let Ok(meta) = fs::metadata(path) else { return };
    if meta.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            walk(&entry.path(), newest);
        }
        return;
    }
    newest.1 += 1;
    newest.0 = newest.0.max(meta.modified().ok());
}
