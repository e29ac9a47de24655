//! Uploads a blob: its name, and how much of it was sent.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use super::identity::DeviceIdentity;
use super::sinks::{BlobSink, BlobWriter, NewBlob, SinkError};
use super::tasks::TaskReporter;

/// How many names to try for a blob before giving up.
const MOST_NAMES: u32 = 5;

/// A blob that is being written, and the task whose progress it reports.
pub(super) struct Outgoing<'a> {
    writer: Box<dyn BlobWriter>,
    reporter: &'a TaskReporter,
    bytes: usize,
}

impl<'a> Outgoing<'a> {
    /// Begins a blob.
    pub(super) async fn begin(
        sink: &dyn BlobSink,
        blob: NewBlob,
        reporter: &'a TaskReporter,
    ) -> Result<Self, SinkError> {
        Ok(Self {
            writer: sink.create(blob).await?,
            reporter,
            bytes: 0,
        })
    }

    /// Sends a block.
    pub(super) async fn write(&mut self, block: Bytes) -> Result<(), SinkError> {
        let size = block.len();
        let written = self.writer.write(block).await;
        uncount_if_exists(written, self.reporter, self.bytes)?;
        self.bytes += size;
        self.reporter.count_bytes(size);
        Ok(())
    }

    /// Completes the blob.
    pub(super) async fn finish(self) -> Result<(), SinkError> {
        let finished = self.writer.finish().await;
        uncount_if_exists(finished, self.reporter, self.bytes)
    }
}

/// Bytes that are sent again under another name must not be counted twice.
fn uncount_if_exists(
    result: Result<(), SinkError>,
    reporter: &TaskReporter,
    bytes: usize,
) -> Result<(), SinkError> {
    if matches!(result, Err(SinkError::Exists(_))) {
        reporter.uncount_bytes(bytes);
    }
    result
}

/// The agent's name for a blob that starts now: `{hub}/{device}/{id}-{UTC}.{extension}`.
pub(super) fn blob_name(identity: &DeviceIdentity, id: &str, extension: &str) -> String {
    let time = Timestamp::now().strftime("%Y-%m-%d--%H-%M-%S");
    format!(
        "{}/{}/{id}-{time}.{extension}",
        identity.hub, identity.device
    )
}

/// Counts the names tried for a blob. Nothing is ever overwritten: if a name is taken, the blob is
/// written again under another one. Names contain the time in seconds, so a new one needs a second.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: u32,
}

impl Names {
    /// Waits until there is another name; false after too many.
    pub(super) async fn wait_for_another(&mut self) -> bool {
        self.taken += 1;
        if self.taken >= MOST_NAMES {
            return false;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        true
    }
}
