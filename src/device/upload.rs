//! The task of `UploadModuleLogs`: each module's log becomes a blob.

use std::io::Write;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;

use super::answer::LogWriter;
use super::handler::{DeviceIdentity, Selected};
use super::reader::LogReader;
use super::sinks::{
    self, BLOCK_BYTES, BlobKind, BlobSink, BlobWriter, NewBlob, SinkError, Storage,
};
use super::sources::LogSource;
use crate::methods::{ContentType, Encoding, UploadModuleLogs};

/// How often another name is tried where one is taken: names have one-second resolution.
const MOST_NAMES: i64 = 10;

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
    pub(super) async fn run(self) -> Result<(), String> {
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
        let mut failures = Vec::new();
        for selected in &self.selected {
            if let Err(reason) = self.upload(sink.as_ref(), selected).await {
                failures.push(format!("module {}: {reason}", selected.0));
            }
        }
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

    async fn upload(&self, sink: &dyn BlobSink, (module, filter): &Selected) -> Result<(), String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let mut reader = LogReader::open(self.source.as_ref(), module, filter, self.now)
            .await
            .map_err(|error| text(&error))?;
        let (kind, content_type) = match self.request.content_type() {
            ContentType::Text => (BlobKind::Append, "text/plain"),
            ContentType::Json => (BlobKind::Block, "application/json"),
        };
        let extension = match (self.request.content_type(), self.request.encoding()) {
            (ContentType::Text, Encoding::None) => "log",
            (ContentType::Text, Encoding::Gzip) => "log.gz",
            (ContentType::Json, Encoding::None) => "json",
            (ContentType::Json, Encoding::Gzip) => "json.gz",
        };
        let blob = |name| NewBlob {
            name,
            kind,
            content_type,
            content_encoding: (self.request.encoding() == Encoding::Gzip).then_some("gzip"),
        };
        let mut writer = create(sink, &self.identity, module, extension, blob)
            .await
            .map_err(|error| text(&error))?;
        let packer = Packer::new(self.request.encoding());
        let stamps = filter.include_timestamp;
        let mut log = LogWriter::new(
            packer,
            self.request.content_type(),
            stamps,
            &self.identity,
            module,
        );
        while let Some(entry) = reader.next().await {
            let entry = entry.map_err(|error| text(&error))?;
            log.entry(&entry).map_err(|error| text(&error))?;
            while let Some(block) = log.get_mut().take_block() {
                writer.write(block).await.map_err(|error| text(&error))?;
            }
        }
        let rest = log
            .finish()
            .and_then(Packer::finish)
            .map_err(|error| text(&error))?;
        for block in rest {
            writer.write(block).await.map_err(|error| text(&error))?;
        }
        writer.finish().await.map_err(|error| text(&error))
    }
}

/// Begins a blob under the agent's name for it, `{hub}/{device}/{id}-{UTC}.{extension}`, or under
/// that of a later second where that one is taken.
pub(super) async fn create(
    sink: &dyn BlobSink,
    identity: &DeviceIdentity,
    id: &str,
    extension: &str,
    blob: impl Fn(String) -> NewBlob,
) -> Result<Box<dyn BlobWriter>, SinkError> {
    let now = Timestamp::now();
    let mut taken = SinkError::Failed("no name is free".to_owned());
    for later in 0..MOST_NAMES {
        let second = now
            .checked_add(jiff::SignedDuration::from_secs(later))
            .unwrap_or(now);
        let stamp = second.strftime("%Y-%m-%d--%H-%M-%S");
        let name = format!(
            "{}/{}/{id}-{stamp}.{extension}",
            identity.hub, identity.device
        );
        match sink.create(blob(name)).await {
            Err(error @ SinkError::Exists(_)) => taken = error,
            other => return other,
        }
    }
    Err(taken)
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
