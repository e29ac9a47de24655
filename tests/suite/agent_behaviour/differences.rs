//! What we answer where we differ from the shipped agent.

/// The rows that differ, and what is expected of them instead, in the words of the rows.
pub(super) const DIFFERENCES: [(&str, &str); 19] = [
    (
        "items-null",
        r#"{ "status": 400, "message_contains": "Error parsing command payload because of error - Value cannot be null. (Parameter 'items')" }"#,
    ),
    (
        "upload-no-module-matches",
        r#"{ "status": 200, "task_status": "Running", "task_final": "Failed", "final_message": "no module matches nothere", "blobs": 0 }"#,
    ),
    (
        "loglevel-equals-6",
        r#"{ "status": 200, "line_indexes": [0, 2, 3, 4] }"#,
    ),
    (
        "loglevel-equals-7",
        r#"{ "status": 200, "line_indexes": [0, 1, 2, 3, 4] }"#,
    ),
    (
        "loglevel-equals-4",
        r#"{ "status": 200, "line_indexes": [3, 4] }"#,
    ),
    (
        "loglevel-7-and-regex-log",
        r#"{ "status": 200, "line_indexes": [1, 2] }"#,
    ),
    (
        "loglevel-4-and-regex-bad",
        r#"{ "status": 200, "line_indexes": [3, 4] }"#,
    ),
    (
        "untagged-is-level-6",
        r#"{ "status": 200, "line_indexes": [0, 1, 2, 3] }"#,
    ),
    (
        "default-content-type-is-json",
        r#"{ "status": 200, "payload_text": "hello\n", "bytes_null": true }"#,
    ),
    (
        "json-no-timestamp",
        r#"{ "status": 200, "records": [{ "loglevel": 6, "text": "hello\r", "timestamp": null }] }"#,
    ),
    (
        "json-blank-line-keeps-raw",
        r#"{ "status": 200, "records": [{ "loglevel": 6, "text": "\n", "timestamp": "2023-08-19T00:21:09.481+00:00" }] }"#,
    ),
    (
        "json-multiline-frame-first-line",
        r#"{ "status": 200, "records": [{ "text": "line1" }, { "text": "line2" }] }"#,
    ),
    (
        "text-blank-only-is-empty",
        r#"{ "status": 200, "payload_text": "\n  \n" }"#,
    ),
    (
        "tail-since-until-tail-not-sent",
        r#"{ "status": 200, "docker_query_has_tail": true, "line_indexes": [1, 2] }"#,
    ),
    (
        "empty-filter-leak",
        r#"{ "status": 200, "second_docker_query": { "timestamps": "false" } }"#,
    ),
    (
        "upload-text-blob",
        r#"{ "status": 200, "blob_type": "AppendBlob", "content_type": "text/plain", "blob_text": "a\n\nb\n" }"#,
    ),
    (
        "upload-text-gzip-members",
        r#"{ "status": 200, "blob_type": "AppendBlob", "gzip_members": 1 }"#,
    ),
    (
        "upload-text-tail-ignored-with-window",
        r#"{ "status": 200, "blob_text": "b\n" }"#,
    ),
    (
        "bundle-until-only-bug",
        r#"{ "status": 200, "task_final": "Completed", "blob_is_error_json": false }"#,
    ),
];
