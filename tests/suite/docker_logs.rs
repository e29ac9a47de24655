//! The logs of a real Docker Engine, through command, hub and device module.

use crate::common::edgelogs;
use crate::common::engine::Engine;
use crate::common::samples::{gunzip, is_guid};
use support::azurite::Container as BlobContainer;

/// 1,000 lines on each stream, and a line of 40,000 bytes among them.
const SCRIPT: &str = r#"
seq 1 500 | while read n; do echo "<6> 2026-11-20 10:00:00.000 +00:00 [INF] - out $n"; echo "<4> err $n" >&2; done
head -c 40000 /dev/zero | tr '\0' x; echo
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
