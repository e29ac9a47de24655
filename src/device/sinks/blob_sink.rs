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

/// A blob to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::device) struct NewBlob {
    /// The name below the container; `/` divides it.
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
    /// The storage's reason, or the network's. It holds no signature.
    #[error("{0}")]
    Failed(String),
}

/// A place for blobs.
#[async_trait]
pub(in crate::device) trait BlobSink: Send + Sync {
    /// Begins a blob. It never replaces one that is there.
    async fn create(&self, blob: NewBlob) -> Result<Box<dyn BlobWriter>, SinkError>;
}

/// A blob that is being written.
#[async_trait]
pub(in crate::device) trait BlobWriter: Send {
    /// Adds a block of at most [`BLOCK_BYTES`]; not empty.
    async fn write(&mut self, block: Bytes) -> Result<(), SinkError>;

    /// Makes the blob whole. A block blob can be read only after this.
    async fn finish(self: Box<Self>) -> Result<(), SinkError>;
}

/// The size of a block. Blob Storage takes 50,000 of them, which make 48 GiB; a larger block would
/// not get through a slow link in the minute after which a request is given up, and several uploads
/// at once would need more memory than a small device has.
pub(in crate::device) const BLOCK_BYTES: usize = 1 << 20;
