//! A hub on this machine: IoT Hub's REST service in front of device modules, with its SAS tokens.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::device::sources::{self, SourceError};
use crate::device::{DeviceIdentity, DeviceModule};
use crate::hub::{ConnectionString, ConnectionStringError, HubEndpoint, SasToken, TokenScope};
use crate::methods::{EDGE_AGENT, MethodAnswer};

/// The policy that the loopback hub knows.
const POLICY: &str = "service";

/// The sizes that IoT Hub takes.
const MAX_REQUEST_BYTES: usize = 256 << 10;
const MAX_PAYLOAD_BYTES: usize = 128 << 10;

/// How long a client may take for the head of its request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

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
    /// The source of logs can't be opened.
    #[error("the source of logs can't be opened")]
    Source(#[from] SourceError),
    /// The address makes no connection string.
    #[error("the address makes no connection string")]
    ConnectionString(#[from] ConnectionStringError),
}

/// A running loopback hub. It stops when the value goes.
#[derive(Debug)]
pub struct LoopbackHub {
    connection: ConnectionString,
    server: JoinHandle<()>,
}

struct Hub {
    key: Secret,
    scope: TokenScope,
    devices: HashMap<String, DeviceModule>,
}

impl LoopbackHub {
    /// Starts the hub of `--local`: a free port of loopback, one device, its logs from `source`.
    ///
    /// # Errors
    /// The source can't be opened, or there is no port.
    pub async fn start_local(source: &str, device: &str) -> Result<Self, StartError> {
        Self::start(SocketAddr::from(([127, 0, 0, 1], 0)), source, device).await
    }

    /// Starts a hub on `address` with one device, its logs from `source`.
    ///
    /// # Errors
    /// The source can't be opened, or the address can't be listened on.
    pub async fn start(
        address: SocketAddr,
        source: &str,
        device: &str,
    ) -> Result<Self, StartError> {
        let source = sources::open(source)?;
        let listen_error = |source| StartError::Listen {
            address: address.to_string(),
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(listen_error)?;
        let bound = listener.local_addr().map_err(listen_error)?;
        let endpoint =
            HubEndpoint::parse(&format!("http://{bound}")).map_err(ConnectionStringError::from)?;
        // Two random ids make a key of 244 random bits.
        let key = [
            *uuid::Uuid::new_v4().as_bytes(),
            *uuid::Uuid::new_v4().as_bytes(),
        ]
        .concat();
        let key = Secret::new(STANDARD.encode(key));
        let identity = DeviceIdentity {
            hub: endpoint.name().to_owned(),
            device: device.to_owned(),
        };
        let module = DeviceModule::new(identity, source).with_directories();
        let hub = Arc::new(Hub {
            key: key.clone(),
            scope: TokenScope {
                resource: endpoint.authority().to_owned(),
                policy: Some(POLICY.to_owned()),
            },
            devices: HashMap::from([(device.to_owned(), module)]),
        });
        let connection = ConnectionString {
            endpoint,
            policy: POLICY.to_owned(),
            key,
        };
        Ok(Self {
            connection,
            server: tokio::spawn(serve(listener, hub)),
        })
    }

    /// How to call it.
    pub fn connection_string(&self) -> &ConnectionString {
        &self.connection
    }
}

impl Drop for LoopbackHub {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, hub: Arc<Hub>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, for example: it passes, and a loop without a pause helps nobody.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let hub = hub.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let hub = hub.clone();
                async move { Ok::<_, Infallible>(hub.respond(request).await) }
            });
            // A connection that breaks concerns its client only.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MethodBody {
    method_name: String,
    #[serde(default)]
    payload: Option<Box<RawValue>>,
    #[serde(default = "default_response_timeout")]
    response_timeout_in_seconds: u64,
    #[serde(default)]
    connect_timeout_in_seconds: u64,
}

/// IoT Hub's own default.
fn default_response_timeout() -> u64 {
    30
}

/// An error in the form that IoT Hub gives those of methods: a JSON string within JSON.
struct Refusal {
    status: StatusCode,
    code: u32,
    name: &'static str,
    message: String,
}

type Reply = Response<Full<Bytes>>;

impl Hub {
    async fn respond(&self, request: Request<Incoming>) -> Reply {
        self.route(request)
            .await
            .unwrap_or_else(|refusal| refusal.reply())
    }

