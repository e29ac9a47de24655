//! The source `docker` against a real Docker Engine.

use std::fs;
use std::path::Path;

use edgelogs::device::sources::{DockerSource, LogEntry, LogSource, LogWindow, SourceErrorKind};
use edgelogs::logs::LogStream;
use futures::StreamExt;
use jiff::SignedDuration;
use support::engine::{Container, Engine};

use super::{joined, last, read, refusal, whole};

const DRIVERS: [&str; 2] = ["json-file", "local"];

/// Lines of 40,000 bytes on both streams at once, lines at the bound, bytes that are no text, blank
/// lines, and no line end at the end.
const HARD_SCRIPT: &str = r#"
line() { head -c "$1" /dev/zero | tr '\0' "$2"; echo; }
(for n in 1 2 3 4 5; do line 40000 o; echo "out $n"; done) &
(for n in 1 2 3 4 5; do line 40000 e; echo "err $n"; done) >&2 &
wait
line 16383 x; line 16384 y; line 16385 z; line 32768 w
printf 'caf\351\n\000nul\000\n\033[31mred\033[0m\ncr\r\n\n\n\303\251 ok\n\377\376\n'
echo err >&2
printf 'no line end'
"#;

fn source(engine: &Engine) -> DockerSource {
    DockerSource::new(engine.socket()).unwrap()
}

/// The lines of one stream, with their parts joined.
fn lines(entries: &[LogEntry], stream: LogStream) -> Vec<Vec<u8>> {
    let mut lines = vec![Vec::new()];
    for entry in entries.iter().filter(|entry| entry.stream == stream) {
        lines.last_mut().unwrap().extend_from_slice(&entry.bytes);
        if !entry.continues {
            lines.push(Vec::new());
        }
    }
    assert_eq!(lines.pop().unwrap(), b"", "no line ends in the middle");
    lines
}

fn assert_same_frames(entries: &[LogEntry], container: &Container) {
    let frames = container.raw_frames();
    // Without stamps the Engine sends no frame for an empty entry, with which `local` ends a line
    // of 16,384 bytes.
    let entries: Vec<_> = entries
        .iter()
        .filter(|entry| !entry.bytes.is_empty())
        .collect();
    assert_eq!(entries.len(), frames.len());
    assert!(entries.iter().all(|entry| entry.stamp.is_some()));
    // The parts of a long line come together, so that the order is that of each stream.
    for (stream, of_stream) in [(LogStream::Stdout, 1), (LogStream::Stderr, 2)] {
        let own = entries.iter().filter(|entry| entry.stream == stream);
        let sent = frames.iter().filter(|(kind, _)| *kind == of_stream);
        assert!(
            own.map(|entry| &entry.bytes[..])
                .eq(sent.map(|(_, payload)| &payload[..]))
        );
    }
}

#[tokio::test]
#[ignore = "needs a Docker Engine"]
async fn entries_equal_the_engines_frames() {
    let engine = Engine::from_env();
    for driver in DRIVERS {
        let container = engine.run("hard", &["--log-driver", driver], HARD_SCRIPT);
        let entries = whole(&source(&engine), &container.name, &LogWindow::default()).await;
        assert_same_frames(&entries, &container);
        // The driver `local` has no line end after a long line.
        let end: &[u8] = if driver == "local" { b"" } else { b"\n" };
        let long = |byte: u8, length: usize| [vec![byte; length], end.to_vec()].concat();
        let out = lines(&entries, LogStream::Stdout);
        let err = lines(&entries, LogStream::Stderr);
        for n in 0..5 {
            assert_eq!(out[2 * n], long(b'o', 40_000), "{driver}");
            assert_eq!(out[2 * n + 1], format!("out {}\n", n + 1).as_bytes());
            assert_eq!(err[2 * n], long(b'e', 40_000), "{driver}");
            assert_eq!(err[2 * n + 1], format!("err {}\n", n + 1).as_bytes());
        }
        assert_eq!(out[10], [vec![b'x'; 16_383], b"\n".to_vec()].concat());
        for (line, (byte, length)) in
            out[11..]
                .iter()
                .zip([(b'y', 16_384), (b'z', 16_385), (b'w', 32_768)])
        {
            assert_eq!(*line, long(byte, length), "{driver}");
        }
        assert_eq!(out.len(), 14 + 8 + 1);
        assert_eq!(out[22], b"no line end");
        if driver == "local" {
            assert_eq!(
                (&out[14][..], &out[21][..]),
                (&b"caf\xe9\n"[..], &b"\xff\xfe\n"[..]),
                "bytes stay bytes"
            );
        }
        for wanted in 1..=35 {
            let tail = whole(&source(&engine), &container.name, &last(wanted)).await;
            let count =
                lines(&tail, LogStream::Stdout).len() + lines(&tail, LogStream::Stderr).len();
            assert_eq!(
                count as u64,
                wanted.min(out.len() as u64 + err.len() as u64),
                "{driver}"
            );
        }
    }
}

#[tokio::test]
#[ignore = "needs a Docker Engine"]
async fn the_log_of_a_tty_is_split_into_entries() {
    let engine = Engine::from_env();
    for driver in DRIVERS {
        let container = engine.run("tty", &["-t", "--log-driver", driver], HARD_SCRIPT);
        // The last line has no end, and the next one starts behind it.
        container.start();
        container.wait();
        let entries = whole(&source(&engine), &container.name, &LogWindow::default()).await;
        assert!(joined(&entries) == container.raw_log(), "{driver}");
        assert!(
            entries
                .iter()
                .all(|entry| entry.stamp.is_some() && entry.stream == LogStream::Stdout)
        );
        let unfinished = entries
            .iter()
            .filter(|entry| entry.bytes == b"no line end"[..])
            .count();
        assert_eq!(unfinished, 2, "{driver}");
        // Two terminals' worth of lines: ten long and ten short ones, four at the bound, nine more,
        // and one without an end.
        let lines = entries.iter().filter(|entry| !entry.continues).count();
        assert_eq!(lines, 2 * 34, "{driver}");
    }
}

