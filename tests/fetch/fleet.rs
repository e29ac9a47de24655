//! Many devices followed as one stream, while whatever may happen to them does.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::run::command;
use stand_in::log::now;
use stand_in::{DeviceSetup, Fault, HubError, ModuleSetup, Setup, StandIn};

const DEVICES: usize = 200;
const RATE: usize = 40;

/// The longest that a line takes once nothing happens any more: a device that was quiet for long is
/// asked again after 30 seconds.
const LATEST: Duration = Duration::from_secs(75);

/// A run that goes on, and the lines that it has printed.
struct Run {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
    said: Arc<Mutex<String>>,
    listener: Option<JoinHandle<()>>,
}

impl Run {
    fn start(stand_in: &StandIn, args: &[&str]) -> Self {
        let mut child = command(stand_in, args).spawn().expect("the binary runs");
        let stdout = child.stdout.take().expect("stdout");
        let stderr = child.stderr.take().expect("stderr");
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&lines);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                kept.lock().unwrap().push(line);
            }
        });
        let said: Arc<Mutex<String>> = Arc::default();
        let kept = Arc::clone(&said);
        let listener = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut said = kept.lock().unwrap();
                said.push_str(&line);
                said.push('\n');
            }
        });
        Self {
            child,
            lines,
            reader: Some(reader),
            said,
            listener: Some(listener),
        }
    }

    /// Waits until something was said so often.
    fn wait_until_said(&self, text: &str, times: usize) {
        let end = Instant::now() + LATEST;
        let count = || self.said.lock().unwrap().matches(text).count();
        while count() < times && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn count(&self) -> usize {
        self.lines.lock().unwrap().len()
    }

    /// Waits until so many lines have come.
    fn wait_for(&self, lines: usize) {
        let end = Instant::now() + LATEST;
        while self.count() < lines && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn resident_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
            .unwrap_or(0)
    }

    /// Ends it as Ctrl-C does: exit code, lines, stderr.
    fn interrupt(mut self) -> (Option<i32>, Vec<String>, String) {
        let pid = self.child.id().to_string();
        let kill = std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status();
        assert!(kill.expect("kill runs").success());
        let status = self.child.wait().expect("the child ends");
        self.reader.take().unwrap().join().unwrap();
        self.listener.take().unwrap().join().unwrap();
        let stderr = std::mem::take(&mut *self.said.lock().unwrap());
        let lines = std::mem::take(&mut *self.lines.lock().unwrap());
        (status.code(), lines, stderr)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes numbered lines, and knows how many of each log.
#[derive(Default)]
struct Writer {
    written: BTreeMap<(String, String), usize>,
}

impl Writer {
    fn write(&mut self, stand_in: &StandIn, device: &str, module: &str, lines: usize) {
        let of = (device.to_owned(), module.to_owned());
        let count = self.written.entry(of).or_default();
        for _ in 0..lines {
            stand_in.write(device, module, format!("<6> {count:06}\n"));
            *count += 1;
        }
    }

    fn total(&self) -> usize {
        self.written.values().sum()
    }
}

/// The numbers that came of each log, in the order in which they came.
fn by_log(lines: &[String]) -> HashMap<(String, String), Vec<usize>> {
    let mut logs: HashMap<(String, String), Vec<usize>> = HashMap::new();
    for line in lines {
        let (source, text) = line
            .split_once("] <6> ")
            .unwrap_or_else(|| panic!("{line}"));
        let (device, module) = source[1..].split_once('/').unwrap();
        let number = text.parse().unwrap_or_else(|_| panic!("{line}"));
        let of = (device.to_owned(), module.to_owned());
        logs.entry(of).or_default().push(number);
    }
    logs
}

/// The most calls that came within a time.
fn most_within(stand_in: &StandIn, time: Duration) -> usize {
    let mut at: Vec<Duration> = stand_in.journal().iter().map(|call| call.at).collect();
    at.sort_unstable();
    let within =
        |(first, from): (usize, &Duration)| at.partition_point(|at| *at < *from + time) - first;
    at.iter().enumerate().map(within).max().unwrap_or(0)
}

/// How long lines are written: 3 minutes with `EDGELOGS_TEST_LONG=1`.
fn seconds() -> u64 {
    match std::env::var_os("EDGELOGS_TEST_LONG") {
        Some(_) => 180,
        None => 30,
    }
}

#[test]
fn two_hundred_devices_come_as_one_stream_whatever_happens_to_them() {
    let setup = Setup::new().fleet("d", DEVICES, |device| {
        device
            .module(ModuleSetup::new("edgeHub"))
            .module(ModuleSetup::new("sensor"))
    });
    let stand_in = StandIn::start(setup);
    let run = Run::start(
        &stand_in,
        &[
            "--match", "d*", "--follow", "--yes", "--rate", "40", "--tail", "1000",
        ],
    );
    let mut random = fastrand::Rng::with_seed(13);
    let mut writer = Writer::default();
    // Before the first call of a device, its lines are history, which comes as well.
    let ticks = seconds() * 4;
    let device = |random: &mut fastrand::Rng| format!("d{}", random.usize(..DEVICES));
    let mut at_a_third = 0;
    for tick in 0..ticks {
        let begin = Instant::now();
        for _ in 0..25 {
            let device = device(&mut random);
            let module = ["edgeHub", "sensor"][random.usize(..2)];
            if !(module == "sensor" && ["d1", "d2", "d3"].contains(&device.as_str())) {
                writer.write(&stand_in, &device, module, random.usize(1..4));
            }
        }
        let happens = |count: u64| tick % (ticks / count) == ticks / count / 2;
        if happens(20) {
            let offline_for = Duration::from_millis(random.u64(..2500));
            stand_in.restart_agent(&device(&mut random), offline_for);
            stand_in.fault_next(Fault::Hub(HubError::throttled()));
            stand_in.fault_next(Fault::Hub(HubError::not_online(0)));
            stand_in.fault_next(Fault::Reset);
            stand_in.fault_next(Fault::AgentRestart);
        }
        if happens(5) {
            let device = format!("d{}", 10 + random.usize(..100));
            if !writer
                .written
                .contains_key(&(device.clone(), "late".to_owned()))
            {
                stand_in.add_module(&device, ModuleSetup::new("late"));
                writer.write(&stand_in, &device, "late", 3);
            }
        }
        if tick < ticks / 2 && happens(8) {
            let device = format!("d9{tick:03}");
            stand_in.add_device(DeviceSetup::new(&*device).module(ModuleSetup::new("edgeHub")));
            writer.write(&stand_in, &device, "edgeHub", 5);
        }
        if tick == ticks / 2 {
            for device in ["d1", "d2", "d3"] {
                stand_in.remove_module(device, "sensor");
            }
        }
        if tick == ticks / 3 {
            at_a_third = run.resident_kb();
        }
        let late: Vec<_> = writer
            .written
            .keys()
            .filter(|(_, m)| m == "late")
            .cloned()
            .collect();
        if let Some((device, module)) = late.get(random.usize(..8)) {
            writer.write(&stand_in, device, module, 1);
        }
        std::thread::sleep(Duration::from_millis(250).saturating_sub(begin.elapsed()));
    }
    run.wait_for(writer.total());
    run.wait_until_said("following module `late` of ", 1);
    run.wait_until_said("following `d9", 4);
    // What would come twice comes at the next poll.
    std::thread::sleep(Duration::from_secs(3));
    let at_the_end = run.resident_kb();
    let most = most_within(&stand_in, Duration::from_secs(1));
    let most_in_ten = most_within(&stand_in, Duration::from_secs(10));
    let calls = stand_in.journal().len();
    let (code, lines, stderr) = run.interrupt();
    println!(
        "{} lines, {calls} calls, at most {most} in a second; {at_a_third} KB, then {at_the_end} KB",
        lines.len()
    );
    assert_eq!(code, Some(130), "{stderr}");
    let came = by_log(&lines);
    for (log, count) in &writer.written {
        let expected: Vec<usize> = (0..*count).collect();
        let came = came.get(log).cloned().unwrap_or_default();
        assert_eq!(came, expected, "{log:?}\n{stderr}");
    }
    assert_eq!(lines.len(), writer.total());
    // Calls leave at least 25 ms after each other, but a busy machine may take some of them together.
    assert!(most <= RATE * 5 / 4, "{most} calls in a second");
    assert!(
        most_in_ten <= RATE * 10,
        "{most_in_ten} calls in 10 seconds"
    );
    // Flat once all logs have come; half a minute is too short to tell.
    let most_kb = match std::env::var_os("EDGELOGS_TEST_LONG") {
        Some(_) => at_a_third + at_a_third / 20,
        None => 80_000,
    };
    assert!(
        at_the_end < most_kb,
        "{at_a_third} KB became {at_the_end} KB"
    );
    assert!(
        stderr.contains("following 200 devices: polling each every 1s to 30s"),
        "{stderr}"
    );
    // What goes while its device is out of reach is not missed.
    for device in ["d1", "d2", "d3"] {
        let gone = format!("module `sensor` is gone from device `{device}`");
        assert!(stderr.matches(&gone).count() <= 1, "{stderr}");
    }
    assert!(stderr.contains("following module `late` of "), "{stderr}");
    assert_eq!(stderr.matches("following `d9").count(), 4, "{stderr}");
}

#[test]
fn what_goes_is_said_once_and_again_when_it_is_back() {
    let module = || ModuleSetup::new("sensor").lines(now(), ["<6> first\n"]);
    let device = |id: &str| DeviceSetup::new(id).module(module());
    let stand_in = StandIn::start(Setup::new().device(device("a")).device(device("b")));
    let run = Run::start(&stand_in, &["-d", "a", "-d", "b", "-f"]);
    run.wait_for(2);
    let polls = |device: &'static str, count: usize| {
        let before = stand_in.journal().len();
        stand_in.wait_until(|calls| {
            let of = calls[before..].iter().filter(|call| call.device == device);
            of.filter(|call| !call.took.is_zero()).count() >= count
        });
    };
    stand_in.remove_module("a", "sensor");
    stand_in.set_state("b", stand_in::DeviceState::Unknown);
    polls("a", 3);
    polls("b", 3);
    stand_in.add_module(
        "a",
        ModuleSetup::new("sensor").lines(now(), ["<6> second\n"]),
    );
    stand_in.set_state("b", stand_in::DeviceState::Online);
    stand_in.write("b", "sensor", "<6> second\n");
    run.wait_for(4);
    let (_, mut lines, stderr) = run.interrupt();
    lines.sort();
    let expected = [
        "[a/sensor] <6> first",
        "[a/sensor] <6> second",
        "[b/sensor] <6> first",
        "[b/sensor] <6> second",
    ];
    assert_eq!(lines, expected, "{stderr}");
    for once in [
        "module `sensor` is gone from device `a`",
        "module `sensor` is back on device `a`",
        "lost contact with `b`",
        "reconnected to `b`",
    ] {
        assert_eq!(stderr.matches(once).count(), 1, "{once}: {stderr}");
    }
}

#[test]
fn files_of_a_fleet_grow() {
    let stand_in = StandIn::start(
        Setup::new().fleet("d", 3, |device| device.module(ModuleSetup::new("sensor"))),
    );
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("logs");
    let run = Run::start(
        &stand_in,
        &["--match", "d*", "-f", "--out-dir", root.to_str().unwrap()],
    );
    let path = |device: &str| root.join(device).join("sensor.log");
    for number in 0..3 {
        for device in ["d0", "d1"] {
            stand_in.write(device, "sensor", format!("<6> {number}\n"));
        }
        let text: String = (0..=number)
            .map(|number| format!("<6> {number}\n"))
            .collect();
        let end = Instant::now() + LATEST;
        let is_there =
            |device| std::fs::read_to_string(path(device)).is_ok_and(|file| file == text);
        while !(is_there("d0") && is_there("d1")) {
            assert!(Instant::now() < end, "{number}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let (_, mut lines, stderr) = run.interrupt();
    lines.sort();
    let paths = ["d0", "d1"].map(|device| path(device).display().to_string());
    assert_eq!(lines, paths, "{stderr}");
}

#[test]
fn what_prints_one_device_after_the_other_follows_one() {
    let stand_in = StandIn::start(Setup::new().fleet("d", 2, |device| device));
    for (args, flag) in [
        (&["-o", "raw"][..], "-o raw"),
        (&["--order", "device"], "--order device"),
    ] {
        let args = [&["-d", "d0", "-d", "d1", "-f"], args].concat();
        let ran = crate::run::get(&stand_in, &args);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(flag), "{}", ran.stderr);
    }
}
