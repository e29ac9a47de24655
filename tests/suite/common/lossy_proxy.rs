//! A proxy in front of a storage that passes every request on, and loses one of the answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

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
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let (storage, count) = (storage.to_owned(), requests.clone());
        runtime.spawn(async move {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let (storage, count, client) = (storage.clone(), count.clone(), client.clone());
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let number = count.fetch_add(1, Ordering::Relaxed);
                        let (storage, client) = (storage.clone(), client.clone());
                        async move {
                            let answer = pass_on(&client, &storage, request).await;
                            // With an error the connection ends without an answer.
                            if number == lost {
                                Err("lost")
                            } else {
                                Ok(answer)
                            }
                        }
                    });
                    let connection = hyper::server::conn::http1::Builder::new();
                    let _ = connection
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
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
