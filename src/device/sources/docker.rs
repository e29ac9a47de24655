//! The Docker Engine's own API, over its socket.

mod request;

use std::collections::HashMap;
use std::path::PathBuf;

use async_trait::async_trait;
use bollard::Docker;
use bollard::errors::Error as EngineError;
use bollard::models::{ContainerInspectResponse, ContainerStateStatusEnum, HealthStatusEnum};
use bollard::query_parameters::ListContainersOptionsBuilder;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::OnceCell;

use self::request::{query, refusal, refused};
use super::entries::EntryDecoder;
use super::frames::Framing;
use super::tail::{Passes, with_tail};
use super::unix_http::{
    HEADERS_WITHIN, RESTART_WITHIN, UnixHttp, is_container_name, no_such_module, unreachable,
};
use super::{
    EntryStream, LogSource, LogWindow, ModuleInfo, ModuleState, SourceError, SourceErrorKind,
};

/// The label in which `aziot-edged` keeps the image as the deployment names it.
const ORIGINAL_IMAGE_LABEL: &str = "net.azure-devices.edge.original-image";

const SERVER: &str = "the Docker Engine";

/// How many containers are inspected at a time.
const INSPECTED_AT_ONCE: usize = 8;

/// The containers of a Docker Engine as modules.
#[derive(Debug)]
pub struct DockerSource {
    socket: PathBuf,
    label: Option<String>,
    http: UnixHttp,
    /// Connected at the first use, with the version that both sides speak.
    engine: OnceCell<Docker>,
}

impl DockerSource {
    /// Where the Engine listens unless told otherwise.
    pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

    /// A source on the Engine at a Unix socket. It is first connected to when it is used.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn new(socket: impl Into<PathBuf>) -> Result<Self, SourceError> {
        let socket = socket.into();
        let http = UnixHttp::new(&socket, SERVER)?;
        Ok(Self {
            socket,
            label: None,
            http,
            engine: OnceCell::new(),
        })
    }

    /// Takes only the containers with this label, `key` or `key=value`, for modules.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    async fn engine(&self) -> Result<&Docker, SourceError> {
        let connect = || async {
            let socket = self.socket.to_str().ok_or_else(|| {
                let message = format!(
                    "the path of the socket is not UTF-8: {}",
                    self.socket.display()
                );
                SourceError::new(SourceErrorKind::Invalid, message)
            })?;
            let newest = bollard::API_DEFAULT_VERSION;
            // Debian's Engine 20.10 speaks 1.41 at most, and refuses anything newer.
            let connecting = Docker::connect_with_unix(socket, HEADERS_WITHIN.as_secs(), newest);
            match connecting {
                Ok(engine) => engine
                    .negotiate_version()
                    .await
                    .map_err(|error| self.error(error, None)),
                Err(error) => Err(self.error(error, None)),
            }
        };
        self.engine.get_or_try_init(connect).await
    }

    /// Looks a container up by its exact name.
    async fn container(&self, module: &str) -> Result<ContainerInspectResponse, SourceError> {
        if !is_container_name(module) {
            return Err(no_such_module(module));
        }
        let inspected = self.engine().await?.inspect_container(module, None).await;
        let container = inspected.map_err(|error| self.error(error, Some(module)))?;
        // The Engine takes ids and the beginnings of ids as well.
        let same_name = container.name.as_deref().map(plain_name) == Some(module);
        if same_name && self.has_label(&container) {
            Ok(container)
        } else {
            Err(no_such_module(module))
        }
    }

    fn has_label(&self, container: &ContainerInspectResponse) -> bool {
        let Some(wanted) = &self.label else {
            return true;
        };
        let labels = container
            .config
            .as_ref()
            .and_then(|config| config.labels.as_ref());
        labels.is_some_and(|labels| match wanted.split_once('=') {
            Some((key, value)) => labels.get(key).is_some_and(|actual| actual == value),
            None => labels.contains_key(wanted),
        })
    }

    fn error(&self, error: EngineError, module: Option<&str>) -> SourceError {
        match error {
            EngineError::DockerResponseServerError {
                status_code,
                message,
            } => refusal(status_code, message.trim(), module),
            EngineError::RequestTimeoutError => SourceError::new(
                SourceErrorKind::Unreachable,
                format!("{SERVER} does not answer in time"),
            ),
            EngineError::SocketNotFoundError(_) => unreachable(
                SERVER,
                &self.socket,
                &std::io::Error::from(std::io::ErrorKind::NotFound),
            ),
            error => unreachable(SERVER, &self.socket, &error),
        }
    }
}

#[async_trait]
impl LogSource for DockerSource {
    /// By name.
    async fn modules(&self) -> Result<Vec<ModuleInfo>, SourceError> {
        let filters: HashMap<String, Vec<String>> = self
            .label
            .iter()
            .map(|label| ("label".to_owned(), vec![label.clone()]))
            .collect();
        let options = ListContainersOptionsBuilder::new()
            .all(true)
            .filters(&filters)
            .build();
        let engine = self.engine().await?;
        let containers = engine
            .list_containers(Some(options))
            .await
            .map_err(|error| self.error(error, None))?;
        let ids: Vec<String> = containers
            .into_iter()
            .filter_map(|container| container.id)
            .collect();
        let inspections =
            stream::iter(ids).map(async |id| match engine.inspect_container(&id, None).await {
                Ok(container) => Ok(Some(container)),
                // It was removed meanwhile.
                Err(EngineError::DockerResponseServerError {
                    status_code: 404, ..
                }) => Ok(None),
                Err(error) => Err(self.error(error, None)),
            });
        let inspected: Vec<_> = inspections
            .buffer_unordered(INSPECTED_AT_ONCE)
            .try_collect()
            .await?;
        let mut modules: Vec<_> = inspected
            .into_iter()
            .flatten()
            .filter_map(module_info)
            .collect();
        modules.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(modules)
    }

