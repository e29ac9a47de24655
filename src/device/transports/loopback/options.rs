//! How a loopback hub is set up.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// Options of a loopback hub.
#[derive(Debug, Clone)]
pub struct LoopbackOptions {
    /// Where to listen; port 0 takes a free one. Without TLS it must be a loopback address.
    pub listen: SocketAddr,
    /// The id of the device, or the prefix of simulated ones.
    pub device: String,
    /// Simulate this many devices, `NAME-0001` and on. All have the same logs.
    pub simulate: Option<NonZeroU32>,
    /// Keep secrets in the settings that support bundles hold.
    pub secrets_in_bundles: bool,
    /// How connections are protected.
    pub tls: LoopbackTls,
    /// Root certificates of a storage to trust in addition to the system's.
    pub roots: Vec<reqwest::Certificate>,
}

impl LoopbackOptions {
    /// One device on a free loopback port, without TLS.
    pub fn local(device: &str) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            device: device.to_owned(),
            simulate: None,
            secrets_in_bundles: false,
            tls: LoopbackTls::Off,
            roots: Vec::new(),
        }
    }
}

/// How connections to the loopback hub are protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoopbackTls {
    /// Not at all.
    Off,
    /// By a new certificate, which clients must be told to trust.
    SelfSigned,
    /// By a certificate of the user.
    Files {
        /// The certificate and its intermediates, PEM.
        certificate: PathBuf,
        /// Its key, PEM.
        key: PathBuf,
    },
}
