//! What the device module answers to a row, in the words of the rows.

use std::io::Read;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use edgelogs::device::sources::LogWindow;
use serde_json::{Map, Value, json};

use super::Row;
use crate::common::blob_stand_in::{BlobStandIn, StoredBlob};
use crate::common::memory_source::{MemoryModule, MemorySource, device, end_of_task};

/// The container that the rows name.
const CONTAINER: &str = "https://acct.blob.core.windows.net/cont";

/// Everything that came of a row.
#[derive(Debug)]
pub(super) struct Observed {
    frames: Vec<String>,
    statuses: Vec<i32>,
    payloads: Vec<Value>,
    /// How the task ended, where the answer was that of a task.
    task: Option<Value>,
    blobs: Vec<StoredBlob>,
    windows: Vec<LogWindow>,
}

/// The log of a module about which a row says nothing: 40 lines, each level from 0 to 7 in turn.
pub(super) fn usual_log() -> Vec<String> {
    (0..40)
        .map(|line| format!("<{}> line {line}\n", line % 8))
        .collect()
}

impl Observed {
    /// Answers a row's requests.
    pub(super) fn of(row: &Row) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(Self::answered(row))
    }

    async fn answered(row: &Row) -> Self {
        let frames = |name: &String| row.logs.get(name).map(frames_of);
        let module = |name: &String| match frames(name) {
            Some(frames) => MemoryModule::of_frames(name, &frames),
            None => MemoryModule::of_frames(name, &usual_log()).stamped(),
        };
        let source = Arc::new(MemorySource::new(row.modules.iter().map(module).collect()));
        let device = device(source.clone());
        let storage = BlobStandIn::start().await;
        let payloads: Vec<Option<String>> = match (&row.request_raw, &row.request) {
            (Some(raw), _) => vec![Some(raw.clone())],
            (None, Value::Null) => vec![None],
            (None, Value::Array(calls)) => {
                calls.iter().map(|call| Some(call.to_string())).collect()
            }
            (None, call) => vec![Some(call.to_string())],
        };
        let mut observed = Self {
            frames: row
                .modules
                .iter()
                .filter_map(frames)
                .next()
                .unwrap_or_default(),
            statuses: Vec::new(),
            payloads: Vec::new(),
            task: None,
            blobs: Vec::new(),
            windows: Vec::new(),
        };
        for payload in payloads {
            let payload = payload.map(|text| text.replace(CONTAINER, &storage.container));
            let answer = device.handle(&row.method, payload.as_deref()).await;
            observed.statuses.push(answer.status);
            observed.payloads.push(match answer.payload {
                None => Value::Null,
                Some(raw) => serde_json::from_str(raw.get()).expect("JSON"),
            });
        }
        let first = &observed.payloads[0];
        if first["correlationId"].is_string() && first["status"] == "Running" {
            observed.task = Some(end_of_task(&device, &first["correlationId"]).await);
        }
        observed.blobs = storage.blobs();
        observed.windows = source.windows();
        observed
    }

    /// What of an expectation does not hold.
    pub(super) fn mismatches(&self, expect: &Map<String, Value>) -> Vec<String> {
        expect
            .iter()
            .filter(|(key, expected)| !self.holds(key, expected))
            .map(|(key, expected)| format!("{key} should be {expected}, and there is {self:?}"))
            .collect()
    }

    fn holds(&self, key: &str, expected: &Value) -> bool {
        let text = expected.as_str().unwrap_or_default();
        match key {
            "fact" => true,
            "status" => self
                .statuses
                .iter()
                .all(|status| json!(status) == *expected),
            "payload" => self.payloads[0] == *expected,
            "message_contains" => self.message().contains(text),
            "message_not_contains" => !self.message().contains(text),
            "message_equals" | "message" => self.message() == text,
            "task_status" => self.payloads[0]["status"] == *expected,
            "task_final" => self.ended("status") == expected,
            "final_message" => self.ended("message") == expected,
            "ids" => json!(self.ids()) == *expected,
            "ids_unordered" => {
                let mut wanted: Vec<String> = serde_json::from_value(expected.clone()).unwrap();
                let mut ids = self.ids();
                wanted.sort();
                ids.sort();
                ids == wanted
            }
            "tail_used" => {
                expected
                    .as_object()
                    .expect("modules")
                    .iter()
                    .all(|(id, lines)| {
                        let log = self.part(id)["payload"].as_str().unwrap_or_default();
                        json!(log.lines().count()) == *lines
                    })
                    && expected.as_object().expect("modules").len() == self.ids().len()
            }
            "line_indexes" => {
                let indexes: Vec<usize> = serde_json::from_value(expected.clone()).unwrap();
                let lines: String = indexes.iter().map(|at| self.frames[*at].as_str()).collect();
                self.first_part()["payload"] == lines
            }
            "payload_text" => {
                self.first_part()["payload"] == text && self.first_part()["payloadBytes"].is_null()
            }
            "decoded_text" => {
                let packed = self.first_part()["payloadBytes"]
                    .as_str()
                    .unwrap_or_default();
                self.first_part()["payload"].is_null()
                    && unpacked(&STANDARD.decode(packed).unwrap()) == (text.to_owned(), 1)
            }
            "payload_is" => self.records().is_some(),
            "bytes_null" => self.first_part().get("payloadBytes") == Some(&Value::Null),
            "record" => self
                .records()
                .is_some_and(|records| records.len() == 1 && is_record(&records[0], expected)),
            "records" => self.records().is_some_and(|records| {
                let wanted = expected.as_array().expect("records");
                records.len() == wanted.len()
                    && records
                        .iter()
                        .zip(wanted)
                        .all(|(record, wanted)| is_record(record, wanted))
            }),
            "since_sent" => {
                let since = self.windows[0]
                    .since
                    .map(|since| since.as_second().to_string());
                since.as_deref() == Some(text)
            }
            "docker_query_has_tail" => self
                .windows
                .iter()
                .all(|window| json!(window.tail.is_some()) == *expected),
            "docker_query" => self.stamped(0) == expected["timestamps"],
            "second_docker_query" => self.stamped(1) == expected["timestamps"],
            "blobs" => json!(self.blobs.len()) == *expected,
            "blob_name_regex" => regex::Regex::new(text).unwrap().is_match(&self.blob().name),
            "blob_type" => self.blob().kind == text,
            "content_type" => self.blob().content_type == text,
            "content_encoding" => self.blob().content_encoding == text,
            "blob_text" => self.blob().bytes == text.as_bytes(),
            "gzip_members" => json!(unpacked(&self.blob().bytes).1) == *expected,
            "blob_is_error_json" => json!(!self.blob().bytes.starts_with(b"PK")) == *expected,
            other => panic!("no test knows what `{other}` means"),
        }
    }

    fn message(&self) -> &str {
        self.payloads[0]["message"].as_str().unwrap_or("no message")
    }

    fn ended(&self, field: &str) -> &Value {
        &self.task.as_ref().expect("a task")[field]
    }

    fn blob(&self) -> &StoredBlob {
        assert_eq!(self.blobs.len(), 1, "{self:?}");
        &self.blobs[0]
    }

    fn ids(&self) -> Vec<String> {
        let parts = self.payloads[0].as_array().into_iter().flatten();
        parts
            .map(|part| part["id"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    fn part(&self, id: &str) -> &Value {
        let mut parts = self.payloads[0].as_array().into_iter().flatten();
        parts.find(|part| part["id"] == id).unwrap_or(&Value::Null)
    }

    fn first_part(&self) -> &Value {
        &self.payloads[0][0]
    }

    /// The records of the first module, where its payload holds any.
    fn records(&self) -> Option<Vec<Value>> {
        let text = self.first_part()["payload"].as_str()?;
        serde_json::from_str(text).ok()
    }

    /// Whether the lines of an answer have the engine's stamp in front, as Docker's query has it.
    fn stamped(&self, call: usize) -> &'static str {
        let text = self.payloads[call][0]["payload"]
            .as_str()
            .unwrap_or_default();
        let stamped = text.lines().all(|line| {
            line.split_once(' ').is_some_and(|(stamp, _)| {
                stamp.len() == 30 && stamp.parse::<jiff::Timestamp>().is_ok()
            })
        });
        if stamped && !text.is_empty() {
            "true"
        } else {
            "false"
        }
    }
}

/// Whether a record has the agent's fields in the agent's order, and these values.
fn is_record(record: &Value, expected: &Value) -> bool {
    let keys = record.as_object().into_iter().flat_map(Map::keys);
    let keys: Vec<&str> = keys.map(String::as_str).collect();
    keys.join(" ") == "iothub device id stream loglevel text timestamp"
        && expected
            .as_object()
            .expect("fields")
            .iter()
            .all(|(key, value)| record[key] == *value)
}

/// The frames of a row; some rows only say what they would be.
fn frames_of(frames: &Value) -> Vec<String> {
    let frames: Vec<String> = serde_json::from_value(frames.clone()).expect("frames");
    let stands_for = |frame: &String| {
        let (count, what) = frame
            .strip_prefix('<')?
            .strip_suffix('>')?
            .split_once(' ')?;
        let count = count.parse().ok()?;
        match what {
            "ascii characters" => Some(vec!["x".repeat(count)]),
            "lines" => Some((0..count).map(|line| format!("line {line}\n")).collect()),
            _ => None,
        }
    };
    match frames.as_slice() {
        [one] => stands_for(one).unwrap_or(frames),
        _ => frames,
    }
}

/// The text of gzip members, and their number.
fn unpacked(mut bytes: &[u8]) -> (String, usize) {
    let (mut text, mut members) = (String::new(), 0);
    while !bytes.is_empty() {
        let mut member = flate2::bufread::GzDecoder::new(bytes);
        member.read_to_string(&mut text).expect("gzip");
        bytes = member.into_inner();
        members += 1;
    }
    (text, members)
}
