//! HTTP over a Unix socket, for the Engine's logs and for `aziot-edged`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Client, Method, Response, StatusCode};
use serde::Deserialize;
use tokio::time::timeout;

use super::body;
use super::deadline::time_left;
use super::entries::EntryDecoder;
use super::log_source::{EntryStream, LogWindow};
use super::source_error::{SourceError, SourceErrorKind};
use crate::error_chain::{error_chain, innermost_cause};
use crate::http_client::local_client;

/// How long an answer's headers may take, unless the method's time is shorter. `aziot-edged` waits as
/// long for the Engine (edgelet 1.6).
pub(super) const HEADERS_WITHIN: Duration = Duration::from_secs(60);

/// How long a restart may take: a module has time to stop before it is killed. The edge agent waits
/// as long for `aziot-edged`.
pub(super) const RESTART_WITHIN: Duration = Duration::from_secs(300);

/// The longest answer that is read into memory.
const MAX_ANSWER_BYTES: usize = 16 << 20;

/// An HTTP client on a Unix socket.
#[derive(Debug, Clone)]
pub(super) struct UnixHttp {
    client: Client,
    socket: PathBuf,
    /// The server's name in messages.
    server: &'static str,
}

impl UnixHttp {
    /// Connects with the first request.
    ///
    /// # Errors
    /// The HTTP client can't be made.
    pub(super) fn new(socket: &Path, server: &'static str) -> Result<Self, SourceError> {
        let client = local_client()
            .unix_socket(socket)
            // `aziot-edged` accepts 50 connections at a time, idle ones included.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| {
                SourceError::new(SourceErrorKind::Unreachable, innermost_cause(&error))
            })?;
        Ok(Self {
            client,
            socket: socket.to_owned(),
            server,
        })
    }

    /// Sends a request for a path and a query, and returns once the headers are here, whatever the
    /// status.
    ///
    /// # Errors
    /// The server can't be reached, or does not answer in time.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        within: Duration,
    ) -> Result<Response, SourceError> {
        answer_within(
            self.server,
            &self.socket,
            within,
            self.request(method, path),
        )
        .await
    }

    /// Opens a log. Any status but 200 is a refusal.
    ///
    /// # Errors
    /// The server can't be reached, does not answer in time, or refuses.
    pub(super) async fn log(
        &self,
        path: &str,
        decoder: EntryDecoder,
        window: &LogWindow,
        refused: impl AsyncFnOnce(Response) -> SourceError,
    ) -> Result<EntryStream, SourceError> {
        let answer = async {
            let response = self.request(Method::GET, path).await?;
            if response.status() != StatusCode::OK {
                return Err(refused(response).await);
            }
            Ok(body::entries(response.bytes_stream(), decoder, window))
        };
        answer_within(self.server, &self.socket, HEADERS_WITHIN, answer).await
    }

    /// Reads an answer into memory, up to a limit.
    ///
    /// # Errors
    /// The answer is incomplete, stalls, or is too long.
    pub(super) async fn read(&self, mut answer: Response) -> Result<Vec<u8>, SourceError> {
        let broken = |reason: String| {
            let message = format!(
                "the answer from {} at {} breaks off: {reason}",
                self.server,
                self.socket.display()
            );
            SourceError::new(SourceErrorKind::Unreachable, message)
        };
        let mut body = Vec::new();
        loop {
            let within = time_left(HEADERS_WITHIN);
            match timeout(within, answer.chunk()).await {
                Err(_) => {
                    let reason = format!("nothing arrived for {} seconds", seconds(within));
                    return Err(broken(reason));
                }
                Ok(Err(error)) => return Err(broken(innermost_cause(&error))),
                Ok(Ok(None)) => return Ok(body),
                Ok(Ok(Some(chunk))) if body.len() + chunk.len() > MAX_ANSWER_BYTES => {
                    return Err(broken(format!(
                        "it is longer than {} MiB",
                        MAX_ANSWER_BYTES >> 20
                    )));
                }
                Ok(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
            }
        }
    }

    /// The status and the `message` of a refusal.
    pub(super) async fn refusal(&self, response: Response) -> (StatusCode, String) {
        #[derive(Deserialize)]
        struct Refusal {
            message: String,
        }
        let status = response.status();
        let body = self.read(response).await.unwrap_or_default();
        let message = match serde_json::from_slice::<Refusal>(&body) {
            Ok(refusal) => refusal.message,
            Err(_) => status.canonical_reason().unwrap_or("no reason").to_owned(),
        };
        (status, message)
    }

    async fn request(&self, method: Method, path: &str) -> Result<Response, SourceError> {
        let request = self
            .client
            .request(method, format!("http://localhost{path}"));
        request
            .send()
            .await
            .map_err(|error| unreachable(self.server, &self.socket, &error))
    }
}

/// Waits for an answer at most for `most`, and no longer than the method's time.
///
/// # Errors
/// There is no answer in time, or the answer is an error.
pub(super) async fn answer_within<T>(
    server: &'static str,
    socket: &Path,
    most: Duration,
    answer: impl Future<Output = Result<T, SourceError>>,
) -> Result<T, SourceError> {
    let within = time_left(most);
    timeout(within, answer).await.unwrap_or_else(|_| {
        let message = format!(
            "{server} at {} does not answer within {} seconds",
            socket.display(),
            seconds(within)
        );
        Err(SourceError::new(SourceErrorKind::Silent, message))
    })
}

/// Whole seconds, rounded up.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// Explains why a server can't be reached, and what to do about it.
pub(super) fn unreachable(
    server: &'static str,
    socket: &Path,
    error: &(dyn std::error::Error + 'static),
) -> SourceError {
    let kind =
        io_kind(error).or_else(|| (!socket.exists()).then_some(std::io::ErrorKind::NotFound));
    let what = match kind {
        Some(std::io::ErrorKind::NotFound) => {
            "the socket does not exist; is it running, and on this machine?".to_owned()
        }
        Some(std::io::ErrorKind::ConnectionRefused) => {
            "nothing listens there; is it running?".to_owned()
        }
        Some(std::io::ErrorKind::PermissionDenied) => {
            "this user may not open the socket; run as root or as a member of its group".to_owned()
        }
        _ => innermost_cause(error),
    };
    let message = format!("{server} can't be reached at {}: {what}", socket.display());
    SourceError::new(SourceErrorKind::Unreachable, message)
}

fn io_kind(error: &(dyn std::error::Error + 'static)) -> Option<std::io::ErrorKind> {
    error_chain(error)
        .find_map(|error| error.downcast_ref::<std::io::Error>())
        .map(std::io::Error::kind)
}

/// Whether this can be a container's name, and part of a URL.
///
/// Docker's own pattern requires two characters or more. `aziot-edged` puts the name unescaped into
/// the Engine's URL, where `edgeHub/json?` would call another function (measured with edgelet 1.6).
pub(super) fn is_container_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

/// The module does not exist.
pub(super) fn no_such_module(name: &str) -> SourceError {
    SourceError::new(
        SourceErrorKind::NotFound,
        format!("there is no module `{name}`"),
    )
}
