//! A container in Azurite, reached without the code under test; and an Azurite of a test's
//! own, which may be killed.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use azure_core::credentials::Secret;
use azure_core::hmac::hmac_sha256;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::http_client::http_client;
use super::secrets::register;

/// Azurite's documented account and key.
pub const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
/// The service version of what is signed here.
pub const VERSION: &str = "2021-12-02";

/// A container of its own, and the runtime for requests to it.
pub struct Container {
    endpoint: String,
    name: String,
    runtime: tokio::runtime::Runtime,
}

/// A blob as the storage holds it.
#[derive(Debug, Clone)]
pub struct Blob {
    /// Its name in the container.
    pub name: String,
    /// `BlockBlob` or `AppendBlob`.
    pub kind: String,
    /// The header `Content-Type`, or nothing.
    pub content_type: String,
    /// The header `Content-Encoding`, or nothing.
    pub content_encoding: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Percent-encodes everything but letters and digits.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The encoded signature of a string to sign, with the key of the account.
pub fn sign(text: &str) -> String {
    let signature = encode(&hmac_sha256(text, &Secret::new(KEY)).expect("the key is base64"));
    register(&signature);
    signature
}

fn after(duration: SignedDuration) -> String {
    let time = Timestamp::now() + duration;
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An Azurite that belongs to a test. Its data outlives the process.
pub struct OwnAzurite {
    address: SocketAddr,
    data: tempfile::TempDir,
    process: Option<Child>,
}

impl OwnAzurite {
    /// Starts one on a free port.
    pub fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let mut azurite = Self {
            address: free.expect("a free port"),
            data: tempfile::tempdir().expect("a folder"),
            process: None,
        };
        azurite.restart();
        azurite
    }

    /// Its address, as `EDGELOGS_TEST_AZURITE` has it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Starts it again on the same port with the same data.
    pub fn restart(&mut self) {
        let process = Command::new("azurite-blob")
            .args(["--disableTelemetry", "--silent", "--blobHost", "127.0.0.1"])
            .args(["--blobPort", &self.address.port().to_string()])
            .arg("--location")
            .arg(self.data.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("azurite-blob is installed");
        self.process = Some(process);
        let start = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            assert!(start.elapsed() < Duration::from_secs(60), "Azurite starts");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Kills it; what it has not yet written to disk is lost.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it runs");
            process.wait().expect("it ends");
        }
    }

    /// Stops it cleanly.
    pub fn stop(&mut self) {
        self.signal("-TERM");
        if let Some(mut process) = self.process.take() {
            process.wait().expect("it ends");
        }
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) {
        let id = self.process.as_ref().expect("it runs").id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.expect("kill runs").success());
    }
}

impl Drop for OwnAzurite {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Container {
    /// A new container in the Azurite that `tests/run` has started.
    pub fn create() -> Self {
        let endpoint = std::env::var("EDGELOGS_TEST_AZURITE")
            .expect("EDGELOGS_TEST_AZURITE names Azurite's address");
        Self::create_at(endpoint)
    }

    /// A new container in the Azurite at this address.
    pub fn create_at(endpoint: String) -> Self {
        Self::create_named(endpoint, &format!("test-{}", uuid::Uuid::new_v4()))
    }

    /// A new container of this name in the Azurite at this address.
    pub fn create_named(endpoint: String, name: &str) -> Self {
        let container = Self {
            endpoint,
            name: name.to_owned(),
            runtime: tokio::runtime::Runtime::new().expect("a runtime"),
        };
        let (status, _) = container.request(reqwest::Method::PUT, "", "restype=container");
        assert_eq!(status, 201);
        container
    }

    /// Its URL, without a signature.
    pub fn url(&self) -> String {
        format!("{}/{ACCOUNT}/{}", self.endpoint, self.name)
    }

