//! Many devices, some of which fail.

use std::time::Duration;

use super::{STAMP, gzip};
use crate::common::edgelogs;
use crate::common::samples::{files, with_log};
use stand_in::{DeviceState, Setup, StandIn, TaskEnd, TaskPlan};
use support::storage::Storage;

#[test]
fn failed_devices_do_not_affect_the_downloads_of_others() {
    let hub = StandIn::start(Setup::new().fleet("d", 20, with_log));
    let storage = Storage::start();
    let folder = tempfile::tempdir().unwrap();
    hub.set_state("d3", DeviceState::Offline);
    let failed = TaskEnd::Failed("no space".to_owned());
    hub.set_tasks("d4", TaskPlan::new(Duration::ZERO, failed));
    // The task of d5 completes without a blob, and the blob of d6 is damaged.
    for number in (0..20).filter(|number| ![3, 4, 5].contains(number)) {
        let mut log = gzip(&format!("of d{number}\n"));
        if number == 6 {
            log.truncate(12);
        }
        let name = format!("127.0.0.1/d{number}/edgeHub-{STAMP}.log.gz");
        storage.written(&name, &log);
    }
    let dir = folder.path().to_str().unwrap();
    let ran = edgelogs([
        "upload",
        "--where",
        "tags.x = 1",
        "--sas",
        &storage.sas("racwl"),
    ])
    .args(["--download", dir, "--decompress", "-o", "json", "-q"])
    .on(&hub)
    .exits(4);
    let summary = "20 devices: 16 ok, ";
    ran.assert_stderr(summary);
    for word in ["1 offline", "1 failed", "1 without a blob", "1 incomplete"] {
        assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
    }
    let files = files(folder.path());
    assert_eq!(files.len(), 17);
    for number in (0..20).filter(|number| ![3, 4, 5, 6].contains(number)) {
        let name = format!("d{number}/edgeHub-{STAMP}.log");
        assert_eq!(files[&name], format!("of d{number}\n").as_bytes(), "{name}");
    }
    assert!(files.contains_key(&format!("d6/edgeHub-{STAMP}.log.gz.damaged")));
    let document: serde_json::Value = ran.json();
    let records = document["records"].as_array().unwrap();
    assert_eq!(records.len(), 19);
    assert!(records.iter().all(|record| record["files"].is_array()));
    assert_eq!(document["errors"].as_array().map(Vec::len), Some(4));
}
