//! The log of one module as it travels in an answer, and the memory of those made before.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::super::engine::Window;
use super::super::log::{Entry, Log};
use super::module_logs::MAX_LOG_SIZE;

/// A module's log, ready to be sent.
pub(crate) struct Payload {
    /// What the agent's limit counts: bytes of gzip before base64, or UTF-16 units of text.
    pub size: usize,
    /// The members `payloadBytes` and `payload`, as JSON.
    pub members: String,
}

impl Payload {
    /// One gzip member, or text. Text of blanks alone becomes empty, of which .NET makes a gzip
    /// stream without a single byte.
    pub(crate) fn of(mut text: String, is_gzip: bool) -> Self {
        if text.trim().is_empty() {
            text.clear();
        }
        if !is_gzip {
            return Self {
                size: text.encode_utf16().count(),
                members: format!(r#""payloadBytes":null,"payload":{}"#, Value::from(text)),
            };
        }
        if let Some(size) = estimated_size(text.as_bytes()) {
            return Self {
                size,
                members: String::new(),
            };
        }
        let bytes = gzip(text.as_bytes());
        let base64 = BASE64_STANDARD.encode(&bytes);
        Self {
            size: bytes.len(),
            members: format!(r#""payloadBytes":"{base64}","payload":null"#),
        }
    }
}

/// How much of a long log is compressed to see whether it is too large.
const SAMPLE_BYTES: usize = 1 << 20;

/// The compressed size of a log of which a part alone is over the agent's limit, so that no byte of
/// it will be sent. The agent compresses all of it and names the true size; here that would take a
/// test, built without optimisation, many seconds, and a size that is right to a few percent is as
/// good.
fn estimated_size(text: &[u8]) -> Option<usize> {
    let sample = text
        .get(..SAMPLE_BYTES)
        .filter(|_| text.len() > 2 * SAMPLE_BYTES)?;
    let size = gzip(sample).len();
    (size > MAX_LOG_SIZE).then(|| size * (text.len() / 1024) / (SAMPLE_BYTES / 1024))
}

/// One gzip member; nothing at all for nothing.
fn gzip(text: &[u8]) -> Vec<u8> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(text).and_then(|()| encoder.finish());
    // Writing into memory does not fail.
    written.unwrap_or_default()
}

/// All that a payload depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
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
pub(crate) fn remembered(key: Key, log: &Log, make: impl FnOnce() -> Payload) -> Arc<Payload> {
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
