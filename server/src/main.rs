//! `lux`: pages, API, workers and command line in one binary.
//!
//! Rooms: `cli` (commands), `config` (settings), `wiring` (joins traits to services), `serve` (life of a process),
//! `http` (doors), `doctor`, `demo`, `metrics`.

mod cli;
mod config;
mod demo;
mod doctor;
mod http;
mod metrics;
mod serve;
mod wiring;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    // One worker thread and a blocking call can deadlock server rendering, so small machines get four as well.
    let threads = std::thread::available_parallelism().map_or(4, |n| n.get().max(4));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(cli::run(cli)),
        Err(error) => Err(anyhow::anyhow!("the runtime could not start: {error}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::complain(&error);
            ExitCode::FAILURE
        }
    }
}
