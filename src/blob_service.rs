//! What both ends of an upload know of Blob Storage: the version that is asked for, which failures
//! pass, and how a failure is told without the signature.

use azure_core::error::ErrorKind;
use azure_storage_blob::StorageError;

use crate::error_chain::innermost_cause;

/// The version of the service that is asked for: old enough for emulators and for the storage
/// modules of nested devices, and new enough for all that is used here.
pub(crate) const SERVICE_VERSION: &str = "2019-12-12";

/// Why the storage did not do what it was asked to. `Display` holds its own code and reason, and no
/// signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct StorageFailure {
    /// What it means for whoever asked.
    pub kind: StorageFailureKind,
    words: String,
}

/// What a failure of the storage means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageFailureKind {
    /// The SAS does not allow it.
    NotAuthorized,
    /// There is no such container or blob.
    Missing,
    /// Another blob has this name.
    Exists,
    /// The network, or the service itself, is away.
    Unreachable,
    /// Anything else.
    Other,
}

impl StorageFailure {
    /// A failure that is not the storage's own word.
    pub(crate) fn new(kind: StorageFailureKind, words: impl Into<String>) -> Self {
        Self {
            kind,
            words: crate::redact::redact(&words.into()),
        }
    }
}

impl From<azure_core::Error> for StorageFailure {
    fn from(error: azure_core::Error) -> Self {
        if is_away(&error) {
            // The layers in between say no more than that a request failed, and at which URL.
            return Self::new(
                StorageFailureKind::Unreachable,
                format!("the storage can't be reached: {}", innermost_cause(&error)),
            );
        }
        let status = error.http_status().map(u16::from);
        let words = error.to_string();
        let Ok(storage) = StorageError::try_from(error) else {
            return Self::new(kind(status, ""), words);
        };
        let code = storage.error_code.as_ref().map_or("", AsRef::as_ref);
        let mut reason = format!("{} {code}", u16::from(storage.status_code));
        let details = [
            &storage.message,
            &storage.authentication_error_detail,
            &storage.reason,
        ];
        for detail in details
            .into_iter()
            .flatten()
            .filter_map(|detail| detail.lines().next())
        {
            reason.push_str(": ");
            reason.push_str(detail);
        }
        Self::new(kind(status, code), reason)
    }
}

fn kind(status: Option<u16>, code: &str) -> StorageFailureKind {
    match (status, code) {
        (_, "BlobAlreadyExists" | "UnauthorizedBlobOverwrite") | (Some(409), "") => {
            StorageFailureKind::Exists
        }
        (Some(401 | 403), _) => StorageFailureKind::NotAuthorized,
        (Some(404), _) => StorageFailureKind::Missing,
        (Some(500..), _) => StorageFailureKind::Unreachable,
        _ => StorageFailureKind::Other,
    }
}

fn is_away(error: &azure_core::Error) -> bool {
    matches!(error.kind(), ErrorKind::Io | ErrorKind::Connection)
}

/// Whether the same request may well succeed a little later.
pub(crate) fn is_transient(error: &azure_core::Error) -> bool {
    match error.http_status().map(u16::from) {
        Some(status) => status >= 500 || status == 408 || status == 429,
        None => is_away(error),
    }
}
