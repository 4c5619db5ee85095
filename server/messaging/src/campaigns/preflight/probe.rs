//! Trying links: what answers, without ever calling into the network that Lux stands in.
//!
//! Each name is resolved once, every address it has is checked, and the connection goes to a checked address: a name that
//! answers differently a moment later changes nothing. A way on is followed only within its scheme, and is checked in
//! the same way. Nothing is read but the head of the answer; no cookie and no name of a recipient travels along.

use super::address::is_public;
use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};
use url::{Host, Url};

/// One link and its ways on get so long.
const PATIENCE: Duration = Duration::from_secs(5);
/// All links of a campaign get so long; those without an answer by then are not checked.
const ALTOGETHER: Duration = Duration::from_secs(20);
/// Links tried at once.
const AT_ONCE: usize = 8;
/// Most links of one campaign.
const MOST: usize = 100;
/// Ways on that are followed.
const HOPS: usize = 5;
/// Longest head of an answer, in bytes.
const HEAD: usize = 16 * 1024;

/// What a link did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It answers.
    Good,
    /// It does not lead anywhere.
    Broken,
    /// It leads into a private network, where readers cannot go.
    Private,
    /// Something answered, but whether people get there cannot be told.
    Unsure,
    /// It was not tried.
    NotTried,
}

/// A link with what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The link.
    pub url: String,
    /// What it did.
    pub standing: Standing,
    /// In words.
    pub words: String,
}

/// Tries links.
#[async_trait]
pub trait LinkProbe: Send + Sync {
    /// Tries all of them, in any order; the answer has their order.
    async fn try_all(&self, urls: &[String]) -> Vec<Tried>;
}

/// The real one.
pub struct WebProbe {
    tls: Option<TlsConnector>,
    may_call: fn(IpAddr) -> bool,
}

impl Default for WebProbe {
    fn default() -> Self {
        Self::calling(is_public)
    }
}

/// Why a link is not good.
type Trouble = (Standing, String);

/// The head of an answer.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    location: Option<String>,
}

impl WebProbe {
    /// Calls the addresses that `may_call` allows. Tests allow their own machine.
    pub fn calling(may_call: fn(IpAddr) -> bool) -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_root_certificates(roots).with_no_client_auth());
        Self { tls: config.ok().map(|config| TlsConnector::from(Arc::new(config))), may_call }
    }

    async fn try_one(&self, link: &str) -> Tried {
        let (standing, words) = match tokio::time::timeout(PATIENCE, self.follow(link)).await {
            Ok(Ok(words)) => (Standing::Good, words),
            Ok(Err(trouble)) => trouble,
            Err(_) => (Standing::Unsure, "It did not answer within 5 seconds.".into()),
        };
        Tried { url: link.to_owned(), standing, words }
    }

    async fn follow(&self, link: &str) -> Result<String, Trouble> {
        let broken = |words: &str| (Standing::Broken, words.to_owned());
        let mut url = Url::parse(link).map_err(|_| broken("It is not written as an address."))?;
        for hop in 0..=HOPS {
            let head = self.head(&url).await?;
            let next = head.location.filter(|_| (301..=308).contains(&head.status) && head.status != 304);
            let Some(next) = next else { return judge(head.status, hop) };
            let next = url.join(&next).map_err(|_| broken("It leads on to something that is no address."))?;
            if next.scheme() != url.scheme() {
                let host = next.host_str().unwrap_or_default();
                return Ok(format!("Leads on to {}://{host}, which was not followed.", next.scheme()));
            }
            url = next;
        }
        Err((Standing::Unsure, format!("It leads on more than {HOPS} times.")))
    }

    /// Asks for the head; servers that do not like that are asked for the page, of which only the head is read.
    async fn head(&self, url: &Url) -> Result<Head, Trouble> {
        let first = self.ask(url, "HEAD").await;
        match &first {
            Ok(head) if (400..600).contains(&head.status) => self.ask(url, "GET").await,
            _ => first,
        }
    }

    async fn ask(&self, url: &Url, method: &str) -> Result<Head, Trouble> {
        let secure = match url.scheme() {
            "https" => true,
            "http" => false,
            other => return Err((Standing::NotTried, format!("Links of the kind {other} are not tried."))),
        };
        let (host, at) = self.resolve(url, secure).await?;
        let unsure = |words: &str| (Standing::Unsure, words.to_owned());
        let tcp =
            TcpStream::connect(at).await.map_err(|_| (Standing::Broken, format!("{host} refuses connections.")))?;
        let ask = request(url, method);
        let head = match (secure, &self.tls) {
            (false, _) => converse(tcp, &ask).await,
            (true, None) => return Err(unsure("This server cannot check secure links.")),
            (true, Some(tls)) => {
                let name = ServerName::try_from(host.clone()).map_err(|_| unsure("Its name cannot be checked."))?;
                let stream = tls
                    .connect(name, tcp)
                    .await
                    .map_err(|_| (Standing::Broken, format!("{host} has no valid certificate.")))?;
                converse(stream, &ask).await
            }
        };
        head.ok_or_else(|| unsure("It answered with something that is no web page."))
    }

    /// The host's name and one of its addresses, after all of them were checked.
    async fn resolve(&self, url: &Url, secure: bool) -> Result<(String, SocketAddr), Trouble> {
        let port = url.port().unwrap_or(if secure { 443 } else { 80 });
        let host = url.host().ok_or_else(|| (Standing::Broken, "It names no host.".to_owned()))?;
        let (name, found) = match host {
            Host::Ipv4(ip) => (ip.to_string(), vec![SocketAddr::from((ip, port))]),
            Host::Ipv6(ip) => (ip.to_string(), vec![SocketAddr::from((ip, port))]),
            Host::Domain(name) => {
                let gone = || (Standing::Broken, format!("There is no host {name}."));
                (name.to_owned(), lookup_host((name, port)).await.map_err(|_| gone())?.collect())
            }
        };
        if found.iter().any(|at| !(self.may_call)(at.ip())) {
            return Err((Standing::Private, format!("{name} is inside a private network, where readers cannot go.")));
        }
        let at = found.first().ok_or_else(|| (Standing::Broken, format!("There is no host {name}.")))?;
        Ok((name, *at))
    }
}

