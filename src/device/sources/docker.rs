//! The Docker Engine's own API, over its socket.

mod request;

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

use self::request::{SERVER, query, refusal};
use super::entries::EntryDecoder;
use super::frames::Framing;
use super::log_source::{EntryStream, LogSource, LogWindow};
use super::module_info::{ModuleInfo, ModuleState};
use super::source_error::{SourceError, SourceErrorKind};
use super::tail::{RereadableLog, with_tail};
use super::unix_http::{
    HEADERS_WITHIN, RESTART_WITHIN, UnixHttp, is_container_name, no_such_module, unreachable,
};

/// The label in which `aziot-edged` stores the image as the deployment names it.
const ORIGINAL_IMAGE_LABEL: &str = "net.azure-devices.edge.original-image";

/// Maximum number of concurrent inspections.
const INSPECTED_AT_ONCE: usize = 8;

/// The containers of a Docker Engine as modules.
#[derive(Debug)]
pub struct DockerSource {
    socket: PathBuf,
    http: UnixHttp,
    /// Connected on first use, with a version that both sides speak.
    engine: OnceCell<Docker>,
}

impl DockerSource {
    /// The Engine's default socket.
    pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

    /// A source on the Engine at a Unix socket. It connects on first use.
    ///
    /// # Errors
    /// The HTTP client can't be made.
    pub fn new(socket: impl Into<PathBuf>) -> Result<Self, SourceError> {
        let socket = socket.into();
        let http = UnixHttp::new(&socket, SERVER)?;
        Ok(Self {
            socket,
            http,
            engine: OnceCell::new(),
        })
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
        // The Engine accepts ids and prefixes of ids too.
        if container.name.as_deref().map(plain_name) == Some(module) {
            Ok(container)
        } else {
            Err(no_such_module(module))
        }
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
        let options = ListContainersOptionsBuilder::new().all(true).build();
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
                // It was removed in the meantime.
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
impl RereadableLog for EngineLog<'_> {
    async fn read(&self, last: Option<u64>) -> Result<EntryStream, SourceError> {
        let path = format!(
            "/{}/containers/{}/logs?{}",
            self.version,
            self.id,
            query(&self.window, last)
        );
        let refused = async |response| {
            let (status, message) = self.http.refusal(response).await;
            refusal(status.as_u16(), &message, Some(self.module))
        };
        let decoder = EntryDecoder::new(Some(self.framing));
        self.http.log(&path, decoder, &self.window, refused).await
    }
}

/// The Engine's data on a container or network, as JSON.
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
        // The Engine reports 0 if the container has not exited, or not since its start.
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
    async fn a_missing_socket_is_explained() {
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
                .contains("the socket does not exist; is it running"),
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
