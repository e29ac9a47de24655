//! The task of `UploadModuleLogs`: each module's log becomes a blob.

use std::io::{self, Write};
use std::sync::Arc;

use bytes::buf::Writer;
use bytes::{BufMut, Bytes, BytesMut};
use futures::StreamExt;
use futures::future::try_join;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::answer::LogWriter;
use super::encoder::{Encoder, FAST};
use super::filter::Selected;
use super::identity::DeviceIdentity;
use super::outgoing::{Names, Outgoing, blob_name};
use super::reader;
use super::sinks::{self, BLOCK_BYTES, BlobKind, BlobSink, NewBlob, SinkError, Storage};
use super::sources::{EntryStream, LogSource};
use super::tasks::TaskReporter;
use crate::methods::{ContentType, Encoding, UploadModuleLogs, blob_extension};

/// Maximum number of modules uploaded at once. Each takes about 6 MB of memory: the window and the
/// tables of the compression, and a few blocks.
const AT_ONCE: usize = 4;

/// About how many bytes are compressed at a time, and how many such batches wait for that.
const BATCH_BYTES: usize = 64 << 10;
const WAITING_BATCHES: usize = 2;

/// Everything that the task needs.
pub(super) struct UploadJob {
    pub(super) identity: DeviceIdentity,
    pub(super) source: Arc<dyn LogSource>,
    pub(super) storage: Storage,
    pub(super) request: UploadModuleLogs,
    pub(super) selected: Vec<Selected>,
}

impl UploadJob {
    /// Uploads every module's log. A module that fails does not affect the others.
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
        let sink = sinks::open(self.request.sas_url(), &self.storage)
            .map_err(|error| error.to_string())?;
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
        // By module: they are in the order in which the uploads ended.
        failures.sort();
        if failures.is_empty() {
            return Ok(());
        }
        let uploaded = self.selected.len() - failures.len();
        Err(format!(
            "{uploaded} of {} modules uploaded; {}",
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
        let entries = reader::open(self.source.as_ref(), module, filter)
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
        let packed = Encoder::new(encoding, FAST, BytesMut::new().writer());
        let stamps = filter.include_timestamp;
        let log = LogWriter::new(Vec::new(), content_type, stamps, &self.identity, module);
        let (batches, to_pack) = mpsc::channel(WAITING_BATCHES);
        let (blocks, mut to_send) = mpsc::channel(1);
        let packing = spawn_blocking(move || pack(packed, to_pack, &blocks));
        let reading = write_batches(entries, log, batches);
        let to_blob = &mut blob;
        let sending = async move {
            while let Some(block) = to_send.recv().await {
                to_blob.write(block).await?;
            }
            Ok(())
        };
        let (ended_early, ()) = try_join(reading, sending).await?;
        let packed = packing.await.map_err(|error| broken(&error))?;
        packed.map_err(|error| broken(&error))?;
        blob.finish().await?;
        if let Some(error) = ended_early {
            return Err(SinkError::Failed(format!("{name} is incomplete: {error}")));
        }
        reporter.blob_complete(&name).await;
        Ok(())
    }
}

/// Writes entries as text or records, in batches for the compression. Returns why the
/// log ended early, if it did: what was read before is uploaded, and the task fails and says that it is incomplete.
///
/// # Errors
/// An entry can't be written.
async fn write_batches(
    mut entries: EntryStream,
    mut log: LogWriter<Vec<u8>>,
    batches: mpsc::Sender<Vec<u8>>,
) -> Result<Option<SinkError>, SinkError> {
    let mut ended_early = None;
    while let Some(entry) = entries.next().await {
        match entry {
            Ok(entry) => log.entry(&entry).map_err(|error| broken(&error))?,
            Err(error) => ended_early = Some(broken(&error)),
        }
        let written = log.get_mut();
        if written.len() >= BATCH_BYTES {
            let next = Vec::with_capacity(BATCH_BYTES + BATCH_BYTES / 4);
            let batch = std::mem::replace(written, next);
            // Whoever does not take it has failed, which is said elsewhere.
            if batches.send(batch).await.is_err() {
                return Ok(ended_early);
            }
        }
    }
    let rest = log.finish().map_err(|error| broken(&error))?;
    let _ = batches.send(rest).await;
    Ok(ended_early)
}

/// Compresses batches as they come into blocks. This takes most of the time of an upload, so it has its own
/// thread. It ends early where nobody takes the blocks.
fn pack(
    mut packed: Encoder<Writer<BytesMut>>,
    mut batches: mpsc::Receiver<Vec<u8>>,
    blocks: &mpsc::Sender<Bytes>,
) -> io::Result<()> {
    while let Some(batch) = batches.blocking_recv() {
        packed.write_all(&batch)?;
        while let Some(block) = full_block(packed.get_mut().get_mut()) {
            if blocks.blocking_send(block).is_err() {
                return Ok(());
            }
        }
    }
    let mut rest = packed.finish()?.into_inner();
    let full = std::iter::from_fn(|| full_block(&mut rest));
    let mut last: Vec<Bytes> = full.collect();
    last.extend((!rest.is_empty()).then(|| rest.freeze()));
    for block in last {
        if blocks.blocking_send(block).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn broken(error: &dyn std::fmt::Display) -> SinkError {
    SinkError::Failed(error.to_string())
}

/// Takes a full block off the front, if there is one.
fn full_block(bytes: &mut BytesMut) -> Option<Bytes> {
    (bytes.len() >= BLOCK_BYTES).then(|| bytes.split_to(BLOCK_BYTES).freeze())
}
