//! The one place that makes HTTP clients.

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder};
use url::Url;

use crate::loopback::is_loopback;

/// A client of the service at `url`, which trusts `roots` beside the system's root certificates.
///
/// A loopback address is never reached through a proxy, and plain http reads no certificates:
/// reading the system's takes longer than a whole call on loopback.
pub(crate) fn client_of(url: &Url, roots: impl IntoIterator<Item = Certificate>) -> ClientBuilder {
    let builder = match is_loopback(url) {
        true => base().no_proxy(),
        false => base(),
    };
    match url.scheme() {
        "http" => builder.tls_certs_only([]),
        _ => builder.tls_certs_merge(roots),
    }
}

/// A client of something on this machine, or next to it, that is never behind a proxy and has no
/// certificate.
pub(crate) fn local_client() -> ClientBuilder {
    base().no_proxy().tls_certs_only([])
}

/// A redirect would show a token or a SAS to another host. Bodies arrive as they were sent: blobs
/// are compressed on purpose, and `aziot-edged` calls plain logs `deflate`.
fn base() -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .no_gzip()
        .no_deflate()
        .no_brotli()
        .no_zstd()
}
