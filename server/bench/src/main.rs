//! The parts of benchmarks and fault scenarios that must be compiled: a load generator for HTTP, the ceiling it is
//! compared with, the queue and the templates without the rest of the server, and jobs that do harm.
//!
//! Every command prints one line of JSON with what it measured; `end2end/bench` compares and judges.
#![expect(clippy::print_stdout, reason = "scripts read what was measured")]

mod bare;
mod harm;
mod load;
mod queue;
mod render;
mod spread;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::sync::Arc;

/// Programs for `cargo xtask bench` and `cargo xtask faults`.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask for many addresses over many connections
    Load(load::Load),
    /// Answer every request with the same bytes: the ceiling of a server on this machine
    Bare(bare::Bare),
    /// Run jobs that do nothing, or next to nothing
    Jobs(queue::Jobs),
    /// Run jobs, some of which do harm, until killed
    Harm(harm::Harm),
    /// Write one email for many people on one thread
    Render(render::Render),
}

#[tokio::main]
async fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Load(load) => load.run().await,
        Command::Bare(bare) => bare.run().await,
        Command::Jobs(jobs) => jobs.run().await,
        Command::Harm(harm) => harm.run().await,
        Command::Render(render) => render.run(),
    }
}

/// Prints one line of figures.
fn tell(figures: &serde_json::Value) {
    println!("{figures}");
}

/// A database as the server opens it, migrated.
async fn open(url: &str, connections: u32) -> Result<kernel::Db> {
    let url = url.parse().map_err(|reason| anyhow::anyhow!("the database: {reason}"))?;
    let options = kernel::db::DbOptions { max_connections: connections, ..Default::default() };
    let db = kernel::Db::open(&url, options).await?;
    db.migrate().await?;
    Ok(db)
}

fn clock_and_ids() -> (Arc<dyn kernel::Clock>, Arc<dyn kernel::Ids>) {
    let clock: Arc<dyn kernel::Clock> = Arc::new(kernel::SystemClock);
    let ids: Arc<dyn kernel::Ids> = Arc::new(kernel::SystemIds::new(Arc::clone(&clock)));
    (clock, ids)
}

/// Jobs that wait or run.
async fn open_jobs(tx: &mut kernel::Tx) -> Result<i64> {
    let depths = jobs::depth(tx).await?;
    Ok(depths.iter().filter(|depth| depth.state != "failed").map(|depth| depth.count).sum())
}
