//! Figures for Prometheus: requests, jobs, the ledger, the database, this process.

use crate::wiring::App;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the latency histogram, seconds.
const BOUNDS: [f64; 9] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// Requests of this process.
pub static REQUESTS: LazyLock<Requests> = LazyLock::new(Requests::default);

/// Counts of requests by method and status class, and their latency.
#[derive(Default)]
pub struct Requests(Mutex<BTreeMap<(String, u16), Series>>);

#[derive(Default, Clone)]
struct Series {
    count: u64,
    seconds: f64,
    within: [u64; BOUNDS.len()],
}

impl Requests {
    /// Notes an answered request.
    pub fn note(&self, method: &str, status: u16, took: Duration) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let series = all.entry((method.to_owned(), status / 100 * 100)).or_default();
        let seconds = took.as_secs_f64();
        series.count += 1;
        series.seconds += seconds;
        for (within, bound) in series.within.iter_mut().zip(BOUNDS) {
            *within += u64::from(seconds <= bound);
        }
    }

    fn write(&self, out: &mut String) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        head(out, "lux_http_request_seconds", "histogram", "Time to answer a request.");
        for ((method, status), series) in &all {
            let labels = format!("method=\"{method}\",status=\"{}xx\"", status / 100);
            for (within, bound) in series.within.iter().zip(BOUNDS) {
                line(out, "lux_http_request_seconds_bucket", &format!("{labels},le=\"{bound}\""), within);
            }
            line(out, "lux_http_request_seconds_bucket", &format!("{labels},le=\"+Inf\""), series.count);
            line(out, "lux_http_request_seconds_sum", &labels, series.seconds);
            line(out, "lux_http_request_seconds_count", &labels, series.count);
        }
    }
}

/// What the database tells.
pub struct Figures {
    /// Jobs by name and state.
    pub jobs: Vec<jobs::Depth>,
    /// Rows of the ledger by state, of campaigns that are not ended.
    pub recipients: Vec<(String, i64)>,
    /// Bytes of the database.
    pub bytes: i64,
}

/// Everything, in the text format of Prometheus.
pub async fn render(app: &App) -> String {
    let mut out = String::with_capacity(8 * 1024);
    head(&mut out, "lux_build_info", "gauge", "Version of this process.");
    line(
        &mut out,
        "lux_build_info",
        &format!("version=\"{}\",database=\"{}\"", env!("CARGO_PKG_VERSION"), app.db.engine().name()),
        1,
    );
    REQUESTS.write(&mut out);
    process(&mut out);
    match app.backend.figures().await {
        Ok(figures) => {
            head(&mut out, "lux_up", "gauge", "Whether the database answered.");
            line(&mut out, "lux_up", "", 1);
            head(&mut out, "lux_jobs", "gauge", "Jobs by name and state.");
            for job in figures.jobs {
                line(&mut out, "lux_jobs", &format!("name=\"{}\",state=\"{}\"", job.name, job.state), job.count);
            }
            head(&mut out, "lux_recipients", "gauge", "Rows of the ledger by state, campaigns that are not ended.");
            for (state, count) in figures.recipients {
                line(&mut out, "lux_recipients", &format!("state=\"{state}\""), count);
            }
            head(&mut out, "lux_database_bytes", "gauge", "Size of the database.");
            line(&mut out, "lux_database_bytes", "", figures.bytes);
        }
        Err(error) => {
            tracing::warn!(%error, "figures could not be read");
            head(&mut out, "lux_up", "gauge", "Whether the database answered.");
            line(&mut out, "lux_up", "", 0);
        }
    }
    out
}

fn process(out: &mut String) {
    let Ok(statm) = std::fs::read_to_string("/proc/self/statm") else { return };
    let pages: Option<u64> = statm.split_whitespace().nth(1).and_then(|p| p.parse().ok());
    if let Some(pages) = pages {
        head(out, "process_resident_memory_bytes", "gauge", "Resident memory.");
        line(out, "process_resident_memory_bytes", "", pages * 4096);
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(out: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    let _ = match labels {
        "" => writeln!(out, "{name} {value}"),
        labels => writeln!(out, "{name}{{{labels}}} {value}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_counts_every_request_once_and_within_its_bounds() {
        let requests = Requests::default();
        requests.note("GET", 200, Duration::from_millis(3));
        requests.note("GET", 204, Duration::from_secs(9));
        let mut out = String::new();
        requests.write(&mut out);
        assert!(out.contains("lux_http_request_seconds_count{method=\"GET\",status=\"2xx\"} 2"), "{out}");
        assert!(
            out.contains("le=\"0.001\"} 0") && out.contains("le=\"0.005\"} 1") && out.contains("le=\"5\"} 1"),
            "{out}"
        );
    }
}
