//! Settings: flags over environment over a TOML file over defaults. Anything unknown or unreadable refuses to start.

use clap::{Args, ValueEnum};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

/// What a process does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoleArg {
    /// Serves pages and works.
    #[default]
    All,
    /// Serves pages only.
    Web,
    /// Works only; still answers health checks.
    Worker,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Settings as flags or environment.
#[derive(Clone, Debug, Default, Args)]
pub struct ConfigArgs {
    /// TOML file with the same keys in lower case, without the prefix
    #[arg(long, env = "LUX_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    /// `sqlite:///path/lux.db` or `postgres://user@host/name`; default is SQLite in the data directory
    #[arg(long, env = "LUX_DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,
    /// Where Lux keeps its files [default: ./lux-data]
    #[arg(long, env = "LUX_DATA_DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:3000]
    #[arg(long, env = "LUX_ADDR", global = true)]
    pub addr: Option<String>,
    /// Address under which people and mail programs reach Lux [default: http://ADDR]
    #[arg(long, env = "LUX_BASE_URL", global = true)]
    pub base_url: Option<String>,
    /// 32 bytes in base64; made at first start into a file of the data directory if not given
    #[arg(long, env = "LUX_MASTER_KEY", hide_env_values = true, global = true)]
    pub master_key: Option<String>,
    /// What to log, for example `info` or `lux=debug,sqlx=warn` [default: info]
    #[arg(long, env = "LUX_LOG", global = true)]
    pub log: Option<String>,
    /// How to log
    #[arg(long, env = "LUX_LOG_FORMAT", value_enum, global = true)]
    pub log_format: Option<LogFormat>,
    /// Take the client's address from X-Forwarded-For: only behind a proxy of your own
    #[arg(long, env = "LUX_TRUST_PROXY", global = true)]
    pub trust_proxy: Option<bool>,
    /// Connections to PostgreSQL [default: 10]
    #[arg(long, env = "LUX_DATABASE_CONNECTIONS", global = true)]
    pub database_connections: Option<u32>,
    /// Sign-in of Microsoft 365; another one for national clouds [default: the public one]
    #[arg(long, env = "LUX_MS365_LOGIN_URL", global = true)]
    pub ms365_login_url: Option<String>,
    /// Microsoft Graph; another one for national clouds [default: the public one]
    #[arg(long, env = "LUX_MS365_GRAPH_URL", global = true)]
    pub ms365_graph_url: Option<String>,
    /// Look the records of sending domains up in DNS [default: true]
    #[arg(long, env = "LUX_DNS", global = true)]
    pub dns: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    database_url: Option<String>,
    data_dir: Option<PathBuf>,
    addr: Option<String>,
    base_url: Option<String>,
    master_key: Option<String>,
    log: Option<String>,
    log_format: Option<LogFormat>,
    trust_proxy: Option<bool>,
    database_connections: Option<u32>,
    ms365_login_url: Option<String>,
    ms365_graph_url: Option<String>,
    dns: Option<bool>,
}

/// Settings that hold.
#[derive(Clone)]
pub struct Config {
    /// Database address.
    pub database_url: String,
    /// Data directory.
    pub data_dir: PathBuf,
    /// Listen address.
    pub addr: SocketAddr,
    /// Public address without a trailing slash.
    pub base_url: Url,
    /// Master key as given, if given.
    pub master_key: Option<secrecy::SecretString>,
    /// Log filter.
    pub log: String,
    /// Log format.
    pub log_format: LogFormat,
    /// Whether X-Forwarded-For counts.
    pub trust_proxy: bool,
    /// PostgreSQL connections.
    pub database_connections: u32,
    /// Where applications of Microsoft 365 sign in.
    pub ms365_login_url: String,
    /// Where Microsoft Graph is.
    pub ms365_graph_url: String,
    /// Whether DNS is asked about sending domains.
    pub dns: bool,
}

/// Environment names that Lux reads; any other `LUX_…` is a typing error and refuses to start.
const KNOWN: [&str; 14] = [
    "LUX_CONFIG",
    "LUX_DATABASE_URL",
    "LUX_DATA_DIR",
    "LUX_ADDR",
    "LUX_BASE_URL",
    "LUX_MASTER_KEY",
    "LUX_LOG",
    "LUX_LOG_FORMAT",
    "LUX_TRUST_PROXY",
    "LUX_DATABASE_CONNECTIONS",
    "LUX_ROLE",
    "LUX_MS365_LOGIN_URL",
    "LUX_MS365_GRAPH_URL",
    "LUX_DNS",
];

