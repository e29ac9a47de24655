//! The task of `UploadModuleLogs`: each module's log becomes a blob.

use std::io::Write;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt;
use jiff::Timestamp;

use super::answer::LogWriter;
use super::filter::Selected;
use super::identity::DeviceIdentity;
use super::outgoing::{Names, Outgoing, blob_name};
use super::reader::LogReader;
use super::sinks::{self, BLOCK_BYTES, BlobKind, BlobSink, NewBlob, SinkError, Storage};
use super::sources::LogSource;
use super::tasks::TaskReporter;
use crate::methods::{ContentType, Encoding, UploadModuleLogs, blob_extension};

/// How many modules are uploaded at once. Each takes about 6 MB of memory: the window and the tables
/// of the compression, and a few blocks.
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
        // They came in the order in which the uploads ended.
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

    /// Writes one module's log; the reason why not begins with the module's name.
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
        let mut reader = LogReader::open(self.source.as_ref(), module, filter, self.now)
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
        let packer = Packer::new(encoding);
        let stamps = filter.include_timestamp;
        let mut log = LogWriter::new(packer, content_type, stamps, &self.identity, module);
        let mut ended_early = None;
        while let Some(entry) = reader.next().await {
            match entry {
                Ok(entry) => log.entry(&entry).map_err(|error| broken(&error))?,
                // What was read is worth having; the task still says that it is not all.
                Err(error) => ended_early = Some(broken(&error)),
            }
            while let Some(block) = log.get_mut().take_block() {
                blob.write(block).await?;
            }
        }
        let rest = log
            .finish()
            .and_then(Packer::finish)
            .map_err(|error| broken(&error))?;
        for block in rest {
            blob.write(block).await?;
        }
        blob.finish().await?;
        if let Some(error) = ended_early {
            return Err(SinkError::Failed(format!("{name} is not whole: {error}")));
        }
        reporter.landed(&name).await;
        Ok(())
    }
}

fn broken(error: &dyn std::fmt::Display) -> SinkError {
    SinkError::Failed(error.to_string())
}

/// Compresses, or does not, and cuts the result into blocks.
struct Packer {
    form: PackerForm,
}

enum PackerForm {
    Plain(Blocks),
    /// One gzip member for the whole blob; the shipped agent begins one every 100 lines.
    Gzip(Box<GzEncoder<Blocks>>),
}

/// Bytes on their way into blocks.
#[derive(Default)]
struct Blocks {
    bytes: BytesMut,
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

impl Packer {
    fn new(encoding: Encoding) -> Self {
        let blocks = Blocks::default();
        let form = match encoding {
            Encoding::None => PackerForm::Plain(blocks),
            Encoding::Gzip => {
                PackerForm::Gzip(Box::new(GzEncoder::new(blocks, Compression::default())))
            }
        };
        Self { form }
    }

    fn blocks(&mut self) -> &mut Blocks {
        match &mut self.form {
            PackerForm::Plain(blocks) => blocks,
            PackerForm::Gzip(encoder) => encoder.get_mut(),
        }
    }

    /// A full block, if there is one.
    fn take_block(&mut self) -> Option<Bytes> {
        let bytes = &mut self.blocks().bytes;
        (bytes.len() >= BLOCK_BYTES).then(|| bytes.split_to(BLOCK_BYTES).freeze())
    }

    /// The blocks that are left.
    fn finish(self) -> std::io::Result<Vec<Bytes>> {
        let mut bytes = match self.form {
            PackerForm::Plain(blocks) => blocks.bytes,
            PackerForm::Gzip(encoder) => encoder.finish()?.bytes,
        };
        let mut blocks = Vec::new();
        while !bytes.is_empty() {
            blocks.push(bytes.split_to(bytes.len().min(BLOCK_BYTES)).freeze());
        }
        Ok(blocks)
    }
}

impl Write for Packer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match &mut self.form {
            PackerForm::Plain(blocks) => blocks.write(bytes),
            PackerForm::Gzip(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
