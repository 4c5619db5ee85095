//! How much a browser may have to load.

use crate::{paths, site};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{collections::BTreeMap, fs};

/// Bytes on the wire for the first page after signing in: JavaScript and WebAssembly, compressed (ADR 1).
const FIRST_LOAD: u64 = 350_000;
/// Bytes on the wire for what one lazy route adds.
const LAZY_FILE: u64 = 120_000;
/// The page that is loaded first; its own files count, should it be a lazy route.
const FIRST_PAGE: &str = "dashboard";

/// Fails when `target/site` is heavier than that; says what it weighs either way.
pub fn check() -> Result<()> {
    let described = site::describe()?;
    let files = described.get("files").and_then(Value::as_array).context("site.json lists no files")?;
    let eager = first_page()?;
    let (mut first, mut over) = (0, Vec::new());
    for file in files {
        let text = |key| file.get(key).and_then(Value::as_str).unwrap_or_default();
        let path = text("path");
        if !path.starts_with("pkg/") || !(path.ends_with(".wasm") || path.ends_with(".js")) {
            continue;
        }
        let number = |key| file.get(key).and_then(Value::as_u64);
        let wire = number("br").or_else(|| number("size")).context("site.json gives no size")?;
        let lazy = path.ends_with(".wasm") && !path.ends_with("/lux.wasm");
        if lazy && wire > LAZY_FILE {
            over.push(format!("{path} is {wire} bytes, and {LAZY_FILE} are allowed"));
        }
        if !lazy || eager.iter().any(|stem| path == format!("pkg/{stem}.wasm")) {
            first += wire;
        }
        eprintln!("{wire:>9}  {path}");
    }
    eprintln!("{first:>9}  first load");
    if first > FIRST_LOAD {
        over.push(format!("the first load is {first} bytes, and {FIRST_LOAD} are allowed"));
    }
    if !over.is_empty() {
        bail!("{}", over.join("; "));
    }
    Ok(())
}

/// The lazy files of the first page, its own and those it shares, as the splitter listed them.
fn first_page() -> Result<Vec<String>> {
    let path = paths::site().join("pkg/__wasm_split_manifest.json");
    let Ok(text) = fs::read_to_string(path) else {
        return Ok(Vec::new());
    };
    let routes: BTreeMap<String, Vec<String>> = serde_json::from_str(&text)?;
    let files = routes.into_iter().filter(|(route, _)| route.contains(FIRST_PAGE));
    Ok(files.flat_map(|(_, files)| files).collect())
}
