//! Starts the loopback hub.

use std::path::Path;
use std::sync::Arc;

use azure_core::credentials::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::auth::{Authority, POLICY};
use super::options::{LoopbackOptions, LoopbackTls};
use super::registry::Registry;
use super::routes::Routes;
use super::server;
use super::start_error::StartError;
use super::tls::ServerTls;
use crate::device::sources::LogSource;
use crate::hub::{ConnectionString, ConnectionStringError, HubEndpoint};
use crate::redact::remember;

/// A running loopback hub. It stops when it is dropped.
#[derive(Debug)]
pub struct LoopbackHub {
    connection: ConnectionString,
    /// The certificate that clients must trust; the file is deleted on drop.
    root: Option<tempfile::NamedTempFile>,
    server: JoinHandle<()>,
}

impl LoopbackHub {
    /// Starts the hub of `--local`: a free loopback port, and one device with the logs of `source`.
    /// Its uploads trust `roots` in addition to the system's certificates.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start_local(
        source: Arc<dyn LogSource>,
        device: &str,
        roots: Vec<reqwest::Certificate>,
    ) -> Result<Self, StartError> {
        let options = LoopbackOptions {
            roots,
            ..LoopbackOptions::local(device)
        };
        Self::start(source, &options).await
    }

    /// Starts a hub whose devices have the logs of `source`.
    ///
    /// # Errors
    /// The address can't be used or needs TLS, or the certificate can't be used.
    pub async fn start(
        source: Arc<dyn LogSource>,
        options: &LoopbackOptions,
    ) -> Result<Self, StartError> {
        let listen = options.listen;
        if options.tls == LoopbackTls::Off && !listen.ip().is_loopback() {
            return Err(StartError::PlainHttp(listen));
        }
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
        remember(key.secret());
        let names = tls.as_ref().map_or(&[][..], ServerTls::names);
        let routes = Arc::new(Routes {
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
            server: tokio::spawn(server::serve(listener, acceptor, routes)),
        })
    }

    /// The connection string for clients.
    pub fn connection_string(&self) -> &ConnectionString {
        &self.connection
    }

    /// The PEM file of the certificate that clients must trust, if one was made.
    pub fn root_certificate(&self) -> Option<&Path> {
        self.root.as_ref().map(tempfile::NamedTempFile::path)
    }
}

impl Drop for LoopbackHub {
    fn drop(&mut self) {
        self.server.abort();
    }
}
