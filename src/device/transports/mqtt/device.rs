//! A device module that answers over MQTT.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

use super::credential::Passwords;
use super::device_string::DeviceString;
use super::host_port::HostPort;
use super::identity::Identity;
use super::keeper::{Keeper, Shared};
use super::metrics_server;
use super::rumqtt::Rumqtt;
use super::signer::{SignWith, Signer};
use super::socket::{Place, Socket};
use super::telemetry::{ServiceLog, Telemetry};
use super::trust::Trust;
use super::wire::{LinkError, Upstream};
use super::workload::Workload;
use crate::device::handler::DeviceModule;
use crate::device::identity::DeviceIdentity;
use crate::invalid_input::InvalidInput;
use crate::proxy::Proxy;

/// The port of MQTT over TLS, and that of WebSocket.
const MQTT_PORT: u16 = 8883;
const WEBSOCKET_PORT: u16 = 443;

/// What IoT Edge sets in the environment of a module.
mod variables {
    pub(super) const WORKLOAD_URI: &str = "IOTEDGE_WORKLOADURI";
    pub(super) const HUB: &str = "IOTEDGE_IOTHUBHOSTNAME";
    pub(super) const GATEWAY: &str = "IOTEDGE_GATEWAYHOSTNAME";
    pub(super) const DEVICE: &str = "IOTEDGE_DEVICEID";
    pub(super) const MODULE: &str = "IOTEDGE_MODULEID";
    pub(super) const GENERATION: &str = "IOTEDGE_MODULEGENERATIONID";
    pub(super) const API_VERSION: &str = "IOTEDGE_APIVERSION";
    pub(super) const AUTH_SCHEME: &str = "IOTEDGE_AUTHSCHEME";
}

/// The variables of IoT Edge that are read.
pub(crate) const IOTEDGE_VARIABLES: &[&str] = &[
    variables::WORKLOAD_URI,
    variables::HUB,
    variables::GATEWAY,
    variables::DEVICE,
    variables::MODULE,
    variables::GENERATION,
    variables::API_VERSION,
    variables::AUTH_SCHEME,
];

/// How a device module connects.
#[derive(Debug, Clone, Default)]
pub struct MqttSettings {
    /// What names the connection string, and the text. Without one, IoT Edge's environment counts.
    pub connection_string: Option<(String, String)>,
    /// To the hub itself, even where a gateway is named.
    pub direct: bool,
    /// MQTT over WebSocket.
    pub websocket: bool,
    /// More certificates to trust.
    pub ca_file: Option<PathBuf>,
    /// A certificate and its key that stand for the identity.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// How long tokens are valid.
    pub token_lifetime: Duration,
}

/// A device module with all it needs to connect.
pub struct MqttDevice {
    identity: Arc<Identity>,
    upstream: Arc<Rumqtt>,
    signer: Arc<Signer>,
    unused_proxy: Option<&'static str>,
}

/// Why a connection does not come about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectProblem {
    /// One sentence.
    pub message: String,
    /// What may be behind it.
    pub causes: Vec<&'static str>,
    /// What to do.
    pub hint: Option<&'static str>,
    /// Whether the identity is refused, so that trying again does not help.
    pub refused: bool,
}

/// What is known of an identity before it connects.
struct Found {
    identity: Identity,
    hub_port: Option<u16>,
    gateway: Option<HostPort>,
    with: Option<SignWith>,
    bundle: Option<Workload>,
}

