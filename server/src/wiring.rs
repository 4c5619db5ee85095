//! The one place that joins traits to services. Every room gets its parts here and nowhere else.

mod audience_port;
mod events;
mod house_port;
mod post;

use crate::config::Config;
use crate::metrics::Figures;
use anyhow::{Context, Result, anyhow};
use audience::contacts::ContactService;
use audience::imports::{ImportFiles, ImportService, Worker};
use connect::dns::{Dns, NoDns, SystemDns};
use contract::accounts::Accounts;
use contract::bounces::{BounceHooks, Bounces};
use contract::campaigns::Campaigns;
use contract::contacts::Contacts;
use contract::domains::Domains;
use contract::imports::Imports;
use contract::live::Events;
use contract::messages::Messages;
use contract::senders::Senders;
use contract::sending::Sending;
use contract::templates::Templates;
use contract::tracking::Tracking;
use jobs::{Queue, Registry, Runner};
use kernel::db::{DbOptions, DbUrl};
use kernel::{Clock, Db, Ids, Scope, SystemClock, SystemIds, Vault};
use leptos::config::LeptosOptions;
use messaging::bounces::{Amazon, Dial, Hooks, Reader};
use messaging::brake::Lineage;
use messaging::engine::{Engine, Options, Parts};
use messaging::senders::{Environment, Microsoft, Settings, Transports, seed_from_env};
use messaging::tracking::{Keys, Tracker};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Everything a door needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Settings.
    pub config: Arc<Config>,
    /// Database.
    pub db: Db,
    /// Cancelled when the process begins to stop.
    pub draining: CancellationToken,
    /// How Leptos finds its files.
    pub leptos: LeptosOptions,
    /// Accounts, for doors.
    pub accounts: Arc<dyn Accounts>,
    /// Accounts, for the terminal.
    pub admin: platform::accounts::Service,
    /// Contacts.
    pub contacts: Arc<dyn Contacts>,
    /// Imports.
    pub imports: Arc<dyn Imports>,
    /// Senders.
    pub senders: Arc<dyn Senders>,
    /// Sending domains.
    pub domains: Arc<dyn Domains>,
    /// What comes back.
    pub bounces: Arc<dyn Bounces>,
    /// The door for providers that tell of it.
    pub bounce_hooks: Arc<dyn BounceHooks>,
    /// Templates.
    pub templates: Arc<dyn Templates>,
    /// Campaigns.
    pub campaigns: Arc<dyn Campaigns>,
    /// Single messages.
    pub messages: Arc<dyn Messages>,
    /// The brake.
    pub sending: Arc<dyn Sending>,
    /// Recipients' links.
    pub tracking: Arc<dyn Tracking>,
    /// Changes.
    pub events: Arc<dyn Events>,
    /// What works behind the doors.
    pub backend: Arc<Backend>,
}

/// Database, time, ids, keys and the workers' parts.
pub struct Backend {
    db: Db,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
    /// What the engine works with, for the demo.
    pub engine: Parts,
    worker: Arc<Worker>,
    admin: platform::accounts::Service,
    senders: messaging::senders::Service,
    /// Sending domains, for the demo.
    pub domains: messaging::domains::Service,
    transports: Transports,
    mailboxes: Reader,
}

/// Opens the database without anything on it.
pub async fn open_database(config: &Config) -> Result<Db> {
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("the data directory {} cannot be made", config.data_dir.display()))?;
    let url: DbUrl = config.database_url.parse().map_err(|e| anyhow!("LUX_DATABASE_URL: {e}"))?;
    let options = DbOptions { max_connections: config.database_connections, ..DbOptions::default() };
    Db::open(&url, options).await.map_err(|e| anyhow!("the database cannot be opened: {e}"))
}

impl App {
    /// Opens and migrates the database and builds every service. Starts no worker.
    pub async fn open(config: &Config) -> Result<Self> {
        Self::open_with(config, Arc::new(SystemClock)).await
    }

