//! An authority, the server's certificate, and those of clients.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::setup::TlsVersions;

/// An authority of its own.
pub struct Certificates {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Default for Certificates {
    /// A new authority.
    ///
    /// # Panics
    /// The machine gives no random numbers.
    fn default() -> Self {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "the stand-in's authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let key = KeyPair::generate().expect("a key");
        Self {
            issuer: CertifiedIssuer::self_signed(params, key).expect("an authority"),
        }
    }
}

impl Certificates {
    /// What clients have to trust, in PEM form.
    pub fn root(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for these names with its key, both in PEM form.
    ///
    /// # Panics
    /// A name is not valid.
    pub fn issue(
        &self,
        common_name: &str,
        names: &[&str],
        address: Option<IpAddr>,
    ) -> (String, String) {
        let (certificate, key) = self.signed(common_name, names, address);
        (certificate.pem(), key.serialize_pem())
    }

    fn signed(
        &self,
        common_name: &str,
        names: &[&str],
        address: Option<IpAddr>,
    ) -> (rcgen::Certificate, KeyPair) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        let address = address.map(SanType::IpAddress);
        params.subject_alt_names.extend(address);
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        (certificate, key)
    }

    pub(super) fn acceptor(&self, address: IpAddr, versions: TlsVersions) -> TlsAcceptor {
        let names = ["localhost", "plant.example.net"];
        let (certificate, key) = self.signed("the stand-in", &names, Some(address));
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let versions: &[_] = match versions {
            TlsVersions::Both => &[&TLS12, &TLS13],
            TlsVersions::Only12 => &[&TLS12],
            TlsVersions::Only13 => &[&TLS13],
        };
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from(self.issuer.der().to_vec()))
            .expect("an authority");
        let provider = Arc::new(ring::default_provider());
        let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
            .allow_unauthenticated()
            .build()
            .expect("a verifier");
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("versions of TLS")
            .with_client_cert_verifier(clients)
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a certificate with its key");
        TlsAcceptor::from(Arc::new(config))
    }
}
