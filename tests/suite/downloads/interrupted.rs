//! Ctrl-C, and other signals, in the middle of a transfer.

use super::{Plant, blob};
use crate::common::eventually::eventually;

#[test]
fn an_interrupted_download_leaves_no_partial_file() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        assert_no_partial_file_after(signal);
    }
}

fn assert_no_partial_file_after(signal: &str) {
    let plant = Plant::new();
    plant
        .storage
        .written(&blob("a", "log"), &vec![b'x'; 1 << 20]);
    plant.storage.state().stalls_after = Some(300_000);
    let run = plant.command("upload --encoding none").start();
    eventually("a part of the file", || {
        let files = plant.files();
        let (name, bytes) = files.first_key_value()?;
        assert!(name.starts_with("d/.part-"), "{name}");
        (bytes.len() == 300_000).then_some(())
    });
    let (code, stderr) = run.end_with(signal);
    assert_eq!(code, 130, "{signal}: {stderr}");
    assert!(plant.names().is_empty(), "{signal}: {:?}", plant.names());
    assert!(stderr.contains("hint: task "), "{stderr}");
    let line = " has ended; what was not downloaded is in container `";
    assert!(stderr.contains(line), "{stderr}");
    assert!(!stderr.contains("edgelogs status"), "{stderr}");
}
