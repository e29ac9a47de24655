//! New lines as they come.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::run::{command, get};
use stand_in::log::now;
use stand_in::{
    AgentVariant, Call, Clock, DeviceSetup, Entry, Fault, Filler, HubError, LogScript, ModuleSetup,
    Setup, StandIn,
};

/// A run that goes on.
struct Follower {
    child: Child,
    lines: Receiver<String>,
}

impl Follower {
    fn start(stand_in: &StandIn, args: &[&str]) -> Self {
        let mut child = command(stand_in, args).spawn().expect("the binary runs");
        let stdout = child.stdout.take().expect("stdout");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }

    /// The lines that come until `last` does.
    fn until(&self, last: &str, most: Duration) -> Vec<String> {
        let end = Instant::now() + most;
        let mut lines = Vec::new();
        loop {
            match self
                .lines
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    let is_last = line.ends_with(last);
                    lines.push(line);
                    if is_last {
                        return lines;
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("`{last}` has not come after {lines:#?}")
                }
            }
        }
    }

    /// Ends it as Ctrl-C does.
    fn interrupt(mut self) -> (i32, String) {
        let pid = self.child.id().to_string();
        let kill = std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status();
        assert!(kill.expect("kill runs").success());
        let status = self.child.wait().expect("the child ends");
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().expect("stderr");
        pipe.read_to_string(&mut stderr).expect("UTF-8");
        (status.code().unwrap_or(-1), stderr)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn has_answered(call: &Call) -> bool {
    call.method_status == Some(200)
}

fn has_ended(call: &Call) -> bool {
    !call.took.is_zero()
}

#[test]
fn every_line_comes_once_across_a_restart_a_throttle_and_a_reset() {
    let old = LogScript::new(now() - 3_600_000_000_000)
        .evenly(50, 80, 1)
        .log();
    // Ten minutes slow: nothing may depend on this machine's clock.
    let clock = Clock::Offset(-600_000_000_000);
    let device = DeviceSetup::new("d1").log("edgeHub", old).clock(clock);
    let stand_in = StandIn::start(Setup::with(device));
    let follower = Follower::start(&stand_in, &["-m", "edgeHub", "--tail", "2", "-f"]);
    let first = follower.until("", Duration::from_secs(20));
    let second = follower.until("", Duration::from_secs(20));
    let old = stand_in.lines("d1", "edgeHub");
    let line = |index: usize| {
        String::from_utf8_lossy(&old[index].bytes)
            .trim_end()
            .to_owned()
    };
    assert_eq!([first, second].concat(), [line(48), line(49)]);
    let mut written = 0;
    let mut write = || {
        for _ in 0..40 {
            stand_in.write("d1", "edgeHub", format!("<6> new {written:04}\n"));
            written += 1;
        }
    };
    let offline_for = Duration::from_millis(1500);
    let trouble: [&dyn Fn(); 5] = [
        &|| stand_in.restart_agent("d1", offline_for),
        &|| stand_in.fault_next(Fault::Hub(HubError::throttled())),
        &|| stand_in.fault_next(Fault::Reset),
        &|| stand_in.fault_next(Fault::AgentRestart),
        &|| stand_in.fault_next(Fault::Hub(HubError::not_online(0))),
    ];
    for begin in trouble {
        write();
        let before = stand_in.journal().len();
        stand_in.wait_until(|calls| calls.len() > before && calls.iter().all(has_ended));
        let before = stand_in.journal().len();
        begin();
        write();
        let fails = |call: &Call| has_ended(call) && !has_answered(call);
        stand_in.wait_until(|calls| calls[before..].iter().any(fails));
        write();
        stand_in.wait_until(|calls| calls.last().is_some_and(has_answered));
    }
    let last = format!("new {:04}", written - 1);
    let lines = follower.until(&last, Duration::from_secs(40));
    let expected: Vec<String> = (0..written).map(|n| format!("<6> new {n:04}")).collect();
    assert_eq!(lines, expected);
    let (code, stderr) = follower.interrupt();
    assert_eq!(code, 130, "{stderr}");
    assert!(stderr.contains("polling every 1s to 30s"), "{stderr}");
    assert!(
        stderr.contains("lost contact") && stderr.contains("reconnected to `d1`"),
        "{stderr}"
    );
}

#[test]
fn a_device_that_goes_away_while_its_history_is_read_is_waited_for() {
    let log = LogScript::new(now() - 3_600_000_000_000)
        .seed(4)
        .filler(stand_in::Filler::Noise)
        .evenly(4000, 200, 1000)
        .log();
    let stand_in = StandIn::start(Setup::with(DeviceSetup::new("d1").log("edgeHub", log)));
    let calls = AtomicUsize::new(0);
    stand_in.fault_when(
        move |_| (5..9).contains(&calls.fetch_add(1, Ordering::Relaxed)),
        Fault::Hub(HubError::not_online(0)),
    );
    let follower = Follower::start(&stand_in, &["-m", "edgeHub", "-f", "--retries", "0"]);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    let expected: Vec<String> = stand_in
        .lines("d1", "edgeHub")
        .iter()
        .map(|line| text(&line.bytes))
        .collect();
    let lines = follower.until(expected.last().unwrap(), Duration::from_secs(60));
    assert_eq!(lines.len(), expected.len());
    assert!(lines == expected);
    let (code, stderr) = follower.interrupt();
    assert_eq!(code, 130, "{stderr}");
    assert!(
        stderr.contains("lost contact") && stderr.contains("reconnected to `d1`"),
        "{stderr}"
    );
}

#[test]
fn a_run_whose_time_is_over_before_the_history_has_come_does_not_end_in_0() {
    let log = LogScript::new(now() - 3_600_000_000_000)
        .seed(4)
        .filler(stand_in::Filler::Noise)
        .evenly(4000, 200, 1000)
        .log();
    let args = ["-m", "edgeHub", "-f", "--retries", "0", "--max-run", "5s"];
    let device = || DeviceSetup::new("d1").log("edgeHub", log.clone());
    let stand_in = StandIn::start(Setup::with(device()));
    assert_eq!(get(&stand_in, &args).code, 0);
    let stand_in = StandIn::start(Setup::with(device()));
    let calls = AtomicUsize::new(0);
    stand_in.fault_when(
        move |_| calls.fetch_add(1, Ordering::Relaxed) >= 5,
        Fault::Hub(HubError::not_online(0)),
    );
    let ran = get(&stand_in, &args);
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    assert!(ran.stderr.contains("lost contact"), "{}", ran.stderr);
}

#[test]
fn a_burst_that_no_answer_carries_comes_whole_and_levels_are_judged() {
    let device = DeviceSetup::new("d1")
        .log(
            "edgeHub",
            LogScript::new(now() - 60_000_000_000)
                .evenly(3, 80, 1)
                .log(),
        )
        .log("sensor", Vec::<Entry>::new())
        .agent(AgentVariant::default());
    let stand_in = StandIn::start(Setup::with(device));
    let follower = Follower::start(&stand_in, &["-f", "--tail", "0", "--loglevel", "4"]);
    stand_in.wait_until(|calls| calls.iter().filter(|call| has_answered(call)).count() > 2);
    let burst = LogScript::new(now())
        .seed(9)
        .filler(stand_in::Filler::Noise)
        .evenly(3000, 200, 15_000)
        .entries();
    stand_in.append("d1", "sensor", burst);
    let before = stand_in.journal().len();
    stand_in.wait_until(|calls| {
        calls[before..]
            .iter()
            .filter(|call| has_answered(call))
            .count()
            > 1
    });
    stand_in.write("d1", "sensor", "<5> not wanted\n");
    stand_in.write("d1", "sensor", "<3> the end\n");
    let lines = follower.until("the end", Duration::from_secs(40));
    let kept = stand_in
        .lines("d1", "sensor")
        .into_iter()
        .filter(|line| line.level <= 4);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim_end().to_owned();
    let expected: Vec<String> = kept
        .map(|line| format!("[sensor] {}", text(line.bytes)))
        .collect();
    assert_eq!(lines.len(), expected.len());
    assert_eq!(lines, expected);
}

#[test]
fn a_reader_that_leaves_ends_it_though_nothing_happens() {
    let log = LogScript::new(now() - 60_000_000_000).evenly(3, 80, 1);
    let device = DeviceSetup::new("d1").log("edgeHub", log.log());
    let stand_in = StandIn::start(Setup::with(device));
    let mut child = command(&stand_in, &["-m", "edgeHub", "--tail", "1", "-f"])
        .spawn()
        .expect("the binary runs");
    let mut stdout = BufReader::new(child.stdout.take().expect("stdout"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    drop(stdout);
    let end = Instant::now() + Duration::from_secs(20);
    let status = loop {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            break status;
        }
        if Instant::now() > end {
            let _ = child.kill();
            panic!("it goes on for nobody");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_module_joins_though_the_last_lines_of_all_together_are_too_large() {
    let log = || {
        LogScript::new(now() - 3_600_000_000_000)
            .filler(Filler::Noise)
            .evenly(20, 16_000, 1)
            .log()
    };
    let names: Vec<String> = (0..9).map(|number| format!("m{number}")).collect();
    let device = names.iter().fold(DeviceSetup::new("d1"), |device, name| {
        device.log(name, log())
    });
    let stand_in = StandIn::start(Setup::with(device));
    let follower = Follower::start(&stand_in, &["-f", "--tail", "1"]);
    // By now it is known which modules there are, and nothing has been asked for again.
    let first = follower.lines.recv_timeout(Duration::from_secs(30));
    first.expect("a line comes");
    stand_in.add_module("d1", ModuleSetup::new("late").lines(now(), ["<6> first\n"]));
    follower.until("] <6> first", Duration::from_secs(30));
}
