//! What a direct method answers: a status and a payload, both made by the module.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The answer of a method, as IoT Hub relays it inside an HTTP 200.
///
/// HTTP 200 says nothing about success: `status` does.
#[derive(Debug, Clone)]
pub struct MethodAnswer {
    /// 200 for success; edgeAgent 1.6 answers 400 for bad arguments and 500 for everything else.
    pub status: i32,
    /// The module's JSON, or none: `ping` and `RestartModule` answer without a payload.
    pub payload: Option<Box<RawValue>>,
}

/// The payload of every answer of the edge agent whose status is not 200.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The agent's own words.
    pub message: String,
}

impl MethodAnswer {
    /// Whether the module says that the method did what it was asked to.
    pub fn is_success(&self) -> bool {
        self.status == 200
    }

    /// The agent's words on a refusal, or the payload as it is where it has another form.
    pub fn refusal(&self) -> String {
        match &self.payload {
            None => "no payload".to_owned(),
            Some(raw) => match serde_json::from_str::<ErrorBody>(raw.get()) {
                Ok(body) => body.message,
                Err(_) => raw.get().chars().take(400).collect(),
            },
        }
    }
}
