//! The task of `UploadModuleLogs`: each module's log becomes a blob.

use std::io::Write;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use jiff::Timestamp;

use super::answer::LogWriter;
use super::encoder::Encoder;
use super::filter::Selected;
use super::identity::DeviceIdentity;
use super::outgoing::{Names, Outgoing, blob_name};
use super::reader;
use super::sinks::{self, BLOCK_BYTES, BlobKind, BlobSink, NewBlob, SinkError, Storage};
use super::sources::LogSource;
use super::tasks::TaskReporter;
use crate::methods::{ContentType, Encoding, UploadModuleLogs, blob_extension};

/// Maximum number of modules uploaded at once. Each takes about 6 MB of memory: the window and the
/// tables of the compression, and a few blocks.
const AT_ONCE: usize = 4;

/// Everything that the task needs.
pub(super) struct UploadJob {
    pub(super) identity: DeviceIdentity,
    pub(super) source: Arc<dyn LogSource>,
    pub(super) storage: Storage,
    pub(super) request: UploadModuleLogs,
    pub(super) selected: Vec<Selected>,
    pub(super) now: Timestamp,
}

impl UploadJob {
    /// Writes every module's log. A module that fails does not keep the others from landing.
    ///
    /// # Errors
    /// The reasons, one for each module that failed.
    pub(super) async fn run(self, reporter: TaskReporter) -> Result<(), String> {
        reporter.expect_modules(self.selected.len());
        if self.selected.is_empty() {
            let ids: Vec<&str> = self
                .request
                .items()
                .iter()
                .map(|item| item.id.as_str())
                .collect();
            return Err(format!("no module matches {}", ids.join(", ")));
        }
        let sink =
            sinks::open(self.request.sas_url(), self.storage).map_err(|error| error.to_string())?;
        let (sink, reporter) = (sink.as_ref(), &reporter);
        let uploads: Vec<_> = self
            .selected
            .iter()
            .map(|selected| self.upload(sink, selected, reporter))
            .collect();
        let mut failures: Vec<String> = futures::stream::iter(uploads)
            .buffer_unordered(AT_ONCE)
            .filter_map(|result| std::future::ready(result.err()))
            .collect()
            .await;
        // Sorted by module: they arrive in the order in which the uploads end.
        failures.sort();
        if failures.is_empty() {
            return Ok(());
        }
        let landed = self.selected.len() - failures.len();
        Err(format!(
            "{landed} of {} modules uploaded; {}",
            self.selected.len(),
            failures.join("; ")
        ))
    }

    /// Uploads one module's log. The error begins with the module's name.
    async fn upload(
        &self,
        sink: &dyn BlobSink,
        selected: &Selected,
        reporter: &TaskReporter,
    ) -> Result<(), String> {
        let mut names = Names::default();
        loop {
            match self.upload_once(sink, selected, reporter).await {
                Err(SinkError::Exists(_)) if names.wait_for_another().await => {}
                other => {
                    reporter.module_done();
                    return other.map_err(|error| format!("module {}: {error}", selected.0));
                }
            }
        }
    }

    async fn upload_once(
        &self,
        sink: &dyn BlobSink,
        (module, filter): &Selected,
        reporter: &TaskReporter,
    ) -> Result<(), SinkError> {
        let (content_type, encoding) = (self.request.content_type(), self.request.encoding());
        let mut entries = reader::open(self.source.as_ref(), module, filter, self.now)
            .await
            .map_err(|error| broken(&error))?;
        let extension = blob_extension(content_type, encoding);
        let blob = NewBlob {
            name: blob_name(&self.identity, module, extension),
            kind: match content_type {
                ContentType::Text => BlobKind::Append,
                ContentType::Json => BlobKind::Block,
            },
            content_type: match content_type {
                ContentType::Text => "text/plain",
                ContentType::Json => "application/json",
            },
            content_encoding: (encoding == Encoding::Gzip).then_some("gzip"),
        };
        let name = blob.name.clone();
        let mut blob = Outgoing::begin(sink, blob, reporter).await?;
        let blocks = Encoder::new(encoding, Blocks::default());
        let stamps = filter.include_timestamp;
        let mut log = LogWriter::new(blocks, content_type, stamps, &self.identity, module);
        let mut ended_early = None;
        while let Some(entry) = entries.next().await {
            match entry {
                Ok(entry) => log.entry(&entry).map_err(|error| broken(&error))?,
                // Upload what was read; the task fails and says that it is incomplete.
                Err(error) => ended_early = Some(broken(&error)),
            }
            while let Some(block) = log.get_mut().get_mut().take_full() {
                blob.write(block).await?;
            }
        }
        let mut blocks = log
            .finish()
            .and_then(Encoder::finish)
            .map_err(|error| broken(&error))?;
        while let Some(block) = blocks.take_full() {
            blob.write(block).await?;
        }
        if !blocks.bytes.is_empty() {
            blob.write(blocks.bytes.freeze()).await?;
        }
        blob.finish().await?;
        if let Some(error) = ended_early {
            return Err(SinkError::Failed(format!("{name} is incomplete: {error}")));
        }
        reporter.blob_complete(&name).await;
        Ok(())
    }
}

fn broken(error: &dyn std::fmt::Display) -> SinkError {
    SinkError::Failed(error.to_string())
}

/// Bytes on their way into blocks.
#[derive(Default)]
struct Blocks {
    bytes: BytesMut,
}

impl Blocks {
    /// A full block, if there is one.
    fn take_full(&mut self) -> Option<Bytes> {
        (self.bytes.len() >= BLOCK_BYTES).then(|| self.bytes.split_to(BLOCK_BYTES).freeze())
    }
}

impl Write for Blocks {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
