//! HTTP clients for requesting tokens, with our root certificates, timeouts and size limits.

use std::sync::Arc;
use std::time::Duration;

use azure_core::error::ErrorKind;
use azure_core::http::{
    AsyncRawResponse, ClientOptions, ExponentialRetryOptions, HttpClient, Request, RetryOptions,
    Transport,
};
use futures::TryStreamExt;
use reqwest::{Certificate, ClientBuilder};
use url::Url;

use crate::http_client::{client_for, local_client};

/// The maximum size of a response.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// Entra ID in the public cloud.
const PUBLIC_AUTHORITY: &str = "https://login.microsoftonline.com";

/// The maximum duration of a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Options for Entra ID. `AZURE_AUTHORITY_HOST` selects another cloud.
pub(super) fn authority_options(roots: &[Certificate]) -> azure_core::Result<ClientOptions> {
    let unusable = |reason: String| azure_core::Error::with_message(ErrorKind::Credential, reason);
    let authority = match std::env::var_os("AZURE_AUTHORITY_HOST") {
        None => PUBLIC_AUTHORITY.to_owned(),
        Some(authority) => authority.to_string_lossy().into_owned(),
    };
    let authority = Url::parse(&authority).map_err(|_| {
        let form = "a URL such as https://login.microsoftonline.us";
        unusable(format!("AZURE_AUTHORITY_HOST is not {form}"))
    })?;
    let client = client_for(&authority, roots.iter().cloned());
    let client = client.map_err(|error| unusable(error.to_string()))?;
    options(client.timeout(REQUEST_TIMEOUT))
}

/// Options for a managed identity's endpoint, which uses plain http on this machine or Azure's internal
/// network, so no proxy is used.
pub(super) fn identity_options() -> azure_core::Result<ClientOptions> {
    options(local_client().timeout(REQUEST_TIMEOUT))
}

fn options(builder: ClientBuilder) -> azure_core::Result<ClientOptions> {
    let client = builder
        .build()
        .map_err(|error| azure_core::Error::new(ErrorKind::Connection, error))?;
    Ok(ClientOptions {
        transport: Some(Transport::new(Arc::new(BoundedClient(client)))),
        // By default, the library retries for a minute and then only reports a timeout.
        retry: RetryOptions::exponential(ExponentialRetryOptions {
            max_retries: 2,
            ..ExponentialRetryOptions::default()
        }),
        ..ClientOptions::default()
    })
}

/// An HTTP client that limits the size of responses.
#[derive(Debug)]
struct BoundedClient(reqwest::Client);

#[async_trait::async_trait]
impl HttpClient for BoundedClient {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let response = HttpClient::execute_request(&self.0, request).await?;
        let (status, headers, mut body) = response.deconstruct();
        let mut bytes = Vec::new();
        while let Some(chunk) = body.try_next().await? {
            if bytes.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(azure_core::Error::with_message(
                    ErrorKind::Other,
                    format!("the response is larger than {MAX_ANSWER_BYTES} bytes"),
                ));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(AsyncRawResponse::from_bytes(status, headers, bytes))
    }
}
