//! How it ends, and what it tells meanwhile.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use stand_in::mqtt::FrontEvent;

use crate::common::{Plant, eventually};

#[test]
fn sigterm_ends_the_subscription_first_and_the_connection_last() {
    let plant = Plant::new();
    let mut device = plant.device(&[]).start();
    device.await_lines("connected, and subscribed", 1);
    let began = Instant::now();
    assert_eq!(device.terminate(), Some(0));
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "the grace is for what runs"
    );
    await_disconnect(&plant);
    let events = plant.front.events();
    let tail = &events[events.len() - 2..];
    assert_eq!(
        tail,
        [FrontEvent::Unsubscribed(1), FrontEvent::Disconnected(1)]
    );
    assert!(device.log().last().unwrap().ends_with("[INF] - stopped"));
}

/// The hub may read the last packet after the device has ended.
fn await_disconnect(plant: &Plant) {
    let ended = |event: &FrontEvent| *event == FrontEvent::Disconnected(1);
    plant
        .front
        .wait_until(|events| events.iter().any(|(_, event)| ended(event)));
}

#[test]
fn ctrl_c_does_the_same_also_while_there_is_no_connection() {
    let plant = Plant::new();
    let mut device = plant.device(&[]).start();
    device.await_lines("connected, and subscribed", 1);
    device.signal("-INT");
    assert_eq!(device.wait(), Some(0));
    await_disconnect(&plant);
    let string = "HostName=127.0.0.1:1;DeviceId=d;ModuleId=m;SharedAccessKey=eA==";
    let mut device = plant
        .device(&[])
        .env("EDGELOGS_DEVICE_CONNECTION_STRING", string)
        .start();
    device.await_lines("not connected", 1);
    device.signal("-INT");
    assert_eq!(device.wait(), Some(0));
}

#[test]
fn tasks_are_kept_in_a_folder_of_the_identity() {
    let plant = Plant::new();
    let root = plant.path("");
    let mut device = plant.device(&["--file-root", &root]).start();
    plant.front.wait_subscribed(1);
    let uploaded = plant.works(&format!(
        "upload filter --module-id edgelogs --sas 'file://{root}/blobs'"
    ));
    let id = uploaded.lines().next().unwrap();
    let kept = format!(".local/state/edgelogs/device/localhost/d%2Fedgelogs/{id}.json");
    assert!(device.home().join(&kept).exists(), "{kept}");
    assert_eq!(device.terminate(), Some(0));
}

#[test]
fn metrics_and_health_are_served() {
    let plant = Plant::new();
    plant.front.set_refuses_subscriptions(true);
    let port = {
        // A free one, which nobody takes so soon again.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let listen = format!("127.0.0.1:{port}");
    let mut device = plant.device(&["--metrics-listen", &listen]).start();
    device.await_lines("is refused", 1);
    assert!(get(port, "/healthz").starts_with("HTTP/1.1 503"));
    plant.front.set_refuses_subscriptions(false);
    plant.front.wait_subscribed(1);
    eventually("health", || {
        get(port, "/healthz")
            .starts_with("HTTP/1.1 200")
            .then_some(())
    });
    plant.works("get --module-id edgelogs -m filter");
    plant.operator("invoke nothing --module-id edgelogs");
    eventually("metrics", || {
        let metrics = get(port, "/metrics");
        let has = |line: &str| metrics.lines().any(|it| it == line);
        (has("edgelogs_connected 1")
            && has("edgelogs_methods_total{method=\"GetModuleLogs\",status=\"200\"} 1")
            && has("edgelogs_methods_total{method=\"other\",status=\"400\"} 1"))
        .then_some(())
    });
    assert!(get(port, "/").starts_with("HTTP/1.1 404"));
    assert_eq!(device.terminate(), Some(0));
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_log_is_in_the_form_that_edgelogs_reads_and_its_level_counts() {
    for (level, requested, answered) in [
        ("debug", true, true),
        ("info", false, true),
        ("WRN", false, false),
    ] {
        let plant = Plant::new();
        let level = if level == "WRN" { "warning" } else { level };
        let mut device = plant.device(&[]).env("EDGELOGS_LOG", level).start();
        plant.front.wait_subscribed(1);
        plant.works("get --module-id edgelogs -m filter");
        assert_eq!(device.terminate(), Some(0));
        let log = device.log();
        assert_eq!(
            device.count("GetModuleLogs requested") > 0,
            requested,
            "{log:#?}"
        );
        assert_eq!(
            device.count("GetModuleLogs answered 200") > 0,
            answered,
            "{log:#?}"
        );
        if log.is_empty() {
            continue;
        }
        // The source of another module reads it as it was meant.
        plant.write("logs/edgelogs.log", &(log.join("\n") + "\n"));
        let local = format!("get --local={} -m edgelogs -o jsonl", plant.source());
        let output = support::edgelogs()
            .env("HOME", plant.path("home"))
            .args(shlex::split(&local).unwrap())
            .output()
            .unwrap();
        let records = String::from_utf8(output.stdout).unwrap();
        assert_eq!(records.lines().count(), log.len(), "{records}");
        let levels =
            |record: &str| record.contains("\"loglevel\":6") || record.contains("\"loglevel\":7");
        assert!(records.lines().all(levels), "{records}");
        assert!(!records.contains("\"timestamp\":null"), "{records}");
    }
}

#[test]
fn two_of_the_same_identity_are_told_and_do_not_fight() {
    let plant = Plant::new();
    let one = plant.device(&[]).start();
    plant.front.wait_subscribed(1);
    let other = plant.device(&[]).start();
    eventually("who is told", || {
        let told = one.count("same identity") + other.count("same identity");
        (told > 0).then_some(())
    });
    let taken = plant.front.events();
    let connected = |event: &&FrontEvent| matches!(event, FrontEvent::Connected { .. });
    let connections = taken.iter().filter(connected).count();
    println!("{connections} connections until it was said");
    assert!(connections < 20, "{connections}");
}
