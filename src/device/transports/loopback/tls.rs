//! The server's certificate: a new one, or the user's.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType,
};
use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::options::LoopbackTls;
use super::start_error::StartError;
use crate::text_file::decode;

/// How long a new certificate is valid. Some platforms refuse longer ones.
const DAYS: i64 = 365;

/// The server's side of TLS.
pub(super) struct ServerTls {
    pub(super) acceptor: TlsAcceptor,
    /// The certificate that clients must trust, if it was made here.
    pub(super) root: Option<NamedTempFile>,
    /// The DNS names of the user's own certificate.
    names: Vec<String>,
}

impl ServerTls {
    /// Makes or reads the certificate; none without TLS.
    ///
    /// # Errors
    /// A file can't be read, or certificate and key don't match.
    pub(super) fn prepare(tls: &LoopbackTls, listen: IpAddr) -> Result<Option<Self>, StartError> {
        match tls {
            LoopbackTls::Off => Ok(None),
            LoopbackTls::SelfSigned => self_signed(listen).map(Some),
            LoopbackTls::Files { certificate, key } => from_files(certificate, key).map(Some),
        }
    }

    /// The names that the user's own certificate holds.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// A host name for clients that the certificate covers.
    pub(super) fn host_name(&self, bound: SocketAddr) -> String {
        let own = self.names.iter().find(|name| !name.starts_with('*'));
        // Not every machine resolves `localhost` to `::1` too.
        let answers_localhost =
            bound.ip().is_unspecified() || bound.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST);
        let host = match own {
            Some(name) => name.clone(),
            None if answers_localhost => "localhost".to_owned(),
            None => match bound.ip() {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("[{address}]"),
            },
        };
        // The SDKs for Node.js and .NET take no port, and a real `HostName` has none.
        match bound.port() {
            443 => host,
            port => format!("{host}:{port}"),
        }
    }
}

/// A certificate for this machine, and its issuer's, which clients trust. The issuer's key is
/// discarded. Most clients would accept a single self-signed certificate, but strict ones require
/// an issuer that is a CA.
fn self_signed(listen: IpAddr) -> Result<ServerTls, StartError> {
    let failed = |error: rcgen::Error| StartError::Certificate {
        what: "a new certificate".to_owned(),
        reason: error.to_string(),
    };
    let mut issuer = lasting(CertificateParams::default());
    issuer.distinguished_name = named("edgelogs loopback hub");
    issuer.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    issuer.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let issuer_key = KeyPair::generate().map_err(failed)?;
    let issuer = CertifiedIssuer::self_signed(issuer, issuer_key).map_err(failed)?;

    let mut server = lasting(CertificateParams::new(vec!["localhost".to_owned()]).map_err(failed)?);
    server.distinguished_name = named("localhost");
    let mut addresses = vec![
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ];
    if !listen.is_unspecified() && !addresses.contains(&listen) {
        addresses.push(listen);
    }
    let addresses = addresses.into_iter().map(SanType::IpAddress);
    server.subject_alt_names.extend(addresses);
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = server.signed_by(&key, &issuer).map_err(failed)?;

    let root = write_root(&issuer.pem()).map_err(|error| StartError::Certificate {
        what: "the file of the new certificate".to_owned(),
        reason: error.to_string(),
    })?;
    let key =
        PrivateKeyDer::try_from(key.serialize_der()).map_err(|error| StartError::Certificate {
            what: "a new key".to_owned(),
            reason: error.to_owned(),
        })?;
    Ok(ServerTls {
        acceptor: acceptor(vec![certificate.der().clone()], key, "a new certificate")?,
        root: Some(root),
        names: Vec::new(),
    })
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// Valid from yesterday, since clocks differ, for [`DAYS`].
fn lasting(mut params: CertificateParams) -> CertificateParams {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let moment = |date: jiff::civil::Date| {
        let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
        rcgen::date_time_ymd(i32::from(date.year()), month, day)
    };
    params.not_before = moment(today.saturating_sub(1.day()));
    params.not_after = moment(today.saturating_add(DAYS.days()));
    params
}

fn write_root(pem: &str) -> std::io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix("edgelogs-ca-")
        .suffix(".pem")
        .tempfile()?;
    file.write_all(pem.as_bytes())?;
    file.flush()?;
    Ok(file)
}

fn from_files(certificate: &Path, key: &Path) -> Result<ServerTls, StartError> {
    let failed = |path: &Path, reason: String| StartError::Certificate {
        what: format!("`{}`", path.display()),
        reason,
    };
    let read = |path: &Path| {
        let bytes = std::fs::read(path).map_err(|error| failed(path, error.to_string()))?;
        decode(&bytes).map_err(|reason| failed(path, reason.to_owned()))
    };
    let chain = CertificateDer::pem_slice_iter(read(certificate)?.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| failed(certificate, error.to_string()))?;
    let Some(first) = chain.first() else {
        return Err(failed(certificate, "it holds no certificate".to_owned()));
    };
    let names = webpki::EndEntityCert::try_from(first)
        .map_err(|error| failed(certificate, error.to_string()))?
        .valid_dns_names()
        .map(str::to_owned)
        .collect();
    // The error of a key file never contains any of the key.
    let key_der = PrivateKeyDer::from_pem_slice(read(key)?.as_bytes())
        .map_err(|error| failed(key, error.to_string()))?;
    Ok(ServerTls {
        acceptor: acceptor(chain, key_der, &format!("`{}`", certificate.display()))?,
        root: None,
        names,
    })
}

fn acceptor(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    what: &str,
) -> Result<TlsAcceptor, StartError> {
    // The process may have no default provider.
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| StartError::Certificate {
            what: what.to_owned(),
            reason: error.to_string(),
        })?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
