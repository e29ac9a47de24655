//! The device module is killed during a task, and started again.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::{Device, log, text};
use support::azurite::Container;
use support::caller::has_ended;

const ROUNDS: usize = 20;
const BYTES: usize = 16 << 20;

/// Checks that every file of a task is complete JSON.
fn check_files(home: &Path) {
    let folder = home.join(".local/state/edgelogs/tasks/local");
    let mut tasks = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let task: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            assert!(task["status"].is_string(), "{}", path.display());
            tasks += 1;
        }
    }
    assert!(tasks > 0);
}

/// Whether the blobs that a completed task names are there and hold the log.
fn check_blobs(answer: &Value, container: &Container, log: &[u8]) {
    let blobs = container.blobs();
    assert_eq!(answer["blobs"].as_array().unwrap().len(), 1, "{answer}");
    let name = answer["blobs"][0].as_str().unwrap();
    let blob = blobs.iter().find(|blob| blob.name == name).unwrap();
    if name.ends_with(".zip") {
        let mut zip = zip::ZipArchive::new(Cursor::new(&blob.bytes)).unwrap();
        let mut held = Vec::new();
        std::io::copy(&mut zip.by_name("logs/m_log.txt").unwrap(), &mut held).unwrap();
        assert!(held == log, "{name}");
    } else if name.contains(".json") {
        let records: Vec<Value> = serde_json::from_slice(&text(blob)).unwrap();
        let lines = log.split_inclusive(|byte| *byte == b'\n').count();
        assert_eq!(records.len(), lines, "{name}");
    } else {
        assert!(text(blob) == log, "{name}");
    }
}

#[test]
#[ignore = "needs Azurite"]
fn task_status_is_true_after_a_kill_at_any_moment() {
    let log = log(BYTES, 11);
    let device = Device::with(&[("m", &log)]);
    let mut random = fastrand::Rng::with_seed(20_261_122);
    let container = Container::create();
    let sas = container.sas("acw", 1);
    let (mut completed, mut failed) = (0, 0);
    for round in 0..ROUNDS {
        let (first, caller) = device.start();
        let id = match round % 4 {
            0 => caller.upload(&sas, "text", "none"),
            1 => caller.upload(&sas, "text", "gzip"),
            2 => caller.upload(&sas, "json", "gzip"),
            _ => caller.bundle(&sas),
        };
        let before = match round {
            // The first is killed at once, and the last when its task has just ended.
            0 => caller.status(&id),
            _ if round == ROUNDS - 1 => caller.end(&id),
            _ => {
                std::thread::sleep(Duration::from_millis(random.u64(0..1500)));
                caller.status(&id)
            }
        };
        drop(first);
        check_files(device.home.path());
        let (_second, caller) = device.start();
        let answer = caller.status(&id);
        let case = format!("round {round}: {answer}, before: {before}");
        match answer["status"].as_str() {
            Some("Completed") => {
                completed += 1;
                assert_eq!(answer["message"], "", "{case}");
                check_blobs(&answer, &container, &log);
            }
            Some("Failed") => {
                failed += 1;
                let message = answer["message"].as_str().unwrap();
                assert!(message.contains("stopped or restarted"), "{case}");
                // A status that was final stays so.
                assert!(!has_ended(&before), "{case}");
            }
            _ => panic!("{case}"),
        }
        assert_eq!(caller.status(&id), answer);
        check_files(device.home.path());
    }
    println!("after {ROUNDS} kills: {completed} completed, {failed} failed");
    assert!(
        completed > 0 && failed > 0,
        "{completed} completed, {failed} failed"
    );
}
