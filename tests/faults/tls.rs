//! TLS for the proxy: one certificate that the command is told to trust, and one that nobody trusts.

use std::io;
use std::net::TcpStream;
use std::sync::{Arc, LazyLock};

use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types};

/// Two configurations of a server.
#[derive(Clone)]
pub(crate) struct Tls {
    good: Arc<ServerConfig>,
    bad: Arc<ServerConfig>,
    /// The certificate to trust.
    pub(crate) pem: Arc<str>,
}

/// Making keys takes long in a test.
static MADE: LazyLock<Tls> = LazyLock::new(|| {
    let ((good, pem), (bad, _)) = (server(), server());
    Tls {
        good,
        bad,
        pem: pem.into(),
    }
});

fn server() -> (Arc<ServerConfig>, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    (Arc::new(config), made.cert.pem())
}

impl Tls {
    pub(crate) fn made() -> Self {
        MADE.clone()
    }

    /// A session on this connection.
    pub(crate) fn accept(
        &self,
        stream: TcpStream,
        bad: bool,
    ) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
        let config = if bad { &self.bad } else { &self.good };
        let session = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        Ok(StreamOwned::new(session, stream))
    }
}
