//! `get --local=dir:FOLDER` on what people have in their folders.

use std::path::Path;

use serde_json::Value;

use crate::common::edgelogs;
use crate::common::folder::Folder;
use support::serve::Serve;

fn case(name: &str) -> String {
    format!("{}/tests/data/cases/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn get(folder: impl AsRef<Path>, more: &str) -> crate::common::Edgelogs {
    edgelogs(format!(
        "get --local=dir:{} {more}",
        folder.as_ref().display()
    ))
}

#[test]
fn a_time_without_an_offset_is_said_to_be_unknown_and_is_null() {
    let ran = get(case("log4j-comma"), "-o jsonl").exits(0);
    ran.assert_stderr("note: times without an offset, which count as unknown");
    ran.assert_stderr("gateway.log");
    let records = ran.json_lines();
    assert_eq!(records.len(), 6);
    assert!(
        records
            .iter()
            .all(|record| record["timestamp"] == Value::Null),
        "{records:?}"
    );
    let text = get(case("log4j-comma"), "-o raw").exits(0).stdout;
    let written = std::fs::read_to_string(format!("{}/gateway.log", case("log4j-comma"))).unwrap();
    assert_eq!(text, written, "tabs and all");
}

#[test]
fn a_line_that_is_too_old_in_every_zone_is_not_passed_off_as_new() {
    let text = std::fs::read_to_string(format!("{}/gateway.log", case("log4j-comma"))).unwrap();
    let ran = get(case("log4j-comma"), "--since 2026-11-29T05:00:00Z").exits(0);
    let last = text.lines().last().unwrap();
    assert_eq!(ran.stdout, format!("{last}\n"));
    get(case("log4j-comma"), "--since 2026-12-01T00:00:00Z")
        .exits(0)
        .assert_stdout("");
}

fn times(records: &[Value]) -> Vec<&str> {
    let times = records.iter().map(|record| record["timestamp"].as_str());
    times.flatten().collect()
}

#[test]
fn a_given_offset_makes_times_without_one_known() {
    let folder = case("log4j-comma");
    let ran = get(&folder, "-o jsonl --source-utc-offset -03:30").exits(0);
    assert_eq!(ran.stderr, "");
    let records = ran.json_lines();
    let read_failed = "2026-09-05T18:47:51.788+00:00";
    let first = "2026-09-05T18:47:51.76+00:00";
    let last = "2026-11-29T08:47:52.778+00:00";
    let expected = [
        first,
        read_failed,
        read_failed,
        read_failed,
        read_failed,
        last,
    ];
    assert_eq!(times(&records), expected);
    let text = std::fs::read_to_string(format!("{folder}/gateway.log")).unwrap();
    let newest = format!("{}\n", text.lines().last().unwrap());
    for (window, lines) in [
        (
            "--since 2026-11-29T08:47:52Z --until 2026-11-29T08:47:53Z",
            newest.as_str(),
        ),
        ("--since 2026-11-29T08:47:53Z", ""),
        ("--tail 1", newest.as_str()),
        ("", text.as_str()),
    ] {
        let ran = get(&folder, &format!("--source-utc-offset=-0330 {window}")).exits(0);
        assert_eq!(ran.stdout, lines, "{window}");
    }
}

#[test]
fn a_given_offset_holds_for_a_served_device_and_for_blobs() {
    let source = format!("dir:{}", case("log4j-comma"));
    let serve = Serve::start(&["--source", &source, "--source-utc-offset", "+02:00"]);
    let served = edgelogs("get -d local -o jsonl").on(&serve).quiet();
    assert_eq!(
        times(&served.json_lines())[0],
        "2026-09-05T13:17:51.76+00:00"
    );
    let text = std::fs::read_to_string(format!("{}/gateway.log", case("log4j-comma"))).unwrap();
    let blobs = Folder::new();
    blobs.write("gateway-2026-11-29--08-00-00.log", &text);
    let get = format!("get --local=blobs:{} -o jsonl", blobs.path(""));
    let ran = edgelogs(get.as_str()).exits(0);
    ran.assert_stderr("note: times without an offset, which count as unknown");
    assert_eq!(times(&ran.json_lines()), [""; 0]);
    let ran = edgelogs(format!("{get} --source-utc-offset +02")).exits(0);
    assert_eq!(ran.stderr, "");
    assert_eq!(times(&ran.json_lines())[0], "2026-09-05T13:17:51.76+00:00");
}

#[test]
fn a_time_that_says_more_is_not_given_another_offset() {
    let folder = Folder::new();
    let lines = "2026-11-29 03:00:00 PM half a day\n2026-11-29 15:00:00 CET a zone\n\
                 2026-11-29T15:00:00Z UTC\n2026-11-29 15:00:00 none\n";
    folder.write("m.log", lines);
    let ran = get(folder.path(""), "-o jsonl --source-utc-offset +05:30").exits(0);
    ran.assert_stderr("note: times with a half of the day or the name of a zone, which count");
    ran.assert_no_stderr("--source-utc-offset");
    let records = ran.json_lines();
    let nulls = records.iter().map(|record| record["timestamp"].is_null());
    assert_eq!(nulls.collect::<Vec<_>>(), [true, true, false, false]);
    assert_eq!(
        times(&records),
        ["2026-11-29T15:00:00+00:00", "2026-11-29T09:30:00+00:00"]
    );
}

#[test]
fn an_offset_that_would_do_nothing_is_refused() {
    for (line, cause) in [
        (
            "get --local --source-utc-offset +02:00",
            "`sample` does not read files",
        ),
        (
            "get --local=docker --source-utc-offset Z",
            "`docker` does not read files",
        ),
        (
            "get --local=docker --dry-run --source-utc-offset Z",
            "`docker` does not read files",
        ),
        (
            "device serve --source edged --source-utc-offset Z",
            "`edged` does not read files",
        ),
        (
            "device run --source docker --source-utc-offset Z",
            "`docker` does not read files",
        ),
        ("get --local=dir:. --source-utc-offset +2", "such as +02:00"),
        (
            "get --local=dir:. --source-utc-offset +15:00",
            "such as +02:00",
        ),
        ("get -d d1 --source-utc-offset +02:00", "needs --local"),
        (
            "get -d d1 --hub h.invalid --source-utc-offset Z",
            "needs --local",
        ),
        (
            "ping -d d1 --auth sas --source-utc-offset Z",
            "needs --local",
        ),
        ("devices --source-utc-offset Z", "needs --local"),
        ("status --source-utc-offset Z", "needs --local"),
        ("doctor --source-utc-offset Z", "needs --local"),
    ] {
        let ran = edgelogs(line).exits(2);
        ran.assert_stderr("--source-utc-offset");
        ran.assert_stderr(cause);
    }
}

#[test]
fn a_source_that_does_not_exist_is_said_to_be_none_beside_an_offset() {
    let ran = edgelogs("get --local=podman --source-utc-offset Z").exits(2);
    ran.assert_stderr("`podman` is not a source of logs");
}

/// Their times are all that pages and windows can go by, in plain and in packed files.
#[test]
fn a_given_offset_lets_a_large_log_be_paged_and_cut_by_time() {
    let folder = Folder::new();
    let line = |number: u64| {
        let (day, rest) = (number / 86_400, number % 86_400);
        let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
        let noise = number.pow(3) % 999_983;
        format!(
            "2026-11-2{day} {hour:02}:{minute:02}:{second:02},250 INFO [worker-0] plc.reader - line {number} of the log {noise:x}\n"
        )
    };
    let old: String = (0..20_000).map(line).collect();
    let new: String = (20_000..120_000).map(line).collect();
    assert!(new.len() > 6 << 20, "{}", new.len());
    folder.write("plc.log", &new);
    let packed = std::fs::File::create(folder.path("plc.log.1.gz")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, old.as_bytes()).unwrap();
    packed.finish().unwrap();
    let lines = |range: std::ops::Range<u64>| range.map(line).collect::<String>();
    // An hour behind UTC: midnight of the 21st is line 86,400, and 01:00 in UTC.
    for (more, expected) in [
        ("--since 2026-11-21T01:00:00Z", lines(86_400..120_000)),
        (
            "--since 2026-11-20T06:00:00Z --until 2026-11-20T07:00:00Z",
            lines(18_000..21_600),
        ),
        ("--tail 3", lines(119_997..120_000)),
        ("--until 2026-11-20T01:30:00Z", lines(0..1_800)),
    ] {
        let ran = get(
            folder.path(""),
            &format!("--source-utc-offset -01:00 {more}"),
        )
        .exits(0);
        assert!(ran.stdout == expected, "{more}: {} bytes", ran.stdout.len());
        assert_eq!(ran.stderr, "", "{more}");
    }
}

#[test]
fn a_given_offset_holds_for_a_support_bundle() {
    let text = std::fs::read_to_string(format!("{}/gateway.log", case("log4j-comma"))).unwrap();
    let folder = Folder::new();
    let mut archive = zip::ZipWriter::new(std::fs::File::create(folder.path("b.zip")).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("logs/gateway_log.txt", options).unwrap();
    std::io::Write::write_all(&mut archive, text.as_bytes()).unwrap();
    archive.finish().unwrap();
    let get = format!("get --local=bundle:{} -o jsonl", folder.path("b.zip"));
    let ran = edgelogs(get.as_str()).exits(0);
    ran.assert_stderr("note: times without an offset, which count as unknown");
    let ran = edgelogs(format!("{get} --source-utc-offset +02:00")).exits(0);
    assert_eq!(times(&ran.json_lines())[0], "2026-09-05T13:17:51.76+00:00");
    assert_eq!(ran.stderr, "");
}

#[test]
fn files_that_are_no_module_are_named_once() {
    let ran = get(case("dir-names"), "--tail 1").exits(0);
    let note = "since their names don't end in .log: PRESS.LOG, app.txt, catalina.out, errorlog\n";
    assert_eq!(ran.stderr.matches(note).count(), 1, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 5, "{}", ran.stdout);
    get(case("dir-names"), "--tail 1 -q")
        .exits(0)
        .assert_no_stderr("passed over");
}

#[cfg(unix)]
#[test]
fn logs_that_are_no_files_of_the_folder_are_named() {
    let (folder, other) = (Folder::new(), Folder::new());
    folder.write("a.log", "2026-11-29T05:00:00Z a line\n");
    let path = other.write("b.log", "2026-11-29T05:00:00Z another line\n");
    std::os::unix::fs::symlink(path, folder.path("b.log")).unwrap();
    std::os::unix::fs::symlink("a.log", folder.path("c.log")).unwrap();
    std::fs::create_dir(folder.path("d.log")).unwrap();
    let ran = get(folder.path(""), "").exits(0);
    ran.assert_stderr("folders, pipes or links to elsewhere: b.log, d.log\n");
    assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stdout);
}

#[test]
fn a_mark_of_utf_8_hides_no_time() {
    let ran = get(case("bom"), "-o jsonl").exits(0);
    let records = ran.json_lines();
    assert_eq!(records.len(), 3);
    assert!(
        records.iter().all(|record| record["timestamp"].is_string()),
        "{records:?}"
    );
    let raw = get(case("bom"), "-o raw").exits(0).stdout;
    assert_eq!(
        raw,
        std::fs::read_to_string(format!("{}/press.log", case("bom"))).unwrap()
    );
}

#[test]
fn utf_16_is_named() {
    let folder = Folder::new();
    let text = "2026-11-29T05:00:00Z a line\r\n".repeat(3);
    let bytes = std::iter::once(0xfeff_u16).chain(text.encode_utf16());
    let bytes: Vec<u8> = bytes.flat_map(u16::to_le_bytes).collect();
    let path = folder.write("m.log", "");
    std::fs::write(&path, bytes).unwrap();
    let ran = get(Path::new(&path).parent().unwrap(), "-o jsonl").run();
    ran.assert_stderr("note: UTF-16, whose text, levels and times can't be read");
    ran.assert_stderr("m.log");
}

#[test]
fn a_damaged_rotation_is_named_and_the_newest_lines_come() {
    let folder = Folder::new();
    let new: String = (10..60)
        .map(|n| format!("2026-11-29T05:00:{n}Z new\n"))
        .collect();
    let path = folder.write("m.log", &new);
    folder.write("m.log.1.gz", "this is not gzip");
    let root = Path::new(&path).parent().unwrap();
    let ran = get(root, "").run();
    assert_eq!(ran.stdout, new);
    assert_ne!(ran.code, 0);
    ran.assert_stderr("`m.log.1.gz`");
    let ran = get(root, "--tail 1").exits(0);
    assert_eq!(ran.stdout, "2026-11-29T05:00:59Z new\n");
}

#[test]
fn an_odd_first_line_changes_nothing_about_the_others() {
    for name in ["banner-first-line", "bom"] {
        let written = std::fs::read_to_string(format!("{}/press.log", case(name))).unwrap();
        for form in ["text", "raw"] {
            let ran = get(case(name), &format!("-o {form}")).exits(0);
            assert_eq!(ran.stdout, written, "{name} as {form}");
            assert_eq!(ran.stderr, "", "{name} as {form}");
        }
        let records = get(case(name), "-o jsonl").exits(0).json_lines();
        let levels: Vec<_> = records.iter().map(|record| &record["loglevel"]).collect();
        assert_eq!(records.len(), 3, "{name}");
        assert_eq!(*levels[1], if name == "bom" { 3 } else { 6 }, "{name}");
        assert_eq!(
            records[1]["text"].as_str().unwrap().find('['),
            Some(0),
            "{name}"
        );
        assert_ne!(records[1]["timestamp"], Value::Null, "{name}");
        let is_known = records[0]["timestamp"] != Value::Null;
        assert_eq!(is_known, name == "bom", "{name}");
        let folder = Folder::new();
        let out = folder.path("out");
        get(case(name), &format!("--out-dir {out}")).exits(0);
        let file = std::fs::read_to_string(format!("{out}/local/press.log")).unwrap();
        assert_eq!(file, written, "{name}");
    }
}

#[test]
fn an_odd_first_line_changes_nothing_through_a_served_device_either() {
    for name in ["banner-first-line", "bom"] {
        let written = std::fs::read_to_string(format!("{}/press.log", case(name))).unwrap();
        let serve = Serve::start(&["--source", &format!("dir:{}", case(name))]);
        for form in ["text", "raw"] {
            let ran = edgelogs(format!("get -d local -o {form}")).on(&serve);
            assert_eq!(ran.quiet().stdout, written, "{name} as {form}");
        }
        let here = get(case(name), "-o jsonl").quiet().json_lines();
        let served = edgelogs("get -d local -o jsonl").on(&serve).quiet();
        assert_eq!(served.json_lines(), here, "{name}");
    }
}

#[test]
fn an_odd_first_line_changes_nothing_in_what_is_followed() {
    for name in ["banner-first-line", "bom"] {
        let written = std::fs::read_to_string(format!("{}/press.log", case(name))).unwrap();
        let folder = Folder::new();
        let path = folder.write("press.log", &written);
        let mut running = get(folder.path(""), "--follow -q").start();
        for line in written.lines() {
            assert_eq!(running.line(), line, "{name}");
        }
        let next = "<6> 2026-11-29 06:12:00.000 +00:00 [INF] - coolant refilled";
        std::fs::write(&path, format!("{written}{next}\n")).unwrap();
        assert_eq!(running.line(), next, "{name}");
        let (code, stderr) = running.interrupt();
        assert_eq!((code, stderr.as_str()), (130, ""), "{name}");
    }
}

#[test]
fn lines_without_a_time_that_exceed_an_answer_are_said_to_be_missing() {
    let folder = Folder::new();
    let lines: String = (0..80_000)
        .map(|number| format!("line {number} {:x}\n", number * 7_919_u64.pow(3)))
        .collect();
    folder.write("plc.log", &lines);
    let ran = get(folder.path(""), "-o raw").exits(7);
    ran.assert_stderr("lines without timestamps come before the last");
    assert!(lines.ends_with(&ran.stdout));
    assert!(ran.stdout.lines().count() > 500);
    let ran = get(folder.path(""), "-n 100").exits(0);
    assert_eq!(ran.stdout.lines().count(), 100);
    assert_eq!(ran.stderr, "");
}
