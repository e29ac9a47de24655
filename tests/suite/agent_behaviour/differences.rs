//! Our answers where they differ from the shipped agent's.

use serde_json::{Map, Value};

/// The rows that differ, and what is expected of them instead, in the words of the rows.
const DIFFERENCES: &str = r#"{
    "items-null": { "status": 400, "message_contains": "Error parsing command payload because of error - Value cannot be null. (Parameter 'items')" },
    "upload-no-module-matches": { "status": 200, "task_status": "Running", "task_final": "Failed", "final_message": "no module matches nothere", "blobs": 0 },
    "loglevel-equals-6": { "status": 200, "line_indexes": [0, 2, 3, 4] },
    "loglevel-equals-7": { "status": 200, "line_indexes": [0, 1, 2, 3, 4] },
    "loglevel-equals-4": { "status": 200, "line_indexes": [3, 4] },
    "loglevel-7-and-regex-log": { "status": 200, "line_indexes": [1, 2] },
    "loglevel-4-and-regex-bad": { "status": 200, "line_indexes": [3, 4] },
    "untagged-is-level-6": { "status": 200, "line_indexes": [0, 1, 2, 3] },
    "default-content-type-is-json": { "status": 200, "payload_text": "hello\n", "bytes_null": true },
    "json-no-timestamp": { "status": 200, "records": [{ "loglevel": 6, "text": "hello\r", "timestamp": null }] },
    "json-blank-line-keeps-raw": { "status": 200, "records": [{ "loglevel": 6, "text": "\n", "timestamp": "2023-08-19T00:21:09.481+00:00" }] },
    "json-multiline-frame-first-line": { "status": 200, "records": [{ "text": "line1" }, { "text": "line2" }] },
    "text-blank-only-is-empty": { "status": 200, "payload_text": "\n  \n" },
    "tail-since-until-tail-not-sent": { "status": 200, "docker_query_has_tail": true, "line_indexes": [1, 2] },
    "empty-filter-leak": { "status": 200, "second_docker_query": { "timestamps": "false" } },
    "upload-text-blob": { "status": 200, "blob_type": "AppendBlob", "content_type": "text/plain", "blob_text": "a\n\nb\n" },
    "upload-text-gzip-members": { "status": 200, "blob_type": "AppendBlob", "gzip_members": 1 },
    "upload-text-tail-ignored-with-window": { "status": 200, "blob_text": "b\n" },
    "bundle-until-only-bug": { "status": 200, "task_final": "Completed", "blob_is_error_json": false }
}"#;

/// The rows that differ, by their names.
pub(super) fn differences() -> Map<String, Value> {
    serde_json::from_str(DIFFERENCES).expect("an object")
}
