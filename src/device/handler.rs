//! Takes a method's name and payload, and answers as the edge agent does.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::bundle::BundleJob;
use super::identity::DeviceIdentity;
use super::method_error::MethodError;
use super::module_logs::{get_module_logs, select};
use super::request::parse;
use super::sinks::{Directories, Storage};
use super::sources::{LogSource, SourceErrorKind, answered_within};
use super::tasks::{TaskReporter, TaskTable};
use super::upload;
use crate::methods::{
    ErrorBody, GetModuleLogs, GetTaskStatus, MethodAnswer, MethodRequest, Ping, RestartModule,
    TaskStatusResponse, UploadModuleLogs, UploadSupportBundle,
};

/// A device module: it answers direct methods over one source of logs.
#[derive(Clone)]
pub struct DeviceModule {
    identity: DeviceIdentity,
    source: Arc<dyn LogSource>,
    storage: Storage,
    tasks: Arc<TaskTable>,
    secrets_in_bundles: bool,
    /// One permit for each request that may be processed at once.
    permits: Arc<Semaphore>,
}

/// The schema of all log methods and GetTaskStatus, as edgeAgent 1.6 calls it.
const LOGS_SCHEMA: &str = "logs upload request schema";

/// The schema of RestartModule, as edgeAgent 1.6 calls it.
const RESTART_SCHEMA: &str = "restart module request schema";

/// Every method, in the order in which the error for an unknown method lists them.
const METHODS: [&str; 6] = [
    Ping::NAME,
    GetTaskStatus::NAME,
    GetModuleLogs::NAME,
    UploadModuleLogs::NAME,
    UploadSupportBundle::NAME,
    RestartModule::NAME,
];

/// The name of a method as the public documentation spells it; none for an unknown one.
pub(super) fn known_method(method: &str) -> Option<&'static str> {
    let mut names = METHODS.into_iter();
    names.find(|name| method.eq_ignore_ascii_case(name))
}

/// Maximum number of requests that one device processes at once. Each may hold a log's last lines
/// and an answer; without a limit, a caller could exhaust the memory.
const MAX_REQUESTS: usize = 16;

/// How long a request waits for a permit. IoT Hub's shortest response timeout is 5 s; the refusal
/// must arrive before that.
const MAX_WAIT: Duration = Duration::from_secs(3);

impl DeviceModule {
    /// A module that answers for `identity` over `source`. Uploads may go to Blob Storage only.
    pub fn new(identity: DeviceIdentity, source: Arc<dyn LogSource>) -> Self {
        Self {
            identity,
            source,
            storage: Storage::default(),
            tasks: Arc::new(TaskTable::in_memory()),
            secrets_in_bundles: false,
            permits: Arc::new(Semaphore::new(MAX_REQUESTS)),
        }
    }

    /// Stores the tasks in this folder, so that they survive a restart. By default they end with
    /// the process.
    #[must_use]
    pub fn with_tasks_in(mut self, folder: PathBuf) -> Self {
        self.tasks = Arc::new(TaskTable::in_folder(folder));
        self
    }

    /// Also allows uploads to `file://` directories. The caller of the method chooses the
    /// directory, so this is for hubs on this machine only.
    #[must_use]
    pub fn with_directories(mut self) -> Self {
        self.storage.directories = Directories::Anywhere;
        self
    }

    /// Allows uploads to `file://` directories below this one.
    #[must_use]
    pub fn with_directories_below(mut self, root: PathBuf) -> Self {
        self.storage.directories = Directories::Below(root);
        self
    }

    /// Trusts these root certificates of a storage in addition to the system's.
    #[must_use]
    pub fn with_roots(mut self, roots: Vec<reqwest::Certificate>) -> Self {
        self.storage.roots = roots;
        self
    }

    /// Keeps secrets in the settings that support bundles hold. By default they are replaced by
    /// `REDACTED`, since bundles are passed on.
    #[must_use]
    pub fn with_secrets_in_bundles(mut self) -> Self {
        self.secrets_in_bundles = true;
        self
    }

    /// How many uploads and bundles have not ended.
    pub fn running_tasks(&self) -> usize {
        self.tasks.running().count()
    }

    /// Waits until all uploads and bundles have ended.
    pub async fn tasks_ended(&self) {
        self.tasks.running().none().await;
    }

    /// Answers one method. `payload` is the JSON that came with it, if any did.
    pub async fn handle(&self, method: &str, payload: Option<&str>) -> MethodAnswer {
        let answer = self.dispatch(method, payload).await;
        match answer {
            Ok(payload) => MethodAnswer {
                status: 200,
                payload,
            },
            Err(error) => {
                let body = to_raw_value(&ErrorBody {
                    message: error.message,
                });
                MethodAnswer {
                    status: error.status,
                    payload: body.ok(),
                }
            }
        }
    }

