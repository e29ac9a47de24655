//! Why blobs did not arrive intact.

use std::fmt;
use std::io;

use crate::blob_service::StorageFailure;
use crate::control_characters::escape_control_characters;
use crate::methods::CorrelationId;

/// Why a download failed. It holds no signature.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences show what the fields are")]
pub enum DownloadError {
    /// The target folder can't be created or written; nothing was sent.
    #[error("`{path}` can't be written")]
    Folder { path: String, source: io::Error },
    /// No connection to the container can be set up.
    #[error("container `{container}` can't be reached")]
    Unreachable {
        container: String,
        source: StorageFailure,
    },
    /// The blobs of a device can't be listed.
    #[error("container `{container}` can't be listed for device `{device}`")]
    List {
        container: String,
        /// The storage account's name, if known.
        account: Option<String>,
        device: String,
        source: StorageFailure,
    },
    /// A task completed, but wrote no blob that we can find.
    #[error("task {id} on device `{device}` completed without a blob")]
    NoBlob {
        device: String,
        id: CorrelationId,
        /// The prefix that was searched.
        prefix: String,
        /// Whether the task was `UploadModuleLogs`, which completes even if no module matches.
        of_modules: bool,
    },
    /// Some blobs are damaged or missing; the others are saved.
    #[error("{}", blobs_sentence(device, failures, *of))]
    Blobs {
        container: String,
        device: String,
        /// At least one.
        failures: Vec<BlobFailure>,
        /// The number of blobs.
        of: usize,
    },
}

/// A blob that did not arrive intact.
#[derive(Debug)]
pub struct BlobFailure {
    /// The blob's name, or the path of the file that holds what arrived.
    pub(super) place: String,
    pub(crate) kind: BlobFailureKind,
}

/// Why a blob did not arrive intact.
#[derive(Debug)]
pub(crate) enum BlobFailureKind {
    /// The content is not what the name promises; the reason.
    Damaged(String),
    /// It was not requested; the reason.
    NotRequested(String),
    /// The storage did not deliver it.
    Storage(StorageFailure),
    /// It arrived intact and stays packed, since this machine can't unpack it.
    NotUnpacked(io::Error),
    /// This machine can't write it.
    Unwritable(io::Error),
}

impl fmt::Display for BlobFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = escape_control_characters(&self.place);
        match &self.kind {
            BlobFailureKind::Damaged(reason) => write!(f, "`{place}`: {reason}"),
            BlobFailureKind::NotUnpacked(error) => write!(f, "`{place}` stays packed: {error}"),
            BlobFailureKind::NotRequested(reason) => {
                write!(f, "blob `{place}` was not fetched: {reason}")
            }
            BlobFailureKind::Storage(failure) => write!(f, "blob `{place}`: {failure}"),
            BlobFailureKind::Unwritable(error) => {
                write!(f, "blob `{place}` can't be written: {error}")
            }
        }
    }
}

fn blobs_sentence(device: &str, failures: &[BlobFailure], of: usize) -> String {
    let is_packed = |failure: &BlobFailure| matches!(failure.kind, BlobFailureKind::NotUnpacked(_));
    let problem = match failures.iter().all(is_packed) {
        true => "could not be unpacked",
        false => "did not arrive intact",
    };
    match (of, failures.len()) {
        (1, _) => format!("the blob of device `{device}` {problem}"),
        (_, failed) => format!("{failed} of {of} blobs of device `{device}` {problem}"),
    }
}

impl DownloadError {
    /// The underlying causes.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::Folder { source, .. } => vec![source.to_string()],
            Self::Unreachable { source, .. } | Self::List { source, .. } => {
                vec![source.to_string()]
            }
            Self::NoBlob {
                prefix, of_modules, ..
            } => {
                let mut causes = vec![format!(
                    "no blob that starts with `{prefix}` (case-sensitive) appeared after the task started"
                )];
                if *of_modules {
                    causes
                        .push("the shipped agent also completes when no module matches".to_owned());
                }
                causes
            }
            Self::Blobs { failures, .. } => failures.iter().map(ToString::to_string).collect(),
        }
    }
}
