//! The logs of a real Docker Engine, through command, hub and device module.

use std::sync::Arc;

use edgelogs::device::sources::DockerSource;
use serde_json::{Value, json};

use crate::common::edgelogs;
use crate::common::memory_source::{call, device};
use crate::common::samples::{gunzip, is_guid};
use support::azurite::Container as BlobContainer;
use support::engine::Engine;

/// 1,000 lines on each stream, and a line of 40,000 bytes among them.
const SCRIPT: &str = r#"
seq 1 500 | while read n; do echo "<6> 2026-11-20 10:00:00.000 +00:00 [INF] - out $n"; echo "<4> err $n" >&2; done
sleep 1
head -c 40000 /dev/zero | tr '\0' x; echo
sleep 1
seq 501 1000 | while read n; do echo "out $n"; echo "err $n" >&2; done
printf 'no line end'
"#;

#[test]
#[ignore = "needs a Docker Engine"]
fn raw_output_equals_the_engines_bytes() {
    let engine = Engine::from_env();
    for driver in ["json-file", "local"] {
        let container = engine.run("writer", &["--log-driver", driver], SCRIPT);
        for encoding in ["gzip", "none"] {
            let local = engine.source();
            let output = edgelogs(format!("get --local={local} -o raw --encoding {encoding}"))
                .args(["-m", &container.name])
                .output();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{stderr}");
            assert!(output.stdout.len() > 60_000);
            assert_eq!(output.stdout, container.log_bytes(), "{driver}, {encoding}");
        }
    }
}

#[test]
#[ignore = "needs a Docker Engine"]
fn levels_and_tails_count_whole_lines() {
    let engine = Engine::from_env();
    let container = engine.run("writer", &[], SCRIPT);
    let get = format!("get -m {} --local={}", container.name, engine.source());
    let run = |more: &[&str]| edgelogs(get.as_str()).args(more).exits(0);
    let warnings = run(&["--loglevel", "warning", "--tail", "3"]);
    assert_eq!(warnings.stdout, "<4> err 498\n<4> err 499\n<4> err 500\n");
    let long = run(&["--regex", "^x+$"]);
    assert_eq!(long.stdout, format!("{}\n", "x".repeat(40_000)));
    let records = run(&["-o", "jsonl", "--regex", "^x|no line"]).json_lines();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0]["text"].as_str().map(str::len), Some(40_000));
    assert_eq!(records[1]["text"], "no line end");
    assert_eq!(records[1]["stream"], "stdout");
}

/// Lines at and beyond the 16,384 bytes of a part, one of them cut within a character.
const CUT: &str = r#"
line() { head -c "$1" /dev/zero | tr '\0' "$2"; }
echo before
printf '<4> '; line 16379 x; printf '\303\251'; line 20000 y; echo
echo mid; line 16384 a; echo; echo b; line 32768 c; echo; echo end
"#;

