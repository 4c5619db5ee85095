//! The HTTP client of all providers: rustls with ring, no proxy from the environment, no redirects, and never a second try by
//! itself: whether a request may be repeated is known only where it is made.

use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::{Failure, Kind};

pub use reqwest::Client;

/// Name in failures of the client itself.
const PROVIDER: &str = "http";

/// How the client behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name look-up, connection and TLS.
    pub connect: Duration,
    /// One request with its whole answer.
    pub total: Duration,
    /// How long an unused connection is kept: shorter than servers keep theirs, so that a request is not written into
    /// a connection that is being closed.
    pub idle: Duration,
    /// More certificate authorities to trust (PEM), beside the public ones.
    pub ca_pem: Option<Vec<u8>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(100),
            idle: Duration::from_secs(15),
            ca_pem: None,
        }
    }
}

/// A client. Cheap to clone; clones share the connections.
///
/// # Errors
/// When the extra certificates cannot be read.
pub fn client(options: &Options) -> Result<reqwest::Client, Failure> {
    let wrong = |text: String| Failure::permanent(Kind::Config, PROVIDER, "client").with("text", text);
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in options.ca_pem.iter().flat_map(|pem| CertificateDer::pem_slice_iter(pem)) {
        let certificate = certificate.map_err(|error| wrong(format!("the certificate cannot be read: {error}")))?;
        roots.add(certificate).map_err(|error| wrong(format!("the certificate cannot be used: {error}")))?;
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(options.connect)
        .timeout(options.total)
        .pool_idle_timeout(options.idle)
        .user_agent(concat!("lux/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| wrong(error.to_string()))
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// There was no connection: the other side certainly knows nothing of the request.
    NotSent(String),
    /// It may have been received.
    Open(String),
}

impl Broken {
    /// Sorts an error of the client.
    #[must_use]
    pub fn of(error: &reqwest::Error) -> Self {
        let words = words(error);
        if error.is_connect() || error.is_builder() { Self::NotSent(words) } else { Self::Open(words) }
    }

    /// What happened.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::NotSent(words) | Self::Open(words) => words,
        }
    }
}

/// The innermost reason, which is the one that helps; never the address, since it can hold what is nobody's business.
fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return if error.is_connect() { "nothing answered in time" } else { "no answer came in time" }.to_owned();
    }
    let mut inner: &dyn std::error::Error = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    match inner.to_string() {
        text if text.contains("http") && text.contains("://") => "the request failed".to_owned(),
        text => text,
    }
}

/// An answer, read to at most `most` bytes.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: reqwest::header::HeaderMap,
    /// Body, cut at the limit; empty when it broke off.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the other side asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(self.header("retry-after")?, self.header("date"))
    }
}

/// Makes a request and reads its answer. What the status says counts even when the body breaks off after it.
///
/// # Errors
/// Without a status.
pub async fn ask(request: reqwest::RequestBuilder, most: usize) -> Result<Answer, Broken> {
    let mut response = request.send().await.map_err(|error| Broken::of(&error))?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        let room = most.saturating_sub(body.len());
        body.extend(piece.iter().take(room));
        if body.len() >= most {
            break;
        }
    }
    Ok(Answer { status, headers, body })
}

/// Longest wait that is believed.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Reads `Retry-After` in both forms: seconds, which some servers write with a fraction, or a date, measured against the
/// server's own `Date`.
#[must_use]
pub fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(86_400.0)));
    }
    let at = |text: &str| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok();
    let (until, now) = (at(value)?, at(date?)?);
    let wait = until.as_second().saturating_sub(now.as_second()).max(0);
    Some(Duration::from_secs(wait.unsigned_abs()).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_in_all_its_forms() {
        let date = Some("Fri, 20 Nov 2026 10:00:00 GMT");
        assert_eq!(retry_after("12", None), Some(Duration::from_secs(12)));
        assert_eq!(retry_after("2.128", None), Some(Duration::from_millis(2128)));
        assert_eq!(retry_after("Fri, 20 Nov 2026 10:01:30 GMT", date), Some(Duration::from_secs(90)));
        assert_eq!(retry_after("Fri, 20 Nov 2026 09:00:00 GMT", date), Some(Duration::ZERO));
        assert_eq!(retry_after("1e300", None), Some(LONGEST));
        for bad in ["", "soon", "-3", "NaN", "inf"] {
            assert_eq!(retry_after(bad, date), None, "{bad}");
        }
        assert_eq!(
            retry_after("Fri, 20 Nov 2026 10:01:30 GMT", None),
            None,
            "without the server's clock it says nothing"
        );
    }
}