    /// As [`App::open`] on another clock, for commands that tell of the past.
    pub async fn open_with(config: &Config, clock: Arc<dyn Clock>) -> Result<Self> {
        let db = open_database(config).await?;
        db.migrate().await.map_err(|e| anyhow!("{e}"))?;
        let ids: Arc<dyn Ids> = Arc::new(SystemIds::new(Arc::clone(&clock)));
        let vault = Vault::load(&config.data_dir, config.master_key.as_ref(), Arc::clone(&ids))
            .map_err(|e| anyhow!("the master key: {e}"))?;
        let ehlo = config.base_url.host_str().unwrap_or("localhost").to_owned();
        let settings = Settings {
            login_url: config.ms365_login_url.clone(),
            graph_url: config.ms365_graph_url.clone(),
            ..Settings::new(ehlo, Arc::clone(&clock))
        };
        let transports = Transports::new(db.clone(), vault.clone(), settings);
        let senders = messaging::senders::Service::new(
            db.clone(),
            vault.clone(),
            Arc::clone(&clock),
            Arc::clone(&ids),
            transports.clone(),
            Arc::new(audience_port::People),
        );
        let domains = messaging::domains::Service::new(messaging::domains::Parts {
            db: db.clone(),
            vault: vault.clone(),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            dns: dns(config),
        });
        let admin = platform::accounts::Service::new(platform::accounts::Parts {
            db: db.clone(),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            vault: vault.clone(),
            post: Arc::new(post::SenderPost::new(
                senders.clone(),
                transports.clone(),
                Arc::clone(&clock),
                Arc::clone(&ids),
            )),
            base_url: config.base(),
        });
        let house = Arc::new(house_port::House { accounts: admin.clone(), db: db.clone() });
        let keys = Keys::new(vault.clone(), &config.base());
        let engine = Parts {
            db: db.clone(),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            audience: Arc::new(audience_port::People),
            companies: Arc::clone(&house) as _,
            outlets: Arc::new(transports.clone()),
            links: Arc::new(keys.clone()),
        };
        let bounces = messaging::bounces::Parts {
            db: db.clone(),
            vault: vault.clone(),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            audience: Arc::clone(&engine.audience),
            base_url: config.base().into(),
        };
        let amazon = Amazon::new().map_err(|e| anyhow!("outgoing HTTP: {e}"))?;
        let mailboxes = Reader::new(bounces.clone(), Arc::new(Dial));
        let files = ImportFiles::new(config.data_dir.join("imports"));
        let worker = Arc::new(Worker::new(db.clone(), Arc::clone(&clock), Arc::clone(&ids), files));
        let queue = Queue::new(Arc::clone(&clock), Arc::clone(&ids));
        let tracker = Tracker::start(
            db.clone(),
            keys,
            Arc::clone(&engine.audience),
            Arc::clone(&engine.companies),
            Arc::clone(&clock),
        );
        Ok(Self {
            db: db.clone(),
            draining: CancellationToken::new(),
            leptos: leptos_options(config)?,
            accounts: Arc::new(admin.clone()),
            contacts: Arc::new(ContactService::new(
                db.clone(),
                Arc::clone(&clock),
                Arc::clone(&ids),
                Arc::clone(&house) as _,
                Arc::clone(&house) as _,
            )),
            imports: Arc::new(ImportService::new(Arc::clone(&worker), queue, house)),
            senders: Arc::new(senders.clone()),
            domains: Arc::new(domains.clone()),
            bounces: Arc::new(messaging::bounces::Service::new(mailboxes.clone())),
            bounce_hooks: Arc::new(Hooks::new(bounces, Arc::new(amazon))),
            templates: Arc::new(messaging::templates::Service::new(
                db.clone(),
                Arc::clone(&clock),
                Arc::clone(&ids),
                Arc::clone(&engine.audience),
                Arc::clone(&engine.companies),
            )),
            campaigns: Arc::new(messaging::campaigns::Service::new(engine.clone()).asking(Arc::new(domains.clone()))),
            messages: Arc::new(messaging::messages::Service::new(engine.clone())),
            sending: Arc::new(messaging::brake::Service::new(engine.clone())),
            tracking: Arc::new(tracker),
            events: Arc::new(events::Outbox { db: db.clone() }),
            backend: Arc::new(Backend {
                db,
                clock,
                ids,
                engine,
                worker,
                admin: admin.clone(),
                senders,
                domains,
                transports,
                mailboxes,
            }),
            admin,
            config: Arc::new(config.clone()),
        })
    }

