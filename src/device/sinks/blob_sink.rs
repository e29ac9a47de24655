//! What every sink can do.

use async_trait::async_trait;
use bytes::Bytes;

/// What kind of blob is written. The shipped agent writes text as append blobs and everything else
/// as block blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::device) enum BlobKind {
    Append,
    Block,
}

/// A blob to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::device) struct NewBlob {
    /// The name in the container, with `/` as separator.
    pub(in crate::device) name: String,
    pub(in crate::device) kind: BlobKind,
    pub(in crate::device) content_type: &'static str,
    pub(in crate::device) content_encoding: Option<&'static str>,
}

/// Why a blob could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::device) enum SinkError {
    /// Another blob has this name.
    #[error("a blob named {0} exists already")]
    Exists(String),
    /// The reason given by the storage or the network, without a signature.
    #[error("{0}")]
    Failed(String),
}

/// Where blobs go.
#[async_trait]
pub(in crate::device) trait BlobSink: Send + Sync {
    /// Starts a blob. It never replaces an existing one.
    async fn create(&self, blob: NewBlob) -> Result<Box<dyn BlobWriter>, SinkError>;
}

/// A blob that is being written.
#[async_trait]
pub(in crate::device) trait BlobWriter: Send {
    /// Adds a block of at most [`BLOCK_BYTES`]; not empty.
    async fn write(&mut self, block: Bytes) -> Result<(), SinkError>;

    /// Completes the blob. A block blob can be read only after this.
    async fn finish(self: Box<Self>) -> Result<(), SinkError>;
}

/// The size of a block. Blob Storage takes 50,000 of them, which make 48 GiB; a larger block would
/// time out on a slow link after a minute, and concurrent uploads would need more memory than a
/// small device has.
pub(in crate::device) const BLOCK_BYTES: usize = 1 << 20;
