//! The life of a serving process: open, migrate, seed, serve, drain.

use crate::config::{Config, RoleArg};
use crate::http;
use crate::wiring::App;
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

/// Seconds from SIGTERM until the process ends, whatever still runs.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until SIGTERM or SIGINT.
pub async fn serve(config: Config, role: RoleArg) -> Result<()> {
    let app = App::open(&config).await?;
    app.backend.seed().await?;
    announce_setup(&app).await?;
    let listener = TcpListener::bind(config.addr).await.with_context(|| format!("cannot listen on {}", config.addr))?;
    let mut tasks = JoinSet::new();
    let (db, stop) = (app.db.clone(), app.draining.clone());
    tasks.spawn(async move { db.run_wakes(stop).await });
    if role != RoleArg::Web {
        app.spawn_workers(&mut tasks);
    }
    let router = match role {
        RoleArg::Worker => http::worker_router(app.clone()),
        RoleArg::All | RoleArg::Web => http::router(app.clone()),
    };
    tracing::info!(url = %config.base(), role = ?role, database = app.db.engine().name(), "Lux {} is ready", env!("CARGO_PKG_VERSION"));
    let draining = app.draining.clone();
    tasks.spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let served = axum::serve(listener, service).with_graceful_shutdown(draining.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "serving ended");
        }
    });
    stop_asked().await?;
    tracing::info!("stopping: what is being handed over finishes");
    app.draining.cancel();
    let drained =
        tokio::time::timeout(DRAIN - Duration::from_secs(1), async { while tasks.join_next().await.is_some() {} })
            .await;
    if drained.is_err() {
        tracing::warn!("some work did not finish in time; its leases lapse and it is taken up again");
    }
    app.db.close().await;
    Ok(())
}

async fn announce_setup(app: &App) -> Result<()> {
    if let Some(token) = app.admin.setup_token().await? {
        tracing::info!("No account exists yet. Make the owner at {}/setup?token={}", app.config.base(), token.0);
    }
    Ok(())
}

async fn stop_asked() -> Result<()> {
    let mut term = signal(SignalKind::terminate()).context("SIGTERM cannot be watched")?;
    let mut int = signal(SignalKind::interrupt()).context("SIGINT cannot be watched")?;
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    Ok(())
}
