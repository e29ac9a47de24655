//! The management API of `aziot-edged`, over its socket.
//!
//! Facts about it are from edgelet 1.6 on Docker 20.10, measured.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::{Method, Response, StatusCode};
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::Value;

use super::entries::EntryDecoder;
use super::log_end::{AskedLog, read_to_end};
use super::log_source::{EntryStream, LogSource, LogWindow};
use super::module_info::{ModuleInfo, ModuleState};
use super::source_error::{SourceError, SourceErrorKind};
use super::tail::{RereadableLog, with_tail};
use super::unix_http::{
    HEADERS_WITHIN, RESTART_WITHIN, UnixHttp, is_container_name, no_such_module,
};

/// The oldest version has everything needed, including `until`.
const API_VERSION: &str = "2018-06-28";

const SERVER: &str = "aziot-edged";

/// The modules of an IoT Edge device, through its daemon.
#[derive(Debug)]
pub struct EdgedSource {
    http: UnixHttp,
}

impl EdgedSource {
    /// The default socket of `aziot-edged`.
    pub const DEFAULT_SOCKET: &str = "/var/run/iotedge/mgmt.sock";

    /// A source on the daemon at a Unix socket. It connects on first use.
    ///
    /// # Errors
    /// The HTTP client can't be made.
    pub fn new(socket: impl Into<PathBuf>) -> Result<Self, SourceError> {
        Ok(Self {
            http: UnixHttp::new(&socket.into(), SERVER)?,
        })
    }

    /// Checks that a name can be part of a URL and belongs to a module.
    ///
    /// The daemon puts it unescaped into the Engine's URL, and accepts ids, prefixes of ids, and
    /// containers that are not modules.
    async fn check_module(&self, module: &str) -> Result<(), SourceError> {
        if is_container_name(module)
            && self
                .modules()
                .await?
                .iter()
                .any(|known| known.name == module)
        {
            Ok(())
        } else {
            Err(no_such_module(module))
        }
    }
}

#[async_trait]
impl LogSource for EdgedSource {
    /// By name; the daemon itself lists the newest container first.
    async fn modules(&self) -> Result<Vec<ModuleInfo>, SourceError> {
        let path = format!("/modules?api-version={API_VERSION}");
        let response = self.http.send(Method::GET, &path, HEADERS_WITHIN).await?;
        if response.status() != StatusCode::OK {
            return Err(refused(&self.http, response, "list the modules", None).await);
        }
        let body = self.http.read(response).await?;
        let mut modules = parse_list(&body).map_err(|error| {
            let message = format!("the list of modules from {SERVER} can't be read: {error}");
            SourceError::new(SourceErrorKind::Unreachable, message)
        })?;
        modules.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(modules)
    }

    async fn logs(&self, module: &str, window: &LogWindow) -> Result<EntryStream, SourceError> {
        self.check_module(module).await?;
        // Without `until`, the daemon would read on behind the window; and a page before known lines shows by these
        // whether it is whole.
        let is_checked = window.before.is_none() && window.until.is_none();
        let window = window.of_engine();
        let log = ModuleLog {
            http: self.http.clone(),
            module: module.to_owned(),
            window,
            is_checked,
        };
        with_tail(log, &window).await
    }

    fn runs_containers(&self) -> bool {
        true
    }

    async fn restart(&self, module: &str) -> Result<(), SourceError> {
        self.check_module(module).await?;
        let path = format!("/modules/{module}/restart?api-version={API_VERSION}");
        let response = self.http.send(Method::POST, &path, RESTART_WITHIN).await?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(refused(
            &self.http,
            response,
            &format!("restart module `{module}`"),
            Some(module),
        )
        .await)
    }
}

#[derive(Clone)]
struct ModuleLog {
    http: UnixHttp,
    module: String,
    window: LogWindow,
    /// Whether to make sure that the Engine has read the log to its end.
    is_checked: bool,
}

#[async_trait]
impl RereadableLog for ModuleLog {
    async fn read(&self, last: Option<u64>) -> Result<EntryStream, SourceError> {
        let window = self.window.of_last(last);
        match self.is_checked {
            true => read_to_end(Arc::new(self.clone()), window, last).await,
            false => self.request(&window, last).await,
        }
    }
}

#[async_trait]
impl AskedLog for ModuleLog {
    const ENGINE: &str = "the container engine";

    async fn request(
        &self,
        window: &LogWindow,
        last: Option<u64>,
    ) -> Result<EntryStream, SourceError> {
        let path = format!("/modules/{}/logs?{}", self.module, query(window, last));
        let what = format!("read the log of module `{}`", self.module);
        let refused =
            async |response| refused(&self.http, response, &what, Some(&self.module)).await;
        // Nothing in the answer says whether the module has a TTY; its content type is always
        // `text/plain`.
        let decoder = EntryDecoder::new(None);
        self.http.log(&path, decoder, window, refused).await
    }
}