    /// The same for a caller who waits for `limit`: a source that does not answer is named before.
    pub async fn handle_within(
        &self,
        limit: Duration,
        method: &str,
        payload: Option<&str>,
    ) -> MethodAnswer {
        answered_within(limit, self.handle(method, payload)).await
    }

    /// Names match in any case, as in edgeAgent 1.6; the public documentation says otherwise.
    async fn dispatch(
        &self,
        method: &str,
        payload: Option<&str>,
    ) -> Result<Option<Box<RawValue>>, MethodError> {
        let is = |name: &str| method.eq_ignore_ascii_case(name);
        // These two read no source. They are answered at any load, so that a busy device does not
        // look offline.
        if is(Ping::NAME) {
            return Ok(None);
        }
        if is(GetTaskStatus::NAME) {
            return json(&self.task_status(&parse(payload)?).await?);
        }
        if known_method(method).is_none() {
            return Err(MethodError::bad_request(format!(
                "Command '{method}' not found. The supported commands are - {}",
                METHODS.join(",")
            )));
        }
        let _permit = self.permit().await?;
        if is(GetModuleLogs::NAME) {
            let request: GetModuleLogs = parse(payload)?;
            request.schema_version().check(LOGS_SCHEMA)?;
            let source = self.source.as_ref();
            json(&get_module_logs(source, &self.identity, &request).await?)
        } else if is(UploadModuleLogs::NAME) {
            json(&self.upload_module_logs(parse(payload)?).await?)
        } else if is(UploadSupportBundle::NAME) {
            json(&self.upload_support_bundle(parse(payload)?).await?)
        } else {
            self.restart_module(&parse(payload)?).await?;
            Ok(None)
        }
    }

    /// Waits briefly for a permit.
    async fn permit(&self) -> Result<SemaphorePermit<'_>, MethodError> {
        let turn = tokio::time::timeout(MAX_WAIT, self.permits.acquire()).await;
        match turn {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(MethodError::too_many(format!(
                "The device is already working on {MAX_REQUESTS} requests, and none of them ended within {} seconds. \
                 Nothing was done; try again.",
                MAX_WAIT.as_secs()
            ))),
        }
    }

    async fn upload_module_logs(
        &self,
        request: UploadModuleLogs,
    ) -> Result<TaskStatusResponse, MethodError> {
        request.schema_version().check(LOGS_SCHEMA)?;
        let now = Timestamp::now();
        let selected = select(self.source.as_ref(), request.items(), now).await?;
        let job = upload::UploadJob {
            identity: self.identity.clone(),
            source: self.source.clone(),
            storage: self.storage.clone(),
            request,
            selected,
        };
        self.start(|reporter| job.run(reporter)).await
    }

    async fn upload_support_bundle(
        &self,
        request: UploadSupportBundle,
    ) -> Result<TaskStatusResponse, MethodError> {
        let job = BundleJob::new(
            self.identity.clone(),
            self.source.clone(),
            self.storage.clone(),
            &request,
        )?
        .keep_secrets(self.secrets_in_bundles);
        self.start(|reporter| job.run(reporter)).await
    }

    async fn start<W, F>(&self, work: W) -> Result<TaskStatusResponse, MethodError>
    where
        W: FnOnce(TaskReporter) -> F,
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let started = self.tasks.start(work).await;
        started.map_err(|error| MethodError::too_many(error.to_string()))
    }

    async fn task_status(
        &self,
        request: &GetTaskStatus,
    ) -> Result<TaskStatusResponse, MethodError> {
        request.schema_version().check(LOGS_SCHEMA)?;
        Ok(self.tasks.status(request.correlation_id()).await)
    }

    async fn restart_module(&self, request: &RestartModule) -> Result<(), MethodError> {
        request.schema_version().check(RESTART_SCHEMA)?;
        let id = request.id();
        let unknown =
            || MethodError::failed(format!("Module {id} not found in the current environment"));
        let modules = self.source.modules().await?;
        if !modules.iter().any(|module| module.name == id) {
            return Err(unknown());
        }
        match self.source.restart(id).await {
            // It disappeared between the two calls.
            Err(error) if error.kind() == SourceErrorKind::NotFound => Err(unknown()),
            other => Ok(other?),
        }
    }
}

fn json<T: Serialize>(value: &T) -> Result<Option<Box<RawValue>>, MethodError> {
    to_raw_value(value)
        .map(Some)
        .map_err(|error| MethodError::failed(error.to_string()))
}
