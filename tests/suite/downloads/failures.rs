//! Damaged blobs, outages, refusals, and tasks that write nothing.

use std::time::Duration;

use insta::assert_snapshot;

use super::{Plant, STAMP, blob, gzip, zipped};
use crate::common::Ran;
use stand_in::{TaskEnd, TaskPlan};

/// The errors of a run, without what differs from run to run.
fn errors(plant: &Plant, ran: &Ran) -> String {
    let shown = ran
        .stderr
        .replace(plant.folder.path().to_str().unwrap(), "TMP");
    let id = regex::Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap();
    let shown = id.replace_all(&shown, "TASK");
    let from = shown.find("error: ").expect("an error");
    let until = shown.find("traffic: ").unwrap_or(shown.len());
    shown[from..until].to_owned()
}

#[test]
fn an_error_uploaded_in_place_of_a_bundle_is_reported() {
    let plant = Plant::new();
    let error = br#"{"message":"invalid parameter: until"}"#;
    plant.wrote_bundle(error);
    let ran = plant.bundle().exits(8);
    assert_eq!(
        plant.files(),
        [(
            format!("d/support-bundle-{STAMP}.zip.damaged"),
            error.to_vec()
        )]
        .into()
    );
    assert_snapshot!("error-as-a-bundle", errors(&plant, &ran));
}

#[test]
fn damaged_blobs_are_kept_with_the_suffix_damaged() {
    let plant = Plant::new();
    let whole = [gzip("one\n"), gzip(&"two\n".repeat(100))].concat();
    let cut = &whole[..whole.len() - 9];
    plant.wrote("a", "log.gz", &whole);
    plant.wrote("b", "log.gz", cut);
    let ran = plant.upload("--decompress").exits(8);
    let files = plant.files();
    assert_eq!(files.len(), 2);
    assert!(files[&format!("d/a-{STAMP}.log")].starts_with(b"one\ntwo\n"));
    assert_eq!(files[&format!("d/b-{STAMP}.log.gz.damaged")], cut);
    assert_snapshot!("damaged-gzip", errors(&plant, &ran));
}

#[test]
fn the_storages_checksum_is_verified() {
    let md5_of_right = "fE8pQHiTwzSmy3qHvwRcDQ==";
    let plant = Plant::new();
    let storage = &plant.storage;
    storage.with_md5(&blob("a", "log"), b"right", md5_of_right);
    plant.upload("--encoding none").exits(0);
    let plant = Plant::new();
    let storage = &plant.storage;
    storage.with_md5(&blob("a", "log"), b"wrong", md5_of_right);
    let ran = plant.upload("--encoding none").exits(8);
    ran.assert_stderr("its checksum differs");
    assert_eq!(plant.names(), [format!("d/a-{STAMP}.log.damaged")]);
}

#[test]
fn a_broken_transfer_resumes_where_it_stopped() {
    let plant = Plant::new();
    let log: Vec<u8> = (0..3_000_000_u32)
        .flat_map(|number| number.to_le_bytes())
        .take(5 << 20)
        .collect();
    plant.wrote("a", "log", &log);
    plant.storage.state().break_after = 2 << 20;
    plant.storage.state().breaks = 2;
    plant.upload("--encoding none").exits(0);
    assert!(plant.files()[&format!("d/a-{STAMP}.log")] == log);
    assert_eq!(plant.storage.state().breaks, 0);
    assert_eq!(plant.storage.state().reads(), 3);
}

#[test]
fn a_transfer_that_keeps_breaking_fails() {
    let plant = Plant::new();
    plant.wrote("a", "log", b"a line\n");
    plant.storage.state().breaks = usize::MAX;
    let ran = plant.upload("--encoding none").exits(6);
    ran.assert_stderr("the storage can't be reached");
    assert_eq!(plant.storage.state().reads(), 6);
    assert!(plant.names().is_empty(), "{:?}", plant.names());
}

#[test]
fn data_beyond_the_end_of_a_blob_is_ignored() {
    let plant = Plant::new();
    plant.wrote("a", "log", b"a line\n");
    plant.storage.state().endless = true;
    plant.upload("--encoding none").exits(0);
    assert_eq!(plant.files()[&format!("d/a-{STAMP}.log")], b"a line\n");
    assert_eq!(plant.storage.state().reads(), 1);
}

