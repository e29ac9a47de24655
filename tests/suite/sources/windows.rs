//! Ends of windows with fractions of a second, through `GetModuleLogs` and each source.

use std::fs;
use std::sync::Arc;

use edgelogs::device::sources::{DirSource, DockerSource, LogSource, LogWindow};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::edged::{ticks, time};
use super::management_api::{Server, log};
use super::whole;
use crate::common::memory_source::{call, device};
use support::engine::Engine;

/// Asks for windows that begin and end at, and a nanosecond beside, the stamps of lines.
async fn assert_exact(source: Arc<dyn LogSource>, module: &str, lines: &[(Timestamp, String)]) {
    let device = device(source);
    let written = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string();
    let beside = [-1, 0, 1].map(SignedDuration::from_nanos);
    let (first, last) = (lines[2].0, lines[5].0);
    for (since, until) in beside
        .iter()
        .flat_map(|from| beside.map(|to| (first + *from, last + to)))
    {
        let inside = lines
            .iter()
            .filter(|(stamp, _)| (since..=until).contains(stamp));
        let expected: Vec<&str> = inside.map(|(_, line)| line.as_str()).collect();
        assert!((2..=4).contains(&expected.len()));
        for tail in [1, 3, 100] {
            let filter = json!({ "since": written(since), "until": written(until), "tail": tail });
            let items = json!([{ "id": format!("^{module}$"), "filter": filter }]);
            let request = json!({ "schemaVersion": "1.0", "items": items, "contentType": "text" });
            let answer = call(&device, "GetModuleLogs", request).await;
            let from = expected.len().saturating_sub(tail);
            assert_eq!(answer[0]["payload"], expected[from..].concat(), "{filter}");
            assert_eq!(answer[0]["asDocumented"], true);
        }
        // Without an end, the last lines are counted from the end of the log.
        let filter = json!({ "since": written(since), "tail": 100 });
        let items = json!([{ "id": format!("^{module}$"), "filter": filter }]);
        let request = json!({ "schemaVersion": "1.0", "items": items, "contentType": "text" });
        let answer = call(&device, "GetModuleLogs", request).await;
        let later = lines.iter().filter(|(stamp, _)| *stamp >= since);
        let later: String = later.map(|(_, line)| line.as_str()).collect();
        assert_eq!(answer[0]["payload"], later, "{filter}");
    }
}

#[tokio::test]
async fn windows_of_the_daemon_are_exact_to_the_nanosecond() {
    let server = Server::start(log(&[&ticks()]));
    let lines: Vec<_> = (0..10_u8)
        .map(|n| (time(40 + n, u32::from(n)), format!("tick {n}\n")))
        .collect();
    assert_exact(Arc::new(server.source()), "ticker", &lines).await;
}

#[tokio::test]
async fn windows_of_files_are_exact_to_the_nanosecond() {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<_> = (0..10)
        .map(|n| {
            let stamp: Timestamp = format!("2026-11-22T08:44:48.{:09}Z", 100 + 3 * n)
                .parse()
                .unwrap();
            (
                stamp,
                format!("2026-11-22T08:44:48.{:09}Z line {n}\n", 100 + 3 * n),
            )
        })
        .collect();
    let text: String = lines.iter().map(|(_, line)| line.as_str()).collect();
    fs::write(folder.path().join("m.log"), text).unwrap();
    assert_exact(Arc::new(DirSource::new(folder.path())), "m", &lines).await;
}

#[tokio::test]
async fn a_filtered_tail_has_lines_that_are_stamped_ahead_of_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (1..=5)
        .map(|day| format!("2099-01-0{day}T00:00:00.000Z line {day}\n"))
        .collect();
    fs::write(folder.path().join("m.log"), &text).unwrap();
    let device = device(Arc::new(DirSource::new(folder.path())));
    let filter = json!({ "tail": 2, "regex": "line" });
    let items = json!([{ "id": "m", "filter": filter }]);
    let request = json!({ "schemaVersion": "1.0", "items": items, "contentType": "text" });
    let answer = call(&device, "GetModuleLogs", request).await;
    let last: String = text.split_inclusive('\n').skip(3).collect();
    assert_eq!(answer[0]["payload"], last);
}

#[tokio::test]
#[ignore = "needs a Docker Engine"]
async fn windows_of_containers_are_exact_to_the_nanosecond() {
    let engine = Engine::from_env();
    for driver in ["json-file", "local"] {
        let script = "for n in 1 2 3 4 5 6 7 8; do echo line $n; done";
        let container = engine.run("exact", &["--log-driver", driver], script);
        let source = DockerSource::new(engine.socket()).unwrap();
        let entries = whole(&source, &container.name, &LogWindow::default()).await;
        let line = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let lines = entries
            .iter()
            .map(|entry| (entry.stamp.unwrap(), line(&entry.bytes)));
        let lines: Vec<_> = lines.collect();
        assert_exact(Arc::new(source), &container.name, &lines).await;
    }
}
