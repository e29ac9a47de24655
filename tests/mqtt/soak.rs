//! A device module and an operator that follows it, for long, with a fault each minute.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use stand_in::{Fault, HubError};

use crate::common::{Device, Plant, eventually};
use crate::is_long;

const LINES_A_SECOND: usize = 200;

/// The lines that came, by number, each with its uid; and how often one came that was there.
#[derive(Default)]
struct Came {
    uids: BTreeMap<usize, String>,
    again: usize,
}

impl Came {
    /// Takes records up to the end, or to one that a kill has cut.
    fn take(came: &Mutex<Self>, stdout: impl Read) {
        for line in BufReader::new(stdout).lines() {
            let line = line.unwrap();
            let Ok(record) = serde_json::from_str::<Value>(&line) else {
                return;
            };
            let field = |name: &str| record[name].as_str().unwrap_or_else(|| panic!("{line}"));
            let (number, _) = field("text").split_once(' ').unwrap();
            let (number, uid) = (number.parse().unwrap(), field("uid").to_owned());
            let mut came = came.lock().unwrap();
            match came.uids.insert(number, uid) {
                Some(known) if known == came.uids[&number] => came.again += 1,
                Some(known) => panic!("line {number} had uid {known}: {line}"),
                None => {}
            }
        }
    }

    fn count(came: &Mutex<Self>) -> usize {
        came.lock().unwrap().uids.len()
    }
}

/// What a process takes.
#[derive(Debug, Clone, Copy)]
struct Usage {
    resident_kb: u64,
    descriptors: usize,
}

impl Usage {
    fn of(process: u32) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        let descriptors = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
        Self {
            resident_kb: number.unwrap().parse().unwrap(),
            descriptors: descriptors.count(),
        }
    }
}

/// An operator who follows the lines that somebody writes, until this is dropped.
struct Follower<'a> {
    child: Child,
    stop: &'a AtomicBool,
}

impl Drop for Follower<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn follow<'a>(plant: &Plant, checkpoint: &str, stop: &'a AtomicBool) -> Follower<'a> {
    let stderr = File::create(plant.path("stderr")).unwrap();
    let child = support::edgelogs()
        .env("HOME", plant.path("home"))
        .env(
            "EDGELOGS_CONNECTION_STRING",
            plant.stand_in.connection_string(),
        )
        .args(["get", "-f", "-d", "d", "-m", "soak", "-o", "jsonl"])
        .args(["--module-id", "edgelogs", "--checkpoint", checkpoint])
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn();
    Follower {
        child: child.unwrap(),
        stop,
    }
}

/// Writes lines until it is told to stop.
fn write(path: &str, written: &AtomicUsize, stop: &AtomicBool) {
    let mut log = File::create(path).unwrap();
    let began = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        let due = began.elapsed().as_millis() as usize * LINES_A_SECOND / 1000;
        let mut lines = String::new();
        for number in written.load(Ordering::Relaxed)..due {
            let now = jiff::Timestamp::now();
            let noise = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            writeln!(lines, "{now:.9} <6> {number:07} {noise:020} {noise:016x}").unwrap();
        }
        log.write_all(lines.as_bytes()).unwrap();
        written.fetch_max(due, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn disturb(plant: &Plant, device: &Device, number: usize, minute: Duration) {
    let next = |fault| plant.stand_in.fault_next(fault);
    match number % 8 {
        0 => plant.front.drop_connection("d", "edgelogs"),
        1 => next(Fault::Reset),
        2 => next(Fault::Hub(HubError::throttled())),
        3 => next(Fault::LostAnswer),
        4 => next(Fault::CutAnswer(3000)),
        5 => next(Fault::CutGzip),
        6 => next(Fault::Hub(HubError::server_busy())),
        _ => {
            device.signal("-STOP");
            std::thread::sleep(minute / 12);
            device.signal("-CONT");
        }
    }
}

/// For half an hour; in the short form, for 20 seconds with a fault every two.
#[test]
fn nothing_is_lost_and_nothing_grows_while_something_fails_each_minute() {
    let (minute, minutes) = match is_long() {
        true => (Duration::from_secs(60), 30),
        false => (Duration::from_secs(2), 10),
    };
    let plant = Plant::new();
    let device = plant.device(&[]).start();
    plant.front.wait_subscribed(1);
    let log = plant.path("logs/soak.log");
    File::create(&log).unwrap();
    let checkpoint = plant.path("state");
    let (came, written) = (Mutex::<Came>::default(), AtomicUsize::new(0));
    let stop = AtomicBool::new(false);
    let mut usage = Vec::new();
    std::thread::scope(|scope| {
        let mut follower = follow(&plant, &checkpoint, &stop);
        let stdout = follower.child.stdout.take().unwrap();
        let reader = scope.spawn(|| Came::take(&came, stdout));
        scope.spawn(|| write(&log, &written, &stop));
        for number in 0..minutes {
            disturb(&plant, &device, number, minute);
            std::thread::sleep(minute);
            assert!(!reader.is_finished(), "the follower has ended");
            let processes = [follower.child.id(), device.id()].map(Usage::of);
            println!(
                "minute {}: {} lines written, {} came; operator and device: {processes:?}",
                number + 1,
                written.load(Ordering::Relaxed),
                Came::count(&came)
            );
            usage.push(processes);
        }
        let so_far = written.load(Ordering::Relaxed);
        eventually("the lines so far", || {
            (Came::count(&came) >= so_far || reader.is_finished()).then_some(())
        });
        assert!(!reader.is_finished(), "the follower has ended");
        assert_eq!(came.lock().unwrap().again, 0);
    });
    let last = plant.works(&format!(
        "get -m soak --module-id edgelogs -o jsonl --checkpoint '{checkpoint}'"
    ));
    Came::take(&came, last.as_bytes());
    let came = came.into_inner().unwrap();
    let stderr = std::fs::read_to_string(plant.path("stderr")).unwrap();
    println!(
        "{} lines came, {} of them again after the kill; {stderr}",
        came.uids.len(),
        came.again
    );
    assert!(came.uids.keys().copied().eq(0..written.into_inner()));
    let uids: std::collections::BTreeSet<&String> = came.uids.values().collect();
    assert_eq!(uids.len(), came.uids.len());
    // In the beginning, buffers grow to what they need.
    let (early, late) = (usage[minutes / 6 - 1], usage[minutes - 1]);
    for (early, late) in early.into_iter().zip(late) {
        let most = match is_long() {
            true => early.resident_kb * 21 / 20,
            false => 100_000,
        };
        assert!(late.resident_kb <= most, "{early:?} became {late:?}");
        // A connection or two may be new at that moment.
        assert!(
            late.descriptors <= early.descriptors + 2,
            "{early:?} became {late:?}"
        );
    }
}
