//! Collects and uploads a support bundle.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use jiff::Timestamp;
use serde_json::Value;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::archive::Archive;
use super::commands;
use crate::device::filter::CompiledFilter;
use crate::device::identity::DeviceIdentity;
use crate::device::method_error::MethodError;
use crate::device::outgoing::{Names, Outgoing, blob_name};
use crate::device::reader;
use crate::device::sinks::{self, BLOCK_BYTES, BlobKind, BlobSink, NewBlob, SinkError, Storage};
use crate::device::sources::LogSource;
use crate::device::tasks::TaskReporter;
use crate::methods::{LogFilter, SasUrl, TimeBound, UploadSupportBundle, is_runtime_module};
use crate::redact::redact_settings;

/// Everything that the task needs.
pub(in crate::device) struct BundleJob {
    identity: DeviceIdentity,
    source: Arc<dyn LogSource>,
    storage: Storage,
    sas: SasUrl,
    filter: CompiledFilter,
    runtime_only: bool,
    keep_secrets: bool,
}

impl BundleJob {
    /// Checks the request. Durations count back from now.
    ///
    /// # Errors
    /// Status 400: a time that can't be read.
    pub(in crate::device) fn new(
        identity: DeviceIdentity,
        source: Arc<dyn LogSource>,
        storage: Storage,
        request: &UploadSupportBundle,
    ) -> Result<Self, MethodError> {
        let now = Timestamp::now();
        let invalid =
            |error: crate::invalid_input::InvalidInput| MethodError::bad_request(error.to_string());
        let bound = |name: &str, text: Option<&str>| {
            text.map(|text| TimeBound::parse(name, text))
                .transpose()
                .map_err(invalid)
        };
        let window = LogFilter::default()
            .with_window(
                bound("since", request.since())?,
                bound("until", request.until())?,
            )
            .map_err(invalid)?;
        Ok(Self {
            identity,
            source,
            storage,
            sas: request.sas_url().clone(),
            filter: CompiledFilter::compile(&window, now)?,
            runtime_only: request.edge_runtime_only(),
            keep_secrets: false,
        })
    }

    /// Keeps secrets in the settings.
    pub(in crate::device) fn keep_secrets(mut self, keep: bool) -> Self {
        self.keep_secrets = keep;
        self
    }

    /// Builds the zip in a temporary file and uploads it.
    ///
    /// # Errors
    /// Why there is no bundle.
    pub(in crate::device) async fn run(self, reporter: TaskReporter) -> Result<(), String> {
        let sink = sinks::open(&self.sas, &self.storage).map_err(|error| error.to_string())?;
        let zip = self
            .build(&reporter)
            .await
            .map_err(|error| format!("the bundle can't be written: {error}"))?;
        let mut zip = File::from_std(zip);
        let mut names = Names::default();
        loop {
            match self.upload(sink.as_ref(), &mut zip, &reporter).await {
                Err(SinkError::Exists(_)) if names.wait_for_another().await => {}
                other => return other.map_err(|error| error.to_string()),
            }
        }
    }

    async fn upload(
        &self,
        sink: &dyn BlobSink,
        zip: &mut File,
        reporter: &TaskReporter,
    ) -> Result<(), SinkError> {
        let unreadable = |error: std::io::Error| {
            SinkError::Failed(format!("the bundle can't be read back: {error}"))
        };
        zip.rewind().await.map_err(unreadable)?;
        let name = blob_name(&self.identity, "support-bundle", "zip");
        let blob = NewBlob {
            name: name.clone(),
            kind: BlobKind::Block,
            content_type: "application/zip",
            content_encoding: None,
        };
        let mut blob = Outgoing::begin(sink, blob, reporter).await?;
        loop {
            let mut block = Vec::new();
            let size = (&mut *zip)
                .take(BLOCK_BYTES as u64)
                .read_to_end(&mut block)
                .await
                .map_err(unreadable)?;
            if size == 0 {
                break;
            }
            blob.write(Bytes::from(block)).await?;
        }
        blob.finish().await?;
        reporter.blob_complete(&name).await;
        Ok(())
    }

