//! The Docker Engine's own API, over its socket.

mod request;
mod spool;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bollard::errors::Error as EngineError;
use bollard::models::{ContainerInspectResponse, ContainerStateStatusEnum, HealthStatusEnum};
use bollard::query_parameters::ListContainersOptionsBuilder;
use bollard::{API_DEFAULT_VERSION, ClientVersion, Docker};
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use serde_json::Value;

use self::request::{SERVER, query, refusal};
use self::spool::{SpooledLog, Spools};
use super::entries::EntryDecoder;
use super::frames::Framing;
use super::log_end::{AskedLog, read_to_end};
use super::log_source::{EntryStream, LogSource, LogWindow};
use super::module_info::{ModuleInfo, ModuleState};
use super::source_error::{SourceError, SourceErrorKind};
use super::tail::{RereadableLog, with_tail};
use super::unix_http::{
    HEADERS_WITHIN, RESTART_WITHIN, UnixHttp, answer_within, is_container_name, no_such_module,
    unreachable,
};
use crate::lock::lock;

/// The label in which `aziot-edged` stores the image as the deployment names it.
const ORIGINAL_IMAGE_LABEL: &str = "net.azure-devices.edge.original-image";

/// The log driver whose damaged files the Engine does not tell from their end.
const SILENT_DRIVER: &str = "json-file";

/// The first version of the API whose `since` finds every line, that of Engine 23.0.
///
/// Earlier Engines skip all rotated files that are newer than a compressed one that is too old: of
/// 30,001 lines 5,324 came (Docker 20.10, measured). The driver `local` compresses by default.
const COMPLETE_SINCE: ClientVersion = ClientVersion {
    major_version: 1,
    minor_version: 42,
};

/// Maximum number of concurrent inspections.
const INSPECTED_AT_ONCE: usize = 8;

/// The containers of a Docker Engine as modules.
#[derive(Debug)]
pub struct DockerSource {
    api: EngineApi,
    spools: Spools,
}

/// A Docker Engine's API.
#[derive(Debug, Clone)]
struct EngineApi {
    socket: PathBuf,
    http: UnixHttp,
    /// Connected on first use, with a version that both sides speak.
    engine: Arc<Mutex<Option<Docker>>>,
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
        let api = EngineApi {
            socket,
            http,
            engine: Arc::default(),
        };
        Ok(Self {
            api,
            spools: Spools::default(),
        })
    }
}

impl EngineApi {
    async fn engine(&self) -> Result<Docker, SourceError> {
        let known = lock(&self.engine).clone();
        match known {
            Some(engine) => Ok(engine),
            None => self.negotiate().await,
        }
    }

    async fn negotiate(&self) -> Result<Docker, SourceError> {
        let socket = self.socket.to_str().ok_or_else(|| {
            let message = format!(
                "the path of the socket is not UTF-8: {}",
                self.socket.display()
            );
            SourceError::new(SourceErrorKind::Invalid, message)
        })?;
        let within = RESTART_WITHIN.as_secs();
        // Debian's Engine 20.10 speaks 1.41 at most, and refuses anything newer.
        let connecting = Docker::connect_with_unix(socket, within, API_DEFAULT_VERSION);
        let engine = match connecting {
            Ok(engine) => engine.negotiate_version().await,
            Err(error) => Err(error),
        };
        let engine = engine.map_err(|error| self.error(error, None))?;
        *lock(&self.engine) = Some(engine.clone());
        Ok(engine)
    }

    /// Calls the Engine, which answers within `most` or the method's time. An Engine that was
    /// replaced may refuse the version that its predecessor spoke: then it is asked again.
    async fn call<T, F>(&self, most: Duration, call: impl Fn(Docker) -> F) -> Result<T, SourceError>
    where
        F: Future<Output = Result<T, SourceError>>,
    {
        let answer = async {
            let engine = self.engine().await?;
            let version = engine.client_version();
            match call(engine).await {
                Err(refusal) if refusal.kind() == SourceErrorKind::Invalid => {
                    let engine = self.negotiate().await?;
                    if engine.client_version() == version {
                        return Err(refusal);
                    }
                    call(engine).await
                }
                other => other,
            }
        };
        answer_within(SERVER, &self.socket, most, answer).await
    }

