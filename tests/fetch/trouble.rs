//! Agents, engines and hubs that don't do what they should.

use crate::run::{command, get};
use stand_in::log::Log;
use stand_in::reference::merge;
use stand_in::{
    AgentVariant, Clock, DeviceSetup, Entry, Fault, Filler, HubError, Levels, LogScript,
    ModuleSetup, Oversize, ReferenceFilter, Setup, StandIn, Stream, at,
};

const START: &str = "2026-11-20T08:00:00Z";

fn one(log: Log) -> StandIn {
    StandIn::start(Setup::with(DeviceSetup::new("d1").log("edgeHub", log)))
}

fn noise(lines: usize, bytes: usize, per_second: usize) -> LogScript {
    LogScript::new(at(START))
        .filler(Filler::Noise)
        .evenly(lines, bytes, per_second)
}

fn text_of(stand_in: &StandIn, filter: &ReferenceFilter) -> String {
    let lines = stand_in.reference("d1", "edgeHub", filter);
    lines
        .iter()
        .map(|line| String::from_utf8_lossy(&line.bytes).into_owned())
        .collect()
}

#[test]
fn the_last_lines_of_a_rare_kind_need_no_more_than_ten_calls() {
    let log = LogScript::new(at(START)).evenly(62_600, 120, 20);
    let log = log.write(Stream::Stdout, "<3> rare 0\n");
    let log = (1..150).fold(log, |log, number| {
        log.evenly(250, 120, 20)
            .write(Stream::Stdout, format!("<3> rare {number}\n"))
    });
    let stand_in = one(log.log());
    let args = ["-m", "edgeHub", "--tail", "100", "--regex", "^rare"];
    let ran = get(&stand_in, &args).expect_quiet();
    let expected: Vec<String> = (50..150)
        .map(|number| format!("<3> rare {number}"))
        .collect();
    assert_eq!(ran.text().lines().collect::<Vec<_>>(), expected);
    assert!(stand_in.calls("GetModuleLogs").len() <= 10);
}

