//! Fetches the blobs that a task wrote to Blob Storage into a folder, and verifies them.
//!
//! ```text
//! before the start: list ─┐
//! task ends: list again ──┴→ new blobs → ranges → temporary file → verified → DIR/device/NAME
//! ```
//!
//! The shipped agent never reports the names of its blobs. They are found by the folder of hub and
//! device in the container, the pattern of their names, and their creation time by the storage's
//! clock. The edgelogs device module reports the names; then only those count, if they are in that folder.
//!
//! Known limit: blobs of another task that the same device runs at the same time for the same modules
//! can't be distinguished, and are fetched too.

mod blob_names;
mod container;
mod downloads;
mod error;
mod fetch_blob;
#[cfg(any(test, fuzzing))]
pub(crate) mod probes;
mod reported_blobs;
mod target_folder;
mod transfer;
mod unpack_limit;
mod verify;

pub use self::blob_names::TaskOutput;
pub use self::downloads::{BlobsBefore, DownloadTarget, Downloads, Fetched};
pub(crate) use self::error::BlobFailureKind;
pub use self::error::{BlobFailure, DownloadError};
