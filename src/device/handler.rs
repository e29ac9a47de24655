//! Takes a method's name and payload, and answers as the edge agent does.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::answer::{AnswerPart, LogWriter};
use super::bundle;
use super::filter::CompiledFilter;
use super::module_match::match_modules;
use super::reader::{LogReader, ReadError};
use super::request::parse;
use super::sinks::Storage;
use super::sources::{LogSource, SourceError, SourceErrorKind};
use super::tasks::TaskTable;
use super::upload;
use crate::methods::{
    ErrorBody, GetModuleLogs, GetTaskStatus, LogItem, MAX_LOG_BYTES, MethodAnswer, MethodRequest,
    ModuleLogs, Ping, SchemaError, SchemaVersion, TaskStatusResponse, UploadModuleLogs,
    UploadSupportBundle, too_large_message,
};

/// Who the device is, in records and in blob names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceIdentity {
    /// The hub's host name, without a port.
    pub hub: String,
    /// The device's id.
    pub device: String,
}

/// A device module: it answers direct methods over one source of logs.
#[derive(Clone)]
pub struct DeviceModule {
    identity: DeviceIdentity,
    source: Arc<dyn LogSource>,
    storage: Storage,
    tasks: Arc<TaskTable>,
}

/// A refusal: the method's status, and the `message` of its payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct MethodError {
    status: i32,
    message: String,
}

impl MethodError {
    /// The arguments are at fault.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            message: message.into(),
        }
    }

    /// Something else is.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self {
            status: 500,
            message: message.into(),
        }
    }
}

impl From<SourceError> for MethodError {
    fn from(error: SourceError) -> Self {
        match error.kind() {
            SourceErrorKind::Invalid => Self::bad_request(error.to_string()),
            _ => Self::failed(error.to_string()),
        }
    }
}

impl From<ReadError> for MethodError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Source(error) => error.into(),
            ReadError::Method(error) => error,
        }
    }
}

impl From<SchemaError> for MethodError {
    fn from(error: SchemaError) -> Self {
        match error {
            SchemaError::Blank => Self::bad_request(error.to_string()),
            SchemaError::Invalid { .. } | SchemaError::Incompatible { .. } => {
                Self::failed(error.to_string())
            }
        }
    }
}

/// How edgeAgent 1.6 calls the schema of all log methods and of GetTaskStatus.
const LOGS_SCHEMA: &str = "logs upload request schema";

/// A module that one of a request's items selects, and that item's filter.
pub(super) type Selected = (String, CompiledFilter);

impl DeviceModule {
    /// A module that answers for `identity` over `source`. Uploads may go to Blob Storage only.
    pub fn new(identity: DeviceIdentity, source: Arc<dyn LogSource>) -> Self {
        Self {
            identity,
            source,
            storage: Storage::BlobsOnly,
            tasks: Arc::new(TaskTable::default()),
        }
    }