impl Config {
    /// Joins flags, environment and file, and checks every value.
    pub fn load(args: ConfigArgs) -> Result<Self, String> {
        refuse_unknown(std::env::vars().map(|(name, _)| name))?;
        let file = match &args.config {
            None => File::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
                toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?
            }
        };
        Self::join(args, file)
    }

    fn join(args: ConfigArgs, file: File) -> Result<Self, String> {
        let addr_text = args.addr.or(file.addr).unwrap_or_else(|| "127.0.0.1:3000".into());
        let addr: SocketAddr = addr_text.parse().map_err(|_| {
            format!("LUX_ADDR is `{addr_text}`; write an address and a port, for example 127.0.0.1:3000")
        })?;
        let base_text = args.base_url.or(file.base_url).unwrap_or_else(|| format!("http://{addr}"));
        let base_url = base_url(&base_text)?;
        let data_dir = args.data_dir.or(file.data_dir).unwrap_or_else(|| "lux-data".into());
        let database_url = match args.database_url.or(file.database_url) {
            Some(url)
                if url.starts_with("sqlite:") || url.starts_with("postgres://") || url.starts_with("postgresql://") =>
            {
                url
            }
            Some(_) => return Err("LUX_DATABASE_URL must start with sqlite: or postgres://".into()),
            None => format!("sqlite://{}", data_dir.join("lux.db").display()),
        };
        let database_connections = args.database_connections.or(file.database_connections).unwrap_or(10);
        if !(2..=200).contains(&database_connections) {
            return Err(format!("LUX_DATABASE_CONNECTIONS is {database_connections}; use 2 to 200"));
        }
        Ok(Self {
            database_url,
            data_dir,
            addr,
            base_url,
            master_key: args.master_key.or(file.master_key).map(Into::into),
            log: args.log.or(file.log).unwrap_or_else(|| "info".into()),
            log_format: args.log_format.or(file.log_format).unwrap_or_default(),
            trust_proxy: args.trust_proxy.or(file.trust_proxy).unwrap_or(false),
            dns: args.dns.or(file.dns).unwrap_or(true),
            database_connections,
            ms365_login_url: web_address(
                "LUX_MS365_LOGIN_URL",
                args.ms365_login_url.or(file.ms365_login_url),
                "https://login.microsoftonline.com",
            )?,
            ms365_graph_url: web_address(
                "LUX_MS365_GRAPH_URL",
                args.ms365_graph_url.or(file.ms365_graph_url),
                "https://graph.microsoft.com/v1.0",
            )?,
        })
    }

    /// Whether browsers reach Lux over TLS.
    pub fn is_https(&self) -> bool {
        self.base_url.scheme() == "https"
    }

    /// The public address without a slash at the end.
    pub fn base(&self) -> String {
        self.base_url.as_str().trim_end_matches('/').to_owned()
    }
}

fn refuse_unknown(names: impl Iterator<Item = String>) -> Result<(), String> {
    let mut unknown: Vec<String> = names
        .filter(|n| n.starts_with("LUX_") && !n.starts_with("LUX_TEST_") && !KNOWN.contains(&n.as_str()))
        .collect();
    unknown.sort();
    match unknown.first() {
        None => Ok(()),
        Some(name) => Err(format!("the environment variable {name} is not known; known are {}", KNOWN.join(", "))),
    }
}

/// An address of somebody else's service. Secrets go there, so without TLS it must be this machine.
fn web_address(name: &str, given: Option<String>, usual: &str) -> Result<String, String> {
    let Some(text) = given.filter(|text| !text.trim().is_empty()) else { return Ok(usual.to_owned()) };
    let is_near = |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match Url::parse(text.trim()) {
        Ok(url) if url.scheme() == "https" || url.scheme() == "http" && is_near(&url) => {
            Ok(url.as_str().trim_end_matches('/').to_owned())
        }
        _ => Err(format!("{name} is `{text}`; write an address that begins with https://")),
    }
}

fn base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("LUX_BASE_URL is `{text}`: {e}"))?;
    let plain = url.query().is_none() && url.fragment().is_none() && matches!(url.path(), "" | "/");
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || !plain {
        return Err(format!("LUX_BASE_URL is `{text}`; write for example https://lux.example.com, without a path"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_and_defaults_fill_the_rest() {
        let file: File = toml::from_str("addr = '127.0.0.1:4000'\nlog = 'debug'").unwrap();
        let args = ConfigArgs { addr: Some("127.0.0.1:5000".into()), ..Default::default() };
        let config = Config::join(args, file).unwrap();
        assert_eq!(config.addr.port(), 5000);
        assert_eq!(config.log, "debug");
        assert_eq!(config.base(), "http://127.0.0.1:5000");
        assert_eq!(config.database_url, "sqlite://lux-data/lux.db");
    }

    #[test]
    fn an_unknown_key_of_the_file_is_refused_by_name() {
        let error = toml::from_str::<File>("adr = '127.0.0.1:4000'").unwrap_err().to_string();
        assert!(error.contains("adr"), "{error}");
    }

    #[test]
    fn an_unknown_environment_variable_is_refused_by_name() {
        let names = |n: &str| std::iter::once(n.to_owned());
        assert!(refuse_unknown(names("LUX_BASEURL")).unwrap_err().contains("LUX_BASEURL"));
        assert!(refuse_unknown(names("LUX_BASE_URL")).is_ok());
        assert!(refuse_unknown(names("PATH")).is_ok());
    }

    #[test]
    fn bad_values_say_which_and_how() {
        for (addr, base, db, want) in [
            (Some("3000"), None, None, "LUX_ADDR"),
            (None, Some("lux.example.com"), None, "LUX_BASE_URL"),
            (None, Some("https://lux.example.com/app"), None, "without a path"),
            (None, None, Some("mysql://x"), "LUX_DATABASE_URL"),
        ] {
            let args = ConfigArgs {
                addr: addr.map(Into::into),
                base_url: base.map(Into::into),
                database_url: db.map(Into::into),
                ..Default::default()
            };
            let error = Config::join(args, File::default()).err().unwrap();
            assert!(error.contains(want), "{error}");
        }
    }
}
