//! Where uploads go: Blob Storage, or a directory. One trait, one file a sink.

mod blob_storage;
mod directory;
mod retry;

use async_trait::async_trait;
use bytes::Bytes;

use crate::methods::{SasUrl, StorageScheme};

/// Where this device may write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    /// Blob Storage only.
    BlobsOnly,
    /// `file://` directories as well.
    BlobsAndDirectories,
}

/// What kind of blob is written. The shipped agent writes text as append blobs and everything else
/// as block blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlobKind {
    Append,
    Block,
}

/// A blob to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewBlob {
    /// The name below the container; `/` divides it.
    pub(super) name: String,
    pub(super) kind: BlobKind,
    pub(super) content_type: &'static str,
    pub(super) content_encoding: Option<&'static str>,
}

/// Why a blob could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum SinkError {
    /// Another blob has this name.
    #[error("a blob named {0} exists already")]
    Exists(String),
    /// The storage's reason, or the network's. It holds no signature.
    #[error("{0}")]
    Failed(String),
}

/// A place for blobs.
#[async_trait]
pub(super) trait BlobSink: Send + Sync {
    /// Begins a blob. It never replaces one that is there.
    async fn create(&self, blob: NewBlob) -> Result<Box<dyn BlobWriter>, SinkError>;
}

/// A blob that is being written.
#[async_trait]
pub(super) trait BlobWriter: Send {
    /// Adds a block of at most [`BLOCK_BYTES`]; not empty.
    async fn write(&mut self, block: Bytes) -> Result<(), SinkError>;

    /// Makes the blob whole. A block blob can be read only after this.
    async fn finish(self: Box<Self>) -> Result<(), SinkError>;
}

/// The size of a block. Blob Storage takes 50,000 of them, which make 48 GiB; a larger block would
/// not get through a slow link in the minute after which a request is given up, and several uploads
/// at once would need more memory than a small device has.
pub(super) const BLOCK_BYTES: usize = 1 << 20;

/// Opens the place that a SAS URL names.
pub(super) fn open(sas: &SasUrl, storage: Storage) -> Result<Box<dyn BlobSink>, SinkError> {
    match sas.scheme() {
        StorageScheme::Blob => Ok(Box::new(blob_storage::Container::open(sas.expose())?)),
        StorageScheme::Upstream => {
            let parent = std::env::var("IOTEDGE_GATEWAYHOSTNAME").unwrap_or_default();
            let url = upstream(sas.expose(), &parent)?;
            Ok(Box::new(blob_storage::Container::open(&url)?))
        }
        StorageScheme::Directory(root) if storage == Storage::BlobsAndDirectories => {
            Ok(Box::new(directory::Directory::new(root)))
        }
        StorageScheme::Directory(_) => Err(SinkError::Failed(
            "this device does not write to file:// directories".to_owned(),
        )),
    }
}

/// The URL at the parent device, which `$upstream` stands for. The runtime puts the parent's name
/// into the environment.
fn upstream(url: &str, parent: &str) -> Result<String, SinkError> {
    if parent.is_empty() {
        return Err(SinkError::Failed(
            "the SAS URL names $upstream, and IOTEDGE_GATEWAYHOSTNAME is not set".to_owned(),
        ));
    }
    Ok(url.replacen("$upstream", parent, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstream_is_the_parent_and_the_rest_of_the_url_stays() {
        let url = "https://$upstream:8000/logs?sv=1&sig=a%2Bb%3D";
        assert_eq!(
            upstream(url, "parent.plant").unwrap(),
            "https://parent.plant:8000/logs?sv=1&sig=a%2Bb%3D"
        );
        let words = upstream(url, "").unwrap_err().to_string();
        assert!(words.contains("IOTEDGE_GATEWAYHOSTNAME") && !words.contains("sig"));
    }
}
