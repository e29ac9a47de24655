//! From a host name to a TLS connection.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

use super::trust::Trust;
use super::wire::LinkError;
use crate::error_chain::innermost_cause;
use crate::proxy::Proxy;

/// How long everything before CONNECT may take.
const OPENS_WITHIN: Duration = Duration::from_secs(60);

/// Where to connect to.
pub(super) struct Socket {
    pub(super) place: Place,
    pub(super) proxy: Option<Proxy>,
    pub(super) trust: Trust,
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// A name or an address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.host.contains(':') {
            true => write!(out, "[{}]:{}", self.host, self.port),
            false => write!(out, "{}:{}", self.host, self.port),
        }
    }
}

impl Socket {
    /// Opens a TLS connection.
    ///
    /// # Errors
    /// Which step failed, and why.
    pub(super) async fn open(&self) -> Result<TlsStream<TcpStream>, LinkError> {
        let unreachable = |reason: String| LinkError::Unreachable {
            place: self.place.to_string(),
            reason,
        };
        let opened = timeout(OPENS_WITHIN, async {
            let tls = self.trust.config().await.map_err(unreachable)?;
            let stream = self.stream().await?;
            // Small packets must not wait for more to fill a segment.
            let _ = stream.set_nodelay(true);
            let name = ServerName::try_from(self.place.host.clone())
                .map_err(|error| unreachable(error.to_string()))?;
            TlsConnector::from(tls)
                .connect(name, stream)
                .await
                .map_err(|error| unreachable(format!("TLS: {}", innermost_cause(&error))))
        });
        opened.await.unwrap_or_else(|_| {
            let limit = OPENS_WITHIN.as_secs();
            Err(unreachable(format!(
                "there is no connection with TLS within {limit} s"
            )))
        })
    }

    async fn stream(&self) -> Result<TcpStream, LinkError> {
        let Place { host, port } = &self.place;
        match &self.proxy {
            Some(proxy) => proxy.connect(host, *port).await.map_err(LinkError::Proxy),
            None => TcpStream::connect((host.as_str(), *port))
                .await
                .map_err(|error| LinkError::Unreachable {
                    place: self.place.to_string(),
                    reason: error.to_string(),
                }),
        }
    }
}
