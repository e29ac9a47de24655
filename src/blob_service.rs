//! What uploads and downloads share about Blob Storage: the service version, retries and a redacted
//! error.

use std::sync::Arc;
use std::time::Duration;

use azure_core::error::ErrorKind;
use azure_core::http::{ClientOptions, RetryOptions, Transport, Url};
use azure_storage_blob::StorageError;
use reqwest::Certificate;

use crate::error_chain::{innermost_cause, is_certificate_error};
use crate::http_client::client_for;

/// The `x-ms-version` to request: old enough for emulators and the storage module of a parent device,
/// new enough for everything used here.
pub(crate) const SERVICE_VERSION: &str = "2019-12-12";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Options for the storage at `url`, with our own client: the library's would use a proxy even for
/// storage on this machine. `silence` is how long the storage may send nothing.
///
/// The library's retries would append a block twice if its answer was lost, and fetch a range from its
/// start, so there are none.
pub(crate) fn storage_options(
    url: &Url,
    roots: Vec<Certificate>,
    silence: Duration,
) -> Result<ClientOptions, StorageFailure> {
    let unusable = |reason: String| StorageFailure::new(StorageFailureKind::Other, reason);
    let client = client_for(url, roots)
        .map_err(|error| unusable(error.to_string()))?
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(silence)
        .build()
        .map_err(|error| unusable(format!("TLS can't be set up: {}", innermost_cause(&error))))?;
    Ok(ClientOptions {
        transport: Some(Transport::new(Arc::new(client))),
        retry: RetryOptions::none(),
        ..ClientOptions::default()
    })
}

/// How much of what a storage says is shown, in characters.
const MOST_WORDS: usize = 2000;

/// A failed storage request. `Display` shows the service's error code and reason, never the signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StorageFailure {
    /// The kind of failure.
    pub kind: StorageFailureKind,
    message: String,
}

/// The kind of a storage failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageFailureKind {
    /// The SAS does not allow the request.
    NotAuthorized,
    /// The container or blob does not exist.
    Missing,
    /// A blob with this name already exists.
    Exists,
    /// The network or the service is unavailable.
    Unreachable,
    /// Anything else.
    Other,
}

impl StorageFailure {
    /// A failure that the service did not report.
    pub(crate) fn new(kind: StorageFailureKind, message: impl Into<String>) -> Self {
        // Whoever answers may send megabytes of words. What is cut off before it is redacted is cut off
        // again after it, so that no half of a secret is left.
        let message: String = message.into().chars().take(8 * MOST_WORDS).collect();
        let message = crate::redact::redact(&message);
        Self {
            kind,
            message: message.chars().take(MOST_WORDS).collect(),
        }
    }
}

impl From<azure_core::Error> for StorageFailure {
    fn from(error: azure_core::Error) -> Self {
        if is_connection_error(&error) {
            // The outer errors only say that a request failed, and repeat the URL.
            return Self::new(
                StorageFailureKind::Unreachable,
                format!("the storage can't be reached: {}", innermost_cause(&error)),
            );
        }
        if matches!(error.kind(), ErrorKind::DataConversion) {
            // The outer errors repeat the whole answer.
            return Self::new(
                StorageFailureKind::Other,
                format!("its answer can't be read: {}", innermost_cause(&error)),
            );
        }
        let status = error.http_status().map(u16::from);
        let message = error.to_string();
        let Ok(storage) = StorageError::try_from(error) else {
            return Self::new(failure_kind(status, ""), message);
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
        Self::new(failure_kind(status, code), reason)
    }
}

fn failure_kind(status: Option<u16>, code: &str) -> StorageFailureKind {
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

fn is_connection_error(error: &azure_core::Error) -> bool {
    matches!(error.kind(), ErrorKind::Io | ErrorKind::Connection)
}

/// Counts consecutive failures of one request.
#[derive(Debug, Default)]
pub(crate) struct Retries {
    failed: u32,
}

/// The pauses double from half a second, so five retries bridge an outage of about 15 seconds.
const MAX_RETRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

impl Retries {
    /// Waits before the next try; false if there were too many.
    pub(crate) async fn wait(&mut self) -> bool {
        if self.failed >= MAX_RETRIES {
            return false;
        }
        tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(self.failed)).await;
        self.failed += 1;
        true
    }

    /// Starts over, since something arrived.
    pub(crate) fn reset(&mut self) {
        self.failed = 0;
    }
}

/// Whether the request is worth retrying.
pub(crate) fn is_transient(error: &azure_core::Error) -> bool {
    match error.http_status().map(u16::from) {
        None if is_certificate_error(error) => false,
        Some(status) => status >= 500 || status == 408 || status == 429,
        None => is_connection_error(error),
    }
}