impl MqttDevice {
    /// Reads the identity and where to connect to. Nothing is sent yet.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn new(
        settings: &MqttSettings,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, InvalidInput> {
        let found = match &settings.connection_string {
            Some((origin, text)) => of_connection_string(origin, text)?,
            None => of_iot_edge(&environment)?,
        };
        let with = match (&settings.certificate, found.with) {
            (Some(_), None) => SignWith::Certificate,
            (None, Some(with)) => with,
            (Some(_), Some(with)) => {
                let proof = match with {
                    SignWith::Workload(_) => "IoT Edge's workload API signs for it",
                    _ => "the connection string has its key",
                };
                return Err(InvalidInput::new(format!(
                    "--cert-file can't stand for the identity: {proof}"
                ))
                .hint(
                    "omit --cert-file and --key-file, or use a connection string with x509=true",
                ));
            }
            (None, None) => {
                return Err(InvalidInput::new(
                    "the connection string has no key, so the identity needs a certificate",
                )
                .hint("pass --cert-file PEM and --key-file PEM"));
            }
        };
        let gateway = found.gateway.filter(|_| !settings.direct);
        let own_port = match settings.websocket {
            true => WEBSOCKET_PORT,
            false => MQTT_PORT,
        };
        let (host, port) = match &gateway {
            Some(gateway) => (gateway.host.clone(), gateway.port),
            None => (found.identity.hub.clone(), found.hub_port),
        };
        let place = Place {
            host,
            port: port.unwrap_or(own_port),
        };
        let url = Url::parse(&format!("https://{place}"))
            .map_err(|error| InvalidInput::new(format!("`{place}`: {error}")))?;
        let (proxy, unused_proxy) = match settings.websocket {
            true => (Proxy::of(&url)?, None),
            // As with all SDKs: a proxy is for HTTP.
            false => {
                let unused = Proxy::of(&url).ok().flatten();
                (None, unused.map(|proxy| proxy.variable()))
            }
        };
        let identity = Arc::new(found.identity);
        Ok(Self {
            upstream: Arc::new(Rumqtt {
                identity: identity.clone(),
                socket: Socket {
                    place,
                    proxy,
                    trust: Trust {
                        bundle: found.bundle.filter(|_| gateway.is_some()),
                        ca_file: settings.ca_file.clone(),
                        certificate: settings.certificate.clone(),
                    },
                },
                websocket: settings.websocket,
            }),
            signer: Arc::new(Signer {
                identity: identity.clone(),
                with,
                lifetime: settings.token_lifetime,
            }),
            identity,
            unused_proxy,
        })
    }

    /// The variable of a proxy that is not used, since this is not HTTP.
    pub fn unused_proxy(&self) -> Option<&'static str> {
        self.unused_proxy
    }

    /// Who connects.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Who the device is, in records and in blob names.
    pub fn of_device(&self) -> DeviceIdentity {
        self.identity.of_device()
    }

    /// Where it connects to: host and port.
    pub fn place(&self) -> String {
        self.upstream.socket.place.to_string()
    }

    /// Connects, and answers the methods of `module` until `stop` says so; then lets what runs come
    /// to its end, at most for `grace`.
    pub async fn run(
        self,
        module: DeviceModule,
        log: Arc<dyn ServiceLog>,
        metrics: Option<TcpListener>,
        grace: Duration,
        stop: watch::Receiver<bool>,
    ) {
        let telemetry = Arc::new(Telemetry::new(log));
        let shared = Shared::new(Arc::new(module), telemetry.clone());
        telemetry.watch(shared.clone());
        let serves =
            metrics.map(|listener| tokio::spawn(metrics_server::serve(listener, telemetry)));
        let keeper = Keeper {
            upstream: self.upstream,
            passwords: self.signer,
            shared,
            grace,
        };
        keeper.run(stop).await;
        if let Some(serves) = serves {
            serves.abort();
        }
    }

    /// Tries once what [`Self::run`] does: calls `step` with each step's name as it succeeds.
    ///
    /// # Errors
    /// The step that failed, and why; or that of `step`.
    pub async fn check<E>(
        &self,
        mut step: impl FnMut(&'static str, String) -> Result<(), E>,
    ) -> Result<Result<(), (&'static str, ConnectProblem)>, E> {
        let place = self.place();
        let opened = match self.upstream.open().await {
            Ok(opened) => opened,
            Err(error) => return Ok(Err((TLS, problem(&error)))),
        };
        step(TLS, format!("{place} answers, and is trusted"))?;
        let password = match self.signer.password().await {
            Ok(password) => password,
            Err(error) => {
                return Ok(Err((
                    TOKEN,
                    ConnectProblem {
                        message: error.to_string(),
                        causes: Vec::new(),
                        hint: None,
                        refused: false,
                    },
                )));
            }
        };
        step(
            TOKEN,
            match password.lasts {
                Some(lasts) => format!("signed, valid for {}", humantime::format_duration(lasts)),
                None => "none; the certificate stands for the identity".to_owned(),
            },
        )?;
        let link = match opened.connect(password.value.as_ref()).await {
            Ok(link) => link,
            Err(error) => return Ok(Err((CONNECT, problem(&error)))),
        };
        step(
            CONNECT,
            format!("accepted as `{}`", self.identity.client_id()),
        )?;
        let subscribed = link.subscribe().await;
        link.close().await;
        if let Err(error) = subscribed {
            return Ok(Err((SUBSCRIPTION, problem(&error))));
        }
        step(SUBSCRIPTION, "direct methods can be called".to_owned())?;
        Ok(Ok(()))
    }
}

