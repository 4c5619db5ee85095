//! The site's table of contents, `site.json`: what there is, how heavy, and one version for all of it.

use crate::options::Options;
use anyhow::{Context, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What `site.json` says.
#[derive(Serialize)]
struct Site {
    /// The stem of the entry files, to be `LeptosOptions::output_name`.
    name: String,
    /// One hash over everything in `pkg`: the version in its addresses.
    build: String,
    /// Whether lazy routes are files of their own.
    split: bool,
    files: Vec<File>,
}

#[derive(Serialize)]
struct File {
    /// Relative to the site's folder, with forward slashes.
    path: String,
    /// The `Content-Type`.
    mime: &'static str,
    /// 32 hexadecimal digits over the plain content, for the `ETag`.
    hash: String,
    /// Bytes, plain and compressed; no compressed copy is kept where it would gain nothing.
    size: usize,
    br: Option<usize>,
    gz: Option<usize>,
}

/// Describes everything under `root` and writes that into it.
pub fn write(options: &Options, root: &Path) -> Result<()> {
    let mut described = Vec::new();
    for path in files(root)? {
        described.push(describe(root, &path)?);
    }
    described.sort_by(|a, b| a.path.cmp(&b.path));
    let site = Site { name: options.name.clone(), build: build(&described), split: options.split, files: described };
    fs::write(root.join("site.json"), serde_json::to_vec_pretty(&site)?)?;
    Ok(())
}

/// All plain files under `root`, compressed copies left out.
pub fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).with_context(|| format!("cannot list {}", dir.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if !ends_in(&path, &["br", "gz"]) {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// `X.ending` for `X`.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Whether a file's kind is worth compressing at all.
pub fn compresses(path: &Path) -> bool {
    ends_in(path, &["js", "wasm", "css", "svg", "html", "json", "webmanifest", "txt", "ico"])
}

fn ends_in(path: &Path, endings: &[&str]) -> bool {
    path.extension().and_then(|end| end.to_str()).is_some_and(|end| endings.contains(&end))
}

fn describe(root: &Path, path: &Path) -> Result<File> {
    let plain = fs::read(path)?;
    let size_of = |ending| fs::metadata(beside(path, ending)).ok().and_then(|m| usize::try_from(m.len()).ok());
    let relative = path.strip_prefix(root)?.to_str().context("a file name is not UTF-8")?;
    Ok(File {
        path: relative.replace('\\', "/"),
        mime: mime(path),
        hash: hex::encode(Sha256::digest(&plain)).chars().take(32).collect(),
        size: plain.len(),
        br: size_of("br"),
        gz: size_of("gz"),
    })
}

fn build(files: &[File]) -> String {
    let mut all = Sha256::new();
    for file in files.iter().filter(|file| file.path.starts_with("pkg/")) {
        all.update(file.path.as_bytes());
        all.update(file.hash.as_bytes());
    }
    hex::encode(all.finalize()).chars().take(16).collect()
}

fn mime(path: &Path) -> &'static str {
    match path.extension().and_then(|end| end.to_str()) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