#[test]
fn listing_is_retried_when_the_storage_is_busy() {
    let plant = Plant::new();
    plant.wrote("a", "log", b"a line\n");
    plant.storage.state().refused = Some(("comp=list", 503, "ServerBusy"));
    plant.storage.state().refusals = 2;
    plant.upload("--encoding none").exits(0);
    assert_eq!(plant.names(), [format!("d/a-{STAMP}.log")]);
}

#[test]
fn a_completed_task_without_a_blob_is_an_error() {
    let plant = Plant::new();
    let ran = plant.upload("").exits(8);
    assert_snapshot!("completed-without-a-blob", errors(&plant, &ran));
    assert!(plant.names().is_empty());
    let plant = Plant::new();
    let ran = plant.bundle().exits(8);
    assert_snapshot!("completed-without-a-bundle", errors(&plant, &ran));
}

#[test]
fn blobs_of_a_failed_task_are_downloaded() {
    let plant = Plant::ending(TaskEnd::Failed("the disk is full".to_owned()));
    plant.wrote("a", "log.gz", &gzip("whole\n"));
    plant.wrote("b", "log.gz", &gzip("a part\n")[..15]);
    let ran = plant.upload("-o jsonl").exits(8);
    ran.assert_stderr("the disk is full");
    ran.assert_stderr("warning: 1 of 2 blobs");
    let names = [
        format!("d/a-{STAMP}.log.gz"),
        format!("d/b-{STAMP}.log.gz.damaged"),
    ];
    assert_eq!(plant.names(), names);
    let record: serde_json::Value = ran.json();
    assert_eq!(record["status"], "Failed");
    assert_eq!(record["files"].as_array().map(Vec::len), Some(2));
}

#[test]
fn nothing_is_downloaded_while_the_task_runs() {
    let plant = Plant::ending(TaskEnd::Never);
    plant.wrote("a", "log.gz", &gzip("a part\n"));
    let ran = plant.upload("--wait-timeout 500ms").exits(9);
    assert_eq!(ran.stdout, "");
    ran.assert_stderr("nothing was fetched: task ");
    assert!(plant.names().is_empty());
}

#[test]
fn a_refusing_storage_ends_the_run_before_the_task_starts() {
    let plant = Plant::new();
    plant.storage.state().refused = Some(("comp=list", 403, "AuthorizationPermissionMismatch"));
    let ran = plant.upload("").exits(5);
    assert_snapshot!("storage-refuses-to-list", errors(&plant, &ran));
    assert!(plant.hub.calls("UploadModuleLogs").is_empty());
    plant.storage.state().refused = Some(("comp=list", 404, "ContainerNotFound"));
    let ran = plant.upload("").exits(2);
    assert_snapshot!("no-such-container", errors(&plant, &ran));
    assert!(plant.hub.calls("UploadModuleLogs").is_empty());
}

#[test]
fn a_refused_blob_does_not_stop_the_others() {
    let plant = Plant::new();
    plant.wrote("a", "log", b"a\n");
    plant.wrote("b", "log", b"b\n");
    plant.storage.state().refused = Some(("%2Fb-", 403, "AuthenticationFailed"));
    let ran = plant.upload("--encoding none").exits(5);
    assert_eq!(plant.names(), [format!("d/a-{STAMP}.log")]);
    assert_snapshot!("blob-refused", errors(&plant, &ran));
}

#[test]
fn a_zip_with_a_broken_entry_is_damaged() {
    let plant = Plant::new();
    let mut zip = zipped(&"a line\n".repeat(100));
    zip[50] ^= 0x10;
    plant.wrote_bundle(&zip);
    let ran = plant.bundle().exits(8);
    ran.assert_stderr("entry `logs/m_log.txt`");
}

