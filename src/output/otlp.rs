//! Log records as OpenTelemetry's protocol has them, in JSON: one `LogsData` a line.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::log_printer::Source;
use crate::logs::{LogRecord, LogStream, Severity};

/// How many records a line holds at the most, and how long the first of them waits for others.
const MAX_RECORDS: usize = 512;
const WAITING: Duration = Duration::from_secs(1);

/// Device and module, and the records of these with their hub.
type OfModule = ((String, String), (String, Vec<OtlpRecord>));

/// Records that wait to become a line.
#[derive(Debug, Default)]
pub(super) struct OtlpBatch {
    /// Those of each module, by device and module.
    records: BTreeMap<(String, String), (String, Vec<OtlpRecord>)>,
    count: usize,
    since: Option<Instant>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OtlpRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    time_unix_nano: Option<String>,
    observed_time_unix_nano: String,
    severity_number: u8,
    severity_text: &'static str,
    body: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Value>,
}

impl OtlpBatch {
    /// Adds a record. Returns whether the batch is full.
    pub(super) fn push(
        &mut self,
        source: &Source,
        record: &LogRecord,
        time: Option<Timestamp>,
        severity: Option<u8>,
        uid: Option<&str>,
    ) -> bool {
        let level = severity.unwrap_or(record.loglevel);
        let stream = record.stream.map(|stream| match stream {
            LogStream::Stdout => "stdout",
            LogStream::Stderr => "stderr",
        });
        let attributes = [("log.iostream", stream), ("log.record.uid", uid)];
        let attributes = attributes.into_iter();
        let record = OtlpRecord {
            time_unix_nano: time.map(nanoseconds),
            observed_time_unix_nano: nanoseconds(Timestamp::now()),
            severity_number: severity_number(level),
            severity_text: Severity::from_number(level).map_or("", Severity::name),
            body: json!({ "stringValue": record.text }),
            attributes: attributes
                .filter_map(|(key, value)| Some(attribute(key, value?)))
                .collect(),
        };
        let of = (source.device.clone(), source.module.clone());
        let (_, records) = self
            .records
            .entry(of)
            .or_insert_with(|| (source.iothub.clone(), Vec::new()));
        records.push(record);
        self.count += 1;
        self.since.get_or_insert_with(Instant::now);
        self.count >= MAX_RECORDS
    }

    /// When the records that wait should wait no longer.
    pub(super) fn due(&self) -> Option<Instant> {
        self.since.map(|since| since + WAITING)
    }

    /// The line of what waits; none where nothing does.
    pub(super) fn take(&mut self) -> Option<String> {
        let Self { records, count, .. } = std::mem::take(self);
        if count == 0 {
            return None;
        }
        let of_module = |((device, module), (hub, records)): OfModule| {
            let attributes = [
                ("service.name", module.as_str()),
                ("host.name", device.as_str()),
                ("device.id", device.as_str()),
                ("cloud.provider", "azure"),
                ("azure.iothub.name", hub.as_str()),
            ];
            json!({
                "resource": { "attributes": attributes.map(|(key, value)| attribute(key, value)) },
                "scopeLogs": [{
                    "scope": { "name": "edgelogs", "version": env!("CARGO_PKG_VERSION") },
                    "logRecords": records,
                }],
            })
        };
        let resource_logs: Vec<Value> = records.into_iter().map(of_module).collect();
        Some(json!({ "resourceLogs": resource_logs }).to_string())
    }
}

/// 64-bit numbers are text in JSON.
fn nanoseconds(time: Timestamp) -> String {
    time.as_nanosecond().max(0).to_string()
}

fn attribute(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

/// The number of a severity of syslog, by OpenTelemetry's data model. Agents accept any digit.
fn severity_number(level: u8) -> u8 {
    match level {
        0 => 21,
        1 => 19,
        2 => 18,
        3 => 17,
        4 => 13,
        5 => 10,
        6 => 9,
        7 => 5,
        _ => 0,
    }
}
