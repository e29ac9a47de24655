//! The log of one module as it travels in an answer, and the memory of those made before.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::stand_in::engine::Window;
use crate::stand_in::log::{Entry, Log};

/// A module's log, ready to be sent.
pub struct Payload {
    /// What the agent's limit counts: bytes of gzip before base64, or UTF-16 units of text.
    pub size: usize,
    /// The members `payloadBytes` and `payload`, as JSON.
    pub members: String,
}

impl Payload {
    /// One gzip member, or text. Text of blanks alone becomes empty, of which .NET makes a gzip
    /// stream without a single byte.
    pub fn of(mut text: String, is_gzip: bool) -> Self {
        if text.trim().is_empty() {
            text.clear();
        }
        if !is_gzip {
            return Self {
                size: text.encode_utf16().count(),
                members: format!(r#""payloadBytes":null,"payload":{}"#, Value::from(text)),
            };
        }
        let mut bytes = Vec::new();
        if !text.is_empty() {
            let mut encoder = GzEncoder::new(bytes, Compression::default());
            let written = encoder.write_all(text.as_bytes());
            // Writing into memory does not fail.
            bytes = written.and_then(|()| encoder.finish()).unwrap_or_default();
        }
        let base64 = BASE64_STANDARD.encode(&bytes);
        Self {
            size: bytes.len(),
            members: format!(r#""payloadBytes":"{base64}","payload":null"#),
        }
    }
}

/// All that a payload depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The address of the log, which stays taken as long as the payload is remembered.
    pub log: usize,
    /// What the engine was asked for.
    pub window: Window,
    /// Whether with stamps.
    pub timestamps: bool,
    /// Device and module, which records name; text does not.
    pub record_of: Option<(String, String)>,
    /// The agent's own filter.
    pub level: Option<i32>,
    /// What the level means.
    pub exact_level: bool,
    /// The agent's own filter.
    pub regex: Option<String>,
    /// The agent's own filter.
    pub tail: Option<i32>,
    /// How it travels.
    pub is_gzip: bool,
}

type Known = HashMap<Key, (Weak<Vec<Entry>>, Arc<Payload>)>;

/// The payloads made before. The devices of a fleet often hold one and the same log; without this,
/// the stand-in would be the slowest part of a test.
static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

/// How many are remembered; then all are forgotten.
const MAX_KNOWN: usize = 256;

/// The payload of this key, made only if it is not known.
pub fn remembered(key: Key, log: &Log, make: impl FnOnce() -> Payload) -> Arc<Payload> {
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, payload)) = known().get(&key) {
        return Arc::clone(payload);
    }
    let payload = Arc::new(make());
    let mut known = known();
    if known.len() >= MAX_KNOWN {
        known.clear();
    }
    // A weak pointer keeps the address from being used again. A log that grows moves elsewhere.
    known.insert(key, (Arc::downgrade(log), Arc::clone(&payload)));
    payload
}
