//! A proxy in front of a storage that passes every request on, and loses one of the answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};

use support::http_server;

/// The running proxy; it ends with the value.
pub(crate) struct LossyProxy {
    /// Its address, as `EDGELOGS_TEST_AZURITE` has it.
    pub(crate) endpoint: String,
    requests: Arc<AtomicUsize>,
    _runtime: tokio::runtime::Runtime,
}

impl LossyProxy {
    /// Starts one that loses the answer to the request of this number, from 0.
    pub(crate) fn start(storage: &str, lost: usize) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let (storage, count) = (storage.to_owned(), requests.clone());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let authority = runtime.block_on(http_server::serve(move |request| {
            let number = count.fetch_add(1, Ordering::Relaxed);
            let (storage, client) = (storage.clone(), client.clone());
            async move {
                let answer = pass_on(&client, &storage, request).await;
                if number == lost {
                    Err("lost")
                } else {
                    Ok(answer)
                }
            }
        }));
        let endpoint = format!("http://{authority}");
        Self {
            endpoint,
            requests,
            _runtime: runtime,
        }
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

async fn pass_on(
    client: &reqwest::Client,
    storage: &str,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let mut headers = head.headers;
    headers.remove("host");
    let answer = client
        .request(head.method, format!("{storage}{}", head.uri))
        .headers(headers)
        .body(body)
        .send()
        .await
        .unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if name != "transfer-encoding" && name != "connection" {
            response = response.header(name, value);
        }
    }
    let body = answer.bytes().await.unwrap();
    response.body(Full::new(body)).unwrap()
}
