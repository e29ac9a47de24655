//! The device module in the same process, and behind `device serve`.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::folder::Folder;
use crate::common::samples::is_guid;
use crate::common::{Edgelogs, edgelogs, program};
use support::serve::Serve;

fn call(serve: &Serve, args: &[&str]) -> Edgelogs {
    edgelogs(args).on(&serve).env("EDGELOGS_DEVICE", "local")
}

#[test]
fn a_source_without_an_equals_sign_is_refused() {
    for words in [
        "get --local docker",
        "get -m x --local docker --tail 1",
        "ping --local docker",
    ] {
        edgelogs(words).refused().assert_stderr("--local=docker");
    }
    edgelogs("get --local dir:/tmp/a")
        .refused()
        .assert_stderr("--local=dir:/tmp/a");
    edgelogs("get --tail 1 --local -q").exits(0);
}

#[test]
fn the_readmes_first_command_prints_five_prefixed_lines_per_module() {
    let ran = edgelogs("get edge --tail 5 --local").exits(0);
    assert_eq!(ran.stderr, "");
    for module in ["[edgeAgent] <", "[edgeHub] <"] {
        let lines = ran.stdout.lines().filter(|line| line.starts_with(module));
        assert_eq!(lines.count(), 5, "{}", ran.stdout);
    }
    assert_eq!(ran.stdout.lines().count(), 10);
    let time = |line: &str| line.split_once("> ").map(|(_, rest)| rest[..23].to_owned());
    assert!(ran.stdout.lines().is_sorted_by_key(time), "{}", ran.stdout);
}

#[test]
fn a_folder_whose_times_go_back_comes_whole() {
    let folder = Folder::new();
    let lines = |hour: u32, name: &str| -> String {
        let line = |number: u32| {
            // One of ten is a millisecond behind.
            let late = u32::from(number % 10 == 3) * 51;
            let at = number * 50 - late.min(number * 50);
            let (minute, rest) = (at / 60_000, at % 60_000);
            let noise = number.wrapping_mul(2_654_435_761);
            format!(
                "2026-11-22T{hour:02}:{minute:02}:{:02}.{:03}Z <6> {name}{number} {noise:08x}{:08x}\n",
                rest / 1000,
                rest % 1000,
                noise.rotate_left(11) ^ number,
            )
        };
        (0..9000).map(line).collect()
    };
    let (first, second) = (lines(10, "a"), lines(9, "b"));
    let log = format!("{first}{second}");
    folder.write("filter.log", &log);
    let get = |more: &str| {
        let source = format!("--local=dir:{}", folder.path(""));
        edgelogs(["get", "filter", "-q", &source])
            .args(more)
            .exits(0)
    };
    assert_eq!(get("-o raw").stdout, log);
    let end: String = log.split_inclusive('\n').skip(18_000 - 12_000).collect();
    assert_eq!(get("-o raw --tail 12000").stdout, end);
    let with_b12 = log
        .split_inclusive('\n')
        .filter(|line| line.contains("b12"));
    assert_eq!(get("-o raw -g b12").stdout, with_b12.collect::<String>());
    let early = get("-o raw -u 2026-11-22T09:59:00Z").stdout;
    assert_eq!(early, second);
}

#[test]
fn lines_that_come_again_after_the_clock_went_back_are_not_an_overlap() {
    let folder = Folder::new();
    let line = |second: u32| {
        let (hour, minute) = (9 + second / 3600, second / 60 % 60);
        let noise = second.wrapping_mul(2_654_435_761);
        let text = format!("{noise:08x}{:08x}", noise.rotate_left(13) ^ second).repeat(2);
        format!(
            "2026-11-22T{hour:02}:{minute:02}:{:02}Z <6> {text}\n",
            second % 60
        )
    };
    let lines = |seconds: std::ops::Range<u32>| seconds.map(line).collect::<String>();
    // The clock goes back by half an hour, and the module says the same again.
    let log = lines(0..7200) + &lines(5400..14_400);
    folder.write("filter.log", &log);
    let source = format!("--local=dir:{}", folder.path(""));
    let ran = edgelogs(["get", "filter", "-q", "-o", "raw", &source]).exits(0);
    assert!(
        ran.stdout == log,
        "{} of {} bytes",
        ran.stdout.len(),
        log.len()
    );
}

