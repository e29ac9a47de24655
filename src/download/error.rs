//! Why blobs did not arrive, or not whole.

use std::fmt;
use std::io;

use crate::blob_service::{StorageFailure, StorageFailureKind};
use crate::exit::Exit;
use crate::methods::CorrelationId;
use crate::output::harmless;
use crate::shell_word::shell_word;

/// What keeps blobs from being fetched. It holds no signature.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The folder for the blobs can't be made or written; nothing was sent.
    #[error("`{path}` can't be written")]
    Folder {
        /// Its path.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// No connection to the container can be set up.
    #[error("container `{container}` can't be reached")]
    Unreachable {
        /// The container's name.
        container: String,
        /// Why.
        source: StorageFailure,
    },
    /// The blobs of a device can't be listed.
    #[error("container `{container}` can't be listed for device `{device}`")]
    List {
        /// The container's name.
        container: String,
        /// The storage account's name, where it is known.
        account: Option<String>,
        /// The device.
        device: String,
        /// What the storage says.
        source: StorageFailure,
    },
    /// A task that says it completed left nothing to fetch.
    #[error("task {id} on device `{device}` completed without a blob")]
    NoBlob {
        /// The device that ran the task.
        device: String,
        /// The task.
        id: CorrelationId,
        /// What the names that were looked for begin with.
        prefix: String,
        /// Whether the task was one of `UploadModuleLogs`, which no module need match.
        of_modules: bool,
    },
    /// Some blobs are damaged or can't be fetched; the others are there.
    #[error("{}", blobs_sentence(device, failures, *of))]
    Blobs {
        /// The container's name.
        container: String,
        /// The device that wrote them.
        device: String,
        /// What became of those that are not whole; one at least.
        failures: Vec<BlobFailure>,
        /// How many blobs there are.
        of: usize,
    },
}

/// What became of a blob that did not arrive whole.
#[derive(Debug)]
pub struct BlobFailure {
    /// The blob's name, or the path of the file that holds what arrived.
    pub(super) place: String,
    pub(super) trouble: BlobTrouble,
}

/// Why a blob did not arrive whole.
#[derive(Debug)]
pub(super) enum BlobTrouble {
    /// It arrived as the container holds it, and is not what its name says.
    Damaged(String),
    /// It was not asked for, and why.
    NotFetched(String),
    /// The storage did not give it.
    Storage(StorageFailure),
    /// It arrived whole and is kept packed, since this machine can't unpack it.
    Packed(io::Error),
    /// This machine can't write it.
    System(io::Error),
}

impl fmt::Display for BlobFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = harmless(&self.place);
        match &self.trouble {
            BlobTrouble::Damaged(words) => write!(f, "`{place}`: {words}"),
            BlobTrouble::Packed(error) => write!(f, "`{place}` stays packed: {error}"),
            BlobTrouble::NotFetched(words) => write!(f, "blob `{place}` is not fetched: {words}"),
            BlobTrouble::Storage(failure) => write!(f, "blob `{place}`: {failure}"),
            BlobTrouble::System(error) => write!(f, "blob `{place}` can't be written: {error}"),
        }
    }
}

fn blobs_sentence(device: &str, failures: &[BlobFailure], of: usize) -> String {
    let is_packed = |failure: &BlobFailure| matches!(failure.trouble, BlobTrouble::Packed(_));
    let state = match failures.iter().all(is_packed) {
        true => "unpacked",
        false => "whole",
    };
    match (of, failures.len()) {
        (1, _) => format!("the blob of device `{device}` is not {state}"),
        (_, 1) => format!("1 of {of} blobs of device `{device}` is not {state}"),
        (_, failed) => format!("{failed} of {of} blobs of device `{device}` are not {state}"),
    }
}

/// How to make a SAS that can read.
fn rights_hint(container: &str) -> String {
    format!(
        "the SAS must be valid and allow reading and listing: edgelogs sas new --container {} \
         --download > sas.txt",
        shell_word(container)
    )
}

impl DownloadError {
    /// How the program ends when this alone happened.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Folder { .. } => Exit::Usage,
            Self::List { source, .. } => match source.kind {
                // The SAS URL names no container.
                StorageFailureKind::Missing => Exit::Usage,
                kind => storage_exit(kind),
            },
            Self::Unreachable { .. } => Exit::Unexpected,
            Self::NoBlob { .. } => Exit::TaskFailed,
            Self::Blobs { failures, .. } => {
                let exits = failures.iter().map(|failure| match &failure.trouble {
                    BlobTrouble::Damaged(_) => Exit::TaskFailed,
                    // The device's answer is not what it should be.
                    BlobTrouble::NotFetched(_) => Exit::Refused,
                    BlobTrouble::Storage(failure) => storage_exit(failure.kind),
                    BlobTrouble::Packed(_) | BlobTrouble::System(_) => Exit::Unexpected,
                });
                // What the device wrote is worse than what is in the way now.
                let damaged = exits.clone().find(|exit| *exit == Exit::TaskFailed);
                damaged
                    .or(exits.into_iter().next())
                    .unwrap_or(Exit::Unexpected)
            }
        }
    }

    /// What lies behind it.
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
                    "nothing that begins with `{prefix}`, in these cases of letters, came after the start of the task"
                )];
                if *of_modules {
                    causes
                        .push("the shipped agent completes also when no module matches".to_owned());
                }
                causes
            }
            Self::Blobs { failures, .. } => failures.iter().map(ToString::to_string).collect(),
        }
    }

    /// What to try.
    pub(crate) fn hint(&self) -> Option<String> {
        let unauthorized =
            |failure: &StorageFailure| failure.kind == StorageFailureKind::NotAuthorized;
        match self {
            Self::NoBlob {
                device,
                of_modules: true,
                ..
            } => Some(format!("edgelogs modules --device {}", shell_word(device))),
            Self::NoBlob { .. } => Some(
                "look into the container: the device may call its hub by another name".to_owned(),
            ),
            Self::List {
                source, container, ..
            } if unauthorized(source) => Some(rights_hint(container)),
            Self::List {
                source,
                container,
                account,
                ..
            } if source.kind == StorageFailureKind::Missing => Some(format!(
                "az storage container create -n {} --account-name {}",
                shell_word(container),
                shell_word(account.as_deref().unwrap_or("ACCOUNT"))
            )),
            Self::Blobs {
                failures,
                container,
                ..
            } => failures
                .iter()
                .any(|failure| {
                    matches!(&failure.trouble, BlobTrouble::Storage(failure) if unauthorized(failure))
                })
                .then(|| rights_hint(container)),
            _ => None,
        }
    }

    /// A word or two for the summary of a run over many devices.
    pub(crate) fn in_a_word(&self) -> &'static str {
        match self {
            Self::NoBlob { .. } => "without a blob",
            Self::Blobs { .. } => "not whole",
            _ => "not fetched",
        }
    }
}

fn storage_exit(kind: StorageFailureKind) -> Exit {
    match kind {
        StorageFailureKind::NotAuthorized => Exit::NotAuthorized,
        StorageFailureKind::Unreachable => Exit::Unreachable,
        _ => Exit::Unexpected,
    }
}
