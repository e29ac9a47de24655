//! From the operator to the stand-in's REST side, over MQTT to the device module, and back.

use serde_json::Value;
use stand_in::mqtt::{FrontEvent, MqttSetup, Proof, TlsVersions};

use crate::common::{KEY, LINES, Plant, Ran};

fn module() -> MqttSetup {
    MqttSetup::module("d", "edgelogs", Proof::Key(KEY.to_owned()))
}

#[test]
fn all_six_methods_come_back_over_tls_1_2_and_1_3() {
    for (versions, name) in [
        (TlsVersions::Only12, "TLSv1_2"),
        (TlsVersions::Only13, "TLSv1_3"),
        (TlsVersions::Both, "TLSv1_3"),
    ] {
        let plant = Plant::with(module().tls(versions));
        let root = plant.path("");
        let device = plant.device(&["--file-root", &root]).start();
        plant.front.wait_subscribed(1);
        assert_eq!(plant.front.events()[0], FrontEvent::Tls(name.to_owned()));
        six_methods(&plant);
        let violations = |event: &FrontEvent| {
            matches!(
                event,
                FrontEvent::Violation(_) | FrontEvent::UnknownAnswer(_)
            )
        };
        assert!(!plant.front.events().iter().any(violations));
        drop(device);
    }
}

fn six_methods(plant: &Plant) {
    let ping = plant.works("ping --module-id edgelogs -o jsonl");
    assert!(ping.contains("\"ok\""), "{ping}");

    let logs = plant.works("get --module-id edgelogs -m filter");
    let texts: Vec<&str> = logs.lines().collect();
    assert_eq!(texts.len(), LINES, "{logs}");
    assert!(texts[0].ends_with("[INF] - filter 0"), "{logs}");
    let both = plant.works("get --module-id edgelogs -o jsonl");
    assert_eq!(both.lines().count(), 2 * LINES, "{both}");

    let blobs = plant.path("blobs");
    let uploaded = plant.works(&format!(
        "upload filter --module-id edgelogs --sas 'file://{blobs}'"
    ));
    let id = uploaded.lines().next().unwrap();
    // Which module runs it is remembered.
    assert_eq!(plant.works(&format!("status {id}")), "Completed\n");
    let bundled = plant.works(&format!(
        "bundle --module-id edgelogs --sas 'file://{blobs}' -o jsonl"
    ));
    let record: Value = serde_json::from_str(bundled.lines().last().unwrap()).unwrap();
    assert_eq!(record["status"], "Completed");
    assert_eq!(record["module"], "edgelogs");
    let files = walk(blobs.as_ref());
    assert!(
        files.iter().any(|file| file.contains("/filter-")),
        "{files:?}"
    );
    assert!(
        files.iter().any(|file| file.contains("/support-bundle-")),
        "{files:?}"
    );

    // This source can't restart anything, which the module says.
    let refused = plant.operator("restart filter --module-id edgelogs --yes");
    assert_eq!(refused.code, 7, "{refused:?}");
    assert!(refused.stderr.contains("can't be restarted"), "{refused:?}");

    let status = plant.operator(&format!("invoke GetTaskStatus --module-id edgelogs --payload '{{\"schemaVersion\":\"1.0\",\"correlationId\":\"{id}\"}}'"));
    assert!(status.stdout.contains("Completed"), "{status:?}");
    // An empty body is a payload of null.
    let null = plant.operator("invoke ping --module-id edgelogs --payload null");
    assert_eq!(null.code, 0, "{null:?}");
    // The names are those of this module's source, and not of the edge agent's twin.
    plant.write("logs/only here.log", "x\n");
    plant.works(&format!(
        "upload 'only here' --module-id edgelogs --sas 'file://{blobs}'"
    ));
    let missing = plant.operator("get --module-id edgelogs -m nothere");
    assert_eq!(missing.code, 3, "{missing:?}");
    assert!(missing.stderr.contains("only here"), "{missing:?}");
    let named = plant.operator("invoke 'a b/ü' --module-id edgelogs");
    assert_eq!(named.code, 7, "{named:?}");
    assert!(
        named.stderr.contains("a b/ü") || named.stdout.contains("a b/ü"),
        "{named:?}"
    );
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.path()) {
        match path.is_dir() {
            true => files.extend(walk(&path)),
            false => files.push(path.display().to_string()),
        }
    }
    files
}

#[test]
fn files_outside_the_root_are_not_written() {
    let plant = Plant::new();
    let root = plant.path("logs");
    let _device = plant.device(&["--file-root", &root]).start();
    plant.front.wait_subscribed(1);
    let outside = plant.path("outside");
    let refused = plant.operator(&format!(
        "upload filter --module-id edgelogs --sas 'file://{outside}'"
    ));
    assert_eq!(refused.code, 8, "{refused:?}");
    assert!(refused.stderr.contains("below"), "{refused:?}");
    assert!(!std::path::Path::new(&outside).exists());
}

#[test]
fn a_log_over_128_kb_is_fetched_in_parts() {
    let plant = Plant::new();
    // Random, so that gzip does not make it small.
    let mut random = fastrand::Rng::with_seed(7);
    let now = jiff::Timestamp::now().as_second();
    let lines: Vec<String> = (0..8000)
        .map(|number| {
            let at = jiff::Timestamp::from_second(now - 9000 + number).unwrap();
            let at = at.strftime("%Y-%m-%d %H:%M:%S.000 +00:00");
            let noise: String = std::iter::repeat_with(|| random.alphanumeric())
                .take(60)
                .collect();
            format!("<6> {at} [INF] - {number} {noise}")
        })
        .collect();
    plant.write("logs/filter.log", &(lines.join("\n") + "\n"));
    let _device = plant.device(&[]).start();
    plant.front.wait_subscribed(1);
    let got = plant.works("get --module-id edgelogs -m filter -o raw");
    assert_eq!(got.lines().count(), lines.len());
    assert!(got.lines().eq(lines.iter().map(String::as_str)));
    let violation = |event: &FrontEvent| matches!(event, FrontEvent::Violation(_));
    assert!(!plant.front.events().iter().any(violation));
}

