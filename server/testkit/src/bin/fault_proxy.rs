//! The fault proxy as a program: `fault-proxy --to 127.0.0.1:5432 --latency 20`. It prints where it listens and each
//! thing it does, and takes `forward`, `stall` and `cut` on standard input.

use std::time::Duration;

use clap::Parser;
use testkit::proxy::{Deed, Harm, Mode, Proxy};
use tokio::sync::mpsc::UnboundedReceiver;

/// Stands between two programs on this machine and harms what they say to each other, the same way for the same seed.
#[derive(Debug, Parser)]
struct Args {
    /// Port; 0 takes a free one and prints it.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Where it leads, HOST:PORT.
    #[arg(long)]
    to: String,
    /// Decides all that is decided by chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Milliseconds that each piece of data waits, in both directions.
    #[arg(long, default_value_t = 0)]
    latency: u64,
    /// Up to so many milliseconds more.
    #[arg(long, default_value_t = 0)]
    jitter: u64,
    /// Share of pieces that come 200 ms late, as after a lost packet.
    #[arg(long, default_value_t = 0.0)]
    loss: f64,
    /// Share of connections that are cut at once.
    #[arg(long, default_value_t = 0.0)]
    refuse: f64,
    /// Share of connections that are cut after --after bytes from the client.
    #[arg(long, default_value_t = 0.0)]
    cut: f64,
    /// Share of connections that fall silent after --after bytes from the client.
    #[arg(long, default_value_t = 0.0)]
    silent: f64,
    /// Bytes from the client before --cut and --silent.
    #[arg(long, default_value_t = 0)]
    after: u64,
    /// Share of SMTP messages that are delivered, but whose final answer never comes back.
    #[arg(long, default_value_t = 0.0)]
    swallow: f64,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "scripts read the port and what was done")]
async fn main() -> std::io::Result<()> {
    let args = Args::parse();
    let harm = Harm {
        seed: args.seed,
        latency: Duration::from_millis(args.latency),
        jitter: Duration::from_millis(args.jitter),
        loss: args.loss,
        refuse: args.refuse,
        cut: args.cut,
        cut_after: args.after,
        silent: args.silent,
        swallow: args.swallow,
    };
    let (deeds, mut done) = tokio::sync::mpsc::unbounded_channel();
    let proxy = Proxy::start(args.port, args.to, harm, deeds).await?;
    println!("listening {}", proxy.address());
    let mut orders = orders();
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    loop {
        tokio::select! {
            Some((connection, deed)) = done.recv() => {
                let word = match deed {
                    Deed::Refused => "refused",
                    Deed::Cut => "cut",
                    Deed::Silent => "silent",
                    Deed::Swallowed => "swallowed",
                };
                println!("{word} {connection}");
            }
            line = orders.recv() => match line.as_deref() {
                Some("forward") => proxy.set(Mode::Forward),
                Some("stall") => proxy.set(Mode::Stall),
                Some("cut") => proxy.set(Mode::Cut),
                Some(other) => println!("unknown order {other}"),
                // Whoever started it is gone.
                None => return Ok(()),
            },
            _ = terminated.recv() => return Ok(()),
        }
    }
}

/// Lines of standard input; ends with it.
fn orders() -> UnboundedReceiver<String> {
    let (sender, lines) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}
