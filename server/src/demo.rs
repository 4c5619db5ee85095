//! `lux demo`: a believable company with a history to look around in.

use crate::cli::print;
use crate::config::Config;
use crate::wiring::App;
use anyhow::Result;

/// Fills an empty database.
pub async fn run(config: &Config) -> Result<()> {
    let _app = App::open(config).await?;
    print("demo")
}