#[test]
fn before_the_subscription_the_module_is_not_connected() {
    let plant = Plant::new();
    let before = plant.operator("ping --module-id edgelogs");
    assert_eq!(before.code, 6, "{before:?}");
    assert!(
        before
            .stderr
            .contains("module `edgelogs` of device `d` is not connected"),
        "{before:?}"
    );
    plant.front.set_refuses_subscriptions(true);
    let device = plant.device(&[]).start();
    device.await_lines("the subscription to direct methods is refused", 1);
    assert_eq!(plant.operator("ping --module-id edgelogs").code, 6);
    plant.front.set_refuses_subscriptions(false);
    plant.front.wait_subscribed(1);
    plant.works("ping --module-id edgelogs");
}

#[test]
fn restart_upload_and_bundle_delivered_twice_run_once() {
    let plant = Plant::new();
    let root = plant.path("");
    let device = plant.device(&["--file-root", &root]).start();
    plant.front.wait_subscribed(1);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let blobs = plant.path("blobs");
    let sas = format!("\"schemaVersion\":\"1.0\",\"sasUrl\":\"file://{blobs}\"");
    for (number, (method, payload)) in [
        ("UploadSupportBundle", format!("{{{sas}}}")),
        (
            "UploadModuleLogs",
            format!("{{{sas},\"items\":[{{\"id\":\"filter\",\"filter\":{{}}}}]}}"),
        ),
        (
            "RestartModule",
            "{\"schemaVersion\":\"1.0\",\"id\":\"filter\"}".to_owned(),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        plant.front.set_twice(true);
        let first = runtime.block_on(plant.front.call("d", "edgelogs", method, Some(&payload)));
        let first = first.expect("an answer");
        device.await_lines(&format!("{method} delivered twice"), 1);
        plant.front.set_twice(false);
        plant.front.drop_connection("d", "edgelogs");
        plant.front.wait_subscribed(2 * number + 2);
        let (status, answer) = runtime.block_on(plant.front.deliver_again("d", "edgelogs"));
        assert_eq!(status, 409, "{answer}");
        assert!(answer.contains("It was not run again"), "{answer}");
        if method != "RestartModule" {
            assert_eq!(first.0, 200, "{first:?}");
        }
        // The ids of the next one begin anew.
        plant.front.drop_connection("d", "edgelogs");
        plant.front.wait_subscribed(2 * number + 3);
    }
    // The second one of each would have made another blob.
    let done =
        |files: &Vec<String>| files.iter().filter(|file| !file.contains(".part-")).count() == 2;
    let files = crate::common::eventually("two blobs", || {
        let path = std::path::Path::new(&blobs);
        path.exists().then(|| walk(path)).filter(done)
    });
    assert_eq!(files.len(), 2, "{files:?}");
}

#[test]
fn a_late_connack_is_waited_for_and_a_missing_one_is_named() {
    let plant = Plant::new();
    plant
        .front
        .set_connack_after(std::time::Duration::from_secs(7));
    let device = plant.device(&[]).start();
    plant.front.wait_subscribed(1);
    assert_eq!(device.count("not connected"), 0);
    if crate::is_long() {
        plant.front.set_silent(true);
        plant.front.drop_connection("d", "edgelogs");
        device.await_lines(
            "accepts TLS, but does not answer CONNECT within 60 seconds",
            1,
        );
        device.await_lines("edgeHub 1.6.0 and 1.6.1", 1);
        device.await_lines("--direct", 1);
    }
}

#[test]
fn every_command_prints_the_module_that_answers() {
    let plant = Plant::new();
    let dry = plant.works("get --dry-run --module-id edgelogs -m filter");
    assert!(dry.contains("\"moduleId\":\"edgelogs\""), "{dry}");
    assert!(!plant.works("get --dry-run -m filter").contains("moduleId"));
    let hint = |ran: &Ran, text: &str| assert!(ran.stderr.contains(text), "{text}: {ran:?}");
    let unconfirmed = plant.operator("restart filter --module-id edgelogs");
    hint(
        &unconfirmed,
        "edgelogs restart filter --yes --module-id edgelogs",
    );
    let unknown = plant.operator("ping --module-id nothere");
    assert_eq!(unknown.code, 3, "{unknown:?}");
    hint(&unknown, "device `d` has no module `nothere`");
    // A profile can name it.
    plant.write(
        "settings.toml",
        "[profiles.logs]\nmodule-id = \"edgelogs\"\n",
    );
    let settings = plant.path("settings.toml");
    let dry = plant.works(&format!("ping --dry-run -p logs --config '{settings}'"));
    assert!(dry.contains("\"moduleId\":\"edgelogs\""), "{dry}");
    let blank = plant.operator("ping --module-id ' '");
    assert_eq!(blank.code, 2, "{blank:?}");
}

#[test]
fn doctor_checks_the_module_that_is_named() {
    let plant = Plant::new();
    let offline = plant.operator("doctor --module-id edgelogs");
    assert_eq!(offline.code, 6, "{offline:?}");
    assert!(
        offline.stderr.contains("--module-id edgelogs"),
        "{offline:?}"
    );
    let _device = plant.device(&[]).start();
    plant.front.wait_subscribed(1);
    let report = plant.works("doctor --module-id edgelogs");
    assert!(
        report.contains("module `edgelogs` of `d` answered a ping"),
        "{report}"
    );
}
