//! The logs of a real Docker Engine, through command, hub and device module.

use std::io::Read;

use flate2::read::GzDecoder;

use crate::common::edgelogs;
use crate::common::engine::{Container, Engine};
use support::azurite::Container as BlobContainer;

/// 1,000 lines on each stream, and a line of 40,000 bytes among them.
const SCRIPT: &str = r#"
seq 1 500 | while read n; do echo "<6> 2026-11-20 10:00:00.000 +00:00 [INF] - out $n"; echo "<4> err $n" >&2; done
head -c 40000 /dev/zero | tr '\0' x; echo
seq 501 1000 | while read n; do echo "out $n"; echo "err $n" >&2; done
printf 'no line end'
"#;

fn local(engine: &Engine) -> String {
    format!("--local=docker:{}", engine.socket().display())
}

/// The payloads of the frames that the Engine's own API holds, in their order.
fn held(container: &Container) -> Vec<u8> {
    container
        .raw_frames()
        .into_iter()
        .flat_map(|(_, payload)| payload)
        .collect()
}

#[test]
#[ignore = "needs a Docker Engine"]
fn raw_output_equals_the_engines_bytes() {
    let engine = Engine::from_env();
    for driver in ["json-file", "local"] {
        let container = engine.run("writer", &["--log-driver", driver], SCRIPT);
        for encoding in ["gzip", "none"] {
            let args = [
                "get",
                "-m",
                &container.name,
                &local(&engine),
                "-o",
                "raw",
                "--encoding",
                encoding,
            ];
            let output = edgelogs(args).output();
            assert_eq!(
                output.status.code(),
                Some(0),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            assert!(output.stdout.len() > 60_000);
            assert_eq!(output.stdout, held(&container), "{driver}, {encoding}");
        }
    }
}

#[test]
#[ignore = "needs a Docker Engine"]
fn levels_and_tails_count_whole_lines() {
    let engine = Engine::from_env();
    let container = engine.run("writer", &[], SCRIPT);
    let local = local(&engine);
    let run = |more: &[&str]| {
        let args = [&["get", "-m", &container.name, &local], more].concat();
        let ran = edgelogs(args).exits(0);
        ran.stdout
    };
    let warnings = run(&["--loglevel", "warning", "--tail", "3"]);
    assert_eq!(warnings, "<4> err 498\n<4> err 499\n<4> err 500\n");
    let long = run(&["--regex", "^x+$"]);
    assert_eq!(long, format!("{}\n", "x".repeat(40_000)));
    let records = run(&["-o", "jsonl", "--regex", "^x|no line"]);
    let records: Vec<serde_json::Value> = records
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0]["text"].as_str().map(str::len), Some(40_000));
    assert_eq!(records[1]["text"], "no line end");
    assert_eq!(records[1]["stream"], "stdout");
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
    let args = [
        "upload",
        &pattern,
        "--sas",
        &sas,
        "--encoding",
        "gzip",
        "--content-type",
        "text",
        &local(&engine),
    ];
    let ran = edgelogs(args).exits(0);
    assert!(
        uuid::Uuid::try_parse(ran.stdout.trim_end()).is_ok(),
        "{}",
        ran.stdout
    );
    let blobs = blobs.blobs();
    assert_eq!(blobs.len(), 2);
    for (container, log) in [(&container, held(&container)), (&tty, tty.raw_log())] {
        let name = format!("127.0.0.1/local/{}-", container.name);
        let blob = blobs
            .iter()
            .find(|blob| blob.name.starts_with(&name))
            .unwrap();
        let mut text = Vec::new();
        GzDecoder::new(&blob.bytes[..])
            .read_to_end(&mut text)
            .unwrap();
        assert_eq!(text, log, "{}", container.name);
    }
}

#[test]
#[ignore = "needs a Docker Engine"]
fn an_unreadable_log_is_reported_and_the_others_are_printed() {
    let engine = Engine::from_env();
    let silent = engine.run("silent", &["--log-driver", "none"], "echo lost");
    let loud = engine.run("loud", &[], "echo found");
    let pattern = format!("^({}|{})$", silent.name, loud.name);
    let ran = edgelogs(["get", &pattern, &local(&engine), "--prefix", "never"]).exits(4);
    assert_eq!(ran.stdout, "found\n");
    ran.assert_stderr(&silent.name);
    let ran = edgelogs(["get", "-m", &silent.name, &local(&engine)]).run();
    assert_eq!((ran.code, ran.stdout.as_str()), (7, ""), "{}", ran.stderr);
}
