//! The SMTP sink as a program, for tests that kill processes: it survives, and its log tells what was really accepted.

use std::io::Write;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use testkit::sink::{Behaviour, Identity, Keep, Rule, Sink};

/// Takes mail on 127.0.0.1, logs it, and misbehaves on demand.
#[derive(Debug, Parser)]
struct Args {
    /// Port; 0 takes a free one and prints it.
    #[arg(long, default_value_t = 2525)]
    port: u16,
    /// Append one line per accepted message: recipient, Message-ID, SHA-256, milliseconds, attempt; tab-separated.
    #[arg(long)]
    log: Option<PathBuf>,
    /// Leave the SHA-256 out of the log, for measurements.
    #[arg(long)]
    no_digest: bool,
    /// Write each accepted message into this folder.
    #[arg(long)]
    save: Option<PathBuf>,
    /// A fault as WHEN@PLACE=ACT, for example `every:100@end=take-reset` or `to:bad@rcpt=reply:550 5.1.1 no`. `tell` answers
    /// properly and then prints `told NUMBER`. Repeatable.
    #[arg(long)]
    fault: Vec<Rule>,
    /// Do not offer PIPELINING.
    #[arg(long)]
    no_pipelining: bool,
    /// Largest message in bytes.
    #[arg(long, default_value_t = 0)]
    size: usize,
    /// Messages per connection, then 421.
    #[arg(long)]
    connection_limit: Option<u32>,
    /// Connections at once; one more is greeted with 421.
    #[arg(long)]
    connections_at_once: Option<usize>,
    /// User that must sign in.
    #[arg(long, requires = "password")]
    user: Option<String>,
    /// Password of that user.
    #[arg(long)]
    password: Option<String>,
    /// `starttls` or `implicit`, with a certificate for localhost.
    #[arg(long, value_parser = ["starttls", "implicit"])]
    tls: Option<String>,
    /// Where to write the certificate to trust (PEM).
    #[arg(long)]
    ca_out: Option<PathBuf>,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "scripts read the port and the totals")]
async fn main() -> std::io::Result<()> {
    let args = Args::parse();
    let identity = args.tls.as_ref().map(|_| Identity::for_host("localhost"));
    if let (Some(path), Some(identity)) = (&args.ca_out, &identity) {
        std::fs::write(path, &identity.ca_pem)?;
    }
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let behaviour = Behaviour {
        port: args.port,
        pipelining: !args.no_pipelining,
        size: args.size,
        identity,
        implicit_tls: args.tls.as_deref() == Some("implicit"),
        login: args.user.zip(args.password),
        connection_limit: args.connection_limit,
        connections_at_once: args.connections_at_once,
        rules: args.fault,
        keep: Keep::Nothing,
        log: args.log,
        digest: !args.no_digest,
        save: args.save,
        tell: Some(tell),
        ..Behaviour::default()
    };
    let sink = Sink::start(behaviour).await?;
    println!("listening {}", sink.address());
    // Times in the log count from here.
    #[expect(clippy::disallowed_methods, reason = "scripts beside it compare these times with the machine's own")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    say(&format!("started {}", now.as_millis()));
    tokio::spawn(async move {
        while let Some(number) = told.recv().await {
            say(&format!("told {number}"));
        }
    });
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminated.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    let counts = sink.counts();
    println!(
        "accepted {} begun {} connections {} most_open {}",
        counts.accepted, counts.begun, counts.connections, counts.most_open
    );
    Ok(())
}

/// A line for whoever still listens.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