#[tokio::test]
#[ignore = "needs a Docker Engine"]
async fn many_lines_are_complete_and_in_order() {
    let engine = Engine::from_env();
    let script = r#"seq 1 120000 | awk '{ printf "%06d %0160d\n", $1, 0 }'; sync"#;
    let container = engine.run("many", &[], script);
    let source = source(&engine);
    let mut log = source
        .logs(&container.name, &LogWindow::default())
        .await
        .unwrap();
    let mut count = 0_u32;
    while let Some(entry) = log.next().await {
        count += 1;
        assert_eq!(entry.unwrap().bytes[..6], *format!("{count:06}").as_bytes());
    }
    assert_eq!(count, 120_000);
    for wanted in [100, 110_000] {
        let mut tail = source.logs(&container.name, &last(wanted)).await.unwrap();
        let mut expected = 120_000 - wanted.min(120_000);
        while let Some(entry) = tail.next().await {
            expected += 1;
            assert_eq!(
                entry.unwrap().bytes[..6],
                *format!("{expected:06}").as_bytes()
            );
        }
        assert_eq!(expected, 120_000);
    }
}

#[tokio::test]
#[ignore = "needs a Docker Engine"]
async fn both_ends_of_a_window_are_inclusive() {
    let engine = Engine::from_env();
    let script = "for n in $(seq 1 60); do echo out $n; echo err $n >&2; sleep 0.02; done";
    for driver in DRIVERS {
        let container = engine.run("ticks", &["--log-driver", driver], script);
        let source = source(&engine);
        let all = whole(&source, &container.name, &LogWindow::default()).await;
        assert_same_frames(&all, &container);
        let nanosecond = SignedDuration::from_nanos(1);
        for (from, to) in [(0, 119), (30, 90), (31, 91), (60, 60), (119, 0)] {
            let (since, until) = (all[from].stamp.unwrap(), all[to].stamp.unwrap());
            for (since, until) in [
                (since, until),
                (since + nanosecond, until),
                (since, until - nanosecond),
            ] {
                for tail in [None, Some(1), Some(7), Some(1000)] {
                    let window = LogWindow {
                        since: Some(since),
                        until: Some(until),
                        tail,
                        ..LogWindow::default()
                    };
                    let mut expected: Vec<_> = all
                        .iter()
                        .take_while(|entry| entry.stamp.unwrap() <= until)
                        .filter(|entry| entry.stamp.unwrap() >= since)
                        .cloned()
                        .collect();
                    let dropped = expected
                        .len()
                        .saturating_sub(tail.unwrap_or(u64::MAX) as usize);
                    expected.drain(..dropped);
                    assert_eq!(
                        whole(&source, &container.name, &window).await,
                        expected,
                        "{driver} {window:?}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
#[ignore = "needs a Docker Engine"]
async fn a_log_driver_without_reading_is_reported() {
    let engine = Engine::from_env();
    let container = engine.run("none", &["--log-driver", "none"], "echo lost");
    let error = refusal(&source(&engine), &container.name).await;
    assert_eq!(error.kind(), SourceErrorKind::Unreadable);
    assert!(
        error.to_string().contains("does not support reading"),
        "{error}"
    );
}

#[tokio::test]
#[ignore = "needs a Docker Engine, and root"]
async fn a_damaged_log_ends_with_the_engines_message() {
    let engine = Engine::from_env();
    let root = engine.docker(&["info", "-f", "{{.DockerRootDir}}"]);
    for options in [
        &["--log-driver", "local"][..],
        &["--log-driver", "local", "-t"],
    ] {
        let container = engine.run(
            "damaged",
            options,
            "for n in 1 2 3 4 5; do echo line $n; done",
        );
        let id = container.inspect("{{.Id}}");
        let folder = Path::new(&root).join("containers").join(id);
        let path = folder.join("local-logs/container.log");
        let mut log = fs::read(&path).unwrap();
        let third = log.windows(6).position(|bytes| bytes == b"line 3").unwrap();
        // The entry's own bytes, from its length on.
        log[third - 20..third].fill(0xff);
        fs::write(&path, log).unwrap();
        // Two of the Engine's own threads race: now and then it drops its message, or entries in
        // front of it (Docker 20.10, measured).
        let mut attempts = 0;
        let (entries, error) = loop {
            let read = read(&source(&engine), &container.name, &LogWindow::default()).await;
            attempts += 1;
            match read {
                (entries, Some(error)) => break (entries, error),
                (_, None) => assert!(attempts < 100, "the Engine never says so"),
            }
        };
        assert_eq!(error.kind(), SourceErrorKind::Truncated);
        let words = "the container engine reports: Error grabbing logs";
        assert!(error.to_string().contains(words), "{error}");
        let (message, entries) = entries.split_last().unwrap();
        let kept = String::from_utf8(joined(entries))
            .unwrap()
            .replace('\r', "");
        assert!("line 1\nline 2\n".starts_with(&kept), "{kept}");
        assert_eq!((message.stream, message.stamp), (LogStream::Stderr, None));
    }
}
