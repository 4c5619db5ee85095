//! A load generator: addresses from a file in turn, each connection one request at a time, kept alive.
//!
//! An own one because the same program must drive every entrant, with hundreds of thousands of different addresses, and
//! must say which answers came: a fast wrong answer is not a request served.

use crate::spread::Spread;
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Asks for many addresses.
#[derive(Debug, Args)]
pub struct Load {
    /// HOST:PORT
    #[arg(long)]
    to: String,
    /// File with one path a line; taken in turn by all connections together
    #[arg(long)]
    paths: PathBuf,
    /// Connections
    #[arg(long, default_value_t = 256)]
    connections: usize,
    /// Seconds
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// `User-Agent`
    #[arg(long, default_value = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    agent: String,
}

struct Shared {
    load: Load,
    paths: Vec<String>,
    next: AtomicUsize,
    end: Instant,
}

#[derive(Default)]
struct Seen {
    times: Spread,
    statuses: BTreeMap<u16, u64>,
    broken: u64,
}

impl Load {
    /// Runs until the time is up.
    pub async fn run(self) -> Result<()> {
        let text = std::fs::read_to_string(&self.paths).with_context(|| self.paths.display().to_string())?;
        let paths: Vec<String> = text.lines().map(str::to_owned).collect();
        if paths.is_empty() {
            bail!("{} has no path", self.paths.display());
        }
        let begun = Instant::now();
        let end = begun + Duration::from_secs_f64(self.seconds);
        let connections = self.connections;
        let shared = Arc::new(Shared { load: self, paths, next: AtomicUsize::new(0), end });
        let mut running = JoinSet::new();
        for _ in 0..connections {
            running.spawn(connection(Arc::clone(&shared)));
        }
        let mut all = Seen::default();
        while let Some(seen) = running.join_next().await {
            let seen = seen?;
            all.times.join(seen.times);
            all.broken += seen.broken;
            for (status, count) in seen.statuses {
                *all.statuses.entry(status).or_default() += count;
            }
        }
        let seconds = begun.elapsed().as_secs_f64();
        let answered: u64 = all.statuses.values().sum();
        let rate = f64::from(u32::try_from(answered).unwrap_or(u32::MAX)) / seconds;
        crate::tell(&json!({
            "seconds": seconds, "answered": answered, "per_second": rate, "statuses": all.statuses,
            "broken": all.broken, "times": all.times.figures(),
        }));
        Ok(())
    }
}

/// One connection until the time is up; made again when it breaks.
async fn connection(shared: Arc<Shared>) -> Seen {
    let mut seen = Seen::default();
    while Instant::now() < shared.end {
        if converse(&shared, &mut seen).await.is_err() {
            seen.broken += 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    seen
}

async fn converse(shared: &Shared, seen: &mut Seen) -> Result<()> {
    let mut stream = TcpStream::connect(&shared.load.to).await?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(4096);
    let mut request = String::with_capacity(512);
    while Instant::now() < shared.end {
        let number = shared.next.fetch_add(1, Ordering::Relaxed) % shared.paths.len();
        let path = shared.paths.get(number).map_or("/", String::as_str);
        request.clear();
        for part in ["GET ", path, " HTTP/1.1\r\nHost: ", &shared.load.to, "\r\nUser-Agent: ", &shared.load.agent] {
            request.push_str(part);
        }
        request.push_str("\r\nAccept: */*\r\n\r\n");
        let begun = Instant::now();
        stream.write_all(request.as_bytes()).await?;
        let (status, is_last) = answer(&mut stream, &mut buffer).await?;
        seen.times.add(begun.elapsed());
        *seen.statuses.entry(status).or_default() += 1;
        if is_last {
            stream = TcpStream::connect(&shared.load.to).await?;
            stream.set_nodelay(true)?;
        }
    }
    Ok(())
}

/// Reads one answer; its status, and whether the server hangs up after it.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<(u16, bool)> {
    buffer.clear();
    let head = loop {
        if stream.read_buf(buffer).await? == 0 {
            bail!("hung up");
        }
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let text = String::from_utf8_lossy(buffer.get(..head).unwrap_or_default()).to_ascii_lowercase();
    let status = text.get(9..12).and_then(|code| code.parse().ok()).context("no status")?;
    let length: usize = match header(&text, "content-length") {
        Some(length) => length.parse()?,
        None if matches!(status, 204 | 304) => 0,
        None => bail!("an answer without a length cannot be measured here"),
    };
    while buffer.len() < head + length {
        if stream.read_buf(buffer).await? == 0 {
            bail!("hung up within the body");
        }
    }
    Ok((status, header(&text, "connection") == Some("close")))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn headers_are_found_by_their_whole_name() {
        let head = "http/1.1 200 ok\r\nx-content-length: 3\r\ncontent-length: 35\r\nconnection: close\r\n\r\n";
        assert_eq!(header(head, "content-length"), Some("35"));
        assert_eq!(header(head, "connection"), Some("close"));
        assert_eq!(header(head, "content"), None);
    }
}
