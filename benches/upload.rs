//! 1 GB of logs through `device serve` into Azurite: how fast, and in how much memory.
//!
//! `cargo bench --features device --bench upload` needs `azurite-blob` on the path and 3 GB in the
//! temporary folder. It fails when a blob differs from its log, or when the process that serves the
//! device took more than 64 MiB.

#![allow(clippy::print_stdout, reason = "the figures are what it is for")]
#![allow(clippy::unwrap_used, reason = "a bench that panics has failed")]

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::time::Instant;

use flate2::read::GzDecoder;

use support::azurite::{Container, OwnAzurite};
use support::caller::Caller;
use support::serve::Serve;

/// The size of the log.
const BYTES: usize = 1_000_000_000;

/// What the process may take, in KiB.
const MOST_MEMORY: u64 = 64 << 10;

/// Lines as modules write them, half of their text random.
fn write_log(path: &Path) {
    let mut random = fastrand::Rng::with_seed(1);
    let mut log = BufWriter::new(File::create(path).unwrap());
    let mut written = 0;
    while written < BYTES {
        let line = format!(
            "<6> 2026-11-20 10:00:00.000 +00:00 [INF] - Sent message {:016x} to the parent, {:08x} are left\n",
            random.u64(..),
            random.u32(..),
        );
        log.write_all(line.as_bytes()).unwrap();
        written += line.len();
    }
    log.flush().unwrap();
}

/// Whether both hold the same bytes to the end.
fn same(mut one: impl Read, mut other: impl Read) -> bool {
    let (mut left, mut right) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let length = one.read(&mut left).unwrap();
        if length == 0 {
            return other.read(&mut right).unwrap() == 0;
        }
        if other.read_exact(&mut right[..length]).is_err() || left[..length] != right[..length] {
            return false;
        }
    }
}

fn main() {
    let place = tempfile::tempdir().unwrap();
    let (logs, home) = (place.path().join("logs"), place.path().join("home"));
    std::fs::create_dir(&logs).unwrap();
    let log = logs.join("edgeHub.log");
    write_log(&log);
    let megabytes = std::fs::metadata(&log).unwrap().len() as f64 / 1e6;
    let azurite = OwnAzurite::start();
    for (content_type, encoding) in [
        ("text", "gzip"),
        ("text", "none"),
        ("json", "gzip"),
        ("json", "none"),
    ] {
        let serve = Serve::start_in(
            &["--source", &format!("dir:{}", logs.display())],
            &[("HOME", home.to_str().unwrap())],
        );
        let caller = Caller::of(&serve);
        let container = Container::create_at(azurite.endpoint());
        let start = Instant::now();
        let id = caller.upload(&container.sas("acw", 1), content_type, encoding);
        let answer = caller.end(&id);
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!(answer["status"], "Completed", "{answer}");
        let memory = serve.peak_memory();
        println!(
            "{content_type}, {encoding}: {megabytes:.0} MB in {seconds:.1} s, {:.0} MB/s, peak memory {:.1} MiB",
            megabytes / seconds,
            memory as f64 / 1024.0
        );
        assert!(memory <= MOST_MEMORY, "{memory} KiB");
        if content_type == "text" {
            let blobs = container.blobs();
            assert_eq!(blobs.len(), 1);
            let bytes = &blobs[0].bytes[..];
            let file = BufReader::new(File::open(&log).unwrap());
            let whole = match encoding {
                "gzip" => same(file, GzDecoder::new(bytes)),
                _ => same(file, bytes),
            };
            assert!(whole, "{} is not the log", blobs[0].name);
        }
    }
}
