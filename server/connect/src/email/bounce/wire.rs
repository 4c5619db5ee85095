//! A connection to a mailbox server, open or encrypted, and what went wrong on it.

use super::inbox::{Access, Guard};
use crate::{Failure, Kind};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

/// Reaching the host, and the TLS handshake.
pub(super) const REACH: Duration = Duration::from_secs(15);
/// One command with its whole answer.
pub(super) const COMMAND: Duration = Duration::from_secs(60);

/// The two kinds of connection.
#[derive(Debug)]
pub(super) enum Wire {
    Open(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Open(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Encrypted(stream) => Pin::new(stream.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Wire {
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

impl Wire {
    /// Reaches the server; encrypted at once where the settings say so.
    pub async fn open(provider: &'static str, access: &Access) -> Result<Self, Failure> {
        let at = |kind, text: String| {
            Failure::temporary(kind, provider, "connect").with("host", access.host.clone()).with("text", text)
        };
        let tcp = match timeout(REACH, TcpStream::connect((access.host.as_str(), access.port))).await {
            Ok(Ok(tcp)) => tcp,
            Ok(Err(error)) => return Err(at(Kind::Unreachable, error.to_string())),
            Err(_) => return Err(at(Kind::Timeout, "the server did not answer".to_owned())),
        };
        let _ = tcp.set_nodelay(true);
        match access.tls {
            Guard::Implicit => Self::Open(tcp).encrypt(provider, access).await,
            Guard::StartTls | Guard::None => Ok(Self::Open(tcp)),
        }
    }

    /// The TLS handshake on an open connection.
    pub async fn encrypt(self, provider: &'static str, access: &Access) -> Result<Self, Failure> {
        let Self::Open(tcp) = self else { return Ok(self) };
        let wrong = |text: String| Failure::permanent(Kind::Config, provider, "tls").with("text", text);
        let name = ServerName::try_from(access.host.clone()).map_err(|error| wrong(error.to_string()))?;
        let connector = connector(access).map_err(wrong)?;
        match timeout(REACH, connector.connect(name, tcp)).await {
            Ok(Ok(stream)) => Ok(Self::Encrypted(Box::new(stream))),
            Ok(Err(error)) => {
                let is_rustls = error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
                let failure = match is_rustls {
                    true => Failure::permanent(Kind::Tls, provider, "tls"),
                    false => Failure::temporary(Kind::Tls, provider, "tls"),
                };
                Err(failure.with("text", error.to_string()))
            }
            Err(_) => {
                Err(Failure::temporary(Kind::Timeout, provider, "tls").with("text", "the handshake took too long"))
            }
        }
    }
}

fn connector(access: &Access) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in access.ca_pem.iter().flat_map(|pem| CertificateDer::pem_slice_iter(pem)) {
        let certificate = certificate.map_err(|error| format!("the extra certificate cannot be read: {error}"))?;
        roots.add(certificate).map_err(|error| format!("the extra certificate cannot be used: {error}"))?;
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(tls)))
}

/// Runs one step within its limit.
pub(super) async fn within<T>(
    provider: &'static str,
    operation: &'static str,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match timeout(COMMAND, work).await {
        Ok(done) => done,
        Err(_) => {
            Err(Failure::temporary(Kind::Timeout, provider, operation)
                .with("text", "the server took too long to answer"))
        }
    }
}