    /// The finished zip. The file has no name, so it disappears with the task.
    async fn build(&self, reporter: &TaskReporter) -> std::io::Result<std::fs::File> {
        let mut archive = Archive::create()?;
        if self.source.runs_containers() {
            commands::add_check(&mut archive, &self.identity.hub).await?;
        }
        match self.source.modules().await {
            Ok(modules) => {
                let names: Vec<String> = modules
                    .into_iter()
                    .map(|module| module.name)
                    .filter(|name| !self.runtime_only || is_runtime_module(name))
                    .collect();
                reporter.expect_modules(names.len());
                for name in names {
                    self.add_module(&mut archive, &name).await?;
                    reporter.module_done();
                }
            }
            Err(error) => archive.missing("the list of modules", &error.to_string()),
        }
        match self.source.networks().await {
            Ok(networks) => {
                for (name, settings) in networks {
                    let settings = self.redacted(settings);
                    archive
                        .whole(
                            &format!("network/{}.json", file_name(&name)),
                            &pretty(&settings),
                        )
                        .await?;
                }
            }
            Err(error) => archive.missing("the networks", &error.to_string()),
        }
        if self.source.runs_containers() {
            commands::add_system_logs(
                &mut archive,
                self.filter.window.since,
                self.filter.window.until,
            )
            .await?;
        }
        archive
            .finish(&self.identity, &self.filter.window, self.runtime_only)
            .await
    }

    async fn add_module(&self, archive: &mut Archive, module: &str) -> std::io::Result<()> {
        let name = file_name(module);
        if let Some(reason) = self.copy_log(module, &name, archive).await? {
            archive.missing(&format!("the log of {module}, or its end"), &reason);
            archive
                .whole(
                    &format!("logs/{name}_log_err.txt"),
                    format!("{reason}\n").as_bytes(),
                )
                .await?;
        }
        match self.source.inspect(module).await {
            Ok(None) => Ok(()),
            Ok(Some(settings)) => {
                archive
                    .whole(
                        &format!("inspect/{name}.json"),
                        &pretty(&self.redacted(settings)),
                    )
                    .await
            }
            Err(error) => {
                archive.missing(&format!("the settings of {module}"), &error.to_string());
                archive
                    .whole(
                        &format!("inspect/{name}_err.json"),
                        format!("{error}\n").as_bytes(),
                    )
                    .await
            }
        }
    }

    /// The settings for the bundle.
    fn redacted(&self, settings: Value) -> Value {
        if self.keep_secrets {
            settings
        } else {
            redact_settings(settings)
        }
    }

    /// Copies a module's log; returns why it is incomplete, if it is.
    async fn copy_log(
        &self,
        module: &str,
        name: &str,
        archive: &mut Archive,
    ) -> std::io::Result<Option<String>> {
        let source = self.source.as_ref();
        let mut entries = match reader::open(source, module, &self.filter).await {
            Ok(entries) => entries,
            Err(error) => return Ok(Some(error.to_string())),
        };
        archive.start(&format!("logs/{name}_log.txt")).await?;
        while let Some(entry) = entries.next().await {
            match entry {
                Ok(entry) => archive.write(entry.bytes).await?,
                Err(error) => return Ok(Some(error.to_string())),
            }
        }
        Ok(None)
    }
}

/// A module's or network's name as a file name in the zip. It must not escape the folder into which
/// the zip is unpacked.
fn file_name(name: &str) -> String {
    name.replace(['/', '\\', ':', '\0'], "_").replace("..", "_")
}

fn pretty(value: &serde_json::Value) -> Vec<u8> {
    // A JSON value can always be serialised.
    serde_json::to_vec_pretty(value).unwrap_or_default()
}
