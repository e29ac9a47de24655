//! HTTP clients of the tests.

/// Asks servers on loopback, with the same cryptography as the program.
pub fn http_client() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}
