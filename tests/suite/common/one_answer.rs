//! A server that gives the same answer to every request.

use std::io::{Read, Write};
use std::net::TcpListener;
#[cfg(feature = "device")]
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

#[cfg(feature = "device")]
use tempfile::TempDir;
#[cfg(feature = "device")]
use tokio_rustls::rustls::{self, pki_types};

/// The running server. Its threads end with the test's process.
pub(crate) struct OneAnswer {
    pub(crate) url: String,
    /// Holds the certificate, of a server over https.
    #[cfg(feature = "device")]
    folder: TempDir,
    requests: Arc<Mutex<Vec<String>>>,
}

/// The status line with further headers, and the body.
pub(crate) type Answer = (&'static str, String);

impl OneAnswer {
    /// Over http, with an answer that may depend on the request.
    pub(crate) fn http(answer: impl Fn(&str) -> Answer + Send + 'static) -> Self {
        Self::start("http://127.0.0.1", answer, |stream| stream)
    }

    /// Over https, with a certificate of its own.
    #[cfg(feature = "device")]
    pub(crate) fn https(status: &'static str, body: String) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        let config = Arc::new(config);
        let answer = move |_: &str| (status, body.clone());
        let server = Self::start("https://localhost", answer, move |stream| {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            rustls::StreamOwned::new(session, stream)
        });
        std::fs::write(server.ca_file(), made.cert.pem()).unwrap();
        server
    }

    fn start<S: Read + Write>(
        host: &str,
        answer: impl Fn(&str) -> Answer + Send + 'static,
        open: impl Fn(std::net::TcpStream) -> S + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{host}:{}", listener.local_addr().unwrap().port());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = open(stream.unwrap());
                // A client that does not trust the certificate goes away.
                let Some(request) = read(&mut stream) else {
                    continue;
                };
                let (status, body) = answer(&request);
                seen.lock().unwrap().push(request);
                let length = body.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
                let _ = stream.flush();
            }
        });
        Self {
            url,
            #[cfg(feature = "device")]
            folder: tempfile::tempdir().unwrap(),
            requests,
        }
    }

    /// The certificate, of a server over https.
    #[cfg(feature = "device")]
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Head and body of all requests.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// A request with the body that its head announces.
fn read(stream: &mut impl Read) -> Option<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    stream.read_exact(&mut body).ok()?;
    request.extend(body);
    String::from_utf8(request).ok()
}