#[test]
fn a_damaged_old_file_is_named_also_where_the_log_takes_several_calls() {
    let folder = Folder::new();
    let line = |number: u32| {
        let noise = number.wrapping_mul(2_654_435_761);
        format!(
            "2026-11-22T08:{:02}:{:02}.{:06}Z <6> {noise:08x} {:08x}\n",
            number / 6000,
            number / 100 % 60,
            number % 100 * 10_000 + 17,
            noise.rotate_left(9)
        )
    };
    let lines = |numbers: std::ops::Range<u32>| numbers.map(line).collect::<String>();
    folder.write("filter.log", lines(9000..18_000));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, lines(0..9000).as_bytes()).expect("memory");
    let mut packed = encoder.finish().expect("memory");
    packed.truncate(packed.len() / 2);
    folder.write("filter.log.1.gz", packed);
    let source = format!("--local=dir:{}", folder.path(""));
    let ran = edgelogs(["get", "filter", "-q", "-o", "raw", &source]).exits(7);
    ran.assert_stderr("`filter.log.1.gz` is damaged");
    assert!(ran.stdout.ends_with(&lines(9000..18_000)));
}

#[test]
fn one_module_has_no_prefix_unless_asked_for() {
    for (args, start) in [
        ("-m edgeHub", "<"),
        ("-m edgeHub --prefix always", "[local/edgeHub] <"),
        ("edge --prefix never", "<"),
    ] {
        let ran = edgelogs(format!("get --tail 3 --local {args}")).exits(0);
        assert!(ran.stdout.lines().count() >= 3, "{args}");
        let all = ran.stdout.lines().all(|line| line.starts_with(start));
        assert!(all, "{args}: {}", ran.stdout);
    }
}

#[test]
fn every_format_and_encoding_prints_the_same_lines() {
    let get = |more: &str| {
        edgelogs("get -m tempSensor --local -s 1h -u 10m")
            .args(more)
            .exits(0)
    };
    let text = get("").stdout;
    assert!(text.lines().count() > 500);
    // The window moves with the clock, so its ends may differ by a line.
    let middle = |text: &str| {
        text.lines()
            .skip(5)
            .take(400)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let first = middle(&text).remove(0);
    let same = |other: &str| {
        let from = other
            .lines()
            .position(|line| line == first)
            .expect("the same line");
        assert_eq!(
            other.lines().skip(from).take(400).collect::<Vec<_>>(),
            middle(&text)
        );
    };
    same(&get("--encoding none").stdout);
    same(&get("-o raw").stdout);
    let wire_json = get("-o jsonl").json_lines();
    let wire_text = get("-o jsonl --content-type text").json_lines();
    assert_eq!(wire_json[0]["stream"], "stdout");
    assert_eq!(wire_text[0]["stream"], Value::Null);
    let keys = wire_json[0].as_object().expect("an object").keys();
    let keys: Vec<&str> = keys.map(String::as_str).collect();
    assert_eq!(
        keys.join(" "),
        "iothub device id stream loglevel text timestamp"
    );
    let document = get("-o json").json();
    let count = document["records"].as_array().expect("records").len();
    assert!(count.abs_diff(wire_json.len()) <= 1);
    assert_eq!(document["errors"], Value::Array(Vec::new()));
}

#[test]
fn an_engine_that_hangs_is_named_within_the_timeout() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("engine.sock");
    // It accepts every connection, and never answers.
    let _hung = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    for (source, server) in [("docker", "the Docker Engine"), ("edged", "aziot-edged")] {
        let place = format!("--local={source}:{}", socket.display());
        for command in ["get -m hub", "get -m hub -o raw -n 5", "get"] {
            let started = Instant::now();
            let ran = edgelogs(command).args(["--timeout", "5s", &place]).run();
            assert_ne!(ran.code, 0, "{command}: {}", ran.stderr);
            let named = format!("{server} at {} does not answer within", socket.display());
            ran.assert_stderr(&named);
            assert!(!ran.stderr.contains("too large"), "{}", ran.stderr);
            assert!(
                started.elapsed() < Duration::from_secs(15),
                "{command}, {source}"
            );
        }
    }
}

