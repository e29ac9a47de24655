//! A client of the loopback hub that takes whatever comes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use azure_core::credentials::Secret;
use azure_core::hmac::hmac_sha256;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::http::Message;

/// How long a call may take: twice what its hub gives it, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(150);

/// How long the hub waits for the device, in seconds.
const RESPONSE_TIMEOUT: u64 = 15;

/// A client of the device `local`.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    authority: String,
    token: String,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    /// HTTP's status.
    pub(crate) http: u16,
    /// The method's status, if HTTP's is 200.
    pub(crate) status: i64,
    pub(crate) payload: Value,
}

impl Client {
    pub(crate) fn of(connection_string: &str) -> Self {
        let field = |name: &str| {
            let mut fields = connection_string.split(';');
            let value = fields.find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
            value.unwrap().to_owned()
        };
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let authority = field("HostName").replace("http://", "");
        let resource = encode(&authority);
        let expiry = jiff::Timestamp::now().as_second() + 7200;
        let key = Secret::new(field("SharedAccessKey"));
        let signature = encode(&hmac_sha256(&format!("{resource}\n{expiry}"), &key).unwrap());
        let name = field("SharedAccessKeyName");
        let token =
            format!("SharedAccessSignature sr={resource}&sig={signature}&se={expiry}&skn={name}");
        Self { authority, token }
    }

    /// Calls a method. The payload need not be JSON.
    ///
    /// # Errors
    /// There is no whole answer.
    pub(crate) fn call(&self, method: &str, payload: &str) -> Result<Answered, String> {
        let body = format!(
            r#"{{"methodName":{},"responseTimeoutInSeconds":{RESPONSE_TIMEOUT},"payload":{payload}}}"#,
            json!(method)
        );
        let head = format!(
            "POST /twins/local/modules/%24edgeAgent/methods?api-version=2021-04-12 HTTP/1.1\r\nhost: {}\r\n\
             authorization: {}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            self.authority,
            self.token,
            body.len()
        );
        let answer = self.exchange(&[head.as_bytes(), body.as_bytes()].concat());
        let answer = answer.map_err(|error| error.to_string())?;
        let message = Message::parse(answer).ok_or("no head")?;
        let http = message
            .line()
            .split(' ')
            .nth(1)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        let length = message
            .get("content-length")
            .and_then(|text| text.parse().ok());
        if length.is_some_and(|length: usize| length != message.body.len()) {
            return Err("the answer is cut".to_owned());
        }
        let mut value: Value = serde_json::from_slice(&message.body)
            .map_err(|_| format!("not JSON: {}", String::from_utf8_lossy(&message.body)))?;
        let status = value["status"].as_i64().unwrap_or(0);
        let payload = match http {
            200 => value["payload"].take(),
            _ => value,
        };
        Ok(Answered {
            http,
            status,
            payload,
        })
    }

    fn exchange(&self, request: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(&self.authority)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(request)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    }
}
