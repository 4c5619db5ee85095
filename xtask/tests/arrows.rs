//! Holds the arrows of `docs/architecture.md`: who may depend on whom, and what must never reach which side.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a failure here is a failed test")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

const FACE: [&str; 8] = ["contract", "session", "kit", "ui-audience", "ui-messaging", "ui-platform", "app", "frontend"];
const CLUSTERS: [&str; 3] = ["audience", "messaging", "platform"];

/// Each of our crates with the crates of ours it may name. Nothing else is allowed.
fn allowed() -> BTreeMap<&'static str, Vec<&'static str>> {
    let ui = vec!["contract", "session", "kit"];
    let cluster = vec!["contract", "kernel", "jobs", "connect"];
    BTreeMap::from([
        ("contract", vec![]),
        ("kit", vec![]),
        ("session", vec!["contract"]),
        ("ui-audience", ui.clone()),
        ("ui-messaging", ui.clone()),
        ("ui-platform", ui),
        ("app", vec!["contract", "session", "kit", "ui-audience", "ui-messaging", "ui-platform"]),
        ("frontend", vec!["app"]),
        ("kernel", vec!["contract", "kernel-derive"]),
        ("kernel-derive", vec![]),
        ("jobs", vec!["contract", "kernel"]),
        ("connect", vec!["contract", "kernel"]),
        ("audience", cluster.clone()),
        ("messaging", cluster.clone()),
        ("platform", cluster),
        ("testkit", vec!["contract", "kernel"]),
        ("bench", vec!["contract", "kernel", "jobs", "messaging"]),
        (
            "server",
            vec!["app", "contract", "session", "kernel", "jobs", "connect", "audience", "messaging", "platform"],
        ),
    ])
}

fn metadata() -> Value {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("metadata is JSON")
}

/// Normal dependencies by crate; what only tests need does not count.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let named = |package: &Value| {
        let names = package["dependencies"].as_array().expect("dependencies").iter();
        let normal = names.filter(|d| d["kind"].is_null()).filter_map(|d| d["name"].as_str()).map(str::to_owned);
        (package["name"].as_str().unwrap_or_default().to_owned(), normal.collect())
    };
    packages.iter().map(named).collect()
}

#[test]
fn every_crate_names_only_the_crates_below_it() {
    let all = dependencies();
    let allowed = allowed();
    for (name, may) in &allowed {
        let found = all.get(*name).unwrap_or_else(|| panic!("the crate {name} is gone: mend the table"));
        for other in found.iter().filter(|d| allowed.contains_key(d.as_str())) {
            assert!(may.contains(&other.as_str()), "{name} must not depend on {other}");
        }
    }
}

#[test]
fn every_crate_of_the_house_stands_in_the_table() {
    let allowed = allowed();
    for name in dependencies().keys().filter(|n| !["xtask", "bundle"].contains(&n.as_str())) {
        assert!(allowed.contains_key(name.as_str()), "{name} is new: say in the table what it may depend on");
    }
}

#[test]
fn clusters_never_name_each_other() {
    let all = dependencies();
    for name in CLUSTERS {
        for other in CLUSTERS.iter().filter(|o| **o != name) {
            assert!(!all[name].contains(*other), "{name} imports {other}: use a port (ADR 2)");
        }
    }
}

#[test]
fn the_face_knows_no_server_and_the_server_no_leptos() {
    let all = dependencies();
    for name in FACE {
        for server in ["sqlx", "tokio", "axum", "hyper", "reqwest"] {
            assert!(!all[name].contains(server), "{name} must not depend on {server}");
        }
    }
    for name in allowed().keys().filter(|n| !FACE.contains(n) && **n != "server") {
        assert!(!all[*name].contains("leptos"), "{name} must not depend on leptos");
    }
}
