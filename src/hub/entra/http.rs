//! How tokens are asked for over HTTP: with our roots, in time and within bounds.

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

/// No token and no error of one is larger.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// Where Entra ID of the public cloud is.
const PUBLIC_AUTHORITY: &str = "https://login.microsoftonline.com";

/// How Entra ID itself is asked: at `AZURE_AUTHORITY_HOST`, in another cloud than the public one.
/// `timeout` bounds each request.
pub(super) fn authority_options(
    roots: &[Certificate],
    timeout: Duration,
) -> azure_core::Result<ClientOptions> {
    let authority = std::env::var("AZURE_AUTHORITY_HOST").unwrap_or(PUBLIC_AUTHORITY.to_owned());
    let authority = Url::parse(&authority)?;
    options(client_for(&authority, roots.iter().cloned()).timeout(timeout))
}

/// How the endpoint of a managed identity is asked. It belongs to this machine or to Azure's inner
/// network, so it is never behind a proxy, and it speaks plain http. `timeout` bounds each request.
pub(super) fn identity_options(timeout: Duration) -> azure_core::Result<ClientOptions> {
    options(local_client().timeout(timeout))
}

fn options(builder: ClientBuilder) -> azure_core::Result<ClientOptions> {
    let client = builder
        .build()
        .map_err(|error| azure_core::Error::new(ErrorKind::Connection, error))?;
    Ok(ClientOptions {
        transport: Some(Transport::new(Arc::new(BoundedClient(client)))),
        // The library would go on for a minute, and say in the end that time is up.
        retry: RetryOptions::exponential(ExponentialRetryOptions {
            max_retries: 2,
            ..ExponentialRetryOptions::default()
        }),
        ..ClientOptions::default()
    })
}

/// An HTTP client that takes no endless answer.
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
                    format!("its answer is larger than {MAX_ANSWER_BYTES} bytes"),
                ));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(AsyncRawResponse::from_bytes(status, headers, bytes))
    }
}
