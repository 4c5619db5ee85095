//! Compressed copies beside every text and WebAssembly file, so that the server never compresses.

use crate::manifest::{self, compresses};
use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::Mutex,
    thread,
};

/// Files below this many bytes gain nothing over their own headers.
const WORTH_IT: usize = 256;

/// Writes `X.br` and `X.gz` beside every `X` that becomes at least a tenth smaller.
pub fn tree(root: &Path) -> Result<()> {
    let files: Vec<PathBuf> = manifest::files(root)?.into_iter().filter(|path| compresses(path)).collect();
    let queue = Mutex::new(files);
    let hands = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..hands).map(|_| scope.spawn(|| drain(&queue))).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| anyhow::anyhow!("a compressing thread broke"))?)
    })
}

fn drain(queue: &Mutex<Vec<PathBuf>>) -> Result<()> {
    loop {
        let next = queue.lock().map_err(|_| anyhow::anyhow!("a compressing thread broke"))?.pop();
        let Some(path) = next else { return Ok(()) };
        file(&path).with_context(|| format!("compressing {}", path.display()))?;
    }
}

fn file(path: &Path) -> Result<()> {
    let plain = fs::read(path)?;
    if plain.len() < WORTH_IT {
        return Ok(());
    }
    keep(path, "br", plain.len(), &brotli(&plain)?)?;
    keep(path, "gz", plain.len(), &gzip(&plain)?)
}

fn keep(path: &Path, ending: &str, plain: usize, packed: &[u8]) -> Result<()> {
    if packed.len() < plain / 10 * 9 {
        fs::write(manifest::beside(path, ending), packed)?;
    }
    Ok(())
}

fn brotli(plain: &[u8]) -> Result<Vec<u8>> {
    let params =
        brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: plain.len(), ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &plain[..], &mut packed, &params)?;
    Ok(packed)
}

fn gzip(plain: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    Ok(encoder.finish()?)
}