#[test]
fn restarts_are_empty_where_the_source_does_not_count_them() {
    let folder = Folder::new();
    folder.write("filter.log", "<6> a\n");
    let source = format!("dir:{}", folder.path("."));
    let serve = Serve::start(&["--source", &source]);
    let records = call(&serve, &["modules", "-o", "jsonl"])
        .exits(0)
        .json_lines();
    let filter = records.iter().find(|record| record["module"] == "filter");
    assert_eq!(filter.expect("the module")["restarts"], Value::Null);
}

#[test]
fn loglevel_includes_worse_levels_and_tail_counts_filtered_lines() {
    let ran = edgelogs("get --loglevel warning --tail 4 --local -o jsonl").exits(0);
    let records = ran.json_lines();
    let levels: Vec<&Value> = records.iter().map(|record| &record["loglevel"]).collect();
    assert_eq!(levels.len(), 12);
    assert!(
        levels.iter().all(|level| **level == 3 || **level == 4),
        "{levels:?}"
    );
}

#[test]
fn exclude_drops_matching_lines() {
    let ran = edgelogs("get -m edgeHub --local --exclude '^.INF. - (Proc|Reauth)'").exits(0);
    ran.assert_stdout("Connection to the cloud is back");
    assert!(!ran.stdout.contains("Processed") && !ran.stdout.contains("Reauthenticated"));
    edgelogs("get --local --exclude '('").refused();
}

#[test]
fn no_module_is_exit_3_and_no_line_is_exit_0() {
    let ran = edgelogs("get nothere --local").run();
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    let ran = edgelogs("get --regex 'nothing like this' --local").run();
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
}

#[test]
fn no_wait_is_refused_with_local() {
    edgelogs("upload --sas file:///tmp/x --local --no-wait").refused();
}

#[test]
fn uploads_to_a_folder_overwrite_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let sas = format!("file://{}", folder.path().display());
    for _ in 0..2 {
        edgelogs(format!("upload --sas {sas} --local --encoding none")).exits(0);
    }
    let device = folder.path().join("127.0.0.1/local");
    let names: Vec<_> = std::fs::read_dir(device)
        .expect("the device's folder")
        .collect();
    assert_eq!(names.len(), 6);
}

#[test]
fn upload_prints_only_the_id_and_status_follows_it() {
    let serve = Serve::start(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let sas = format!("file://{}", folder.path().display());
    let ran = call(&serve, &["upload", "--sas", &sas, "--no-wait"]).exits(0);
    let id = ran.stdout.trim_end().to_owned();
    assert_eq!(ran.stdout, format!("{id}\n"));
    assert!(is_guid(&id), "{id}");
    ran.assert_stderr(format!("edgelogs status {id} --wait --device local"));
    let ran = call(&serve, &["status", &id, "--wait"]).run();
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "Completed\n"),
        "{}",
        ran.stderr
    );
    let ran = call(&serve, &["status", &id]).run();
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "Completed\n"));
    let ran = call(&serve, &["status", "3fa85f64-5717-4562-b3fc-2c963f66afa6"]).run();
    assert_eq!((ran.code, ran.stdout.as_str()), (8, "Unknown\n"));
    ran.assert_stderr("forgets its tasks when it restarts");
}

#[test]
fn a_closed_pipe_ends_a_real_get_quietly() {
    let serve = Serve::start(&[]);
    let script = format!(
        "'{}' get --tail 500 -d local | head -n 1; echo \"exit ${{PIPESTATUS[0]}}\"",
        env!("CARGO_BIN_EXE_edgelogs")
    );
    let output = program("bash")
        .args(["-c", &script])
        .env("PATH", "/usr/bin:/bin")
        .env("EDGELOGS_CONNECTION_STRING", &serve.connection_string)
        .output()
        .expect("bash runs");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(stdout.ends_with("exit 0\n"), "{stdout}");
    assert_eq!(stdout.lines().count(), 2);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_connection_string_is_read_from_a_file_and_from_stdin() {
    let serve = Serve::start(&[]);
    let folder = Folder::new();
    let path = folder.write("hub.txt", format!("{}\n", serve.connection_string));
    edgelogs(format!(
        "get -d local --tail 1 --connection-string-file {path}"
    ))
    .exits(0);
    edgelogs("get -d local --tail 1 --connection-string-file -")
        .stdin(&serve.connection_string)
        .exits(0);
}