#[async_trait]
impl LinkProbe for WebProbe {
    async fn try_all(&self, urls: &[String]) -> Vec<Tried> {
        let not_tried = |url: &String, words: &str| Tried {
            url: url.clone(),
            standing: Standing::NotTried,
            words: words.to_owned(),
        };
        let mut all: Vec<Tried> = urls
            .iter()
            .enumerate()
            .map(|(n, url)| {
                not_tried(
                    url,
                    if n < MOST {
                        "The time was up before it answered."
                    } else {
                        "Only the first 100 links are tried."
                    },
                )
            })
            .collect();
        let mut trying = FuturesUnordered::new();
        let mut rest = urls.iter().take(MOST).enumerate();
        let up = tokio::time::sleep(ALTOGETHER);
        tokio::pin!(up);
        loop {
            while trying.len() < AT_ONCE {
                let Some((n, url)) = rest.next() else { break };
                trying.push(async move { (n, self.try_one(url).await) });
            }
            let done = tokio::select! {
                done = trying.next() => done,
                // What came before the time was up stays.
                () = &mut up => None,
            };
            let Some((n, tried)) = done else { return all };
            if let Some(place) = all.get_mut(n) {
                *place = tried;
            }
        }
    }
}

fn request(url: &Url, method: &str) -> String {
    let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    format!(
        "{method} {}{query} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/5.0 (compatible; Lux link check)\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        url.path()
    )
}

/// Writes the request and reads the head of the answer.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, ask: &str) -> Option<Head> {
    stream.write_all(ask.as_bytes()).await.ok()?;
    let (mut taken, mut part) = (Vec::new(), [0_u8; 2048]);
    while taken.len() < HEAD && !taken.windows(4).any(|w| w == b"\r\n\r\n") {
        let n = stream.read(&mut part).await.ok()?;
        if n == 0 {
            break;
        }
        taken.extend_from_slice(part.get(..n)?);
    }
    read_head(&String::from_utf8_lossy(&taken))
}

fn read_head(text: &str) -> Option<Head> {
    let mut lines = text.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let status = first.next().filter(|v| v.starts_with("HTTP/1."))?;
    let _version = status;
    let status = first.next()?.parse().ok()?;
    let location = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("location"))
        .map(|(_, value)| value.trim().to_owned());
    Some(Head { status, location })
}

fn judge(status: u16, hops: usize) -> Result<String, Trouble> {
    match status {
        200..=399 if hops == 0 => Ok(format!("Answers ({status}).")),
        200..=399 => Ok(format!("Answers after leading on ({status}).")),
        404 | 410 => Err((Standing::Broken, format!("There is no such page ({status})."))),
        401 | 403 | 429 => {
            Err((Standing::Unsure, format!("It does not let programs in ({status}); look for yourself.")))
        }
        500..=599 => Err((Standing::Unsure, format!("Its server is in trouble ({status})."))),
        other => Err((Standing::Unsure, format!("It answers {other}; look for yourself."))),
    }
}

#[cfg(test)]
mod tests;
