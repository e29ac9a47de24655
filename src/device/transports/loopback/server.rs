//! Takes connections and hands their requests on.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::Hub;

/// How long a client may take for the head of its request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may take for the TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until it is dropped; the connections go with it.
pub(super) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, hub: Arc<Hub>) {
    let mut connections = JoinSet::new();
    loop {
        // Those that ended are forgotten, so that the set holds no more than are open.
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, for example: it passes, and a loop without a pause helps nobody.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (hub, tls) = (hub.clone(), tls.clone());
        connections.spawn(async move {
            match tls {
                None => answer(stream, hub).await,
                Some(tls) => {
                    // A client that does not trust the certificate ends the handshake and knows why.
                    if let Ok(Ok(stream)) =
                        tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await
                    {
                        answer(stream, hub).await;
                    }
                }
            }
        });
    }
}

async fn answer<S>(stream: S, hub: Arc<Hub>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| {
        let hub = hub.clone();
        async move { Ok::<_, Infallible>(hub.respond(request).await) }
    });
    // A connection that breaks concerns its client only.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