    /// Starts the jobs and the engine of this node.
    pub fn spawn_workers(&self, tasks: &mut JoinSet<()>) {
        let backend = &self.backend;
        let mut registry = Registry::new();
        backend.admin.register(&mut registry);
        audience::contacts::jobs::register(&mut registry, backend.db.clone());
        audience::imports::jobs::register(&mut registry, Arc::clone(&backend.worker));
        backend.domains.register(&mut registry);
        messaging::bounces::jobs::register(&mut registry, backend.mailboxes.clone());
        crate::http::api::idempotency::register(&mut registry, backend.db.clone());
        jobs::add_housekeeping(&mut registry, backend.db.clone());
        let runner = Runner::new(backend.db.clone(), Arc::clone(&backend.clock), Arc::clone(&backend.ids), registry);
        let stop = self.draining.clone();
        tasks.spawn(async move { runner.run(stop).await });
        let parts = &backend.engine;
        let (db, clock, ids) = (parts.db.clone(), Arc::clone(&parts.clock), Arc::clone(&parts.ids));
        let lineage = Lineage::new(self.config.data_dir.clone(), db, clock, ids);
        let (engine, stop, transports) = (
            Engine::recognising(parts.clone(), Options::default(), lineage),
            self.draining.clone(),
            backend.transports.clone(),
        );
        tasks.spawn(async move {
            engine.run(stop).await;
            transports.close().await;
        });
    }
}

impl Backend {
    /// Runs the imports that wait to their end, for a command without workers.
    pub async fn run_imports(&self) -> Result<()> {
        let mut registry = Registry::new();
        audience::imports::jobs::register(&mut registry, Arc::clone(&self.worker));
        let runner = Runner::new(self.db.clone(), Arc::clone(&self.clock), Arc::clone(&self.ids), registry);
        runner.run_until_idle().await?;
        Ok(())
    }

    /// Makes the senders that the environment names, for every company that has none yet.
    pub async fn seed(&self) -> Result<()> {
        let text = |name: &str| std::env::var(name).unwrap_or_default();
        let env = Environment {
            microsoft: Microsoft {
                tenant: text("MS365_TENANT_ID"),
                client: text("MS365_CLIENT_ID"),
                secret: text("MS365_CLIENT_SECRET").into(),
                from: text("MS365_FROM_EMAIL"),
            },
            server: text("SMTP_SERVER"),
            user: text("SMTP_USERNAME"),
            password: text("SMTP_PASSWORD").into(),
            from: text("SMTP_FROM"),
        };
        if env.is_empty() {
            return Ok(());
        }
        for (company, name) in self.admin.companies().await? {
            match seed_from_env(&self.senders, &self.db, company, &env).await {
                Ok(Some(_)) => tracing::info!(company = name, "made the senders that the environment names"),
                Ok(None) => {}
                Err(fault) => {
                    tracing::warn!(company = name, %fault, "the environment names a sender that cannot be made")
                }
            }
        }
        Ok(())
    }

    /// The database's own clock, microseconds.
    pub async fn database_time(&self) -> Result<i64> {
        let mut tx = self.db.read(Scope::System).await?;
        let sql = tx.pick(
            "SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000000",
            "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
        );
        Ok(tx.query(sql).fetch_scalar().await?)
    }

    /// What the metrics page tells.
    pub async fn figures(&self) -> Result<Figures> {
        let mut tx = self.db.read(Scope::System).await?;
        let depth = jobs::depth(&mut tx).await?;
        let recipients = messaging::campaigns::open_recipients(&mut tx).await?;
        drop(tx);
        Ok(Figures { jobs: depth, recipients, bytes: self.db.size().await? })
    }
}

fn dns(config: &Config) -> Arc<dyn Dns> {
    if config.dns { Arc::new(SystemDns::default()) } else { Arc::new(NoDns) }
}

/// Leptos looks for the manifest of the split chunks on disk, once: the embedded one is put where it looks.
fn leptos_options(config: &Config) -> Result<LeptosOptions> {
    let root = config.data_dir.join("site");
    let folder = root.join("pkg");
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let manifest = folder.join("__wasm_split_manifest.json");
    match crate::http::site::text("pkg/__wasm_split_manifest.json") {
        Some(text) => {
            std::fs::write(&manifest, text).with_context(|| format!("{} cannot be written", manifest.display()))?
        }
        None => {
            // A site without split chunks: an old manifest would send browsers for files that are gone.
            let _ = std::fs::remove_file(&manifest);
        }
    }
    Ok(LeptosOptions::builder()
        .output_name("lux")
        .site_root(root.display().to_string())
        .site_pkg_dir("pkg")
        .site_addr(config.addr)
        .build())
}
