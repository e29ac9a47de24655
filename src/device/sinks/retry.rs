//! Failed requests to Blob Storage: which to retry, and how to report them.

use azure_core::error::ErrorKind;

use super::blob_sink::{NewBlob, SinkError};
use crate::blob_service::{Retries, StorageFailure, StorageFailureKind, is_transient};

/// Counts the failed tries of one request.
#[derive(Debug, Default)]
pub(super) struct Tries {
    retries: Retries,
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
        if !is_transient(&error) || !self.retries.wait().await {
            return Err(failed(blob, error));
        }
        // Without a connection, the storage has not seen the request.
        self.sent |= !matches!(error.kind(), ErrorKind::Connection);
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
        let own = url::Url::parse(&url).unwrap();
        let client = crate::http_client::client_for(&own, [])
            .unwrap()
            .build()
            .unwrap();
        let request = azure_core::http::Request::new(
            azure_core::http::Url::parse(&url).unwrap(),
            azure_core::http::Method::Put,
        );
        let client: &dyn azure_core::http::HttpClient = &client;
        let error = client.execute_request(&request).await.unwrap_err();
        assert!(is_transient(&error));
        let mut tries = Tries::default();
        assert!(tries.pause_after(error, &blob()).await.is_ok());
        assert!(!tries.may_have_landed());
        let error = client.execute_request(&request).await.unwrap_err();
        let message = failed(&blob(), error).to_string();
        assert!(message.starts_with("h/d/m-1.log: the storage can't be reached: "));
        assert!(message.contains("refused"), "{message}");
        assert!(
            !message.contains("secret") && !message.contains("/a/c"),
            "{message}"
        );
    }
}