    async fn route(&self, request: Request<Incoming>) -> Result<Reply, Refusal> {
        self.authorize(&request)?;
        if !request
            .uri()
            .query()
            .unwrap_or_default()
            .contains("api-version=")
        {
            let message = "the api-version is missing".to_owned();
            return Err(Refusal {
                status: StatusCode::BAD_REQUEST,
                code: 400_001,
                name: "InvalidProtocolVersion",
                message,
            });
        }
        let path: Vec<String> = request
            .uri()
            .path()
            .trim_start_matches('/')
            .split('/')
            .map(|part| {
                percent_encoding::percent_decode_str(part)
                    .decode_utf8_lossy()
                    .into_owned()
            })
            .collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match (request.method(), path.as_slice()) {
            (&Method::POST, ["twins", device, "modules", module, "methods"]) => {
                let (device, module) = (device.to_string(), module.to_string());
                self.invoke(&device, &module, request).await
            }
            _ => Err(Refusal {
                status: StatusCode::NOT_FOUND,
                code: 404_000,
                name: "GenericNotFound",
                message: format!(
                    "there is nothing at {} {}",
                    request.method(),
                    request.uri().path()
                ),
            }),
        }
    }

    fn authorize(&self, request: &Request<Incoming>) -> Result<(), Refusal> {
        let header = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if SasToken::verify(header, &self.scope, &self.key, Timestamp::now().as_second()) {
            return Ok(());
        }
        Err(Refusal {
            status: StatusCode::UNAUTHORIZED,
            code: 401_002,
            name: "IotHubUnauthorizedAccess",
            message: "Unauthorized".to_owned(),
        })
    }

    async fn invoke(
        &self,
        device: &str,
        module: &str,
        request: Request<Incoming>,
    ) -> Result<Reply, Refusal> {
        let bad = |message: String| Refusal {
            status: StatusCode::BAD_REQUEST,
            code: 400_004,
            name: "ArgumentInvalid",
            message,
        };
        let not_found = |code, name, message| Refusal {
            status: StatusCode::NOT_FOUND,
            code,
            name,
            message,
        };
        let body = Limited::new(request.into_body(), MAX_REQUEST_BYTES)
            .collect()
            .await
            .map_err(|error| bad(error.to_string()))?
            .to_bytes();
        let call: MethodBody =
            serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
        if !(5..=300).contains(&call.response_timeout_in_seconds) {
            return Err(bad(
                "responseTimeoutInSeconds must be within [5; 300].".to_owned()
            ));
        }
        if call.connect_timeout_in_seconds > 300 {
            return Err(bad(
                "connectTimeoutInSeconds must be within [0; 300].".to_owned()
            ));
        }
        let target = self.devices.get(device).ok_or_else(|| {
            not_found(
                404_001,
                "DeviceNotFound",
                format!("device {device} is not registered"),
            )
        })?;
        if module != EDGE_AGENT {
            let message = format!("device {device} has no module {module}");
            return Err(not_found(404_010, "ModuleNotFound", message));
        }
        let payload = call.payload.as_ref().map(|payload| payload.get());
        let silent = Refusal {
            status: StatusCode::GATEWAY_TIMEOUT,
            code: 504_101,
            name: "GatewayTimeout",
            message: "Timed out waiting for the response from device.".to_owned(),
        };
        let timeout = Duration::from_secs(call.response_timeout_in_seconds);
        let answer = tokio::time::timeout(timeout, target.handle(&call.method_name, payload)).await;
        let MethodAnswer { status, payload } = answer.map_err(|_| silent)?;
        let payload = payload.as_ref().map_or("null", |payload| payload.get());
        if payload.len() > MAX_PAYLOAD_BYTES {
            // The device thought that it would fit; the hub never relays it.
            return Err(Refusal {
                status: StatusCode::GATEWAY_TIMEOUT,
                code: 504_101,
                name: "GatewayTimeout",
                message: "Timed out waiting for the response from device.".to_owned(),
            });
        }
        Ok(reply(
            StatusCode::OK,
            format!("{{\"status\":{status},\"payload\":{payload}}}"),
        ))
    }
}

impl Refusal {
    fn reply(self) -> Reply {
        let inner = serde_json::json!({
            "errorCode": self.code,
            "trackingId": uuid::Uuid::new_v4().simple().to_string(),
            "message": self.message,
            "timestampUtc": Timestamp::now().to_string(),
        });
        let outer = serde_json::json!({ "Message": inner.to_string(), "ExceptionMessage": "" });
        let mut reply = reply(self.status, outer.to_string());
        reply.headers_mut().insert(
            "iothub-errorcode",
            hyper::header::HeaderValue::from_static(self.name),
        );
        reply
    }
}

fn reply(status: StatusCode, body: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    let json = hyper::header::HeaderValue::from_static("application/json; charset=utf-8");
    reply.headers_mut().insert(CONTENT_TYPE, json);
    reply
}
