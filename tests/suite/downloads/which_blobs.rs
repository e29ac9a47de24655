//! Which blobs belong to a task.

use jiff::SignedDuration;

use super::{Plant, STAMP, blob, gzip, zipped};

#[test]
fn blobs_are_downloaded_unchanged() {
    let plant = Plant::new();
    // The shipped agent begins a member every 100 lines.
    let packed = [gzip("one\n"), gzip("two\n")].concat();
    plant.wrote("edgeHub", "log.gz", &packed);
    let ran = plant.upload("").exits(0);
    let name = format!("d/edgeHub-{STAMP}.log.gz");
    assert_eq!(plant.files(), [(name.clone(), packed)].into());
    assert_eq!(ran.stdout, format!("{}/{name}\n", plant.dir()));
}

#[test]
fn decompressed_blobs_hold_exactly_the_log() {
    let plant = Plant::new();
    let packed = [gzip("one\n"), gzip("two\n")].concat();
    plant.wrote("edgeHub", "log.gz", &packed);
    // The shipped agent writes nothing at all of an empty log.
    plant.wrote("silent", "log.gz", b"");
    let ran = plant.upload("--decompress -o jsonl").exits(0);
    let files = plant.files();
    assert_eq!(files[&format!("d/edgeHub-{STAMP}.log")], b"one\ntwo\n");
    assert_eq!(files[&format!("d/silent-{STAMP}.log")], b"");
    assert_eq!(files.len(), 2);
    let record: serde_json::Value = ran.json();
    let told: Vec<String> = files
        .keys()
        .map(|name| format!("{}/{name}", plant.dir()))
        .collect();
    assert_eq!(record["files"], serde_json::json!(told));
    ran.assert_no_stderr("note: fetched");
}

#[test]
fn blobs_of_other_tasks_formats_and_modules_are_not_downloaded() {
    let plant = Plant::new();
    let storage = &plant.storage;
    let old = |module: &str, seconds| {
        let ago = SignedDuration::from_secs(seconds);
        storage.old(&blob(module, "log.gz"), &gzip("old\n"), ago);
    };
    old("edgeHub-a", 3600);
    old("edgeHub-b", 10);
    // Created in the second in which the task starts.
    old("edgeHub-c", 0);
    plant.wrote("edgeHub", "log.gz", &gzip("new\n"));
    plant.wrote("edgeHub", "json.gz", &gzip("[]"));
    plant.wrote("filter", "log.gz", &gzip("of another task\n"));
    storage.written("127.0.0.1/d/edgeHub.log.gz", &gzip("by hand\n"));
    for folder in ["d2", "d/.."] {
        let name = format!("127.0.0.1/{folder}/edgeHub-{STAMP}.log.gz");
        storage.written(&name, &gzip("not of this device\n"));
    }
    plant.wrote_bundle(&zipped("x"));
    plant.upload("edge").exits(0);
    assert_eq!(plant.names(), [format!("d/edgeHub-{STAMP}.log.gz")]);
}

#[test]
fn a_bundle_task_downloads_only_the_bundle() {
    let plant = Plant::new();
    let zip = zipped("a line\n");
    plant.wrote_bundle(&zip);
    plant.wrote("edgeHub", "log.gz", &gzip("x\n"));
    plant.bundle().exits(0);
    assert_eq!(
        plant.files(),
        [(format!("d/support-bundle-{STAMP}.zip"), zip)].into()
    );
}

#[test]
fn every_page_of_the_list_is_read() {
    let plant = Plant::new();
    plant.storage.state().page = 2;
    let hour = SignedDuration::from_hours(1);
    for number in 0..7 {
        let old = blob(&format!("m{number}"), "log");
        plant.storage.old(&old, b"old\n", hour);
        plant.wrote(&format!("n{number}"), "log", b"new\n");
    }
    plant.upload("--encoding none").exits(0);
    let expected: Vec<String> = (0..7)
        .map(|number| format!("d/n{number}-{STAMP}.log"))
        .collect();
    assert_eq!(plant.names(), expected);
    // 7 names before the start, 14 after it.
    let state = plant.storage.state();
    let lists = state
        .requests
        .iter()
        .filter(|request| request.contains("comp=list"));
    assert_eq!(lists.count(), 4 + 7);
}

#[test]
fn only_the_blobs_named_by_the_device_are_downloaded() {
    let plant = Plant::telling(&[&blob("edgeHub", "log.gz")]);
    plant.wrote("edgeHub", "log.gz", &gzip("mine\n"));
    plant.wrote("edgeAgent", "log.gz", &gzip("of another task\n"));
    plant.upload("").exits(0);
    assert_eq!(plant.names(), [format!("d/edgeHub-{STAMP}.log.gz")]);
}
