//! The ceiling: a server that reads requests and answers each with the same bytes, storing nothing.

use anyhow::Result;
use clap::Args;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nCache-Control: no-store\r\nContent-Length: 43\r\n\r\n\
    GIF89a-forty-three-bytes-that-nobody-reads.";

/// Answers until killed.
#[derive(Debug, Args)]
pub struct Bare {
    /// Port on this machine; 0 takes a free one and prints it
    #[arg(long, default_value_t = 0)]
    port: u16,
}

impl Bare {
    /// Serves for ever.
    pub async fn run(self) -> Result<()> {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await?;
        println!("listening {}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(converse(stream));
        }
    }
}

/// One connection; requests have no body, so each ends with an empty line.
async fn converse(mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::with_capacity(4096);
    while let Ok(1..) = stream.read_buf(&mut buffer).await {
        while let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            buffer.drain(..at + 4);
            if stream.write_all(ANSWER).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ANSWER;

    #[test]
    fn the_length_that_is_told_is_the_length() {
        let text = String::from_utf8_lossy(ANSWER);
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(body.len(), 43);
    }
}
