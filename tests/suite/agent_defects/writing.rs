//! Uploads, bundles and tasks: one test for each defect.
//!
//! Two more are tested elsewhere: the times of the journal in `bundles`, and the message of a
//! cancelled task in the unit tests of tasks, because a task is only cancelled after hours.

use std::io::{Cursor, Read};
use std::sync::Arc;

use async_trait::async_trait;
use edgelogs::device::DeviceModule;
use edgelogs::device::sources::{
    EntryStream, LogSource, LogWindow, ModuleInfo, SourceError, SourceErrorKind,
};
use serde_json::{Value, json};

use super::of_frames;
use crate::common::blob_stand_in::{BlobStandIn, StoredBlob};
use crate::common::memory_source::{
    MemoryModule, MemorySource, call, device, end_of_task, of_modules,
};

/// Uploads what matches `items`; how that ended.
async fn upload(device: &DeviceModule, storage: &BlobStandIn, items: Value, form: &str) -> Value {
    let request = json!({
        "schemaVersion": "1.0", "sasUrl": format!("{}?sig=s", storage.container),
        "items": items, "encoding": "none", "contentType": form,
    });
    let started = call(device, "UploadModuleLogs", request).await;
    end_of_task(device, &started["correlationId"]).await
}

/// Uploads a bundle; how that ended.
async fn bundle(device: &DeviceModule, storage: &BlobStandIn, mut more: Value) -> Value {
    more["schemaVersion"] = "1.0".into();
    more["sasUrl"] = format!("{}?sig=s", storage.container).into();
    let started = call(device, "UploadSupportBundle", more).await;
    end_of_task(device, &started["correlationId"]).await
}

