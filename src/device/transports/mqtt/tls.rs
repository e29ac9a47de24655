//! Which certificates are trusted, and which one is shown.

use std::sync::Arc;

use rustls_platform_verifier::Verifier;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Whom to trust.
#[derive(Debug, Clone)]
pub(super) enum Roots {
    /// The system's certificates, and these.
    SystemAnd(Vec<CertificateDer<'static>>),
    /// These alone: a gateway's certificate is made by the device itself.
    Only(Vec<CertificateDer<'static>>),
}

/// A certificate with its key that stands for an identity.
#[derive(Debug)]
pub(super) struct ClientCertificate {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

/// The certificates in a text.
///
/// # Errors
/// There is none, or one is damaged.
pub(super) fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(found) if found.is_empty() => Err("it holds no certificate in PEM form".to_owned()),
        Ok(found) => Ok(found),
        Err(error) => Err(error.to_string()),
    }
}

/// The key in a text. The message of an error never contains any of it.
///
/// # Errors
/// There is none, or it is damaged.
pub(super) fn private_key(pem: &str) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| error.to_string())
}

/// TLS 1.2, which is all that classic hubs speak, and 1.3.
///
/// # Errors
/// There is nothing to trust, or certificate and key don't match.
pub(super) fn client_config(
    roots: &Roots,
    certificate: Option<ClientCertificate>,
) -> Result<Arc<ClientConfig>, String> {
    let words = |error: &dyn std::fmt::Display| error.to_string();
    let provider = Arc::new(ring::default_provider());
    // The process may have no default provider.
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| words(&error))?;
    let builder = match roots {
        Roots::SystemAnd(more) => {
            let verifier = Verifier::new_with_extra_roots(more.iter().cloned(), provider)
                .map_err(|error| words(&error))?;
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
        }
        Roots::Only(these) => {
            let mut store = RootCertStore::empty();
            for root in these {
                store.add(root.clone()).map_err(|error| words(&error))?;
            }
            builder.with_root_certificates(store)
        }
    };
    let config = match certificate {
        None => builder.with_no_client_auth(),
        Some(ClientCertificate { chain, key }) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| words(&error))?,
    };
    Ok(Arc::new(config))
}
