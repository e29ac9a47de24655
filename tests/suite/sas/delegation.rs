//! `edgelogs sas new --entra`: a stand-in of Blob Storage gives user delegation keys, and a stand-in
//! of `az` the token for it.

use std::sync::{Arc, Mutex};

use azure_core::credentials::Secret;
use azure_core::hmac::hmac_sha256;
use insta::assert_snapshot;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::KEY;
use crate::common::{Ran, edgelogs, shown};
use crate::entra::{Tools, token};

/// A storage that gives one answer to all requests.
struct Storage {
    url: String,
    folder: TempDir,
    requests: Arc<Mutex<Vec<String>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Storage {
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
        let port = listener.local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), cert.pem()).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/xml\r\ncontent-length: {}\r\n\
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
                while !String::from_utf8_lossy(&request).contains("</KeyInfo>") {
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
            url: format!("https://localhost:{port}"),
            folder,
            requests,
            _runtime: runtime,
        }
    }

    fn giving_a_key() -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><UserDelegationKey><SignedOid>oid-1</SignedOid>\
             <SignedTid>tid-1</SignedTid><SignedStart>2026-11-22T11:45:00Z</SignedStart>\
             <SignedExpiry>2126-11-22T13:00:00Z</SignedExpiry><SignedService>b</SignedService>\
             <SignedVersion>2026-04-06</SignedVersion><Value>{KEY}</Value></UserDelegationKey>"
        );
        Self::start("200 OK", body)
    }

    /// Runs `sas new --entra` with these tools, and looks for secrets in what it shows.
    fn sas_new(&self, tools: &Tools, args: &[&str]) -> Ran {
        let ca_file = self.folder.path().join("ca.pem");
        let all = [
            "sas",
            "new",
            "--container",
            "logs",
            "--account",
            "acct",
            "--entra",
            "-vv",
        ];
        let more = [
            "--blob-endpoint",
            &self.url,
            "--ca-file",
            ca_file.to_str().unwrap(),
        ];
        let ran = edgelogs([&all, &more[..], args].concat())
            .env("PATH", tools.path().to_str().unwrap())
            // A key that is at hand is not used.
            .env("AZURE_STORAGE_KEY", KEY)
            .run();
        for stream in [&ran.stdout, &ran.stderr] {
            for secret in ["eyJ", KEY.trim_end_matches('=')] {
                assert!(!stream.contains(secret), "{stream}");
            }
        }
        ran
    }
}

#[test]
fn an_identity_signs_with_the_key_that_the_account_gives_it() {
    let (storage, tools) = (Storage::giving_a_key(), Tools::az("storage"));
    let ran = storage.sas_new(&tools, &["--download"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        tools.az_calls(),
        ["account get-access-token -o json --scope https://storage.azure.com/.default"]
    );
    let requests = storage.requests.lock().unwrap().clone();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].starts_with("POST /?"), "{}", requests[0]);
    assert!(
        requests[0].contains("comp=userdelegationkey"),
        "{}",
        requests[0]
    );
    assert!(requests[0].contains(&format!("Bearer {}", token("storage"))));
    // The signature again, by the documented order of its fields.
    let url = url::Url::parse(ran.stdout.trim_end()).unwrap();
    assert!(
        ran.stdout.starts_with(&format!("{}/logs?", storage.url)),
        "{}",
        ran.stdout
    );
    let field = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    assert_eq!(field("sp"), "racwl");
    let (end, none) = (field("se"), "");
    let signed = [
        "racwl",
        none,
        &end,
        "/blob/acct/logs",
        "oid-1",
        "tid-1",
        "2026-11-22T11:45:00Z",
        "2126-11-22T13:00:00Z",
        "b",
        "2026-04-06",
        none,
        none,
        none,
        none,
        none,
        none,
        "https",
        "2026-04-06",
        "c",
        none,
        none,
        none,
        none,
        none,
        none,
        none,
        none,
        none,
    ]
    .join("\n");
    assert_eq!(
        field("sig"),
        hmac_sha256(&signed, &Secret::new(KEY)).unwrap()
    );
    let checked = edgelogs(["sas", "check", "-"]).stdin(&ran.stdout).run();
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    assert!(
        checked
            .stdout
            .contains("signed by\tuser delegation key of tenant tid-1\n"),
        "{}",
        checked.stdout
    );
}

#[test]
fn an_identity_without_the_role_is_told_which_one_it_needs() {
    let body = "<?xml version=\"1.0\"?><Error><Code>AuthorizationPermissionMismatch</Code>\
                <Message>This request is not authorized to perform this operation using this permission.\
                </Message></Error>";
    let storage = Storage::start(
        "403 Forbidden\r\nx-ms-error-code: AuthorizationPermissionMismatch",
        body.to_owned(),
    );
    let ran = storage.sas_new(&Tools::az("storage"), &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (5, ""));
    assert_snapshot!("entra-without-role", shown(&ran));
}

#[test]
fn without_any_identity_each_that_was_tried_is_named() {
    let storage = Storage::giving_a_key();
    let ran = storage.sas_new(&Tools::none(), &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (5, ""));
    assert_snapshot!("entra-without-identity", shown(&ran));
    assert!(storage.requests.lock().unwrap().is_empty());
}

#[test]
fn a_storage_without_https_or_with_an_unknown_certificate_gets_no_token() {
    let (storage, tools) = (Storage::giving_a_key(), Tools::az("storage"));
    let run = |endpoint: &str| {
        let args = [
            "sas",
            "new",
            "--container",
            "logs",
            "--account",
            "acct",
            "--entra",
        ];
        edgelogs([&args[..], &["--blob-endpoint", endpoint]].concat())
            .env("PATH", tools.path().to_str().unwrap())
            .run()
    };
    let plain = run(&storage.url.replace("https", "http"));
    assert_eq!(plain.code, 2, "{}", plain.stderr);
    let unknown = run(&storage.url);
    assert_eq!(unknown.code, 6, "{}", unknown.stderr);
    assert!(
        unknown
            .stderr
            .contains("storage account `acct` can't be reached"),
        "{}",
        unknown.stderr
    );
    assert!(storage.requests.lock().unwrap().is_empty());
}
