//! Entra ID itself, behind a stand-in with a certificate of its own: the library speaks https to
//! it, wherever it is.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::{CLIENT_SECRET, Tools, failed, get, hub, signed_in, token};
use crate::common::Edgelogs;

const FEDERATED_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJjbHVzdGVyIn0.c2lnbmVk";

/// An authority that gives one answer to all requests.
struct Authority {
    url: String,
    folder: TempDir,
    requests: Arc<Mutex<Vec<String>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Authority {
    fn start(status: &'static str, body: String) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), cert.pem()).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{body}",
            body.len()
        );
        runtime.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut request = Vec::new();
                // The body is the last thing, and it ends with the scope.
                while !String::from_utf8_lossy(&request).contains("&scope=") {
                    if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                        break;
                    }
                }
                let text = String::from_utf8_lossy(&request).into_owned();
                seen.lock().unwrap().push(text);
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        Self {
            url,
            folder,
            requests,
            _runtime: runtime,
        }
    }

    fn giving(name: &str) -> Self {
        let token = token(name);
        Self::start(
            "200 OK",
            format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{token}"}}"#),
        )
    }

    fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// `get` with a service principal's variables, but for its proof.
    fn get(&self, tools: &Tools, hub: &str) -> Edgelogs {
        let ca_file = self.ca_file();
        let args = ["--hub", hub, "--ca-file", ca_file.to_str().unwrap(), "-vv"];
        get(tools, &args)
            .env("AZURE_AUTHORITY_HOST", &self.url)
            .env("AZURE_TENANT_ID", "plant-tenant")
            .env("AZURE_CLIENT_ID", "robot")
            .env("HTTPS_PROXY", "http://127.0.0.1:1")
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The file with the pod's token.
    fn federated_token_file(&self) -> String {
        let path = self.folder.path().join("token");
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(FEDERATED_TOKEN.as_bytes()).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

#[test]
fn the_token_of_a_client_secret_reaches_the_hub() {
    let (hub, authority) = (hub(&["secret"]), Authority::giving("secret"));
    let tools = Tools::az("az");
    let command = authority
        .get(&tools, &hub.url())
        .env("AZURE_CLIENT_SECRET", CLIENT_SECRET);
    signed_in(command, "client secret");
    let requests = authority.requests();
    assert_eq!(requests.len(), 1);
    assert!(
        requests[0].starts_with("POST /plant-tenant/oauth2/v2.0/token "),
        "{}",
        requests[0]
    );
    assert!(
        requests[0].contains("client_id=robot&client_secret="),
        "{}",
        requests[0]
    );
    assert!(tools.az_calls().is_empty());
}

#[test]
fn a_workload_identity_comes_before_a_client_secret() {
    let (hub, authority) = (hub(&["pod"]), Authority::giving("pod"));
    let command = authority
        .get(&Tools::none(), &hub.url())
        .env(
            "AZURE_FEDERATED_TOKEN_FILE",
            &authority.federated_token_file(),
        )
        .env("AZURE_CLIENT_SECRET", CLIENT_SECRET);
    signed_in(command, "workload identity");
    let request = &authority.requests()[0];
    assert!(
        request.contains(&format!("client_assertion={FEDERATED_TOKEN}&")),
        "{request}"
    );
    assert!(!request.contains("client_secret"), "{request}");
}

#[test]
fn a_secret_that_is_refused_ends_the_chain_and_is_not_shown() {
    let hub = hub(&["az"]);
    let authority = Authority::start(
        "401 Unauthorized",
        format!(
            r#"{{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided: {CLIENT_SECRET}","error_codes":[7000215]}}"#
        ),
    );
    let tools = Tools::az("az");
    let command = authority
        .get(&tools, &hub.url())
        .env("AZURE_CLIENT_SECRET", CLIENT_SECRET);
    assert_snapshot!("secret-refused", failed(command, 5));
    assert!(tools.az_calls().is_empty());
    assert_eq!(hub.journal().len(), 0);
}

#[test]
fn an_authority_without_https_or_with_an_unknown_certificate_gets_no_secret() {
    let (hub, authority) = (hub(&[]), Authority::giving("x"));
    let plain = authority.url.replace("https", "http");
    let command = authority
        .get(&Tools::none(), &hub.url())
        .env("AZURE_CLIENT_SECRET", CLIENT_SECRET)
        .env("AZURE_AUTHORITY_HOST", &plain);
    let shown = failed(command, 5);
    assert!(shown.contains("HTTPS"), "{shown}");

    let command = get(&Tools::none(), &["--hub", &hub.url()])
        .env("AZURE_AUTHORITY_HOST", &authority.url)
        .env("AZURE_TENANT_ID", "plant-tenant")
        .env("AZURE_CLIENT_ID", "robot")
        .env("AZURE_CLIENT_SECRET", CLIENT_SECRET);
    let shown = failed(command, 5);
    assert!(shown.to_lowercase().contains("certificate"), "{shown}");
    assert!(authority.requests().is_empty());
}
