//! `upload` and `bundle` with `--local`, to a real Blob Storage.

use serde_json::Value;

use super::text;
use crate::common::samples::{is_guid, signature, unzip};
use crate::common::{Edgelogs, edgelogs};
use support::azurite::{Blob, Container};

/// Three modules with known logs, in a folder.
fn plant() -> (tempfile::TempDir, Vec<(&'static str, String)>) {
    let line = |n: usize| {
        format!(
            "<6> 2026-11-20 10:00:{:02}.{:03} +00:00 [INF] - line {n}\n",
            n / 20 % 60,
            n % 1000
        )
    };
    let long: String = (0..1200).map(line).collect();
    let logs = vec![
        ("edgeAgent", format!("{long}\n\nno newline at the end")),
        (
            "filter",
            "<3> 2026-11-20 10:00:00.000 +00:00 [ERR] - ünïcode\n  at trace\n".to_owned(),
        ),
        ("tiny", "x".to_owned()),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    for (name, log) in &logs {
        std::fs::write(folder.path().join(format!("{name}.log")), log).expect("a log");
    }
    (folder, logs)
}

fn upload(container: &Container, folder: &tempfile::TempDir, more: &str) -> Edgelogs {
    local("upload", &container.sas("acw", 1), folder).args(more)
}

/// A command for the logs in the folder.
fn local(command: &str, sas: &str, folder: &tempfile::TempDir) -> Edgelogs {
    let local = format!("--local=dir:{}", folder.path().display());
    edgelogs([command, "--sas", sas, "-d", "plant-1", &local])
}

/// `{hub}/{device}/{module}-{yyyy-MM-dd--HH-mm-ss}.{extension}`.
fn has_agents_name(blob: &Blob, module: &str, extension: &str) -> bool {
    let Some(rest) = blob
        .name
        .strip_prefix(&format!("127.0.0.1/plant-1/{module}-"))
    else {
        return false;
    };
    let Some(time) = rest.strip_suffix(&format!(".{extension}")) else {
        return false;
    };
    let shape: String = time
        .chars()
        .map(|c| if c.is_ascii_digit() { 'd' } else { c })
        .collect();
    shape == "dddd-dd-dd--dd-dd-dd"
}

#[test]
#[ignore = "needs Azurite"]
fn text_is_uploaded_as_append_blobs_named_like_the_agents() {
    for (encoding, extension) in [("gzip", "log.gz"), ("none", "log")] {
        let (folder, logs) = plant();
        let container = Container::create();
        let form = format!("--encoding {encoding} --content-type text");
        let ran = upload(&container, &folder, &form).exits(0);
        let id = ran.stdout.trim_end();
        assert_eq!(ran.stdout, format!("{id}\n"));
        assert!(is_guid(id), "{id}");
        let blobs = container.blobs();
        assert_eq!(blobs.len(), logs.len());
        for ((module, log), blob) in logs.iter().zip(blobs) {
            assert!(has_agents_name(&blob, module, extension), "{}", blob.name);
            assert_eq!(blob.kind, "AppendBlob");
            assert_eq!(blob.content_type, "text/plain");
            let packed = if encoding == "gzip" { "gzip" } else { "" };
            assert_eq!(blob.content_encoding, packed);
            assert_eq!(text(&blob), log.as_bytes(), "{module}");
        }
    }
}

#[test]
#[ignore = "needs Azurite"]
fn json_is_uploaded_as_block_blobs_with_one_record_per_line() {
    let (folder, logs) = plant();
    let container = Container::create();
    let ran = upload(&container, &folder, "--content-type json -o jsonl").exits(0);
    let record: Value = ran.json();
    assert_eq!(record["status"], "Completed");
    assert_eq!(record["method"], "UploadModuleLogs");
    assert_eq!(record["device"], "plant-1");
    assert_eq!(record["message"], "");
    let blobs = container.blobs();
    for ((module, log), blob) in logs.iter().zip(blobs) {
        assert!(has_agents_name(&blob, module, "json.gz"), "{}", blob.name);
        assert_eq!(
            (blob.kind.as_str(), blob.content_type.as_str()),
            ("BlockBlob", "application/json")
        );
        let records: Vec<Value> = serde_json::from_slice(&text(&blob)).expect("a list of records");
        assert_eq!(records.len(), log.lines().count(), "{module}");
        assert!(
            records
                .iter()
                .all(|record| record["id"] == *module && record["device"] == "plant-1")
        );
    }
}

#[test]
#[ignore = "needs Azurite"]
fn an_uploaded_bundle_is_a_valid_zip() {
    let (folder, logs) = plant();
    let container = Container::create();
    let ran = local("bundle", &container.sas("c", 1), &folder).exits(0);
    assert!(is_guid(ran.stdout.trim_end()));
    let blobs = container.blobs();
    assert_eq!(blobs.len(), 1);
    assert!(
        has_agents_name(&blobs[0], "support-bundle", "zip"),
        "{}",
        blobs[0].name
    );
    assert_eq!(blobs[0].content_type, "application/zip");
    let zip = folder.path().join("bundle.zip");
    std::fs::write(&zip, &blobs[0].bytes).expect("a file");
    let zip = zip.to_str().expect("a path");
    unzip(&["-t", zip]);
    for (module, log) in logs {
        assert_eq!(
            unzip(&["-p", zip, &format!("logs/{module}_log.txt")]),
            log.as_bytes()
        );
    }
}

#[test]
#[ignore = "needs Azurite"]
fn storage_refusals_are_exit_8_with_the_storages_reason() {
    let (folder, _) = plant();
    let container = Container::create();
    let good = container.sas("acw", 1);
    let signature = signature(&good);
    let forged = good.replace(signature, &format!("{}%3D", "A".repeat(43)));
    let elsewhere = good.replacen("/test-", "/gone-", 1);
    for (sas, reason) in [
        (&forged, "AuthorizationFailure"),
        (&elsewhere, "AuthorizationFailure"),
    ] {
        let ran = local("upload", sas, &folder).args("-o jsonl").exits(8);
        ran.assert_stderr("failed");
        ran.assert_stderr(reason);
        ran.assert_nowhere(signature);
        let record: Value = ran.json();
        assert_eq!(record["status"], "Failed");
    }
    assert!(container.blobs().is_empty());
}
