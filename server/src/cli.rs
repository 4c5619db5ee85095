//! The command line.

use crate::config::{Config, ConfigArgs, LogFormat, RoleArg};
use crate::wiring::{self, App};
use crate::{demo, doctor, serve};
use anyhow::{Context, Result, anyhow};
use clap::{Args, Parser, Subcommand};
use contract::accounts::Secret;
use contract::{Actor, Capability, CompanyId};
use messaging::brake;
use platform::accounts::NewAdmin;
use std::io::{IsTerminal, Read, Write};

/// Lux: marketing over every channel, on your own server.
#[derive(Debug, Parser)]
#[command(name = "lux", version, about)]
pub struct Cli {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages and the API, and work (the default)
    Serve {
        /// What this process does
        #[arg(long, env = "LUX_ROLE", value_enum, default_value = "all")]
        role: RoleArg,
    },
    /// Bring the database to this version
    Migrate,
    /// Accounts from the terminal
    Admin {
        #[command(subcommand)]
        command: Admin,
    },
    /// Stop all mail: of one company, or of the whole installation
    Stop(Halt),
    /// Let mail out again
    Resume(Halt),
    /// Keys for the API
    ApiKey {
        #[command(subcommand)]
        command: ApiKey,
    },
    /// Fill an empty database with a company to look around in
    Demo,
    /// Check database, disk, clock, keys, base URL and senders
    Doctor,
}

#[derive(Debug, Subcommand)]
enum Admin {
    /// Make an owner and a company; the password is read from standard input
    Create(AdminCreate),
    /// Print a link that sets a new password
    ResetLink {
        /// Address of the account
        #[arg(long)]
        email: String,
    },
    /// Say that this copy of the database is the one that sends, after a restore or a move
    Thaw,
    /// Let nothing out of this database until an admin confirms it: before a copy of it is started somewhere else
    Freeze,
}

#[derive(Debug, Args)]
struct Halt {
    /// Company by name; all of them if it is left out
    #[arg(long)]
    company: Option<String>,
    /// Why, for the people who find it stopped
    #[arg(long, default_value = "Stopped on the server's terminal")]
    reason: String,
}

#[derive(Debug, Args)]
struct AdminCreate {
    /// Address
    #[arg(long)]
    email: String,
    /// Name
    #[arg(long)]
    name: String,
    /// Company
    #[arg(long)]
    company: String,
    /// IANA zone
    #[arg(long, default_value = "UTC")]
    zone: String,
}

#[derive(Debug, Subcommand)]
enum ApiKey {
    /// Make a key and print it once
    Create {
        /// What it is for
        #[arg(long)]
        name: String,
        /// Company by name; may be left out where there is only one
        #[arg(long)]
        company: Option<String>,
        /// Scopes such as contacts:read; all if none is given
        #[arg(long = "scope")]
        scopes: Vec<String>,
    },
}

/// Runs a command.
pub async fn run(cli: Cli) -> Result<()> {
    let config = Config::load(cli.config).map_err(|reason| anyhow!(reason))?;
    match cli.command.unwrap_or(Command::Serve { role: RoleArg::All }) {
        Command::Serve { role } => {
            logs(&config)?;
            serve::serve(config, role).await
        }
        Command::Migrate => {
            let db = wiring::open_database(&config).await?;
            db.migrate().await?;
            let version = kernel::db::versions(db.engine()).last().map_or(0, |(version, _)| *version);
            print(&format!("The database is at version {version}."))
        }
        Command::Admin { command: Admin::Create(args) } => admin_create(&config, args).await,
        Command::Admin { command: Admin::ResetLink { email } } => reset_link(&config, &email).await,
        Command::ApiKey { command: ApiKey::Create { name, company, scopes } } => {
            api_key(&config, name, company, &scopes).await
        }
        Command::Admin { command: Admin::Thaw } => thaw(&config).await,
        Command::Admin { command: Admin::Freeze } => freeze(&config).await,
        Command::Stop(halt) => stop(&config, halt).await,
        Command::Resume(halt) => resume(&config, halt).await,
        Command::Demo => demo::run(&config).await,
        Command::Doctor => doctor::run(&config).await,
    }
}

async fn admin_create(config: &Config, args: AdminCreate) -> Result<()> {
    let app = App::open(config).await?;
    let password = read_password()?;
    let new = NewAdmin {
        email: args.email.clone(),
        name: args.name,
        company: args.company.clone(),
        zone: args.zone,
        password,
    };
    app.admin.create_admin(new).await?;
    print(&format!("{} owns {}. Sign in at {}/sign-in.", args.email, args.company, config.base()))
}

