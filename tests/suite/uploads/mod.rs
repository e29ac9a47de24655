//! Uploads to a real Blob Storage, also when the storage or the device fails in the middle.

mod command;
mod formats;
mod lost_answers;
mod memory_use;
mod outages;
mod refusals;
mod restarts;

use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;

use support::azurite::Blob;
use support::serve::Serve;

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

/// A device over the logs in this folder, whose state is kept in `home`.
fn serve(logs: &Path, home: &Path) -> Serve {
    let source = format!("dir:{}", logs.display());
    let home = home.to_str().unwrap();
    Serve::start_in(&["--source", &source], &[("HOME", home)])
}

/// The text of a blob, unpacked if it is packed. One member must hold it all.
fn text(blob: &Blob) -> Vec<u8> {
    if blob.content_encoding.is_empty() {
        return blob.bytes.clone();
    }
    let mut text = Vec::new();
    GzDecoder::new(&blob.bytes[..])
        .read_to_end(&mut text)
        .unwrap();
    text
}

/// Whether a blob of text holds this log, byte for byte. (What `assert_eq!` would print is too long.)
fn holds(blob: &Blob, log: &[u8]) -> bool {
    text(blob) == log
}