#[tokio::test]
#[ignore = "needs a Docker Engine"]
async fn parts_of_any_length_are_joined_and_counted_as_lines() {
    let engine = Engine::from_env();
    let device = device(Arc::new(DockerSource::new(engine.socket()).unwrap()));
    for driver in ["json-file", "local"] {
        let container = engine.run("cut", &["--log-driver", driver], CUT);
        // The Engine writes U+FFFD for each byte of the character, or keeps both; and `local` has no
        // line end after a long line.
        let (cut, end) = match driver {
            "local" => ("\u{e9}", ""),
            _ => ("\u{fffd}\u{fffd}", "\n"),
        };
        let long = format!("<4> {}{cut}{}", "x".repeat(16_379), "y".repeat(20_000));
        let lines = [
            "before\n".to_owned(),
            long.clone() + end,
            "mid\n".to_owned(),
            "a".repeat(16_384) + end,
            "b\n".to_owned(),
            "c".repeat(32_768) + end,
            "end\n".to_owned(),
        ];
        // A level is not part of a record's text, nor is the line end.
        let text = |line: &String| {
            let line = line.trim_end();
            line.strip_prefix("<4> ").unwrap_or(line).to_owned()
        };
        let logs = async |filter: Value, content_type: &str| {
            let items = json!([{ "id": format!("^{}$", container.name), "filter": filter }]);
            let request =
                json!({ "schemaVersion": "1.0", "items": items, "contentType": content_type });
            let answer = call(&device, "GetModuleLogs", request).await;
            answer[0]["payload"].as_str().unwrap().to_owned()
        };
        for count in 1..=lines.len() {
            let last = &lines[lines.len() - count..];
            let payload = logs(json!({ "tail": count }), "text").await;
            assert!(payload == last.concat(), "{driver}, the last {count} lines");
            let payload = logs(json!({ "tail": count, "since": "1h" }), "json").await;
            let records: Vec<Value> = serde_json::from_str(&payload).unwrap();
            let texts = records
                .iter()
                .map(|record| record["text"].as_str().unwrap().to_owned());
            let texts: Vec<String> = texts.map(|text| text.trim_end().to_owned()).collect();
            assert!(
                texts == last.iter().map(text).collect::<Vec<_>>(),
                "{driver}, {count} records"
            );
        }
        // Wherever a line begins there is a stamp, and none stands alone.
        let stamped = logs(json!({ "includeTimestamp": true }), "text").await;
        let stamps = stamped.match_indices("Z ").map(|(at, _)| at + 2);
        assert!(
            !stamps.clone().any(|at| stamped[at..].starts_with("20")),
            "{driver}"
        );
        assert_eq!(stamps.count(), if driver == "local" { 10 } else { 12 });

        let get = format!("get -m {} --local={}", container.name, engine.source());
        let run = |more: &str| edgelogs(get.as_str()).args(more).exits(0);
        assert!(
            run("-o raw -l warning").stdout == long.clone() + end,
            "{driver}"
        );
        for content_type in ["json", "text"] {
            let of = |more: &str| {
                let ran = run(&format!("-o jsonl --content-type {content_type} {more}"));
                let records = ran.json_lines().into_iter();
                let texts = records.map(|record| record["text"].as_str().unwrap().to_owned());
                texts.collect::<Vec<_>>()
            };
            let all: Vec<String> = lines.iter().map(text).collect();
            assert!(of("") == all, "{driver}, {content_type}");
            assert!(of("-l warning") == all[1..2], "{driver}, {content_type}");
            assert!(of("-n 3") == all[4..], "{driver}, {content_type}");
        }
    }
}

#[test]
#[ignore = "needs a Docker Engine"]
fn since_finds_every_line_of_compressed_rotated_files() {
    let engine = Engine::from_env();
    // Six files' worth of lines, written over a few seconds.
    let script = r#"
for part in 0 1 2 3 4 5; do
  seq $((part * 3000 + 1)) $((part * 3000 + 3000)) | awk '{ printf "%06d %0350d\n", $1, 0 }'
  sleep 0.6
done"#;
    for driver in ["json-file", "local"] {
        let log = [
            "--log-driver",
            driver,
            "--log-opt",
            "max-size=1m",
            "--log-opt",
            "max-file=20",
            "--log-opt",
            "compress=true",
        ];
        let container = engine.run("rotated", &log, script);
        let get = format!("get -m {} --local={}", container.name, engine.source());
        let records = edgelogs(format!("{get} -o jsonl")).exits(0).json_lines();
        assert_eq!(records.len(), 18_000, "{driver}");
        for from in [2_000, 7_500, 12_000] {
            let since = records[from]["timestamp"].as_str().unwrap();
            // Lines of a burst may have the same time in hundreds of nanoseconds.
            let first = records
                .iter()
                .position(|record| record["timestamp"].as_str().unwrap() >= since)
                .unwrap();
            for more in ["", " -n 100000"] {
                let ran = edgelogs(format!("{get} -o raw --since {since}{more}")).exits(0);
                let numbers = ran.stdout.lines().map(|line| line[..6].parse().unwrap());
                let numbers: Vec<usize> = numbers.collect();
                let expected: Vec<usize> = (first + 1..=18_000).collect();
                let missing = expected.len().abs_diff(numbers.len());
                assert!(
                    missing <= 1,
                    "{driver} since {since}{more}: {missing} lines differ"
                );
                assert!(
                    numbers.ends_with(&expected[1..]),
                    "{driver} since {since}{more}"
                );
            }
        }
        // An upload reads the window in one go.
        let folder = tempfile::tempdir().unwrap();
        let since = records[7_500]["timestamp"].as_str().unwrap();
        let source = engine.source();
        edgelogs(format!("upload {} --local={source}", container.name))
            .args([
                "--since",
                since,
                "--encoding",
                "none",
                "--content-type",
                "text",
            ])
            .args(["--sas", &format!("file://{}", folder.path().display())])
            .exits(0);
        let blobs = std::fs::read_dir(folder.path().join("127.0.0.1/local")).unwrap();
        let blob = blobs.last().unwrap().unwrap().path();
        let lines = std::fs::read_to_string(blob).unwrap().lines().count();
        assert!(
            lines.abs_diff(18_000 - 7_500) <= 1,
            "{driver}: {lines} lines"
        );
    }
}