async fn reset_link(config: &Config, email: &str) -> Result<()> {
    let app = App::open(config).await?;
    let link = app.admin.reset_link(email).await?.ok_or_else(|| anyhow!("no account has the address {email}"))?;
    print(&link)?;
    print("It works once, for one hour.")
}

async fn named(app: &App, name: &str) -> Result<CompanyId> {
    let companies = app.admin.companies().await?;
    let found = companies.iter().find(|(_, n)| n == name).map(|(id, _)| *id);
    found.ok_or_else(|| {
        let names: Vec<&str> = companies.iter().map(|(_, n)| n.as_str()).collect();
        anyhow!("there is no company {name}; there are: {}", names.join(", "))
    })
}

async fn stop(config: &Config, halt: Halt) -> Result<()> {
    let app = App::open(config).await?;
    match halt.company {
        None => {
            brake::stop_installation(&app.db, &halt.reason, app.backend.clock.now()).await?;
            print("Nothing goes out of this installation until `lux resume`.")
        }
        Some(name) => {
            let company = named(&app, &name).await?;
            let held = app.sending.stop(&Actor::system(company), halt.reason).await?;
            print(&format!("Nothing of {name} goes out until it is released; {held} campaigns were held."))
        }
    }
}

async fn resume(config: &Config, halt: Halt) -> Result<()> {
    let app = App::open(config).await?;
    match halt.company {
        None => {
            brake::release_installation(&app.db).await?;
            print("Mail may go out again. Companies that stopped their own mail stay stopped.")
        }
        Some(name) => {
            let company = named(&app, &name).await?;
            match brake::release_company(&app.db, company, app.backend.clock.now()).await? {
                true => print(&format!("Mail of {name} may go out again. Held campaigns are resumed one by one.")),
                false => print(&format!("Mail of {name} was not stopped.")),
            }
        }
    }
}

async fn thaw(config: &Config) -> Result<()> {
    let app = App::open(config).await?;
    match brake::thaw(&app.db).await? {
        true => print("This copy sends from now on. Stop the other one for good."),
        false => print("This database was not frozen."),
    }
}

async fn freeze(config: &Config) -> Result<()> {
    let app = App::open(config).await?;
    brake::freeze(&app.db, "Frozen on the server's terminal.", app.backend.clock.now()).await?;
    print("Nothing goes out of this database until an admin confirms it, on the page or with `lux admin thaw`.")
}

async fn api_key(config: &Config, name: String, company: Option<String>, scopes: &[String]) -> Result<()> {
    let app = App::open(config).await?;
    let companies = app.admin.companies().await?;
    let found: Vec<_> = companies.iter().filter(|(_, n)| company.as_ref().is_none_or(|c| c == n)).collect();
    let [(id, _)] = found.as_slice() else {
        let names: Vec<&str> = companies.iter().map(|(_, n)| n.as_str()).collect();
        return Err(anyhow!("name one company with --company; there are: {}", names.join(", ")));
    };
    let scopes = match scopes {
        [] => Capability::ALL.to_vec(),
        given => given
            .iter()
            .map(|s| s.parse().map_err(|()| anyhow!("`{s}` is not a scope; scopes are {}", scope_names())))
            .collect::<Result<_>>()?,
    };
    let made = app.accounts.create_api_key(&Actor::system(*id), name, scopes).await?;
    print(&made.secret.0)
}

fn scope_names() -> String {
    Capability::ALL.map(Capability::name).join(", ")
}

fn read_password() -> Result<Secret> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        write!(std::io::stderr(), "Password (at least 10 characters, shown while typed): ")?;
    }
    let mut text = String::new();
    if input.is_terminal() {
        std::io::stdin().read_line(&mut text).context("the password could not be read")?;
    } else {
        input.read_to_string(&mut text).context("the password could not be read")?;
    }
    Ok(Secret(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Writes a line to standard output.
pub fn print(line: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{line}").context("standard output is closed")
}

/// Writes why a command failed.
pub fn complain(error: &anyhow::Error) {
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(std::io::stderr(), "lux: {error:#}");
}

fn logs(config: &Config) -> Result<()> {
    let filter =
        tracing_subscriber::EnvFilter::try_new(&config.log).map_err(|e| anyhow!("LUX_LOG is `{}`: {e}", config.log))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Json => builder.json().flatten_event(true).init(),
        LogFormat::Pretty => builder.with_target(false).init(),
    }
    Ok(())
}
