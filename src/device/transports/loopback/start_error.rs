//! Why the loopback hub can't start.

use std::net::SocketAddr;

use crate::device::sources::SourceError;
use crate::hub::ConnectionStringError;

/// Why the loopback hub can't start.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences show what the fields are")]
pub enum StartError {
    /// The address can't be used.
    #[error("can't listen on {address}")]
    Listen {
        address: String,
        source: std::io::Error,
    },
    /// Without TLS, other machines could read the tokens and the logs.
    #[error("{0} is not a loopback address, and other addresses need TLS: add --tls")]
    PlainHttp(SocketAddr),
    /// The certificate or its key can't be used.
    #[error("{what} can't be used: {reason}")]
    Certificate {
        /// The file or the step.
        what: String,
        reason: String,
    },
    /// The source of logs can't be opened.
    #[error("the source of logs can't be opened")]
    Source(#[from] SourceError),
    /// The address can't be part of a connection string.
    #[error("the address can't be part of a connection string")]
    ConnectionString(#[from] ConnectionStringError),
}