#[test]
fn a_module_that_cannot_be_read_is_left_out_and_named() {
    let device = DeviceSetup::new("d1")
        .log("edgeHub", noise(50, 100, 5).log())
        .module(ModuleSetup::new("journald").unreadable(501))
        .log("sensor", noise(20, 100, 3).seed(4).log());
    let stand_in = StandIn::start(Setup::with(device));
    let ran = get(&stand_in, &["-o", "raw"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let expected = [
        stand_in.module_bytes("d1", "edgeHub"),
        stand_in.module_bytes("d1", "sensor"),
    ];
    assert_eq!(ran.stdout, expected.concat());
    assert!(ran.stderr.contains("module `journald`"), "{}", ran.stderr);
    let ran = get(&stand_in, &["-m", "journald"]);
    assert_eq!(ran.code, 7, "{}", ran.stderr);
}

#[test]
fn an_agent_without_stamps_is_served_through_records() {
    let log = noise(2500, 150, 20).log();
    let device = DeviceSetup::new("d1")
        .log("edgeHub", log)
        .agent(AgentVariant {
            ignores_include_timestamp: true,
            ..AgentVariant::default()
        });
    let stand_in = StandIn::start(Setup::with(device));
    let ran = get(&stand_in, &["-m", "edgeHub"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("sends no timestamps"), "{}", ran.stderr);
    let expected = text_of(&stand_in, &ReferenceFilter::default());
    assert!(ran.text() == expected);
}

#[test]
fn an_agent_that_ignores_until_is_cut_off_on_this_side() {
    let device = DeviceSetup::new("d1")
        .log("edgeHub", noise(300, 100, 5).log())
        .agent(AgentVariant::before_1_2());
    let stand_in = StandIn::start(Setup::with(device));
    let ran = get(
        &stand_in,
        &["-m", "edgeHub", "--until", "2026-11-20T08:00:10.1Z"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let expected = text_of(&stand_in, &ReferenceFilter::default());
    let within = expected
        .lines()
        .take_while(|line| !line.contains("08:00:10.2"));
    let within: Vec<&str> = within.collect();
    assert_eq!(ran.text().lines().collect::<Vec<_>>(), within);
}

#[test]
fn an_older_refusal_inside_the_payload_is_understood() {
    let device = DeviceSetup::new("d1").log("edgeHub", noise(2500, 150, 20).log());
    let stand_in = StandIn::start(Setup::with(device.agent(AgentVariant {
        too_large_in_payload: true,
        ..AgentVariant::default()
    })));
    let ran = get(&stand_in, &["-m", "edgeHub", "-o", "raw"]).expect_quiet();
    assert_eq!(ran.stdout, stand_in.module_bytes("d1", "edgeHub"));
}

#[test]
fn what_is_too_large_for_the_hub_alone_is_split_and_who_is_gone_is_gone() {
    for oversize in [Oversize::GatewayTimeout, Oversize::MessageTooLarge] {
        // Between 98,000 and 127,000 bytes: the agent lets it pass, and the hub does not.
        let device = DeviceSetup::new("d1").log("edgeHub", noise(1000, 150, 20).log());
        let stand_in = StandIn::start(Setup::with(device).hub(|hub| hub.oversize = oversize));
        let ran = get(&stand_in, &["-m", "edgeHub", "-o", "raw"]).expect_quiet();
        assert_eq!(ran.stdout, stand_in.module_bytes("d1", "edgeHub"));
        assert!(stand_in.calls("GetModuleLogs").len() <= 6);
    }
    let stand_in = one(noise(10, 100, 1).log());
    stand_in.fault_when(|_| true, Fault::Hub(HubError::gateway_timeout()));
    let ran = get(&stand_in, &["-m", "edgeHub", "--retries", "0"]);
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    assert!(ran.stderr.contains("504101"), "{}", ran.stderr);
}

#[test]
fn modules_mix_by_the_engines_stamps_whatever_order_they_come_in() {
    for lines in [40, 3000] {
        let device = DeviceSetup::new("d1")
            .log("edgeHub", noise(lines, 120, 7).log())
            .log(
                "sensor",
                noise(lines, 120, 11).levels(Levels::Untagged).seed(2).log(),
            )
            .log("agent", noise(lines / 2, 120, 3).seed(3).log());
        let stand_in = StandIn::start(Setup::with(device));
        let ran = get(&stand_in, &["--encoding", "gzip"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let names = ["agent", "edgeHub", "sensor"];
        let sources = names.map(|name| (name, stand_in.lines("d1", name)));
        let line = |(name, line): (&str, stand_in::reference::Line)| {
            format!("[{name}] {}", String::from_utf8_lossy(&line.bytes))
        };
        let expected: String = merge(sources.to_vec()).into_iter().map(line).collect();
        assert!(ran.text() == expected, "{lines} lines each");
    }
}

#[test]
fn long_lines_and_every_other_kind_of_line_come_whole() {
    let log = noise(900, 150, 5).filler(Filler::Words).trouble();
    let stand_in = one(log.filler(Filler::Noise).evenly(900, 150, 5).log());
    let ran = get(&stand_in, &["-m", "edgeHub", "-o", "raw"]).expect_quiet();
    assert!(ran.stdout == stand_in.module_bytes("d1", "edgeHub"), "raw");
    let ran = get(&stand_in, &["-m", "edgeHub"]).expect_quiet();
    assert!(ran.text() == text_with_line_ends(&stand_in), "text");
    // Uncompressed, the long lines of one second would be too much for an answer.
    let log = noise(900, 150, 5)
        .blank_lines(3)
        .crlf(9, 80)
        .evenly(9, 20_000, 1);
    let stand_in = one(log
        .write(Stream::Stdout, "\u{1b}\"\\ \u{1f600} no end")
        .log());
    let args = [
        "-m",
        "edgeHub",
        "--encoding",
        "none",
        "--since",
        "1970-01-01T00:00:01Z",
    ];
    let ran = get(&stand_in, &args).expect_quiet();
    assert!(ran.text() == text_with_line_ends(&stand_in), "uncompressed");
}

fn text_with_line_ends(stand_in: &StandIn) -> String {
    let mut text = String::new();
    for line in stand_in.lines("d1", "edgeHub") {
        text.push_str(&String::from_utf8_lossy(&line.bytes));
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}

#[test]
fn the_level_of_a_long_line_is_that_of_its_first_part() {
    let long = |level: u8, letter: &str| format!("<{level}> {}\n", letter.repeat(40_000));
    let log = noise(900, 150, 5)
        .write(Stream::Stdout, long(3, "a"))
        .evenly(5, 100, 1)
        .write(Stream::Stdout, long(6, "b"))
        .evenly(900, 150, 5)
        .log();
    let stand_in = one(log);
    for level in [3, 6] {
        let level_text = level.to_string();
        let ran = get(
            &stand_in,
            &["-m", "edgeHub", "--loglevel-only", &level_text],
        );
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let expected = text_of(
            &stand_in,
            &ReferenceFilter {
                level_only: Some(level),
                ..ReferenceFilter::default()
            },
        );
        assert!(ran.text() == expected, "level {level}");
    }
}

#[test]
fn neighbours_out_of_order_stay_in_the_engines_order() {
    let log = noise(10, 100, 5).out_of_order(4000, 150, 7).log();
    let stand_in = one(log);
    let ran = get(&stand_in, &["-m", "edgeHub", "-o", "raw"]).expect_quiet();
    assert!(ran.stdout == stand_in.module_bytes("d1", "edgeHub"));
}

#[test]
fn a_clock_that_was_set_back_loses_nothing_unsaid() {
    for (lines, seconds) in [(1500, 5), (8000, 300)] {
        let log = noise(lines, 150, 10).clock_set_back(seconds);
        let stand_in = one(log.evenly(lines, 150, 10).log());
        let ran = get(
            &stand_in,
            &["-m", "edgeHub", "-o", "raw", "-s", "1970-01-01T00:00:01Z"],
        );
        let expected = stand_in.module_bytes("d1", "edgeHub");
        if ran.code == 0 {
            assert!(ran.stdout == expected, "{seconds} s back");
            continue;
        }
        assert_eq!(ran.code, 7, "{}", ran.stderr);
        assert!(ran.stderr.contains("go back in time"), "{}", ran.stderr);
        // The beginning and the end of the log are there, and only what is named is not.
        let common = |one: &mut dyn Iterator<Item = &u8>, other: &mut dyn Iterator<Item = &u8>| {
            one.zip(other).take_while(|(a, b)| a == b).count()
        };
        let begin = common(&mut ran.stdout.iter(), &mut expected.iter());
        let end = common(&mut ran.stdout.iter().rev(), &mut expected.iter().rev());
        assert!(begin > 100_000 && end > 100_000, "{begin}, {end}");
        assert!(begin + end >= ran.stdout.len(), "{begin}, {end}");
    }
}

#[test]
fn a_second_too_full_is_split_by_severity_and_by_text() {
    // No severity fills an answer by itself.
    let log = noise(50, 100, 5).burst(1700, 150).evenly(50, 100, 5).log();
    let stand_in = one(log);
    let ran = get(
        &stand_in,
        &["-m", "edgeHub", "--since", "1970-01-01T00:00:01Z"],
    )
    .expect_quiet();
    let sorted = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let expected = text_of(&stand_in, &ReferenceFilter::default());
    assert!(sorted(ran.text()) == sorted(expected));
    // Untagged lines are all of one severity.
    let log = noise(50, 100, 5)
        .levels(Levels::Untagged)
        .burst(3000, 150)
        .evenly(50, 100, 5);
    let stand_in = one(log.log());
    let ran = get(
        &stand_in,
        &["-m", "edgeHub", "--since", "1970-01-01T00:00:01Z"],
    )
    .expect_quiet();
    assert!(ran.text() == text_of(&stand_in, &ReferenceFilter::default()));
}

#[test]
fn durations_count_by_the_devices_clock() {
    let now = stand_in::log::now();
    let offset = 600_000_000_000;
    let log = LogScript::new(now + offset - 1800 * 1_000_000_000)
        .filler(Filler::Noise)
        .evenly(18_000, 150, 10)
        .log();
    let device = DeviceSetup::new("d1")
        .log("edgeHub", log)
        .clock(Clock::Offset(offset));
    let stand_in = StandIn::start(Setup::with(device));
    let ran = get(
        &stand_in,
        &[
            "-m", "edgeHub", "--since", "20m", "--until", "5m", "-o", "raw",
        ],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lines = stand_in.lines("d1", "edgeHub");
    // The run began within a few seconds of `now`.
    let kept = lines.iter().filter(|line| {
        let ago = (now + offset - line.stamp) / 1_000_000_000;
        (305..1190).contains(&ago)
    });
    let expected: Vec<u8> = kept.flat_map(|line| line.bytes.clone()).collect();
    let at = ran
        .stdout
        .windows(200)
        .position(|part| part == &expected[..200])
        .unwrap();
    assert!(ran.stdout[at..].starts_with(&expected));
    assert!(ran.stdout.len() - expected.len() < 60 * 10 * 150);
}

#[test]
fn a_reader_that_leaves_stops_the_calls() {
    let device = DeviceSetup::new("d1")
        .log("edgeHub", noise(3, 150, 20).log())
        .log("sensor", noise(40_000, 150, 20).log());
    let stand_in = StandIn::start(Setup::with(device));
    for has_read in [false, true] {
        stand_in.clear_journal();
        let mut child = command(&stand_in, &["-o", "raw"])
            .spawn()
            .expect("the binary runs");
        let mut stdout = std::io::BufReader::new(child.stdout.take().expect("stdout"));
        if has_read {
            let read = std::io::BufRead::read_line(&mut stdout, &mut String::new());
            assert!(read.expect("a line") > 0);
        } else {
            stand_in.wait_until(|calls| calls.len() > 2);
        }
        drop(stdout);
        let status = child.wait().expect("the child ends");
        assert_eq!(status.code(), Some(0));
        let calls = stand_in.calls("GetModuleLogs").len();
        assert!(calls < 25, "{calls} of about 48");
    }
}

#[test]
fn an_unbounded_request_shows_its_traffic() {
    let log = LogScript::new(at(START))
        .filler(Filler::Noise)
        .evenly(10_000, 150, 20)
        .log();
    let stand_in = one(log);
    let ran = get(&stand_in, &["-o", "jsonl"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.text().lines().count(), 10_000);
    assert!(
        ran.stderr.contains("messages of 4 KB billed"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
}

#[test]
fn faults_between_pages_lose_and_repeat_nothing() {
    let stand_in = one(noise(12_000, 150, 20).log());
    for (nth, fault) in [
        (3, Fault::Hub(HubError::throttled())),
        (5, Fault::Reset),
        (7, Fault::ResetAfterwards),
        // The hub lost the answer: not every 504101 means that it was too large.
        (9, Fault::LostAnswer),
        (12, Fault::CutGzip),
        (14, Fault::BadBase64),
        (16, Fault::CutAnswer(5000)),
    ] {
        stand_in.fault_when(move |call| call.nth == nth, fault);
    }
    let ran = get(
        &stand_in,
        &[
            "-m",
            "edgeHub",
            "-o",
            "raw",
            "--since",
            "1970-01-01T00:00:01Z",
        ],
    )
    .expect_quiet();
    assert!(ran.stdout == stand_in.module_bytes("d1", "edgeHub"));
    assert!(stand_in.calls("GetModuleLogs").len() > 16);
}

#[test]
fn what_came_before_an_agent_was_lost_is_printed_and_the_failure_is_named() {
    let stand_in = one(noise(60_000, 150, 20).log());
    stand_in.fault_when(|call| call.nth > 30, Fault::Hub(HubError::not_online(0)));
    let ran = get(
        &stand_in,
        &[
            "-m",
            "edgeHub",
            "-o",
            "raw",
            "--since",
            "1970-01-01T00:00:01Z",
        ],
    );
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    assert!(ran.stderr.contains("is not connected"), "{}", ran.stderr);
    let whole = stand_in.module_bytes("d1", "edgeHub");
    assert!(ran.stdout.len() < whole.len());
    // The log is fetched from its end.
    assert!(whole.ends_with(&ran.stdout));
    assert!(ran.stdout.len() > 300_000, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("are missing: logs are fetched"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_pattern_that_needs_dotnet_and_items_of_their_own_select_as_the_agent_does() {
    let device = DeviceSetup::new("d1")
        .log("edgeHub", noise(2000, 150, 7).log())
        .log("edgeAgent", noise(30, 120, 7).seed(2).log())
        .log("sensor", noise(2000, 150, 11).seed(3).log());
    let stand_in = StandIn::start(Setup::with(device));
    let args = [
        "--item",
        "^edge[AH]",
        "tail=10",
        "--item",
        "e",
        "tail=900",
        "-o",
        "raw",
    ];
    let ran = get(&stand_in, &args);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let last = |module: &str, tail: usize| {
        let filter = ReferenceFilter {
            tail: Some(tail),
            ..ReferenceFilter::default()
        };
        let lines = stand_in.reference("d1", module, &filter);
        stand_in::reference::bytes_of_lines(&lines)
    };
    let expected = [
        last("edgeAgent", 10),
        last("edgeHub", 10),
        last("sensor", 900),
    ];
    assert!(ran.stdout == expected.concat(), "{}", ran.stderr);
    let ran = get(&stand_in, &["nothing-like-it"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
}

#[test]
fn few_lines_of_several_levels_come_in_the_logs_order_whatever_their_stamps() {
    let log = LogScript::new(at(START))
        .write(Stream::Stdout, "<6> first\n")
        .write(Stream::Stdout, "<3> before the step\n")
        .clock_set_back(600)
        .write(Stream::Stdout, "<4> after the step\n");
    let stand_in = one(log.log());
    let ran = get(&stand_in, &["-m", "edgeHub", "-l", "4"]).expect_quiet();
    assert_eq!(ran.text(), "<3> before the step\n<4> after the step\n");
    // By its stamp, the last line is not the last one.
    let ran = get(&stand_in, &["-m", "edgeHub", "-l", "4", "-n", "1"]).expect_quiet();
    assert_eq!(ran.text(), "<4> after the step\n");
}

#[test]
fn a_step_back_that_shows_only_between_levels_is_said() {
    let mut log = LogScript::new(at(START));
    for number in 0..300 {
        log = log.write(Stream::Stdout, format!("<3> before {number}\n"));
    }
    log = log.clock_set_back(600);
    for number in 0..300 {
        log = log.write(Stream::Stdout, format!("<4> after {number}\n"));
    }
    let stand_in = one(log.log());
    let ran = get(&stand_in, &["-m", "edgeHub", "-l", "4"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.text().lines().count(), 600);
    assert!(ran.stderr.contains("go back from"), "{}", ran.stderr);
    let ran = get(&stand_in, &["-m", "edgeHub", "-l", "4", "-n", "150"]);
    assert_eq!(ran.code, 7, "{}", ran.stderr);
    assert!(ran.stderr.contains("go back in time"), "{}", ran.stderr);
}

#[test]
fn the_end_of_a_long_line_is_no_line_of_a_tail_behind_whole_ones_of_the_other_stream() {
    let start = at(START);
    let full = "x".repeat(16_384);
    let mut entries = vec![
        Entry::stdout(start, "<6> before\n"),
        Entry::stdout(start + 1, full),
    ];
    let errors = (2..7).map(|n| Entry {
        stream: Stream::Stderr,
        ..Entry::stdout(start + n, format!("<6> error {n}\n"))
    });
    entries.extend(errors);
    entries.push(Entry::stdout(start + 1, "end\n"));
    entries.push(Entry::stdout(start + 8, "<6> last\n"));
    let stand_in = one(Log::new(entries));
    for lines in 1..=7 {
        let ran = get(&stand_in, &["-m", "edgeHub", "-n", &lines.to_string()]).expect_quiet();
        let text = ran.text();
        assert_eq!(text.lines().count(), lines);
        // The order is that of beginnings.
        assert_eq!(text.contains("xend\n"), lines == 7, "{lines}");
        assert!(
            text.contains("xend\n") || !text.contains("end\n"),
            "{lines}"
        );
    }
}

#[test]
fn a_log_file_that_is_damaged_does_not_pass_for_a_quiet_log() {
    let log = noise(40, 100, 5).write(Stream::Damaged, "\0");
    let damaged = log.evenly(30, 100, 5).log();
    let after = damaged[45].stamp_text();
    let device = DeviceSetup::new("d1")
        .log("edgeHub", damaged)
        .log("filter", noise(70, 100, 5).seed(2).log())
        .log("sensor", noise(3, 100, 5).seed(3).log());
    let stand_in = StandIn::start(Setup::with(device));
    for (since, lines) in [(after.as_str(), 0), (START, 40)] {
        for more in ["-o raw", "-o jsonl", "-n 60", "-g .", "-l 3 -n 60"] {
            let args = ["-m", "edgeHub", "--since", since].into_iter();
            let args: Vec<&str> = args.chain(more.split(' ')).collect();
            let ran = get(&stand_in, &args);
            assert_eq!(ran.code, 7, "{args:?}: {}", ran.stderr);
            let printed = ran.text().lines().count();
            match more.starts_with("-l") {
                true => assert!(printed < 40, "{args:?}"),
                false => assert_eq!(printed, lines, "{args:?}"),
            }
            let is_said = ran.stderr.contains("although the log goes on to ");
            assert!(is_said, "{args:?}: {}", ran.stderr);
        }
        // The others are whole, which two calls show for all.
        let before = stand_in.calls("GetModuleLogs").len();
        let ran = get(&stand_in, &["--since", since, "edgeHub|filter|sensor"]);
        assert_eq!(ran.code, 4, "{}", ran.stderr);
        assert_eq!(
            ran.stderr.matches("a file of it is damaged").count(),
            1,
            "{}",
            ran.stderr
        );
        assert_eq!(stand_in.calls("GetModuleLogs").len() - before, 5);
    }
    // A line that comes again at the end is not the last one.
    let beats = LogScript::new(at(START)).write(Stream::Stdout, "beat\n");
    let beats = beats
        .write(Stream::Damaged, "\0")
        .write(Stream::Stdout, "beat\n");
    let ran = get(&one(beats.log()), &["-m", "edgeHub", "--since", START]);
    assert_eq!(
        (ran.code, ran.text().as_str()),
        (7, "beat\n"),
        "{}",
        ran.stderr
    );
    let ran = get(&stand_in, &["-m", "edgeHub", "-g", "nothing has this"]);
    assert_eq!((ran.code, ran.text()), (7, String::new()), "{}", ran.stderr);
    // Plain text does not tell its last line from an equal one, and with a regex, one call looks for long lines.
    for (more, calls) in [(["--since", START], 3), (["-g", "."], 3)] {
        let before = stand_in.calls("GetModuleLogs").len();
        let ran = get(&stand_in, &["-m", "filter", more[0], more[1]]).expect_quiet();
        assert_eq!(ran.text().lines().count(), 70);
        assert_eq!(
            stand_in.calls("GetModuleLogs").len() - before,
            calls,
            "{more:?}"
        );
    }
}
