//! How a loopback hub is set up.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// What a loopback hub is to be.
#[derive(Debug, Clone)]
pub struct LoopbackOptions {
    /// Where to listen; port 0 takes a free one. Only with TLS may it be other than loopback.
    pub listen: SocketAddr,
    /// The id of the one device, or what the ids of the simulated ones begin with.
    pub device: String,
    /// Serve so many devices, `NAME-0001` and on, instead of the one. All have the same logs.
    pub simulate: Option<NonZeroU32>,
    /// Leave what looks like a secret in the settings that support bundles hold.
    pub secrets_in_bundles: bool,
    /// How connections are protected.
    pub tls: LoopbackTls,
}

impl LoopbackOptions {
    /// One device on a free port of loopback, without TLS.
    pub fn local(device: &str) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            device: device.to_owned(),
            simulate: None,
            secrets_in_bundles: false,
            tls: LoopbackTls::Off,
        }
    }
}

/// How connections to the loopback hub are protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoopbackTls {
    /// Not at all.
    Off,
    /// By a certificate that is made at the start, and that nobody trusts by itself.
    SelfSigned,
    /// By a certificate of the user's.
    Files {
        /// The certificate and those between it and its root, PEM.
        certificate: PathBuf,
        /// Its key, PEM.
        key: PathBuf,
    },
}
