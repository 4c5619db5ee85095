//! Bytes to and from the server, open or encrypted.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::config::{Config, Tls};
use super::verdict::PROVIDER;
use crate::email::outcome::Stage;
use crate::{Failure, Kind};

/// The two kinds of connection.
pub(super) enum Stream {
    Open(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// A failed write call on an open connection has handed nothing to the network. With TLS one cannot know.
    pub(super) const fn failed_write_is_nothing(&self) -> bool {
        matches!(self, Self::Open(_))
    }

    /// Words for the connection test.
    pub(super) fn protection(&self) -> String {
        match self {
            Self::Open(_) => "not encrypted".to_owned(),
            Self::Encrypted(tls) => match tls.get_ref().1.protocol_version() {
                Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
                Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
                _ => "TLS".to_owned(),
            },
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Open(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Encrypted(stream) => Pin::new(stream.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Open(stream) => Pin::new(stream).poll_write(cx, data),
            Self::Encrypted(stream) => Pin::new(stream.as_mut()).poll_write(cx, data),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Open(stream) => Pin::new(stream).poll_flush(cx),
            Self::Encrypted(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Open(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Encrypted(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}

/// The TLS side of the settings; made once per pool, since reading certificates is slow.
pub(super) fn connector(config: &Config) -> Result<Option<TlsConnector>, Failure> {
    if config.tls == Tls::None {
        return Ok(None);
    }
    let wrong = |text: String| Failure::permanent(Kind::Config, PROVIDER, Stage::Tls.as_str()).with("text", text);
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = &config.ca_pem {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate =
                certificate.map_err(|error| wrong(format!("the extra certificate cannot be read: {error}")))?;
            roots.add(certificate).map_err(|error| wrong(format!("the extra certificate cannot be used: {error}")))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Some(TlsConnector::from(Arc::new(tls))))
}

/// Finds the host and opens a TCP connection, trying its addresses in turn within the limit.
pub(super) async fn reach(config: &Config) -> Result<TcpStream, Failure> {
    let at = |kind, text: String| {
        Failure::temporary(kind, PROVIDER, Stage::Connect.as_str()).with("host", config.host.clone()).with("text", text)
    };
    let deadline = Instant::now() + config.timeouts.connect;
    let found = timeout(config.timeouts.connect, tokio::net::lookup_host((config.host.as_str(), config.port))).await;
    let addresses: Vec<_> = match found {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => {
            return Err(at(Kind::Unreachable, format!("the name was not found: {error}")).with("dns", "failed"));
        }
        Err(_) => return Err(at(Kind::Timeout, "looking up the name took too long".to_owned()).with("dns", "failed")),
    };
    let mut last = at(Kind::Unreachable, "the name has no address".to_owned()).with("dns", "failed");
    for (index, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let turns = u32::try_from(addresses.len() - index).unwrap_or(1);
        match timeout(left / turns, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // the end mark is a write of its own: it must not wait for the acknowledgement of the content
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => last = at(Kind::Unreachable, format!("{address}: {error}")),
            Err(_) => last = at(Kind::Timeout, format!("{address} did not answer")),
        }
    }
    Err(last)
}

/// The TLS handshake.
pub(super) async fn encrypt(
    connector: &TlsConnector,
    host: &str,
    tcp: TcpStream,
    limit: Duration,
) -> Result<Stream, Failure> {
    let stage = Stage::Tls.as_str();
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| Failure::permanent(Kind::Config, PROVIDER, stage).with("text", error.to_string()))?;
    match timeout(limit, connector.connect(name, tcp)).await {
        Ok(Ok(stream)) => Ok(Stream::Encrypted(Box::new(stream))),
        Ok(Err(error)) => Err(handshake_failure(&error)),
        Err(_) => {
            Err(Failure::temporary(Kind::Timeout, PROVIDER, stage).with("text", "the TLS handshake took too long"))
        }
    }
}

fn handshake_failure(error: &io::Error) -> Failure {
    let stage = Stage::Tls.as_str();
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let base = match inner {
        Some(rustls::Error::InvalidCertificate(_)) => {
            Failure::permanent(Kind::Tls, PROVIDER, stage).with("certificate", "not trusted")
        }
        Some(rustls::Error::InvalidMessage(_)) => {
            Failure::permanent(Kind::Tls, PROVIDER, stage).with("plain", "the server does not speak TLS here")
        }
        Some(_) => Failure::permanent(Kind::Tls, PROVIDER, stage),
        None => Failure::temporary(Kind::Tls, PROVIDER, stage),
    };
    base.with("text", error.to_string())
}