/// The steps of [`MqttDevice::check`], in order.
pub const CHECK_STEPS: [&str; 4] = [TLS, TOKEN, CONNECT, SUBSCRIPTION];
const TLS: &str = "TLS";
const TOKEN: &str = "token";
const CONNECT: &str = "CONNECT";
const SUBSCRIPTION: &str = "subscription";

fn problem(error: &LinkError) -> ConnectProblem {
    ConnectProblem {
        message: error.to_string(),
        causes: error.causes().to_vec(),
        hint: error.hint(),
        refused: matches!(
            error,
            LinkError::Refused { .. } | LinkError::SubscriptionRefused
        ),
    }
}

fn of_connection_string(origin: &str, text: &str) -> Result<Found, InvalidInput> {
    let parsed = DeviceString::parse(text)
        .map_err(|error| InvalidInput::new(format!("{origin} can't be used: {error}")))?;
    Ok(Found {
        identity: parsed.identity,
        hub_port: parsed.port,
        gateway: parsed.gateway,
        with: parsed.key.map(SignWith::Key),
        bundle: None,
    })
}

fn of_iot_edge(environment: impl Fn(&str) -> Option<String>) -> Result<Found, InvalidInput> {
    let Some(uri) = environment(variables::WORKLOAD_URI) else {
        return Err(InvalidInput::new(
            "there is no identity: neither a connection string nor IoT Edge's environment is set",
        )
        .hint("set EDGELOGS_DEVICE_CONNECTION_STRING, or pass --connection-string-file FILE"));
    };
    let needed = |name: &'static str| {
        environment(name).ok_or_else(|| {
            InvalidInput::new(format!(
                "{name} is not set, though {} is",
                variables::WORKLOAD_URI
            ))
        })
    };
    let host = |name: &'static str, text: &str| {
        HostPort::parse(text)
            .ok_or_else(|| InvalidInput::new(format!("{name}: `{text}` is not a host name")))
    };
    if let Some(scheme) = environment(variables::AUTH_SCHEME)
        && !scheme.eq_ignore_ascii_case("sasToken")
    {
        return Err(InvalidInput::new(format!(
            "{}: `{scheme}` is not known; only sasToken is",
            variables::AUTH_SCHEME
        )));
    }
    let hub = host(variables::HUB, &needed(variables::HUB)?)?;
    let module = needed(variables::MODULE)?;
    let workload = Workload::new(
        &uri,
        &needed(variables::API_VERSION)?,
        &module,
        &needed(variables::GENERATION)?,
    )
    .map_err(|reason| InvalidInput::new(format!("{}: {reason}", variables::WORKLOAD_URI)))?;
    let gateway = environment(variables::GATEWAY)
        .map(|text| host(variables::GATEWAY, &text))
        .transpose()?;
    Ok(Found {
        identity: Identity {
            hub: hub.host,
            device: needed(variables::DEVICE)?,
            module: Some(module),
        },
        hub_port: hub.port,
        gateway,
        with: Some(SignWith::Workload(workload.clone())),
        bundle: Some(workload),
    })
}
