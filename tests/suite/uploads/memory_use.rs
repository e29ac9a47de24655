//! Memory does not grow with the log. `benches/upload.rs` shows the same for 1 GB.

use super::{Device, holds, log};
use support::azurite::Container;

/// In KiB.
#[cfg(target_os = "linux")]
const MOST: u64 = 64 << 10;

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs Azurite"]
fn uploading_200_mb_takes_less_than_64_mb_of_memory() {
    let log = log(50_000_000, 7);
    let device = Device::with(&["a", "b", "c", "d"].map(|name| (name, log.as_slice())));
    let (serve, caller) = device.start();
    let container = Container::create();
    let id = caller.upload(&container.sas("acw", 1), "text", "gzip");
    let answer = caller.end(&id);
    assert_eq!(answer["status"], "Completed", "{answer}");
    assert!(serve.peak_memory() <= MOST, "{} KiB", serve.peak_memory());
    let blobs = container.blobs();
    assert_eq!(blobs.len(), 4);
    assert!(blobs.iter().all(|blob| holds(blob, &log)));
}
