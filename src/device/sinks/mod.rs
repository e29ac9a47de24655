//! Where uploads go: Blob Storage or a directory. One trait, and one file for each sink.

mod blob_sink;
mod blob_storage;
mod directory;
mod open;
mod retry;

pub(super) use blob_sink::{BLOCK_BYTES, BlobKind, BlobSink, BlobWriter, NewBlob, SinkError};
pub(super) use open::{Directories, Storage, open};
