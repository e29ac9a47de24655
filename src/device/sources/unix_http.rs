//! HTTP over a Unix socket, for the Engine's logs and for `aziot-edged`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::FutureExt;
use futures::stream::{self, StreamExt};
use reqwest::{Client, Method, Response, StatusCode};
use tokio::time::{timeout, timeout_at};

use super::body;
use super::entries::EntryDecoder;
use super::{EntryStream, LogWindow, SourceError, SourceErrorKind};
use crate::error_chain::{error_chain, innermost_cause};
use crate::http_client::local_client;

/// How long an answer's headers may take. `aziot-edged` waits as long for the Engine's (edgelet
/// 1.6).
pub(super) const HEADERS_WITHIN: Duration = Duration::from_secs(60);

/// How long a restart may take: a module has its own time to stop before it is killed. The edge
/// agent waits as long for `aziot-edged`.
pub(super) const RESTART_WITHIN: Duration = Duration::from_secs(300);

/// How long the headers of a followed log are waited for before the log counts as opened. The
/// Engine sends none until there is an entry (Docker 20.10, measured), but refuses at once.
const REFUSED_WITHIN: Duration = Duration::from_secs(1);

/// The longest answer that is read whole.
const MAX_ANSWER_BYTES: usize = 16 << 20;

/// A client of whatever listens on a Unix socket.
#[derive(Debug, Clone)]
pub(super) struct UnixHttp {
    client: Client,
    socket: PathBuf,
    /// Who listens there, for messages.
    server: &'static str,
}

impl UnixHttp {
    /// Connects when a request is made, not before.
    ///
    /// # Errors
    /// The TLS library, which is not used, can't be set up.
    pub(super) fn new(socket: &Path, server: &'static str) -> Result<Self, SourceError> {
        let client = local_client()
            .unix_socket(socket)
            // `aziot-edged` takes 50 connections at a time, idle ones included.
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

    /// Sends a request for a path and a query, and returns when the headers are there, whatever
    /// the status is.
    ///
    /// # Errors
    /// The server is out of reach, or does not answer in time.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        within: Duration,
    ) -> Result<Response, SourceError> {
        match timeout(within, self.request(method, path)).await {
            Ok(answer) => answer,
            Err(_) => Err(self.no_answer(within)),
        }
    }

    /// Opens a log, whose answer has any status but 200 when it is refused.
    ///
    /// # Errors
    /// The server is out of reach, does not answer in time, or refuses. While following, an answer
    /// that comes late is the first thing in the stream.
    pub(super) async fn log<R>(
        &self,
        path: String,
        decoder: EntryDecoder,
        window: &LogWindow,
        refused: impl FnOnce(Self, Response) -> R + Send + 'static,
    ) -> Result<EntryStream, SourceError>
    where
        R: Future<Output = SourceError> + Send + 'static,
    {
        let (http, of) = (self.clone(), *window);
        let answer = async move {
            let response = http.request(Method::GET, &path).await?;
            if response.status() != StatusCode::OK {
                return Err(refused(http, response).await);
            }
            Ok(body::entries(response.bytes_stream(), decoder, &of))
        };
        if !window.follow {
            return timeout(HEADERS_WITHIN, answer)
                .await
                .unwrap_or_else(|_| Err(self.no_answer(HEADERS_WITHIN)));
        }
        let mut answer = answer.boxed();
        if let Ok(answer) = timeout(REFUSED_WITHIN, &mut answer).await {
            return answer;
        }
        let ends = body::followed_until(window);
        let late = async move {
            let answer = match ends {
                Some(ends) => timeout_at(ends, answer)
                    .await
                    .unwrap_or_else(|_| Ok(stream::empty().boxed())),
                None => answer.await,
            };
            answer.unwrap_or_else(|error| stream::iter([Err(error)]).boxed())
        };
        Ok(stream::once(late).flatten().boxed())
    }

    /// Reads an answer whole, within bounds.
    ///
    /// # Errors
    /// The answer is not complete, stands still, or is too long.
    pub(super) async fn read(&self, mut answer: Response) -> Result<Vec<u8>, SourceError> {
        let broken = |reason: String| {
            let message = format!("the answer of {} breaks off: {reason}", self.server);
            SourceError::new(SourceErrorKind::Unreachable, message)
        };
        let mut body = Vec::new();
        loop {
            match timeout(HEADERS_WITHIN, answer.chunk()).await {
                Err(_) => {
                    let reason = format!("nothing came for {} seconds", HEADERS_WITHIN.as_secs());
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

    async fn request(&self, method: Method, path: &str) -> Result<Response, SourceError> {
        let request = self
            .client
            .request(method, format!("http://localhost{path}"));
        request
            .send()
            .await
            .map_err(|error| unreachable(self.server, &self.socket, &error))
    }

    fn no_answer(&self, within: Duration) -> SourceError {
        let message = format!(
            "{} does not answer within {} seconds",
            self.server,
            within.as_secs()
        );
        SourceError::new(SourceErrorKind::Unreachable, message)
    }
}

/// Says in words why a server can't be reached, and what to do about it.
pub(super) fn unreachable(
    server: &'static str,
    socket: &Path,
    error: &(dyn std::error::Error + 'static),
) -> SourceError {
    let kind =
        io_kind(error).or_else(|| (!socket.exists()).then_some(std::io::ErrorKind::NotFound));
    let what = match kind {
        Some(std::io::ErrorKind::NotFound) => {
            "there is no such socket; is it running, and on this machine?".to_owned()
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

/// Whether the Engine could have a container of this name, and the name can stand in a URL.
///
/// Docker's own pattern wants two characters or more. `aziot-edged` puts the name unescaped into
/// the Engine's URL, where `edgeHub/json?` would be another function (measured with edgelet 1.6).
pub(super) fn is_container_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

/// No module has this name.
pub(super) fn no_such_module(name: &str) -> SourceError {
    SourceError::new(
        SourceErrorKind::NotFound,
        format!("there is no module `{name}`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_be_another_url_are_no_names() {
        for name in ["edgeAgent", "a", "a.b_c-9", "0"] {
            assert!(is_container_name(name), "{name}");
        }
        for name in [
            "",
            "$edgeAgent",
            ".",
            "..",
            "-a",
            "a/b",
            "a%2Fb",
            "a?b",
            "a b",
            "a#",
            "é",
            "a\n",
        ] {
            assert!(!is_container_name(name), "{name}");
        }
    }
}