    async fn logs(&self, module: &str, window: &LogWindow) -> Result<EntryStream, SourceError> {
        let container = self.container(module).await?;
        let version = self.engine().await?.client_version();
        let tty = container
            .config
            .as_ref()
            .and_then(|config| config.tty)
            .unwrap_or(false);
        let log = EngineLog {
            http: &self.http,
            module,
            version: format!("v{}.{}", version.major_version, version.minor_version),
            // The id stays the same when the container is renamed between two requests.
            id: container.id.unwrap_or_else(|| module.to_owned()),
            framing: if tty {
                Framing::Plain
            } else {
                Framing::Multiplexed
            },
            window: *window,
        };
        with_tail(log, window).await
    }

    async fn inspect(&self, module: &str) -> Result<Option<Value>, SourceError> {
        Ok(settings(&self.container(module).await?))
    }

    async fn networks(&self) -> Result<Vec<(String, Value)>, SourceError> {
        let listed = self.engine().await?.list_networks(None).await;
        let mut networks: Vec<(String, Value)> = listed
            .map_err(|error| self.error(error, None))?
            .iter()
            .filter_map(|network| Some((network.name.clone()?, settings(network)?)))
            .collect();
        networks.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(networks)
    }

    fn runs_containers(&self) -> bool {
        true
    }

    async fn restart(&self, module: &str) -> Result<(), SourceError> {
        self.container(module).await?;
        let mut engine = self.engine().await?.clone();
        engine.set_timeout(RESTART_WITHIN);
        engine
            .restart_container(module, None)
            .await
            .map_err(|error| self.error(error, Some(module)))
    }
}

struct EngineLog<'a> {
    http: &'a UnixHttp,
    module: &'a str,
    version: String,
    id: String,
    framing: Framing,
    window: LogWindow,
}

#[async_trait]
impl Passes for EngineLog<'_> {
    async fn pass(&self, last: Option<u64>, follow: bool) -> Result<EntryStream, SourceError> {
        let window = LogWindow {
            follow,
            ..self.window
        };
        let path = format!(
            "/{}/containers/{}/logs?{}",
            self.version,
            self.id,
            query(&window, last)
        );
        let module = self.module.to_owned();
        let refused =
            |http: UnixHttp, response| async move { refused(&http, response, &module).await };
        self.http
            .log(
                path,
                EntryDecoder::new(Some(self.framing)),
                &window,
                refused,
            )
            .await
    }
}

/// What the Engine tells of a thing, as JSON.
fn settings(thing: &impl serde::Serialize) -> Option<Value> {
    serde_json::to_value(thing).ok()
}

/// The Engine's names start with a slash.
fn plain_name(name: &str) -> &str {
    name.strip_prefix('/').unwrap_or(name)
}

fn module_info(container: ContainerInspectResponse) -> Option<ModuleInfo> {
    let name = plain_name(container.name.as_deref()?).to_owned();
    let state = container.state.unwrap_or_default();
    let time = |text: Option<String>| {
        let time: Timestamp = text?.parse().ok()?;
        // The Engine writes the year 1 for "never".
        (time > Timestamp::UNIX_EPOCH).then_some(time)
    };
    let started = time(state.started_at);
    let exited = time(state.finished_at);
    let healthy =
        state.health.and_then(|health| health.status) != Some(HealthStatusEnum::UNHEALTHY);
    let is_up = matches!(
        state.status,
        Some(ContainerStateStatusEnum::RUNNING | ContainerStateStatusEnum::PAUSED)
    );
    let module_state = match state.status {
        Some(ContainerStateStatusEnum::RUNNING | ContainerStateStatusEnum::STOPPING) if healthy => {
            ModuleState::Running
        }
        Some(ContainerStateStatusEnum::RUNNING | ContainerStateStatusEnum::STOPPING) => {
            ModuleState::Unhealthy
        }
        Some(ContainerStateStatusEnum::RESTARTING) => ModuleState::Backoff,
        Some(ContainerStateStatusEnum::CREATED | ContainerStateStatusEnum::PAUSED) => {
            ModuleState::Stopped
        }
        Some(ContainerStateStatusEnum::EXITED) if state.exit_code == Some(0) => {
            ModuleState::Stopped
        }
        Some(ContainerStateStatusEnum::EXITED) => ModuleState::Failed,
        Some(ContainerStateStatusEnum::DEAD | ContainerStateStatusEnum::REMOVING) => {
            ModuleState::Dead
        }
        Some(ContainerStateStatusEnum::EMPTY) | None => ModuleState::Unknown,
    };
    let config = container.config.unwrap_or_default();
    let original = config
        .labels
        .and_then(|mut labels| labels.remove(ORIGINAL_IMAGE_LABEL));
    Some(ModuleInfo {
        name,
        state: module_state,
        image: original.or(config.image),
        // The Engine says 0 for what has not exited, or not since it was started.
        exit_code: state.exit_code.filter(|_| exited.is_some() && !is_up),
        started,
        exited,
        restarts: container
            .restart_count
            .and_then(|count| count.try_into().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_missing_socket_is_said_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("docker.sock");
        let error = DockerSource::new(&socket)
            .unwrap()
            .modules()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), SourceErrorKind::Unreachable);
        assert!(
            error
                .to_string()
                .contains("there is no such socket; is it running"),
            "{error}"
        );
        std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let error = DockerSource::new(&socket)
            .unwrap()
            .modules()
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("nothing listens there"),
            "{error}"
        );
    }
}
