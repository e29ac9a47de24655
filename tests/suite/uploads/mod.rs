//! Uploads to a real Blob Storage, also when the storage or the device fails in the middle;
//! `connections` uses stand-ins.

mod command;
#[cfg(unix)]
mod connections;
mod formats;
mod lost_answers;
mod memory_use;
mod outages;
mod refusals;
mod restarts;

use support::azurite::Blob;
use support::caller::Caller;
use support::serve::Serve;
use tempfile::TempDir;

use crate::common::samples::gunzip;

/// A log of so many bytes, in lines that hardly compress, the last one cut off.
fn log(bytes: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut log = Vec::with_capacity(bytes + 256);
    while log.len() < bytes {
        log.extend_from_slice(b"<6> 2026-11-20 10:00:00.000 +00:00 [INF] - ");
        for _ in 0..random.usize(0..12) {
            log.extend_from_slice(format!("{:016x}", random.u64(..)).as_bytes());
        }
        log.push(b'\n');
    }
    log.truncate(bytes);
    log
}

/// A device over a folder of logs, whose state outlives its process.
struct Device {
    logs: TempDir,
    home: TempDir,
}

impl Device {
    /// A device with these modules.
    fn with(modules: &[(&str, &[u8])]) -> Self {
        let logs = tempfile::tempdir().unwrap();
        for (name, log) in modules {
            std::fs::write(logs.path().join(format!("{name}.log")), log).unwrap();
        }
        let home = tempfile::tempdir().unwrap();
        Self { logs, home }
    }

    /// Starts the device, and a client of it.
    fn start(&self) -> (Serve, Caller) {
        let source = format!("dir:{}", self.logs.path().display());
        let home = self.home.path().to_str().unwrap();
        let serve = Serve::start_in(&["--source", &source], &[("HOME", home)]);
        let caller = Caller::of(&serve);
        (serve, caller)
    }
}

/// The text of a blob, unpacked if it is packed. One member must hold it all.
fn text(blob: &Blob) -> Vec<u8> {
    if blob.content_encoding.is_empty() {
        return blob.bytes.clone();
    }
    gunzip(&blob.bytes)
}

/// Whether a blob of text holds this log. (`assert_eq!` would print megabytes.)
fn holds(blob: &Blob, log: &[u8]) -> bool {
    text(blob) == log
}
