//! `GetModuleLogs` and requests in general: one test for each defect.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use edgelogs::device::DeviceModule;
use edgelogs::device::sources::{
    EntryStream, LogSource, LogWindow, ModuleInfo, SourceError, SourceErrorKind,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{of_frames, of_stamped};
use crate::common::memory_source::{MemoryModule, MemorySource, call, device, of_modules};

/// The payload of `GetModuleLogs`.
async fn logs(device: &DeviceModule, items: Value, content_type: &str) -> Value {
    let request = json!({ "schemaVersion": "1.0", "items": items, "contentType": content_type });
    call(device, "GetModuleLogs", request).await
}

fn records(part: &Value) -> Vec<Value> {
    serde_json::from_str(part["payload"].as_str().expect("a payload")).expect("records")
}

#[tokio::test]
async fn tail_counts_filtered_lines() {
    let frames = ["<3> a\n", "<3> b\n", "<3> c\n", "<6> d\n", "<6> e\n"];
    let device = of_stamped(&frames);
    for filter in [
        json!({ "tail": 2, "loglevel": 3 }),
        json!({ "tail": 2, "regex": "[abc]" }),
        json!({ "tail": 2, "loglevel": 3, "since": "1h" }),
        json!({ "tail": 2, "loglevel": 3, "since": "1h", "until": "0s" }),
    ] {
        let answer = logs(&device, json!([{ "id": "m", "filter": filter }]), "text").await;
        assert_eq!(answer[0]["payload"], "<3> b\n<3> c\n", "{filter}");
    }
}

#[tokio::test]
async fn loglevel_includes_more_severe_levels() {
    let frames = ["<0> a\n", "<3> b\n", "<4> c\n", "<6> d\n"];
    let device = of_frames(&frames);
    for (level, kept) in [(0, 1), (2, 1), (3, 2), (4, 3), (7, 4)] {
        let items = json!([{ "id": "m", "filter": { "loglevel": level } }]);
        let answer = logs(&device, items, "text").await;
        assert_eq!(answer[0]["payload"], frames[..kept].concat(), "{level}");
    }
}

#[tokio::test]
async fn a_backtracking_regex_is_refused_with_and_without_a_tail() {
    let line = format!("{}b\n", "a".repeat(200));
    let device = of_frames(&["ok\n", &line]);
    for filter in [
        json!({ "regex": r"(a+)+\1$" }),
        json!({ "regex": r"(a+)+\1$", "tail": 1 }),
    ] {
        let request = json!({ "schemaVersion": "1.0", "items": { "id": "m", "filter": filter } });
        let answer = device
            .handle("GetModuleLogs", Some(&request.to_string()))
            .await;
        assert_eq!(answer.status, 400, "{filter}: {}", answer.refusal());
        let refusal = answer.refusal();
        assert!(refusal.contains("too complex"), "{filter}: {refusal}");
    }
}

#[tokio::test]
async fn a_json_request_does_not_affect_later_text_requests() {
    let device = of_stamped(&["a\n"]);
    let items = json!([{ "id": "m" }]);
    let before = logs(&device, items.clone(), "text").await;
    logs(&device, items.clone(), "json").await;
    assert_eq!(logs(&device, items, "text").await, before);
    assert_eq!(before[0]["payload"], "a\n");
}

#[tokio::test]
async fn text_is_the_default_content_type() {
    let device = of_frames(&["a\n"]);
    for request in [
        json!({ "schemaVersion": "1.0", "items": [{ "id": "m" }] }),
        json!({ "schemaVersion": "1.0", "items": [{ "id": "m" }], "contentType": null }),
    ] {
        let answer = call(&device, "GetModuleLogs", request.clone()).await;
        assert_eq!(answer[0]["payload"], "a\n", "{request}");
    }
}

#[tokio::test]
async fn every_line_of_a_frame_is_returned() {
    let frames = ["<6> one\n<3> two\nthree", "<4> four\n\n"];
    let device = of_frames(&frames);
    let all = logs(&device, json!([{ "id": "m" }]), "json").await;
    let seen: Vec<(Value, Value)> = records(&all[0])
        .iter()
        .map(|record| (record["loglevel"].clone(), record["text"].clone()))
        .collect();
    let expected = [(6, "one"), (3, "two"), (6, "three"), (4, "four"), (6, "\n")];
    assert_eq!(
        seen,
        expected.map(|(level, text)| (json!(level), json!(text)))
    );
    let text = logs(&device, json!([{ "id": "m" }]), "text").await;
    assert_eq!(text[0]["payload"], frames.concat());
    let items = json!([{ "id": "m", "filter": { "loglevel": 3 } }]);
    let severe = logs(&device, items, "text").await;
    assert_eq!(severe[0]["payload"], "<3> two\n");
    let items = json!([{ "id": "m", "filter": { "regex": "three|four", "tail": 2 } }]);
    let matching = logs(&device, items, "text").await;
    assert_eq!(matching[0]["payload"], "three<4> four\n");
}

#[tokio::test]
async fn blank_lines_are_returned() {
    for frames in [&["a\n", "\n", "  \n", "b\n"][..], &["\n", "\n"][..]] {
        let device = of_stamped(frames);
        let text = logs(&device, json!([{ "id": "m" }]), "text").await;
        assert_eq!(text[0]["payload"], frames.concat());
        let json = logs(&device, json!([{ "id": "m" }]), "json").await;
        let texts: Vec<Value> = records(&json[0])
            .iter()
            .map(|record| record["text"].clone())
            .collect();
        assert_eq!(texts.len(), frames.len());
        // The text of a blank line does not hold its stamp.
        assert!(
            texts.iter().all(|text| text.as_str().unwrap().len() <= 3),
            "{texts:?}"
        );
    }
}

#[tokio::test]
async fn modules_are_returned_in_a_fixed_order() {
    let names = ["zeta", "alpha", "edgeHub", "edgeAgent", "beta"];
    let modules = names.map(|name| MemoryModule::of_frames(name, &["x\n"]));
    let device = of_modules(modules.into());
    let items = json!([{ "id": "beta" }, { "id": "edge" }, { "id": "all" }]);
    let answer = logs(&device, items, "text").await;
    let ids: Vec<&Value> = answer
        .as_array()
        .unwrap()
        .iter()
        .map(|part| &part["id"])
        .collect();
    assert_eq!(ids, ["beta", "edgeHub", "edgeAgent", "zeta", "alpha"]);
}

#[tokio::test]
async fn lines_before_a_truncated_frame_are_returned() {
    let frames = ["<6> a\n", "<3> b\n", "<6> c\n"];
    let device = of_modules(vec![
        MemoryModule::of_frames("m", &frames).breaking_off("the log breaks off within a frame"),
        MemoryModule::of_frames("n", &frames),
    ]);
    let all = logs(&device, json!([{ "id": "all" }]), "text").await;
    assert_eq!(all[0]["payload"], frames.concat());
    assert_eq!(all[0]["error"], "the log breaks off within a frame");
    assert_eq!(
        all[1],
        json!({
            "id": "n", "payloadBytes": null, "payload": frames.concat(), "asDocumented": true,
        })
    );
    let records = records(&logs(&device, json!([{ "id": "m" }]), "json").await[0]);
    assert_eq!(records.len(), 3);
    // A tail also works, although its lines are known only at the break.
    let items = json!([{ "id": "m", "filter": { "tail": 1, "loglevel": 6, "regex": "[ab]" } }]);
    let filtered = logs(&device, items, "text").await;
    assert_eq!(filtered[0]["payload"], "<3> b\n");
    assert_eq!(filtered[0]["error"], "the log breaks off within a frame");
}

#[tokio::test]
async fn an_unreadable_module_does_not_fail_the_others() {
    let device = of_modules(vec![
        MemoryModule::unreadable("m", "its log driver keeps nothing"),
        MemoryModule::of_frames("n", &["x\n"]),
    ]);
    let answer = logs(&device, json!([{ "id": "all" }]), "text").await;
    assert_eq!(
        answer,
        json!([
            { "id": "m", "payloadBytes": null, "payload": null,
              "error": "its log driver keeps nothing", "asDocumented": true },
            { "id": "n", "payloadBytes": null, "payload": "x\n", "asDocumented": true },
        ])
    );
    let request = json!({ "schemaVersion": "1.0", "items": { "id": "m" } }).to_string();
    let alone = device.handle("GetModuleLogs", Some(&request)).await;
    assert_eq!(
        (alone.status, alone.refusal().as_str()),
        (500, "its log driver keeps nothing")
    );
}

#[tokio::test]
async fn modules_whose_names_differ_in_case_alone_are_all_reached() {
    let device = of_modules(vec![
        MemoryModule::of_frames("EDGEHUB", &["big\n"]),
        MemoryModule::of_frames("edgeHub", &["small\n"]),
    ]);
    for (items, ids) in [
        (json!([{ "id": "edgehub" }]), &["EDGEHUB", "edgeHub"][..]),
        (json!([{ "id": "all" }]), &["EDGEHUB", "edgeHub"]),
        (json!([{ "id": "(?-i)edgeHub" }]), &["edgeHub"]),
        (
            json!([{ "id": "(?-i)edgeHub" }, { "id": "edge" }]),
            &["edgeHub", "EDGEHUB"],
        ),
    ] {
        let answer = logs(&device, items.clone(), "text").await;
        let parts = answer.as_array().expect("parts").iter();
        let found: Vec<_> = parts.map(|part| part["id"].as_str().unwrap()).collect();
        assert_eq!(found, ids, "{items}");
    }
}

#[tokio::test]
async fn a_module_restarts_only_by_its_exact_name() {
    let module = MemoryModule::of_frames("m", &["x\n"]);
    let source = Arc::new(MemorySource::new(vec![module]));
    let device = device(source.clone());
    for id in ["M", "m ", ".", "all"] {
        let request = json!({ "schemaVersion": "1.0", "id": id }).to_string();
        let answer = device.handle("RestartModule", Some(&request)).await;
        assert_eq!(answer.status, 500, "{id}");
        assert_eq!(
            answer.refusal(),
            format!("Module {id} not found in the current environment")
        );
    }
    let answer = device
        .handle("restartmodule", Some("{schemaVersion:'1.0',ID:'m'}"))
        .await;
    assert_eq!((answer.status, answer.payload.is_none()), (200, true));
    assert_eq!(source.restarted(), ["m"]);
}

/// A source whose list of modules comes when the test lets it.
struct SlowSource {
    entered: AtomicUsize,
    permits: Semaphore,
}

#[async_trait]
impl LogSource for SlowSource {
    async fn modules(&self) -> Result<Vec<ModuleInfo>, SourceError> {
        self.entered.fetch_add(1, Ordering::SeqCst);
        let permit = self.permits.acquire().await.expect("open");
        permit.forget();
        Ok(Vec::new())
    }

    async fn logs(&self, _: &str, _: &LogWindow) -> Result<EntryStream, SourceError> {
        Err(SourceError::new(
            SourceErrorKind::NotFound,
            "no such module",
        ))
    }
}

#[tokio::test(start_paused = true)]
async fn at_most_sixteen_requests_run_at_once() {
    let source = Arc::new(SlowSource {
        entered: AtomicUsize::new(0),
        permits: Semaphore::new(0),
    });
    let device = device(source.clone());
    let request = json!({ "schemaVersion": "1.0", "items": { "id": "all" } }).to_string();
    let request_logs = || {
        let (device, request) = (device.clone(), request.clone());
        tokio::spawn(async move { device.handle("GetModuleLogs", Some(&request)).await })
    };
    let busy: Vec<_> = (0..16).map(|_| request_logs()).collect();
    while source.entered.load(Ordering::SeqCst) < 16 {
        tokio::task::yield_now().await;
    }
    let start = tokio::time::Instant::now();
    let refused = request_logs();
    let ping = device.handle("ping", None).await;
    assert_eq!(ping.status, 200);
    let refused = refused.await.unwrap();
    assert_eq!(refused.status, 429);
    assert!(
        refused.refusal().contains("16 requests"),
        "{}",
        refused.refusal()
    );
    assert!(start.elapsed() < Duration::from_secs(5));
    // One that waits gets its turn when another ends.
    let waiting = request_logs();
    tokio::task::yield_now().await;
    source.permits.add_permits(17);
    assert_eq!(waiting.await.unwrap().status, 200);
    for call in busy {
        assert_eq!(call.await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn deeply_nested_requests_are_refused() {
    let device = of_frames(&["x\n"]);
    let depth = 60_000;
    for payload in [
        "[".repeat(depth),
        format!("{{x:{}}}", "[".repeat(depth)),
        format!("{{x:{}{}}}", "[".repeat(depth), "]".repeat(depth)),
        format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth)),
        format!("{}1{}", "{x:".repeat(depth), "}".repeat(depth)),
    ] {
        let answer = device.handle("GetModuleLogs", Some(&payload)).await;
        assert_eq!(answer.status, 400);
        assert!(answer.refusal().len() < 1000, "{}", answer.refusal());
    }
}

#[tokio::test]
async fn a_large_log_does_not_block_other_requests() {
    let frames: Vec<String> = (0..50_000).map(|line| format!("line {line}\n")).collect();
    let device = of_frames(&frames);
    let items = json!([{ "id": "m", "filter": { "regex": "nothing like this" } }]);
    let reading = {
        let device = device.clone();
        tokio::spawn(async move { logs(&device, items, "text").await })
    };
    // There is one thread, and the reading gets it here.
    tokio::task::yield_now().await;
    assert_eq!(device.handle("ping", None).await.status, 200);
    assert!(!reading.is_finished());
    assert_eq!(reading.await.unwrap()[0]["payload"], "");
}