    /// Looks a container up by its exact name.
    async fn container(&self, module: &str) -> Result<ContainerInspectResponse, SourceError> {
        if !is_container_name(module) {
            return Err(no_such_module(module));
        }
        let inspect = |engine: Docker| async move {
            let inspected = engine.inspect_container(module, None).await;
            inspected.map_err(|error| self.error(error, Some(module)))
        };
        let container = self.call(HEADERS_WITHIN, inspect).await?;
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
        let list = |engine: Docker| async move {
            let all = ListContainersOptionsBuilder::new().all(true).build();
            let listed = engine.list_containers(Some(all)).await;
            listed.map_err(|error| self.api.error(error, None))
        };
        let containers = self.api.call(HEADERS_WITHIN, list).await?;
        let ids = containers.into_iter().filter_map(|container| container.id);
        let inspections = stream::iter(ids).map(async |id| {
            let id = &id;
            let inspect = |engine: Docker| async move {
                match engine.inspect_container(id, None).await {
                    Ok(container) => Ok(Some(container)),
                    // It was removed in the meantime.
                    Err(EngineError::DockerResponseServerError {
                        status_code: 404, ..
                    }) => Ok(None),
                    Err(error) => Err(self.api.error(error, None)),
                }
            };
            self.api.call(HEADERS_WITHIN, inspect).await
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
        // A page before known lines shows by these whether it is whole.
        let is_checked = window.before.is_none();
        let window = &window.of_engine();
        let container = self.api.container(module).await?;
        let tty = container
            .config
            .as_ref()
            .and_then(|config| config.tty)
            .unwrap_or(false);
        let log = EngineLog {
            api: self.api.clone(),
            module: module.to_owned(),
            // The id stays the same when the container is renamed between two requests.
            id: container.id.clone().unwrap_or_else(|| module.to_owned()),
            framing: if tty {
                Framing::Plain
            } else {
                Framing::Multiplexed
            },
            window: *window,
            is_checked: is_checked && log_driver(&container) == Some(SILENT_DRIVER),
        };
        let whole = || log.clone().whole();
        // Where that takes longer than the request may, it is left to those that follow.
        let copy = async { Ok(self.spools.copy(&log.id, window, whole).await) };
        let copy = answer_within(SERVER, &self.api.socket, HEADERS_WITHIN, copy).await;
        if let Ok(Some(spool)) = copy {
            let window = *window;
            return with_tail(SpooledLog { spool, window }, &window).await;
        }
        with_tail(log, window).await
    }

    async fn inspect(&self, module: &str) -> Result<Option<Value>, SourceError> {
        Ok(settings(&self.api.container(module).await?))
    }

    async fn networks(&self) -> Result<Vec<(String, Value)>, SourceError> {
        let list = |engine: Docker| async move {
            let listed = engine.list_networks(None).await;
            listed.map_err(|error| self.api.error(error, None))
        };
        let networks = self.api.call(HEADERS_WITHIN, list).await?;
        let mut networks: Vec<(String, Value)> = networks
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
        self.api.container(module).await?;
        let restart = |engine: Docker| async move {
            let restarted = engine.restart_container(module, None).await;
            restarted.map_err(|error| self.api.error(error, Some(module)))
        };
        self.api.call(RESTART_WITHIN, restart).await
    }
}

#[derive(Clone)]
struct EngineLog {
    api: EngineApi,
    module: String,
    id: String,
    framing: Framing,
    window: LogWindow,
    /// Whether to make sure that the Engine has read the log to its end.
    is_checked: bool,
}

impl EngineLog {
    /// From the first entry to the last one that the Engine comes to.
    async fn whole(self) -> Result<EntryStream, SourceError> {
        self.request(&LogWindow::default(), None).await
    }
}

#[async_trait]
impl RereadableLog for EngineLog {
    async fn read(&self, last: Option<u64>) -> Result<EntryStream, SourceError> {
        let window = self.window.of_last(last);
        match self.is_checked {
            true => read_to_end(Arc::new(self.clone()), window, last).await,
            false => self.request(&window, last).await,
        }
    }
}

#[async_trait]
impl AskedLog for EngineLog {
    const ENGINE: &str = SERVER;

    async fn request(
        &self,
        window: &LogWindow,
        last: Option<u64>,
    ) -> Result<EntryStream, SourceError> {
        let http = &self.api.http;
        let open = |engine: Docker| async move {
            let version = engine.client_version();
            let query = query(window, last, version >= COMPLETE_SINCE);
            let path = format!("/v{version}/containers/{}/logs?{query}", self.id);
            let refused = async |response| {
                let (status, message) = http.refusal(response).await;
                refusal(status.as_u16(), &message, Some(&self.module))
            };
            let decoder = EntryDecoder::new(Some(self.framing));
            http.log(&path, decoder, window, refused).await
        };
        self.api.call(HEADERS_WITHIN, open).await
    }
}

fn log_driver(container: &ContainerInspectResponse) -> Option<&str> {
    let config = container.host_config.as_ref()?.log_config.as_ref()?;
    config.typ.as_deref()
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
