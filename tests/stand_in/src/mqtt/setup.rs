//! What a test sets of the MQTT front.

use std::net::{IpAddr, Ipv4Addr};

/// The versions of TLS that a front speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsVersions {
    /// 1.2 and 1.3.
    #[default]
    Both,
    /// Only 1.2, as classic hubs.
    Only12,
    /// Only 1.3.
    Only13,
}

/// What an identity proves itself with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A key in base64.
    Key(String),
    /// A certificate of the front's authority.
    Certificate,
}

/// A front, and who may connect.
#[derive(Debug, Clone)]
pub struct MqttSetup {
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    pub(crate) tls: TlsVersions,
    /// Device, module, proof.
    pub(crate) identities: Vec<(String, Option<String>, Proof)>,
}

impl Default for MqttSetup {
    fn default() -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            tls: TlsVersions::Both,
            identities: Vec::new(),
        }
    }
}

impl MqttSetup {
    /// A front for this module.
    pub fn module(device: &str, module: &str, proof: Proof) -> Self {
        Self::default().and(device, Some(module), proof)
    }

    /// A front for the device itself.
    pub fn device(device: &str, proof: Proof) -> Self {
        Self::default().and(device, None, proof)
    }

    fn and(mut self, device: &str, module: Option<&str>, proof: Proof) -> Self {
        let module = module.map(str::to_owned);
        self.identities.push((device.to_owned(), module, proof));
        self
    }

    /// Sets the versions of TLS.
    #[must_use]
    pub fn tls(mut self, tls: TlsVersions) -> Self {
        self.tls = tls;
        self
    }

    /// Listens there instead of on a free port of 127.0.0.1. WebSocket keeps a free port.
    #[must_use]
    pub fn at(mut self, address: IpAddr, port: u16) -> Self {
        (self.address, self.port) = (address, port);
        self
    }
}
