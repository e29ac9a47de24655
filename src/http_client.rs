//! The settings shared by all HTTP clients.

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder};
use url::Url;

use crate::invalid_input::InvalidInput;
use crate::loopback::is_loopback;
use crate::proxy;

/// A client for the service at `url` that trusts `roots` in addition to the system's certificates.
///
/// Bypasses the proxy for loopback addresses. Skips loading certificates for plain http: loading the
/// system's takes longer than a whole call on loopback.
///
/// # Errors
/// The proxy for the service can't be read, which reqwest would bypass.
pub(crate) fn client_for(
    url: &Url,
    roots: impl IntoIterator<Item = Certificate>,
) -> Result<ClientBuilder, InvalidInput> {
    proxy::check(url)?;
    let builder = match is_loopback(url) {
        true => base().no_proxy(),
        false => base(),
    };
    Ok(match url.scheme() {
        "http" => builder.tls_certs_only([]),
        _ => builder.tls_certs_merge(roots),
    })
}

/// A client for a local plain-http service, such as a Unix socket or a managed identity's endpoint.
/// Bypasses the proxy.
pub(crate) fn local_client() -> ClientBuilder {
    base().no_proxy().tls_certs_only([])
}

/// Follows no redirect, which would send the token or SAS to another host. Doesn't decompress bodies:
/// blobs are compressed on purpose, and `aziot-edged` labels plain logs as `deflate`.
fn base() -> ClientBuilder {
    // reqwest takes the process's cryptography. It stays as it is where an embedder has chosen one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(Policy::none())
        .no_gzip()
        .no_deflate()
        .no_brotli()
        .no_zstd()
}