/// The query of a log request. The daemon takes whole seconds of 32 bits, so the window is widened
/// here, and the excess is dropped by stamp later. `since` is not sent: the daemon does not say
/// which Engine it asks, and those up to 20.10 lose lines with it (see the source `docker`).
fn query(window: &LogWindow, last: Option<u64>) -> String {
    let mut query = format!("api-version={API_VERSION}&timestamps=true");
    let until = window
        .until
        .map(|until| until.as_second() + i64::from(until.subsec_nanosecond() > 0));
    // Zero means "no bound", and there are no earlier times. Omitted if it can't be expressed.
    if let Some(Ok(until)) = until.map(|until| i32::try_from(until.max(1))) {
        query.push_str(&format!("&until={until}"));
    }
    if let Some(last) = last {
        query.push_str(&format!("&tail={last}"));
    }
    query
}

/// What an error response means.
///
/// The message of a failed log request is always "container runtime error"; the status is the
/// Engine's own and says more.
async fn refused(
    http: &UnixHttp,
    response: Response,
    what: &str,
    module: Option<&str>,
) -> SourceError {
    let (status, message) = http.refusal(response).await;
    let (kind, meaning) = match (status, module) {
        (StatusCode::NOT_FOUND, Some(module)) => return no_such_module(module),
        (StatusCode::BAD_REQUEST, _) => (SourceErrorKind::Invalid, "it refuses the request"),
        (StatusCode::NOT_IMPLEMENTED, Some(_)) => (
            SourceErrorKind::Unreadable,
            "the module's log driver keeps nothing that can be read",
        ),
        (StatusCode::INTERNAL_SERVER_ERROR, _) => (
            SourceErrorKind::Unreadable,
            "the container engine fails, or is down",
        ),
        (status, _) if status.is_redirection() => (
            SourceErrorKind::Invalid,
            "the container engine does not know this address",
        ),
        _ => (SourceErrorKind::Unreadable, "it refuses"),
    };
    let message = format!(
        "{SERVER} can't {what}: {meaning} (status {}, {message})",
        status.as_u16()
    );
    SourceError::new(kind, message)
}

fn parse_list(body: &[u8]) -> serde_json::Result<Vec<ModuleInfo>> {
    #[derive(Deserialize)]
    struct List {
        modules: Vec<Value>,
    }
    let list: List = serde_json::from_slice(body)?;
    list.modules.iter().map(module_info).collect()
}

/// Only the name is required; some fields are null until the module has started or ended.
fn module_info(module: &Value) -> serde_json::Result<ModuleInfo> {
    let text = |path: &str| text_at(module, path);
    let time = |path| Ok(text(path)?.and_then(|time| time.parse::<Timestamp>().ok()));
    let name = text("name")?.ok_or_else(|| serde_json::Error::missing_field("name"))?;
    let image = text("config.settings.image")?;
    Ok(ModuleInfo {
        name: name.to_owned(),
        state: match text("status.runtimeStatus.status")? {
            Some("running") => ModuleState::Running,
            Some("stopped") => ModuleState::Stopped,
            Some("failed") => ModuleState::Failed,
            Some("dead") => ModuleState::Dead,
            _ => ModuleState::Unknown,
        },
        // Without an image, the daemon reports the name of the container.
        image: image.filter(|image| *image != name).map(str::to_owned),
        // A number as a string.
        exit_code: text("status.exitStatus.statusCode")?.and_then(|code| code.parse().ok()),
        started: time("status.startTime")?,
        exited: time("status.exitStatus.exitTime")?,
        // Not reported.
        restarts: None,
    })
}

/// The text at a path of field names with dots; none if it or an object before it is missing or null.
fn text_at<'v>(value: &'v Value, path: &str) -> serde_json::Result<Option<&'v str>> {
    let other = |what: &str| serde_json::Error::custom(format!("`{path}` is not in {what}"));
    let mut value = value;
    for field in path.split('.') {
        let object = value.as_object().ok_or_else(|| other("an object"))?;
        match object.get(field) {
            None | Some(Value::Null) => return Ok(None),
            Some(inner) => value = inner,
        }
    }
    let text = value.as_str();
    text.map(Some)
        .ok_or_else(|| serde_json::Error::custom(format!("`{path}` is not a string")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_window_becomes_a_whole_second_after_it() {
        for (until, sent) in [
            ("2026-11-22T08:44:49.1Z", "&until=1795337090"),
            ("2026-11-22T08:44:49Z", "&until=1795337089"),
            ("1970-01-01T00:00:00Z", "&until=1"),
            ("1960-01-01T00:00:00Z", "&until=1"),
            ("2041-01-01T00:00:00Z", ""),
        ] {
            let window = LogWindow {
                since: Some(Timestamp::UNIX_EPOCH),
                until: Some(until.parse().unwrap()),
                ..LogWindow::default()
            };
            let base = "api-version=2018-06-28&timestamps=true";
            assert_eq!(query(&window, None), format!("{base}{sent}"), "{until}");
        }
    }
}
