//! Ctrl-C, and other signals, in the middle of a transfer.

use std::time::{Duration, Instant};

use super::{Plant, blob};
use crate::common::running::Running;

#[test]
fn an_interrupted_transfer_leaves_no_half_file() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        leaves_no_half_file(signal);
    }
}

fn leaves_no_half_file(signal: &str) {
    let plant = Plant::new();
    plant
        .storage
        .written(&blob("a", "log"), &vec![b'x'; 1 << 20]);
    plant.storage.state().stalls_after = Some(300_000);
    let home = tempfile::tempdir().unwrap();
    let (dir, sas) = (plant.dir(), plant.storage.sas("racwl"));
    let mut run = Running::start(
        &[
            "upload",
            "-d",
            "d",
            "--sas",
            &sas,
            "--encoding",
            "none",
            "--download",
            &dir,
        ],
        &[
            ("HOME", home.path().to_str().unwrap()),
            ("EDGELOGS_CONNECTION_STRING", &plant.hub.connection_string()),
        ],
    );
    let id = run.line();
    let start = Instant::now();
    loop {
        let files = plant.files();
        if let Some((name, bytes)) = files.first_key_value() {
            assert!(name.starts_with("d/.part-"), "{name}");
            if bytes.len() == 300_000 {
                break;
            }
        }
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{:?}",
            plant.names()
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    let (code, stderr) = run.end_with(signal);
    assert_eq!(code, 130, "{signal}: {stderr}");
    assert!(plant.names().is_empty(), "{signal}: {:?}", plant.names());
    let line = format!("hint: task {id} has ended; what was not downloaded is in container `");
    assert!(stderr.contains(&line), "{stderr}");
    assert!(!stderr.contains("edgelogs status"), "{stderr}");
}
