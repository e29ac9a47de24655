//! Why the loopback hub can't start.

use std::net::SocketAddr;

use crate::device::sources::SourceError;
use crate::hub::ConnectionStringError;

/// Why the device side can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address can't be listened on.
    #[error("can't listen on {address}")]
    Listen {
        /// The address.
        address: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Other machines would see the tokens and the logs.
    #[error("{0} is no loopback address, and without TLS the hub listens on those only: add --tls")]
    PlainHttp(SocketAddr),
    /// The certificate or its key can't be used.
    #[error("{what} can't be used: {reason}")]
    Certificate {
        /// Which file, or which step.
        what: String,
        /// Why not.
        reason: String,
    },
    /// The source of logs can't be opened.
    #[error("the source of logs can't be opened")]
    Source(#[from] SourceError),
    /// The address makes no connection string.
    #[error("the address makes no connection string")]
    ConnectionString(#[from] ConnectionStringError),
}
