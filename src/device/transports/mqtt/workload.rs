//! IoT Edge's workload API: it signs with a key that the module never sees.
//!
//! Facts are from the sources of edgelet 1.6 and of the SDK for Python.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Client, Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::error_chain::innermost_cause;
use crate::http_client::local_client;
use crate::hub::encode;

/// How long an answer may take.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// The workload API of one module.
#[derive(Debug, Clone)]
pub(super) struct Workload {
    client: Client,
    /// What paths are appended to.
    base: String,
    /// For messages.
    place: String,
    version: String,
    module: String,
    generation: String,
}

/// Where the API listens.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Socket(PathBuf),
    Http(String),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignRequest<'a> {
    key_id: &'a str,
    algo: &'a str,
    data: String,
}

#[derive(Deserialize)]
struct SignAnswer {
    digest: String,
}

#[derive(Deserialize)]
struct TrustBundle {
    certificate: String,
}

impl Workload {
    /// The API at IOTEDGE_WORKLOADURI, in the version of IOTEDGE_APIVERSION.
    ///
    /// # Errors
    /// The address is of a kind that is not known, or the HTTP client can't be made.
    pub(super) fn new(
        uri: &str,
        version: &str,
        module: &str,
        generation: &str,
    ) -> Result<Self, String> {
        let place = match uri.trim().split_once("://") {
            Some(("unix", path)) if path.starts_with('/') => Place::Socket(path.into()),
            Some(("http", _)) => Place::Http(uri.trim().trim_end_matches('/').to_owned()),
            _ => {
                return Err(format!("`{uri}` is neither unix:///PATH nor http://HOST"));
            }
        };
        let builder = local_client().timeout(ANSWERS_WITHIN);
        let (builder, base, place) = match place {
            Place::Socket(path) => {
                let shown = path.display().to_string();
                (
                    builder.unix_socket(path),
                    "http://localhost".to_owned(),
                    shown,
                )
            }
            Place::Http(base) => (builder, base.clone(), base),
        };
        let client = builder.build().map_err(|error| innermost_cause(&error))?;
        Ok(Self {
            client,
            base,
            place,
            version: version.to_owned(),
            module: module.to_owned(),
            generation: generation.to_owned(),
        })
    }

    /// Signs a text with the module's key; the signature is base64.
    ///
    /// # Errors
    /// There is no answer, or it is a refusal.
    pub(super) async fn sign(&self, text: &str) -> Result<String, String> {
        let path = format!(
            "/modules/{}/genid/{}/sign",
            encode(&self.module),
            encode(&self.generation)
        );
        let body = SignRequest {
            key_id: "primary",
            algo: "HMACSHA256",
            data: STANDARD.encode(text),
        };
        let body = serde_json::to_vec(&body).map_err(|error| error.to_string())?;
        let answer: SignAnswer = self.call(Method::POST, &path, body).await?;
        match STANDARD.decode(&answer.digest) {
            Ok(_) => Ok(answer.digest),
            Err(_) => Err(format!(
                "the workload API at {} answered something other than a signature",
                self.place
            )),
        }
    }

    /// The certificates that a gateway's is made from, in PEM form.
    ///
    /// # Errors
    /// There is no answer, or it is a refusal.
    pub(super) async fn trust_bundle(&self) -> Result<String, String> {
        let bundle: TrustBundle = self.call(Method::GET, "/trust-bundle", Vec::new()).await?;
        Ok(bundle.certificate)
    }

    async fn call<T: for<'a> Deserialize<'a>>(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<T, String> {
        let place = &self.place;
        let failed = |error: reqwest::Error| {
            format!(
                "the workload API at {place} does not answer: {}",
                innermost_cause(&error)
            )
        };
        let url = format!("{}{path}?api-version={}", self.base, encode(&self.version));
        let request = self
            .client
            .request(method, url)
            .header("content-type", "application/json")
            .body(body);
        let response = request.send().await.map_err(failed)?;
        let status = response.status();
        let body = response.bytes().await.map_err(failed)?;
        if status != StatusCode::OK {
            return Err(format!(
                "the workload API at {place} refuses: {}",
                refusal(status, &body)
            ));
        }
        serde_json::from_slice(&body)
            .map_err(|_| format!("the answer of the workload API at {place} can't be read"))
    }
}

fn refusal(status: StatusCode, body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        message: String,
    }
    match serde_json::from_slice::<Refusal>(body) {
        Ok(refusal) => format!("{}: {}", status.as_u16(), refusal.message),
        Err(_) => status.to_string(),
    }
}
