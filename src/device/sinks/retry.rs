//! Failed requests to Blob Storage: which to retry, and how to report them.

use std::time::Duration;

use azure_core::error::ErrorKind;

use super::blob_sink::{NewBlob, SinkError};
use crate::blob_service::{StorageFailure, StorageFailureKind, is_transient};

/// Retries of a request, and the pause before the first. The pause doubles each time, so an outage
/// may last 15 seconds.
const RETRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Counts the failed tries of one request.
#[derive(Debug, Default)]
pub(super) struct Tries {
    failed: u32,
    sent: bool,
}

impl Tries {
    /// Whether the storage may have carried out an earlier try whose answer was lost.
    pub(super) fn may_have_landed(&self) -> bool {
        self.sent
    }

    /// Waits before the next try.
    ///
    /// # Errors
    /// The error is final, or there were too many.
    pub(super) async fn pause_after(
        &mut self,
        error: azure_core::Error,
        blob: &NewBlob,
    ) -> Result<(), SinkError> {
        if self.failed >= RETRIES || !is_transient(&error) {
            return Err(failed(blob, error));
        }
        // Without a connection, the storage has not seen the request.
        self.sent |= !matches!(error.kind(), ErrorKind::Connection);
        tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(self.failed)).await;
        self.failed += 1;
        Ok(())
    }
}

/// The storage's code in an error, or an empty text.
pub(super) fn storage_code(error: &azure_core::Error) -> &str {
    match error.kind() {
        ErrorKind::HttpResponse { error_code, .. } => error_code.as_deref().unwrap_or_default(),
        _ => "",
    }
}

/// The storage's own code and reason, without the URL and its signature.
pub(super) fn failed(blob: &NewBlob, error: azure_core::Error) -> SinkError {
    let failure = StorageFailure::from(error);
    match failure.kind {
        StorageFailureKind::Exists => SinkError::Exists(blob.name.clone()),
        _ => SinkError::Failed(format!("{}: {failure}", blob.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::sinks::blob_sink::BlobKind;

    fn blob() -> NewBlob {
        NewBlob {
            name: "h/d/m-1.log".to_owned(),
            kind: BlobKind::Append,
            content_type: "text/plain",
            content_encoding: None,
        }
    }

    #[tokio::test]
    async fn an_unreachable_storage_is_retried_and_named_without_its_url() {
        // Nothing listens on a port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let url = format!("http://127.0.0.1:{port}/a/c?sig=secret");
        let client = azure_core::http::new_http_client(None);
        let request = azure_core::http::Request::new(
            azure_core::http::Url::parse(&url).unwrap(),
            azure_core::http::Method::Put,
        );
        let error = client.execute_request(&request).await.unwrap_err();
        assert!(is_transient(&error));
        let mut tries = Tries::default();
        assert!(tries.pause_after(error, &blob()).await.is_ok());
        assert!(!tries.may_have_landed());
        let error = client.execute_request(&request).await.unwrap_err();
        let words = failed(&blob(), error).to_string();
        assert!(words.starts_with("h/d/m-1.log: the storage can't be reached: "));
        assert!(words.contains("refused"), "{words}");
        assert!(
            !words.contains("secret") && !words.contains("/a/c"),
            "{words}"
        );
    }
}