#[test]
#[ignore = "needs a Docker Engine and Azurite"]
fn uploads_of_several_containers_unpack_to_their_logs() {
    let engine = Engine::from_env();
    let container = engine.run("writer", &[], SCRIPT);
    let tty = engine.run("terminal", &["-t"], "echo one; echo two >&2");
    let blobs = BlobContainer::create();
    let sas = blobs.sas("acw", 1);
    let pattern = format!("^({}|{})$", container.name, tty.name);
    let local = format!("--local={}", engine.source());
    let ran = edgelogs("upload --encoding gzip --content-type text")
        .args([&pattern, "--sas", &sas, &local])
        .exits(0);
    let id = ran.stdout.trim_end();
    assert!(is_guid(id), "{id}");
    let blobs = blobs.blobs();
    assert_eq!(blobs.len(), 2);
    for (container, log) in [(&container, container.log_bytes()), (&tty, tty.raw_log())] {
        let name = format!("127.0.0.1/local/{}-", container.name);
        let blob = blobs
            .iter()
            .find(|blob| blob.name.starts_with(&name))
            .unwrap();
        assert_eq!(gunzip(&blob.bytes), log, "{}", container.name);
    }
}

#[test]
#[ignore = "needs a Docker Engine"]
fn an_unreadable_log_is_reported_and_the_others_are_printed() {
    let engine = Engine::from_env();
    let silent = engine.run("silent", &["--log-driver", "none"], "echo lost");
    let loud = engine.run("loud", &[], "echo found");
    let pattern = format!("^({}|{})$", silent.name, loud.name);
    let local = format!("--local={}", engine.source());
    let ran = edgelogs(["get", &pattern, &local, "--prefix", "never"]).exits(4);
    assert_eq!(ran.stdout, "found\n");
    ran.assert_stderr(&silent.name);
    let ran = edgelogs(["get", "-m", &silent.name, &local]).run();
    assert_eq!((ran.code, ran.stdout.as_str()), (7, ""), "{}", ran.stderr);
}

/// A power cut leaves zeros in the file of `json-file`: the Engine stops there, and ends its answer as if that were
/// the whole log. It drops what it has read ahead, so that all of a log as short as this is lost.
#[test]
#[ignore = "needs a Docker Engine"]
fn a_log_file_that_a_power_cut_damaged_does_not_pass_for_a_whole_one() {
    let engine = Engine::from_env();
    let script = "seq 1 3; sleep 2; seq 4 5";
    let container = engine.run("damaged", &["--log-driver", "json-file"], script);
    let get = format!("get -m {} --local={}", container.name, engine.source());
    let records = edgelogs(format!("{get} -o jsonl")).exits(0).json_lines();
    assert_eq!(records.len(), 5);
    let between = records[3]["timestamp"].as_str().unwrap();

    let path = container.inspect("{{.LogPath}}");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[1] = "\0".repeat(lines[1].len());
    let damaged = lines.join("\n") + "\n";
    assert!(damaged.len() < 512);
    std::fs::write(&path, damaged).unwrap();

    for (more, printed) in [
        ("", "1\n"),
        // It may not be among the last ones.
        (" -n 5", ""),
        (" -n 4", ""),
        (" --since 1h", "1\n"),
        (" --since 1h -l 4", ""),
        (" -g 5", ""),
        (&format!(" --since {between}"), ""),
        (&format!(" --until {between}"), "1\n"),
    ] {
        let ran = edgelogs(format!("{get}{more}")).run();
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (7, printed),
            "{more}: {}",
            ran.stderr
        );
        ran.assert_stderr("its file is damaged ");
    }
}