    /// Lets uploads go to `file://` directories as well. Whoever can call the method chooses the
    /// directory, so this is for hubs on this machine only.
    #[must_use]
    pub fn with_directories(mut self) -> Self {
        self.storage = Storage::BlobsAndDirectories;
        self
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

    /// Names match in any case, as edgeAgent 1.6 has it; the public documentation says otherwise.
    async fn dispatch(
        &self,
        method: &str,
        payload: Option<&str>,
    ) -> Result<Option<Box<RawValue>>, MethodError> {
        let is = |name: &str| method.eq_ignore_ascii_case(name);
        if is(Ping::NAME) {
            Ok(None)
        } else if is(GetModuleLogs::NAME) {
            json(&self.get_module_logs(parse(payload)?).await?)
        } else if is(GetTaskStatus::NAME) {
            json(&self.task_status(&parse(payload)?)?)
        } else if is(UploadModuleLogs::NAME) {
            json(&self.upload_module_logs(parse(payload)?).await?)
        } else if is(UploadSupportBundle::NAME) {
            json(&self.upload_support_bundle(parse(payload)?)?)
        } else {
            let supported = [
                Ping::NAME,
                GetTaskStatus::NAME,
                GetModuleLogs::NAME,
                UploadModuleLogs::NAME,
                UploadSupportBundle::NAME,
            ];
            Err(MethodError::bad_request(format!(
                "Command '{method}' not found. The supported commands are - {}",
                supported.join(",")
            )))
        }
    }

    /// The logs come in the order of the request's items; the shipped agent's order is arbitrary.
    async fn get_module_logs(
        &self,
        request: GetModuleLogs,
    ) -> Result<Vec<ModuleLogs>, MethodError> {
        check_schema(request.schema_version())?;
        let now = Timestamp::now();
        let mut parts = Vec::new();
        let (mut size, mut failures) = (0, Vec::new());
        for (module, filter) in self.select(request.items(), now).await? {
            match self.answer_part(&request, &module, &filter, now).await {
                Ok((part, part_size)) => {
                    size += part_size;
                    parts.push(part);
                }
                Err(error) if error.status == 400 => return Err(error),
                Err(error) => {
                    let message = error.message.clone();
                    failures.push(error);
                    parts.push(ModuleLogs {
                        error: Some(message),
                        ..ModuleLogs::of(module)
                    });
                }
            }
        }
        if size > MAX_LOG_BYTES as u64 {
            return Err(MethodError::bad_request(too_large_message(size)));
        }
        // One module that can't be read does not hold back the others; if there are no others, the
        // call has failed.
        match failures.into_iter().next() {
            Some(first)
                if parts
                    .iter()
                    .all(|part| part.error.is_some() && part.is_empty()) =>
            {
                Err(first)
            }
            _ => Ok(parts),
        }
    }

    async fn answer_part(
        &self,
        request: &GetModuleLogs,
        module: &str,
        filter: &CompiledFilter,
        now: Timestamp,
    ) -> Result<(ModuleLogs, u64), MethodError> {
        let broken = |error: std::io::Error| MethodError::failed(error.to_string());
        let mut reader = LogReader::open(self.source.as_ref(), module, filter, now).await?;
        let mut writer = LogWriter::new(
            AnswerPart::new(request.encoding()),
            request.content_type(),
            filter.include_timestamp,
            &self.identity,
            module,
        );
        let mut ended_early = None;
        while let Some(entry) = reader.next().await {
            match entry {
                Ok(entry) => writer.entry(&entry).map_err(broken)?,
                Err(ReadError::Method(error)) => return Err(error),
                // What was read is worth having.
                Err(ReadError::Source(error)) => ended_early = Some(error.to_string()),
            }
            if writer.get_mut().size() > MOST_COUNTED_BYTES {
                break;
            }
        }
        let part = writer.finish().map_err(broken)?;
        let (mut part, size) = part.finish(module.to_owned()).map_err(broken)?;
        part.error = ended_early;
        Ok((part, size))
    }

    /// Which modules the items select; the first item that matches a module counts for it.
    pub(super) async fn select(
        &self,
        items: &[LogItem],
        now: Timestamp,
    ) -> Result<Vec<Selected>, MethodError> {
        let filters = items
            .iter()
            .map(|item| CompiledFilter::compile(&item.filter, now))
            .collect::<Result<Vec<_>, _>>()?;
        let modules: Vec<String> = self
            .source
            .modules()
            .await?
            .into_iter()
            .map(|module| module.name)
            .collect();
        let ids: Vec<String> = items
            .iter()
            .map(|item| item.id.as_str().to_owned())
            .collect();
        let pairs = match_modules(&ids, &modules)
            .map_err(|error| MethodError::bad_request(error.to_string()))?;
        let mut by_item: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (module, item) in pairs {
            by_item.entry(item).or_default().push(module);
        }
        let selected = by_item
            .into_iter()
            .flat_map(|(item, chosen)| chosen.into_iter().map(move |module| (module, item)));
        Ok(selected
            .map(|(module, item)| (modules[module].clone(), filters[item].clone()))
            .collect())
    }

    async fn upload_module_logs(
        &self,
        request: UploadModuleLogs,
    ) -> Result<TaskStatusResponse, MethodError> {
        check_schema(request.schema_version())?;
        let now = Timestamp::now();
        let selected = self.select(request.items(), now).await?;
        let job = upload::UploadJob {
            identity: self.identity.clone(),
            source: self.source.clone(),
            storage: self.storage,
            request,
            selected,
            now,
        };
        Ok(self.tasks.start(job.run()))
    }

    fn upload_support_bundle(
        &self,
        request: UploadSupportBundle,
    ) -> Result<TaskStatusResponse, MethodError> {
        let job = bundle::BundleJob::new(
            self.identity.clone(),
            self.source.clone(),
            self.storage,
            &request,
        )?;
        Ok(self.tasks.start(job.run()))
    }

    fn task_status(&self, request: &GetTaskStatus) -> Result<TaskStatusResponse, MethodError> {
        check_schema(request.schema_version())?;
        Ok(self.tasks.status(request.correlation_id()))
    }
}

/// Beyond this, an answer that is too large is not counted to its end: the caller learns enough.
const MOST_COUNTED_BYTES: u64 = 64 << 20;

fn check_schema(version: &SchemaVersion) -> Result<(), MethodError> {
    Ok(version.check(LOGS_SCHEMA)?)
}

fn json<T: Serialize>(value: &T) -> Result<Option<Box<RawValue>>, MethodError> {
    to_raw_value(value)
        .map(Some)
        .map_err(|error| MethodError::failed(error.to_string()))
}
