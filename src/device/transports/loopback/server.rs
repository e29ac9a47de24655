//! Accepts connections and serves their requests.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::routes::Routes;

/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may take for the TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until it is dropped, which also closes the connections.
pub(super) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, routes: Arc<Routes>) {
    let mut connections = JoinSet::new();
    loop {
        // Remove those that ended, so that the set does not grow.
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // For example too many open files: wait for it to pass instead of spinning.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (routes, tls) = (routes.clone(), tls.clone());
        connections.spawn(async move {
            match tls {
                None => answer(stream, routes).await,
                Some(tls) => {
                    // A client that does not trust the certificate ends the handshake and sees why.
                    if let Ok(Ok(stream)) =
                        tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await
                    {
                        answer(stream, routes).await;
                    }
                }
            }
        });
    }
}

async fn answer<S>(stream: S, routes: Arc<Routes>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| {
        let routes = routes.clone();
        async move { Ok::<_, Infallible>(routes.respond(request).await) }
    });
    // A broken connection concerns only its client.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