    /// Sets stored access policies: name, start, expiry and rights, each of which may be empty.
    pub fn set_policies(&self, policies: &[(&str, String, String, &str)]) {
        let field = |name: &str, value: &str| match value {
            "" => String::new(),
            value => format!("<{name}>{value}</{name}>"),
        };
        let identifiers: String = policies
            .iter()
            .map(|(id, start, expiry, rights)| {
                format!(
                    "<SignedIdentifier><Id>{id}</Id><AccessPolicy>{}{}{}</AccessPolicy></SignedIdentifier>",
                    field("Start", start),
                    field("Expiry", expiry),
                    field("Permission", rights)
                )
            })
            .collect();
        let body = format!("<SignedIdentifiers>{identifiers}</SignedIdentifiers>");
        let date = Timestamp::now()
            .strftime("%a, %d %b %Y %H:%M:%S GMT")
            .to_string();
        // Only the account's key may do this. An emulator has the account twice in the resource.
        let signed = format!(
            "PUT\n\n\n{}\n\napplication/xml\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:{VERSION}\n/{ACCOUNT}/{ACCOUNT}/{}\ncomp:acl\nrestype:container",
            body.len(),
            self.name
        );
        let signature = hmac_sha256(&signed, &Secret::new(KEY)).expect("the key is base64");
        let url = format!("{}?restype=container&comp=acl", self.url());
        self.runtime.block_on(async {
            let client = http_client().build().expect("a client");
            let request = client
                .put(url)
                .header("x-ms-date", date)
                .header("x-ms-version", VERSION)
                .header("content-type", "application/xml")
                .header("authorization", format!("SharedKey {ACCOUNT}:{signature}"))
                .body(body);
            let response = request.send().await.expect("Azurite answers");
            assert_eq!(
                response.status().as_u16(),
                200,
                "{:?}",
                response.text().await
            );
        });
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The connection string of the account, as Azure's tools have it.
    pub fn connection_string(&self) -> String {
        format!(
            "DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={}/{ACCOUNT};",
            self.endpoint
        )
    }

    /// The URL of the container with the right `rights`, which ends in so many hours.
    pub fn sas(&self, rights: &str, hours: i64) -> String {
        self.sas_for(rights, SignedDuration::from_hours(hours))
    }

    /// The URL of the container with the right `rights`, which ends after that long.
    pub fn sas_for(&self, rights: &str, duration: SignedDuration) -> String {
        let expiry = after(duration);
        let resource = format!("/blob/{ACCOUNT}/{}", self.name);
        // Right, start, expiry, resource, identifier, address, protocol, version, kind, snapshot,
        // encryption scope, and five headers.
        let signed = format!("{rights}\n\n{expiry}\n{resource}\n\n\n\n{VERSION}\nc\n\n\n\n\n\n\n");
        let signature = sign(&signed);
        let base = format!("{}/{ACCOUNT}/{}", self.endpoint, self.name);
        format!(
            "{base}?sv={VERSION}&sr=c&sp={rights}&se={}&sig={signature}",
            encode(&expiry)
        )
    }

    /// All blobs with their contents, by name.
    pub fn blobs(&self) -> Vec<Blob> {
        let (status, list) = self.request(reqwest::Method::GET, "", "restype=container&comp=list");
        assert_eq!(status, 200);
        let list = String::from_utf8(list).expect("XML in UTF-8");
        let between = |text: &str, tag: &str| {
            let (_, rest) = text.split_once(&format!("<{tag}>"))?;
            rest.split_once(&format!("</{tag}>"))
                .map(|(value, _)| value.to_owned())
        };
        let blob = |xml: &str| {
            let name = between(xml, "Name").expect("a name");
            let (status, bytes) = self.request(reqwest::Method::GET, &format!("/{name}"), "");
            assert_eq!(status, 200, "{name}");
            let field = |tag| between(xml, tag).unwrap_or_default();
            Blob {
                kind: field("BlobType"),
                content_type: field("Content-Type"),
                content_encoding: field("Content-Encoding"),
                name,
                bytes,
            }
        };
        list.split("<Blob>").skip(1).map(blob).collect()
    }

    /// The URL of a container that may not exist, with an account SAS that may do everything.
    pub fn account_sas(&self, container: &str) -> String {
        let base = format!("{}/{ACCOUNT}/{container}", self.endpoint);
        format!("{base}?{}", Self::account_token())
    }

    fn account_token() -> String {
        let (rights, expiry) = ("rwdlac", after(SignedDuration::from_hours(1)));
        let signed = format!("{ACCOUNT}\n{rights}\nb\nsco\n\n{expiry}\n\n\n{VERSION}\n\n");
        format!(
            "sv={VERSION}&ss=b&srt=sco&sp={rights}&se={}&sig={}",
            encode(&expiry),
            sign(&signed)
        )
    }

    /// A request with an account SAS that may do everything.
    fn request(&self, method: reqwest::Method, path: &str, query: &str) -> (u16, Vec<u8>) {
        let url = format!(
            "{}/{ACCOUNT}/{}{path}?{query}&{}",
            self.endpoint,
            self.name,
            Self::account_token()
        );
        self.runtime.block_on(async {
            let client = http_client().build().expect("a client");
            let response = client
                .request(method, url)
                .header("content-length", 0)
                .send()
                .await
                .expect("Azurite answers");
            let status = response.status().as_u16();
            (status, response.bytes().await.expect("a body").to_vec())
        })
    }
}
