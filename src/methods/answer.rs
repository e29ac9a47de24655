//! The response of a direct method: a status and a payload, both set by the module.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// How much of an agent's message is kept, in characters: stack traces, but no logs.
const MOST_MESSAGE: usize = 4000;

/// The response of a method. IoT Hub relays it with HTTP 200, whatever `status` is.
#[derive(Debug, Clone)]
pub struct MethodAnswer {
    /// 200 for success; edgeAgent 1.6 returns 400 for bad arguments and 500 for everything else.
    pub status: i32,
    /// The module's JSON; none for `ping` and `RestartModule`.
    pub payload: Option<Box<RawValue>>,
}

/// The payload of every edge agent response whose status is not 200.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The agent's message.
    pub message: String,
}

impl MethodAnswer {
    /// Whether the status is 200.
    pub fn is_success(&self) -> bool {
        self.status == 200
    }

    /// The agent's error message, or the start of it if it is very long, or of a payload of another form.
    pub fn refusal(&self) -> String {
        match &self.payload {
            None => "no payload".to_owned(),
            Some(raw) => match serde_json::from_str::<ErrorBody>(raw.get()) {
                Ok(body) => body.message.chars().take(MOST_MESSAGE).collect(),
                Err(_) => raw.get().chars().take(400).collect(),
            },
        }
    }
}
