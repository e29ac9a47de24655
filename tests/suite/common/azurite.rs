//! A container in Azurite, reached without any of the code under test.

use azure_core::credentials::Secret;
use azure_core::hmac::hmac_sha256;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Azurite's documented account and key.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const VERSION: &str = "2021-12-02";

/// A container of its own, and the runtime for requests to it.
pub(crate) struct Container {
    endpoint: String,
    name: String,
    runtime: tokio::runtime::Runtime,
}

/// A blob as the storage holds it.
#[derive(Debug, Clone)]
pub(crate) struct Blob {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) content_type: String,
    pub(crate) content_encoding: String,
    pub(crate) bytes: Vec<u8>,
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn sign(text: &str) -> String {
    encode(&hmac_sha256(text, &Secret::new(KEY)).expect("the key is base64"))
}

fn in_hours(hours: i64) -> String {
    let time = Timestamp::now() + SignedDuration::from_hours(hours);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Container {
    /// A new container in the Azurite that `tests/run` has started.
    pub(crate) fn create() -> Self {
        let endpoint = std::env::var("EDGELOGS_TEST_AZURITE")
            .expect("EDGELOGS_TEST_AZURITE names Azurite's address");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let name = format!("test-{}", uuid::Uuid::new_v4());
        let container = Self {
            endpoint,
            name,
            runtime,
        };
        let (status, _) = container.request(reqwest::Method::PUT, "", "restype=container");
        assert_eq!(status, 201);
        container
    }

    /// The URL of the container with the right `rights`, which ends in so many hours.
    pub(crate) fn sas(&self, rights: &str, hours: i64) -> String {
        let expiry = in_hours(hours);
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
    pub(crate) fn blobs(&self) -> Vec<Blob> {
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

    /// A request with an account SAS that may do everything.
    fn request(&self, method: reqwest::Method, path: &str, query: &str) -> (u16, Vec<u8>) {
        let (rights, expiry) = ("rwdlac", in_hours(1));
        let signed = format!("{ACCOUNT}\n{rights}\nb\nsco\n\n{expiry}\n\n\n{VERSION}\n\n");
        let url = format!(
            "{}/{ACCOUNT}/{}{path}?{query}&sv={VERSION}&ss=b&srt=sco&sp={rights}&se={}&sig={}",
            self.endpoint,
            self.name,
            encode(&expiry),
            sign(&signed)
        );
        self.runtime.block_on(async {
            let client = reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client");
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
