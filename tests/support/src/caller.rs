//! Calls the methods of a served device like any client of the REST API.

use std::time::{Duration, Instant};

use azure_core::credentials::Secret;
use azure_core::hmac::hmac_sha256;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::http_client::http_client;
use super::secrets::register;
use super::serve::Serve;

/// How long a task may take until a test gives up on it.
const TASK_WITHIN: Duration = Duration::from_secs(180);

/// A client of one device.
pub struct Caller {
    url: String,
    token: String,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl Caller {
    /// A client of the device `local` behind this hub.
    pub fn of(serve: &Serve) -> Self {
        let field = |name: &str| {
            let mut fields = serve.connection_string.split(';');
            let value = fields.find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
            value.unwrap().to_owned()
        };
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let url = field("HostName");
        let resource = encode(url.split_once("://").unwrap().1);
        let expiry = jiff::Timestamp::now().as_second() + 3600;
        let key = Secret::new(field("SharedAccessKey"));
        let signature = encode(&hmac_sha256(&format!("{resource}\n{expiry}"), &key).unwrap());
        register(&signature);
        Self {
            url: format!("{url}/twins/local/modules/$edgeAgent/methods?api-version=2021-04-12"),
            token: format!(
                "SharedAccessSignature sr={resource}&sig={signature}&se={expiry}&skn={}",
                field("SharedAccessKeyName")
            ),
            http: http_client().build().unwrap(),
            runtime: tokio::runtime::Runtime::new().unwrap(),
        }
    }

    /// The URL and the token of a call, for other clients.
    pub fn request(&self) -> (String, String) {
        (self.url.clone(), self.token.clone())
    }

    /// The payload with which the device answers a method that it takes.
    pub fn call(&self, method: &str, payload: Value) -> Value {
        let call = json!({
            "methodName": method, "payload": payload, "responseTimeoutInSeconds": 60,
        });
        let request = self
            .http
            .post(&self.url)
            .header("Authorization", &self.token)
            .body(call.to_string());
        let answer = self.runtime.block_on(async {
            let response = request.send().await.unwrap();
            response.bytes().await.unwrap()
        });
        let mut answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["status"], 200, "{answer}");
        answer["payload"].take()
    }

    /// Starts an upload of every module; the task's id.
    pub fn upload(&self, sas: &str, content_type: &str, encoding: &str) -> String {
        let request = json!({
            "schemaVersion": "1.0", "sasUrl": sas, "items": { "id": ".*", "filter": {} },
            "encoding": encoding, "contentType": content_type,
        });
        task_id(&self.call("UploadModuleLogs", request))
    }

    /// Starts a bundle; the task's id.
    pub fn bundle(&self, sas: &str) -> String {
        let request = json!({ "schemaVersion": "1.0", "sasUrl": sas });
        task_id(&self.call("UploadSupportBundle", request))
    }

    /// How a task stands.
    pub fn status(&self, id: &str) -> Value {
        let request = json!({ "schemaVersion": "1.0", "correlationId": id });
        self.call("GetTaskStatus", request)
    }

    /// The answer to the first question for which `enough` holds.
    pub fn wait(&self, id: &str, enough: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let answer = self.status(id);
            if enough(&answer) {
                return answer;
            }
            assert!(start.elapsed() < TASK_WITHIN, "{answer}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// How a task ended.
    pub fn end(&self, id: &str) -> Value {
        self.wait(id, has_ended)
    }
}

/// Whether the task is over.
pub fn has_ended(answer: &Value) -> bool {
    answer["status"] != "Running" && answer["status"] != "NotStarted"
}

fn task_id(answer: &Value) -> String {
    answer["correlationId"].as_str().unwrap().to_owned()
}
