//! Memory does not grow with the log. `benches/upload.rs` shows the same for 1 GB.

use super::{holds, log, serve};
use support::azurite::Container;
use support::caller::Caller;

/// In KiB.
#[cfg(target_os = "linux")]
const MOST: u64 = 64 << 10;

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs Azurite"]
fn uploading_200_mb_takes_less_than_64_mb_of_memory() {
    let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let log = log(50_000_000, 7);
    for name in ["a", "b", "c", "d"] {
        std::fs::write(folder.path().join(format!("{name}.log")), &log).unwrap();
    }
    let serve = serve(folder.path(), home.path());
    let caller = Caller::of(&serve);
    let container = Container::create();
    let id = caller.upload(&container.sas("acw", 1), "text", "gzip");
    let answer = caller.end(&id);
    assert_eq!(answer["status"], "Completed", "{answer}");
    assert!(serve.peak_memory() <= MOST, "{} KiB", serve.peak_memory());
    let blobs = container.blobs();
    assert_eq!(blobs.len(), 4);
    assert!(blobs.iter().all(|blob| holds(blob, &log)));
}
