//! Blob Storage as both ends of an upload use it: the service version, and failures without the
//! signature.

use azure_core::error::ErrorKind;
use azure_storage_blob::StorageError;

use crate::error_chain::innermost_cause;

/// The requested service version: old enough for emulators and the storage modules of nested devices,
/// new enough for everything used here.
pub(crate) const SERVICE_VERSION: &str = "2019-12-12";

/// A failure of the storage. `Display` holds the code and reason of the service, and no signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StorageFailure {
    /// What it means.
    pub kind: StorageFailureKind,
    message: String,
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
    /// A failure that the service did not report itself.
    pub(crate) fn new(kind: StorageFailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: crate::redact::redact(&message.into()),
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
        let message = error.to_string();
        let Ok(storage) = StorageError::try_from(error) else {
            return Self::new(kind(status, ""), message);
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
