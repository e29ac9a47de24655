//! `-o otlp`: what OpenTelemetry's own library reads.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::run::get;
use stand_in::log::now;
use stand_in::{DeviceSetup, Levels, LogScript, Setup, StandIn};

/// The records as the library reads them, one JSON object a line.
fn read_by_library(otlp: &[u8]) -> Vec<Value> {
    let python = std::env::var("EDGELOGS_TEST_PYTHON").expect("EDGELOGS_TEST_PYTHON is set");
    let mut child = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/otlp.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let mut stdin = child.stdin.take().unwrap();
    let otlp = otlp.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&otlp).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
#[ignore = "needs opentelemetry-proto: run tests/run"]
fn ten_thousand_lines_are_what_opentelemetry_reads() {
    let log = LogScript::new(now() - 3_600_000_000_000)
        .levels(Levels::Mixed)
        .evenly(10_000, 100, 10)
        .log();
    let stand_in = StandIn::start(Setup::with(DeviceSetup::new("d1").log("edgeHub", log)));
    let folder = tempfile::tempdir().unwrap();
    let records = get(&stand_in, &["-o", "jsonl"]);
    let args = [
        "-o",
        "otlp",
        "--checkpoint",
        folder.path().to_str().unwrap(),
    ];
    let otlp = get(&stand_in, &args).expect_quiet();
    // 512 records a line, or what comes within a second.
    let lines = otlp.text().lines().count();
    assert!((20..60).contains(&lines), "{lines}");
    let read = read_by_library(&otlp.stdout);
    let records: Vec<Value> = records
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((records.len(), read.len()), (10_000, 10_000));
    let numbers = [21, 19, 18, 17, 13, 10, 9, 5];
    for (record, read) in records.iter().zip(&read) {
        assert_eq!(read["body"], record["text"]);
        let level = record["loglevel"].as_u64().unwrap() as usize;
        assert_eq!(read["severityNumber"], numbers[level], "{record}");
        let time: jiff::Timestamp = record["timestamp"].as_str().unwrap().parse().unwrap();
        assert_eq!(read["time"], time.as_nanosecond().to_string());
        assert!(read["observed"].as_str() > read["time"].as_str());
        let attributes = &read["attributes"];
        assert_eq!(attributes["log.iostream"], record["stream"]);
        assert_eq!(
            attributes["log.record.uid"].as_str().map(str::len),
            Some(32)
        );
        let resource = &read["resource"];
        assert_eq!(resource["service.name"], "edgeHub");
        assert_eq!(resource["host.name"], "d1");
        assert_eq!(resource["cloud.provider"], "azure");
        assert_eq!(resource["azure.iothub.name"], record["iothub"]);
    }
}