#[test]
fn blobs_of_other_devices_are_never_downloaded() {
    let own = blob("a", "log");
    let other = format!("127.0.0.1/other/b-{STAMP}.log");
    let plant = Plant::telling(&[&own, &other, "", &own]);
    plant.storage.written(&own, b"a\n");
    plant.storage.written(&other, b"b\n");
    let ran = plant.upload("--encoding none").exits(7);
    assert_eq!(plant.names(), [format!("d/a-{STAMP}.log")]);
    assert_snapshot!("names-of-others", errors(&plant, &ran));
    let requests = plant.storage.state().requests.clone();
    assert!(
        !requests.iter().any(|request| request.contains("other")),
        "{requests:?}"
    );
}

/// A limit on the size of files stands for a disk without room.
#[cfg(unix)]
#[test]
fn a_blob_that_can_not_be_unpacked_is_kept_packed() {
    let plant = Plant::new();
    let packed = gzip(&"a line\n".repeat(500_000));
    plant.wrote("a", "log.gz", &packed);
    let ran = plant
        .command("upload --decompress --interval 50ms")
        .with_files_up_to(200)
        .exits(1);
    assert_eq!(
        plant.files(),
        [(format!("d/a-{STAMP}.log.gz"), packed)].into()
    );
    assert_snapshot!("stays-packed", errors(&plant, &ran));
}

#[test]
fn a_listing_that_tells_less_than_the_blob_holds_gives_no_whole_file() {
    for hides in [3, 7] {
        let plant = Plant::new();
        plant.wrote("a", "log", b"a line\n");
        plant.storage.state().hides = hides;
        let ran = plant.upload("--encoding none").exits(1);
        ran.assert_stderr(format!(
            "the storage lists {} bytes, but the blob holds 7",
            7 - hides
        ));
        assert!(plant.names().is_empty(), "{:?}", plant.names());
    }
}

#[test]
fn an_empty_blob_is_an_empty_file() {
    let plant = Plant::new();
    plant.wrote("a", "log", b"");
    plant.upload("--encoding none").exits(0);
    assert_eq!(plant.files()[&format!("d/a-{STAMP}.log")], b"");
}

#[test]
fn a_storage_that_drips_is_given_up_when_the_time_is_up() {
    let plant = Plant::new();
    plant.wrote("a", "log", &b"a line\n".repeat(1000));
    plant.storage.state().drips = Some(Duration::from_millis(200));
    let ran = plant.upload("--encoding none --wait-timeout 2s").exits(6);
    ran.assert_stderr("the storage was not done within 2s (--wait-timeout)");
    assert!(plant.names().is_empty(), "{:?}", plant.names());
}

/// What is left after the waiting is too short, although it would do alone.
#[test]
fn waiting_and_transfers_share_one_time_limit() {
    let plan = TaskPlan::new(Duration::from_secs(3), TaskEnd::Completed);
    let plant = Plant::planned(plan);
    plant.wrote("a", "log", b"a line\n");
    plant.storage.state().drips = Some(Duration::from_millis(400));
    let ran = plant.upload("--encoding none --wait-timeout 4s").exits(6);
    ran.assert_stderr("the storage was not done within 4s (--wait-timeout)");
    assert!(plant.names().is_empty(), "{:?}", plant.names());
}

#[test]
fn a_listing_of_too_many_blobs_is_given_up() {
    let plant = Plant::new();
    plant.storage.state().page = 50_000;
    for number in 0..=100_000 {
        plant.wrote(&format!("m{number}"), "log", b"");
    }
    let ran = plant.upload("--encoding none").exits(1);
    ran.assert_stderr("the listing has more than 100000 blobs that the task may have written");
    assert_eq!(plant.storage.state().reads(), 0);
}

#[test]
fn a_page_of_a_listing_that_is_too_large_is_given_up() {
    let plant = Plant::new();
    plant.wrote("a", "log", b"a line\n");
    plant.storage.state().padding = 33 << 20;
    let ran = plant.upload("--encoding none").exits(1);
    ran.assert_stderr("a page of the listing is larger than 32 MiB");
    assert!(plant.hub.calls("UploadModuleLogs").is_empty());
}

#[test]
fn a_listing_without_end_is_given_up() {
    let plant = Plant::new();
    plant.storage.state().endless_listing = true;
    let ran = plant.upload("--encoding none").run();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    ran.assert_stderr("the listing does not end");
    assert!(plant.hub.calls("UploadModuleLogs").is_empty());
}
