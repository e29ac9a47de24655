//! The task of `UploadSupportBundle`: a zip of the modules' logs.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, Write};
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::filter::CompiledFilter;
use super::handler::DeviceIdentity;
use super::method_error::MethodError;
use super::reader::LogReader;
use super::sinks::{self, BLOCK_BYTES, BlobKind, BlobSink, NewBlob, SinkError, Storage};
use super::sources::LogSource;
use super::upload;
use crate::methods::{LogFilter, SasUrl, TimeBound, UploadSupportBundle};

/// The modules that `edgeRuntimeOnly` keeps.
const RUNTIME: [&str; 2] = ["edgeAgent", "edgeHub"];

/// Everything that the task needs.
pub(super) struct BundleJob {
    identity: DeviceIdentity,
    source: Arc<dyn LogSource>,
    storage: Storage,
    sas: SasUrl,
    filter: CompiledFilter,
    runtime_only: bool,
    now: Timestamp,
}

impl BundleJob {
    /// Checks the request. Durations count back from now.
    ///
    /// # Errors
    /// Status 400: a time that can't be read.
    pub(super) fn new(
        identity: DeviceIdentity,
        source: Arc<dyn LogSource>,
        storage: Storage,
        request: &UploadSupportBundle,
    ) -> Result<Self, MethodError> {
        let now = Timestamp::now();
        let bound = |name: &str, text: Option<&str>| {
            text.map(|text| TimeBound::parse(name, text))
                .transpose()
                .map_err(|error| MethodError::bad_request(error.to_string()))
        };
        let window = LogFilter::default()
            .with_window(
                bound("since", request.since())?,
                bound("until", request.until())?,
            )
            .map_err(|error| MethodError::bad_request(error.to_string()))?;
        Ok(Self {
            identity,
            source,
            storage,
            sas: request.sas_url().clone(),
            filter: CompiledFilter::compile(&window, now)?,
            runtime_only: request.edge_runtime_only(),
            now,
        })
    }

    /// Builds the zip in a temporary file and uploads it.
    ///
    /// # Errors
    /// The reason why there is no bundle.
    pub(super) async fn run(self) -> Result<(), String> {
        let mut zip = self.build().await?;
        let sink = sinks::open(&self.sas, self.storage).map_err(|error| error.to_string())?;
        let mut names = upload::Names::default();
        loop {
            match self.upload(sink.as_ref(), &mut zip).await {
                Err(SinkError::Exists(_)) if names.wait_for_another().await => {}
                other => return other.map_err(|error| error.to_string()),
            }
        }
    }

    async fn upload(&self, sink: &dyn BlobSink, zip: &mut File) -> Result<(), SinkError> {
        let unreadable = |error: std::io::Error| {
            SinkError::Failed(format!("the bundle can't be read back: {error}"))
        };
        zip.rewind().map_err(unreadable)?;
        let blob = NewBlob {
            name: upload::blob_name(&self.identity, "support-bundle", "zip"),
            kind: BlobKind::Block,
            content_type: "application/zip",
            content_encoding: None,
        };
        let mut writer = sink.create(blob).await?;
        loop {
            let mut block = Vec::new();
            if Read::by_ref(zip)
                .take(BLOCK_BYTES as u64)
                .read_to_end(&mut block)
                .map_err(unreadable)?
                == 0
            {
                return writer.finish().await;
            }
            writer.write(Bytes::from(block)).await?;
        }
    }

    /// The finished zip. The file has no name, so that it is gone with the task.
    async fn build(&self) -> Result<File, String> {
        let broken =
            |error: &dyn std::fmt::Display| format!("the bundle can't be written: {error}");
        let file = tempfile::tempfile().map_err(|error| broken(&error))?;
        let mut zip = ZipWriter::new(BufWriter::new(file));
        let modules = self
            .source
            .modules()
            .await
            .map_err(|error| error.to_string())?;
        for module in modules {
            if self.runtime_only && !RUNTIME.contains(&module.name.as_str()) {
                continue;
            }
            let options = SimpleFileOptions::default().large_file(true);
            zip.start_file(format!("logs/{}_log.txt", module.name), options)
                .map_err(|error| broken(&error))?;
            if let Some(reason) = self
                .copy_log(&module.name, &mut zip)
                .await
                .map_err(|error| broken(&error))?
            {
                // One module that can't be read does not cost the whole bundle.
                zip.start_file(format!("logs/{}_log_err.txt", module.name), options)
                    .map_err(|error| broken(&error))?;
                writeln!(zip, "{reason}").map_err(|error| broken(&error))?;
            }
        }
        let file = zip.finish().map_err(|error| broken(&error))?;
        file.into_inner().map_err(|error| broken(&error.error()))
    }

    /// Copies a module's log; what keeps it from being whole is the result.
    async fn copy_log(
        &self,
        module: &str,
        out: &mut impl Write,
    ) -> std::io::Result<Option<String>> {
        let mut reader =
            match LogReader::open(self.source.as_ref(), module, &self.filter, self.now).await {
                Ok(reader) => reader,
                Err(error) => return Ok(Some(error.to_string())),
            };
        while let Some(entry) = reader.next().await {
            match entry {
                Ok(entry) => out.write_all(&entry.bytes)?,
                Err(error) => return Ok(Some(error.to_string())),
            }
        }
        Ok(None)
    }
}
