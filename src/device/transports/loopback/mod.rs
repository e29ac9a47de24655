//! A hub on this machine: IoT Hub's REST service in front of device modules, with its SAS tokens.
//!
//! * `server`: takes connections, with TLS or without.
//! * `auth`: who may call.
//! * `routes`: from a request to an answer; `invoke`: the one that calls a direct method.
//! * `registry`: which devices there are; `twin`: what is known of them.
//! * `query`: the query language over twins.
//! * `refusal`: errors in IoT Hub's own shapes.
//! * `tls`: certificates.
//!
//! What a real hub does comes from the documentation and the SDKs of the REST API of 2021-04-12.

mod auth;
mod invoke;
mod query;
mod refusal;
mod registry;
mod routes;
mod server;
mod tls;
mod twin;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use azure_core::credentials::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::device::sources::{self, SourceError};
use crate::hub::{ConnectionString, ConnectionStringError, HubEndpoint};
use auth::Authority;
use registry::Registry;
use tls::ServerTls;

/// The policy that the loopback hub knows.
const POLICY: &str = "service";

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

/// A running loopback hub. It stops when the value goes.
#[derive(Debug)]
pub struct LoopbackHub {
    connection: ConnectionString,
    /// The certificate that clients must trust; the file goes with the value.
    root: Option<tempfile::NamedTempFile>,
    server: JoinHandle<()>,
}

/// What answers requests.
struct Hub {
    authority: Authority,
    registry: Registry,
}

impl LoopbackHub {
    /// Starts the hub of `--local`: a free port of loopback, one device, its logs from `source`.
    ///
    /// # Errors
    /// The source can't be opened, its place does not exist, or there is no port.
    pub async fn start_local(source: &str, device: &str) -> Result<Self, StartError> {
        let options = LoopbackOptions::local(device);
        sources::check_place(source)?;
        Self::start(source, &options).await
    }

    /// Starts a hub whose devices have their logs from `source`.
    ///
    /// # Errors
    /// The source can't be opened, the address can't be listened on or may not be without TLS, or
    /// the certificate can't be used.
    pub async fn start(source: &str, options: &LoopbackOptions) -> Result<Self, StartError> {
        let listen = options.listen;
        if options.tls == LoopbackTls::Off && !listen.ip().is_loopback() {
            return Err(StartError::PlainHttp(listen));
        }
        let source = sources::open(source)?;
        let tls = ServerTls::prepare(&options.tls, listen.ip())?;
        let listen_error = |source| StartError::Listen {
            address: listen.to_string(),
            source,
        };
        let listener = TcpListener::bind(listen).await.map_err(listen_error)?;
        let bound = listener.local_addr().map_err(listen_error)?;
        let host_name = match &tls {
            None => format!("http://{bound}"),
            Some(tls) => tls.host_name(bound),
        };
        let endpoint = HubEndpoint::parse(&host_name).map_err(ConnectionStringError::from)?;
        // Two random ids make a key of 244 random bits.
        let key = [
            *uuid::Uuid::new_v4().as_bytes(),
            *uuid::Uuid::new_v4().as_bytes(),
        ]
        .concat();
        let key = Secret::new(STANDARD.encode(key));
        let names = tls.as_ref().map_or(&[][..], ServerTls::names);
        let hub = Arc::new(Hub {
            authority: Authority::new(key.clone(), bound, names),
            registry: Registry::new(endpoint.name(), source, options),
        });
        let connection = ConnectionString {
            endpoint,
            policy: POLICY.to_owned(),
            key,
        };
        let (acceptor, root) = tls.map_or((None, None), |tls| (Some(tls.acceptor), tls.root));
        Ok(Self {
            connection,
            root,
            server: tokio::spawn(server::serve(listener, acceptor, hub)),
        })
    }

    /// How to call it.
    pub fn connection_string(&self) -> &ConnectionString {
        &self.connection
    }

    /// The PEM file of the certificate that clients must trust, where one was made at the start.
    pub fn root_certificate(&self) -> Option<&Path> {
        self.root.as_ref().map(tempfile::NamedTempFile::path)
    }
}

impl Drop for LoopbackHub {
    fn drop(&mut self) {
        self.server.abort();
    }
}
