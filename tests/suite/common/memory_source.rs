//! A source of logs in memory.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use edgelogs::device::sources::{
    EntryStream, LogEntry, LogSource, LogWindow, ModuleInfo, SourceError, SourceErrorKind,
};
use edgelogs::device::{DeviceIdentity, DeviceModule};
use edgelogs::logs::LogStream;
use futures::StreamExt;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::eventually::eventually_async;

/// A device over this source.
pub(crate) fn device(source: Arc<dyn LogSource>) -> DeviceModule {
    let identity = DeviceIdentity {
        hub: "hub.azure-devices.net".to_owned(),
        device: "device-1".to_owned(),
    };
    DeviceModule::new(identity, source)
}

/// A device with these modules.
pub(crate) fn of_modules(modules: Vec<MemoryModule>) -> DeviceModule {
    device(Arc::new(MemorySource::new(modules)))
}

/// What the device answers with status 200.
pub(crate) async fn call(device: &DeviceModule, method: &str, request: Value) -> Value {
    let answer = device.handle(method, Some(&request.to_string())).await;
    assert_eq!(answer.status, 200, "{}", answer.refusal());
    serde_json::from_str(answer.payload.expect("a payload").get()).expect("JSON")
}

/// How a task stands when it has ended.
pub(crate) async fn end_of_task(device: &DeviceModule, id: &Value) -> Value {
    let request = json!({ "schemaVersion": "1.0", "correlationId": id });
    eventually_async("the end of the task", async || {
        let status = call(device, "GetTaskStatus", request.clone()).await;
        (status["status"] != "Running").then_some(status)
    })
    .await
}

/// A module with its log.
#[derive(Debug, Clone)]
pub(crate) struct MemoryModule {
    name: String,
    entries: Vec<LogEntry>,
    /// Why the log ends before its end, or can't be opened at all.
    broken: Option<SourceError>,
}

/// The modules, and what was asked of them.
#[derive(Debug, Default)]
pub(crate) struct MemorySource {
    modules: Vec<MemoryModule>,
    windows: Mutex<Vec<LogWindow>>,
    restarted: Mutex<Vec<String>>,
}

/// How long a stamp in front of a frame is, as Docker writes it.
const STAMP_LENGTH: usize = "2019-02-14T16:15:35.123456789Z".len();

impl MemoryModule {
    /// A module whose log holds these frames. One that begins with Docker's stamp gets it as the
    /// engine's stamp; the others have none and are in every window.
    pub(crate) fn of_frames<S: AsRef<str>>(name: &str, frames: &[S]) -> Self {
        let entry = |frame: &S| {
            let frame = frame.as_ref();
            let stamp = frame
                .split_at_checked(STAMP_LENGTH + 1)
                .and_then(|(head, rest)| Some((head.trim_end().parse().ok()?, rest)));
            let (stamp, text) = match stamp {
                Some((stamp, rest)) => (Some(stamp), rest),
                None => (None, frame),
            };
            LogEntry {
                stream: LogStream::Stdout,
                stamp,
                bytes: Bytes::copy_from_slice(text.as_bytes()),
                continues: false,
            }
        };
        Self {
            name: name.to_owned(),
            entries: frames.iter().map(entry).collect(),
            broken: None,
        }
    }

    /// The same with stamps a second apart, the last one a second ago.
    pub(crate) fn stamped(mut self) -> Self {
        let count = self.entries.len() as i64;
        for (at, entry) in self.entries.iter_mut().enumerate() {
            let ago = jiff::SignedDuration::from_secs(count - at as i64);
            entry.stamp = Timestamp::now().checked_sub(ago).ok();
        }
        self
    }

    /// The same, with a log that breaks off behind its entries.
    pub(crate) fn breaking_off(mut self, message: &str) -> Self {
        self.broken = Some(SourceError::new(SourceErrorKind::Truncated, message));
        self
    }

    /// A module whose log can't be opened.
    pub(crate) fn unreadable(name: &str, message: &str) -> Self {
        Self {
            name: name.to_owned(),
            entries: Vec::new(),
            broken: Some(SourceError::new(SourceErrorKind::Unreadable, message)),
        }
    }
}

impl MemorySource {
    pub(crate) fn new(modules: Vec<MemoryModule>) -> Self {
        Self {
            modules,
            ..Self::default()
        }
    }

    /// The windows that were asked for, in order.
    pub(crate) fn windows(&self) -> Vec<LogWindow> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.clone()
    }

    /// The modules that were restarted, in order.
    pub(crate) fn restarted(&self) -> Vec<String> {
        let restarted = self
            .restarted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        restarted.clone()
    }

    fn module(&self, name: &str) -> Result<&MemoryModule, SourceError> {
        self.modules
            .iter()
            .find(|module| module.name == name)
            .ok_or_else(|| SourceError::new(SourceErrorKind::NotFound, "no such module"))
    }
}

#[async_trait]
impl LogSource for MemorySource {
    async fn modules(&self) -> Result<Vec<ModuleInfo>, SourceError> {
        let names = self.modules.iter().map(|module| module.name.as_str());
        Ok(names.map(ModuleInfo::named).collect())
    }

    async fn logs(&self, module: &str, window: &LogWindow) -> Result<EntryStream, SourceError> {
        self.windows
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(*window);
        let module = self.module(module)?;
        if let Some(error) = &module.broken
            && error.kind() == SourceErrorKind::Unreadable
        {
            return Err(error.clone());
        }
        let within = |entry: &&LogEntry| {
            entry.stamp.is_none_or(|stamp| {
                window.since.is_none_or(|since| stamp >= since)
                    && window.until.is_none_or(|until| stamp <= until)
            })
        };
        let entries: Vec<LogEntry> = module.entries.iter().filter(within).cloned().collect();
        let tail = window.tail.unwrap_or(u64::MAX);
        let first = entries
            .len()
            .saturating_sub(usize::try_from(tail).unwrap_or(usize::MAX));
        let entries: Vec<_> = entries
            .into_iter()
            .skip(first)
            .map(Ok)
            .chain(module.broken.clone().map(Err))
            .collect();
        Ok(futures::stream::iter(entries).boxed())
    }

    async fn restart(&self, module: &str) -> Result<(), SourceError> {
        let name = self.module(module)?.name.clone();
        self.restarted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(name);
        Ok(())
    }
}
