//! A PostgreSQL for tests: the one that is given, or a throw-away one.

use crate::{install, paths, process};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Where tests look for the database; an owner of it may create databases.
pub const VARIABLE: &str = "LUX_TEST_POSTGRES_URL";
const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// A running database; a throw-away one is stopped and deleted when this goes.
pub struct Postgres {
    url: String,
    own: Option<Own>,
}

struct Own {
    server: Child,
    dir: PathBuf,
}

impl Postgres {
    /// Takes `LUX_TEST_POSTGRES_URL`, or starts a cluster on a free port of this machine.
    pub fn obtain() -> Result<Self> {
        if let Ok(url) = std::env::var(VARIABLE) {
            return Ok(Self { url, own: None });
        }
        if programs().is_none() {
            install::apt(&["postgresql"], "testing on PostgreSQL")?;
        }
        let programs = programs().context("postgresql is installed but initdb is not where Debian puts it")?;
        start(&programs).context("a PostgreSQL for the tests could not be started")
    }

    /// The address for tests.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(own) = self.own.as_mut() {
            process::stop(&mut own.server, "INT", STOP_LIMIT);
            fs::remove_dir_all(&own.dir).ok();
        }
    }
}

/// The folder of the newest server's programs.
pub fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").is_file())
        .collect();
    found.sort();
    let newest = found.pop().map(|(_, bin)| bin);
    newest.or_else(|| paths::program("initdb")?.parent().map(Path::to_path_buf))
}

fn start(programs: &Path) -> Result<Postgres> {
    let port = free_port()?;
    let dir = std::env::temp_dir().join(format!("lux-postgres-{}-{port}", std::process::id()));
    fs::create_dir(&dir)?;
    if install::is_root() {
        process::run(process::command("chown").arg("postgres:").arg(&dir))?;
    }
    let mut own = Own { server: launch(programs, &dir, port)?, dir };
    if let Err(error) = await_ready(&mut own, programs, port) {
        let log = fs::read_to_string(own.dir.join("log")).unwrap_or_default();
        drop(Postgres { url: String::new(), own: Some(own) });
        bail!("{error:#}\n{log}");
    }
    Ok(Postgres { url: format!("postgres://lux@127.0.0.1:{port}/lux"), own: Some(own) })
}

fn launch(programs: &Path, dir: &Path, port: u16) -> Result<Child> {
    let data = dir.join("data");
    let mut initdb = as_postgres(&programs.join("initdb"));
    initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
    initdb.arg("-D").arg(&data);
    process::output(&mut initdb)?;
    let log = fs::File::create(dir.join("log"))?;
    let mut server = as_postgres(&programs.join("postgres"));
    server.arg("-D").arg(&data).arg("-k").arg(dir).args(["-p", &port.to_string()]);
    // Nothing here has to survive a crash; speed is all that counts.
    for setting in [
        "listen_addresses=127.0.0.1",
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        // Databases of one test live for a second, and a vacuum in one keeps its owner from dropping it.
        "autovacuum=off",
        "max_connections=400",
        "max_locks_per_transaction=256",
    ] {
        server.args(["-c", setting]);
    }
    server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    server.spawn().context("postgres does not start")
}

/// Waits until it answers, then makes a role like a production one: it owns its database and may
/// create others for single tests, but is no superuser, whom row-level security would not hold.
fn await_ready(own: &mut Own, programs: &Path, port: u16) -> Result<()> {
    let sql = |text: &str| {
        let mut psql = process::command(programs.join("psql"));
        psql.args([
            "-qX",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-U",
            "postgres",
            "-p",
            &port.to_string(),
            "-c",
            text,
        ]);
        process::output(&mut psql)
    };
    let start = Instant::now();
    while let Err(error) = sql("SELECT 1") {
        if start.elapsed() > START_LIMIT || own.server.try_wait()?.is_some() {
            return Err(error);
        }
        thread::sleep(Duration::from_millis(100));
    }
    sql("CREATE ROLE lux LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS")?;
    sql("CREATE DATABASE lux OWNER lux")?;
    Ok(())
}

/// PostgreSQL refuses to run as root; where we are root it runs as the user its package made.
fn as_postgres(program: &Path) -> Command {
    let mut command = if install::is_root() {
        let mut setpriv = process::command("setpriv");
        setpriv.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(program);
        setpriv
    } else {
        process::command(program)
    };
    command.current_dir("/");
    command
}

/// A port nobody listens on; the gap until it is taken is small and only loopback's.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