fn entry(blob: &StoredBlob, name: &str) -> String {
    let mut zip = zip::ZipArchive::new(Cursor::new(&blob.bytes)).unwrap();
    let mut text = String::new();
    zip.by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[tokio::test]
async fn bundles_respect_since_and_until() {
    let frames = [
        "2026-11-20T10:00:00.000000000Z before\n",
        "2026-11-20T11:00:00.000000000Z within\n",
        "2026-11-20T12:00:00.000000000Z behind\n",
    ];
    let module = MemoryModule::of_frames("m", &frames);
    let source = Arc::new(MemorySource::new(vec![module]));
    let device = device(source.clone());
    let storage = BlobStandIn::start().await;
    let window = json!({ "since": "2026-11-20T10:30:00Z", "until": "2026-11-20T11:30:00Z" });
    let answer = bundle(&device, &storage, window).await;
    assert_eq!(answer["status"], "Completed", "{answer}");
    assert_eq!(entry(&storage.blobs()[0], "logs/m_log.txt"), "within\n");
    let asked = source.windows()[0];
    assert_eq!(asked.since, Some("2026-11-20T10:30:00Z".parse().unwrap()));
    assert_eq!(asked.until, Some("2026-11-20T11:30:00Z".parse().unwrap()));
}

/// A source that can't be reached.
struct Away;

fn away() -> SourceError {
    SourceError::new(SourceErrorKind::Unreachable, "edged sleeps")
}

#[async_trait]
impl LogSource for Away {
    async fn modules(&self) -> Result<Vec<ModuleInfo>, SourceError> {
        Err(away())
    }

    async fn logs(&self, _: &str, _: &LogWindow) -> Result<EntryStream, SourceError> {
        Err(away())
    }
}

#[tokio::test]
async fn a_bundle_without_a_source_is_a_zip_that_names_the_error() {
    let storage = BlobStandIn::start().await;
    let answer = bundle(&device(Arc::new(Away)), &storage, json!({})).await;
    assert_eq!(answer["status"], "Completed", "{answer}");
    let manifest = entry(&storage.blobs()[0], "manifest.json");
    assert!(manifest.contains("edged sleeps"), "{manifest}");
}

#[tokio::test]
async fn uploads_keep_blank_lines() {
    let device = of_frames(&["a\n", "\n", "  \n", "b\n"]);
    let storage = BlobStandIn::start().await;
    upload(&device, &storage, json!({ "id": "m" }), "text").await;
    assert_eq!(storage.blobs()[0].bytes, b"a\n\n  \nb\n");
}

#[tokio::test]
async fn uploads_respect_tail() {
    let frames = ["<3> a\n", "<6> b\n", "<3> c\n", "<6> d\n"];
    let device = of_frames(&frames);
    for (filter, log) in [
        (json!({ "tail": 2 }), "<3> c\n<6> d\n"),
        (json!({ "tail": 2, "loglevel": 3 }), "<3> a\n<3> c\n"),
    ] {
        let storage = BlobStandIn::start().await;
        upload(
            &device,
            &storage,
            json!({ "id": "m", "filter": filter }),
            "text",
        )
        .await;
        assert_eq!(storage.blobs()[0].bytes, log.as_bytes(), "{filter}");
    }
}

#[tokio::test]
async fn uploads_append_a_mebibyte_at_a_time() {
    let frames = vec!["<6> a line of a log that has very many of them\n"; 60_000];
    let bytes = frames.concat().len();
    let device = of_frames(&frames);
    let storage = BlobStandIn::start().await;
    let answer = upload(&device, &storage, json!({ "id": "m" }), "text").await;
    assert_eq!(answer["status"], "Completed", "{answer}");
    assert_eq!(storage.blobs()[0].bytes.len(), bytes);
    // One request makes the blob, and each of the others carries up to 1 MiB.
    assert_eq!(storage.requests(), 1 + bytes.div_ceil(1 << 20));
}

/// A device of four modules: the second can't be read, the third only in part.
fn partly_readable() -> DeviceModule {
    of_modules(vec![
        MemoryModule::of_frames("a", &["of a\n"]),
        MemoryModule::unreadable("b", "its driver keeps nothing"),
        MemoryModule::of_frames("c", &["of c\n"]).breaking_off("the file is damaged"),
        MemoryModule::of_frames("d", &["of d\n"]),
    ])
}

#[tokio::test]
async fn a_bundle_survives_an_unreadable_module() {
    let storage = BlobStandIn::start().await;
    let answer = bundle(&partly_readable(), &storage, json!({})).await;
    assert_eq!(answer["status"], "Completed", "{answer}");
    let blob = &storage.blobs()[0];
    for module in ["a", "c", "d"] {
        let log = entry(blob, &format!("logs/{module}_log.txt"));
        assert_eq!(log, format!("of {module}\n"));
    }
    assert_eq!(
        entry(blob, "logs/b_log_err.txt"),
        "its driver keeps nothing\n"
    );
    assert_eq!(entry(blob, "logs/c_log_err.txt"), "the file is damaged\n");
    let manifest: Value = serde_json::from_str(&entry(blob, "manifest.json")).unwrap();
    assert_eq!(
        manifest["missing"].as_array().unwrap().len(),
        2,
        "{manifest}"
    );
}

#[tokio::test]
async fn an_unreadable_module_does_not_stop_the_other_uploads() {
    let storage = BlobStandIn::start().await;
    let answer = upload(&partly_readable(), &storage, json!({ "id": "." }), "text").await;
    assert_eq!(answer["status"], "Failed");
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.starts_with("2 of 4 modules uploaded; module b: its driver"),
        "{message}"
    );
    assert!(
        message.contains("is incomplete: the file is damaged"),
        "{message}"
    );
    assert_eq!(answer["blobs"].as_array().unwrap().len(), 2, "{answer}");
    let progress = json!({ "modulesDone": 4, "modules": 4, "bytes": 15 });
    assert_eq!(answer["progress"], progress);
    let mut logs: Vec<_> = storage.blobs().into_iter().map(|blob| blob.bytes).collect();
    logs.sort();
    assert_eq!(logs, [b"of a\n", b"of c\n", b"of d\n"]);
}

#[tokio::test]
async fn an_empty_log_is_uploaded_and_an_unknown_module_fails() {
    let device = of_modules(vec![MemoryModule::of_frames::<&str>("m", &[])]);
    let storage = BlobStandIn::start().await;
    for form in ["text", "json"] {
        let answer = upload(&device, &storage, json!({ "id": "m" }), form).await;
        assert_eq!(answer["status"], "Completed");
        assert_eq!(answer["blobs"].as_array().unwrap().len(), 1, "{answer}");
        let answer = upload(&device, &storage, json!({ "id": "other" }), form).await;
        assert_eq!(answer["status"], "Failed");
        assert_eq!(answer["message"], "no module matches other");
    }
    let mut logs: Vec<_> = storage.blobs().into_iter().map(|blob| blob.bytes).collect();
    logs.sort();
    assert_eq!(logs, [b"".to_vec(), b"[]".to_vec()]);
}

#[tokio::test]
async fn tasks_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let storage = BlobStandIn::start().await;
    let start = || of_frames(&["a\n"]).with_tasks_in(folder.path().to_owned());
    let answer = upload(&start(), &storage, json!({ "id": "m" }), "text").await;
    let id = json!({ "schemaVersion": "1.0", "correlationId": answer["correlationId"] });
    let later = call(&start(), "GetTaskStatus", id).await;
    assert_eq!(later["status"], "Completed");
    assert_eq!(later, answer);
}
