//! HTTP over a Unix socket, for the Engine's logs and for `aziot-edged`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Client, Method, Response, redirect};

use super::body::innermost;
use super::{SourceError, SourceErrorKind};

/// How long an answer's headers may take. `aziot-edged` waits as long for the Engine's (edgelet
/// 1.6).
pub(super) const HEADERS_WITHIN: Duration = Duration::from_secs(60);

/// How long a restart may take: a module has its own time to stop before it is killed. The edge
/// agent waits as long for `aziot-edged`.
pub(super) const RESTART_WITHIN: Duration = Duration::from_secs(300);

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
        let client = Client::builder()
            .unix_socket(socket)
            // A device may have no certificates at all, and none are needed here.
            .tls_certs_only([])
            .redirect(redirect::Policy::none())
            // `aziot-edged` takes 50 connections at a time, idle ones included.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| SourceError::new(SourceErrorKind::Unreachable, innermost(&error)))?;
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
        let request = self
            .client
            .request(method, format!("http://localhost{path}"))
            .send();
        match tokio::time::timeout(within, request).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(unreachable(self.server, &self.socket, &error)),
            Err(_) => {
                let message = format!(
                    "{} does not answer within {} seconds",
                    self.server,
                    within.as_secs()
                );
                Err(SourceError::new(SourceErrorKind::Unreachable, message))
            }
        }
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
        _ => innermost(error),
    };
    let message = format!("{server} can't be reached at {}: {what}", socket.display());
    SourceError::new(SourceErrorKind::Unreachable, message)
}

fn io_kind(error: &(dyn std::error::Error + 'static)) -> Option<std::io::ErrorKind> {
    std::iter::successors(Some(error), |error| error.source())
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
