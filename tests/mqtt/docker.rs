//! From the operator to the containers of a real Docker Engine, and back.

use stand_in::mqtt::FrontEvent;
use support::azurite;
use support::engine::Engine;

use crate::common::{KEY, Plant, device_run};

/// Twenty lines, and then it runs on.
pub(crate) const SCRIPT: &str =
    "i=0; while [ $i -lt 20 ]; do echo \"<4> line $i\"; i=$((i+1)); done; exec sleep 1000";

#[test]
#[ignore = "needs a Docker Engine and Azurite"]
fn all_six_methods_reach_the_containers_of_a_docker_engine() {
    let engine = Engine::from_env();
    let sibling = engine.start("edgelogs-six", &[], SCRIPT);
    let name = &sibling.name;
    let storage = azurite::Container::create();
    let sas = storage.sas("rwl", 1);
    let plant = Plant::new();
    let (source, ca) = (engine.source(), plant.path("ca.pem"));
    let device = device_run(&["--source", &source, "--ca-file", &ca])
        .env("EDGELOGS_DEVICE_CONNECTION_STRING", plant.module_string())
        .start();
    plant.front.wait_subscribed(1);

    let ping = plant.works("ping --module-id edgelogs -o jsonl");
    assert!(ping.contains("\"ok\""), "{ping}");

    let logs = plant.works(&format!("get -m {name} --module-id edgelogs"));
    assert_eq!(logs.lines().count(), 20, "{logs}");
    assert!(logs.ends_with("<4> line 19\n"), "{logs}");

    let uploaded = plant.works(&format!(
        "upload {name} --module-id edgelogs --encoding none --no-wait --sas '{sas}'"
    ));
    let id = uploaded.lines().next().unwrap();
    // Which module runs it is remembered.
    assert_eq!(plant.works(&format!("status {id} --wait")), "Completed\n");

    let bundle = plant.works(&format!(
        "bundle --module-id edgelogs --sas '{sas}' -o jsonl"
    ));
    assert!(bundle.contains("\"status\":\"Completed\""), "{bundle}");

    let started = || sibling.inspect("{{.State.StartedAt}}");
    let before = started();
    plant.works(&format!(
        "restart {name} --module-id edgelogs --yes --timeout 60s"
    ));
    assert_ne!(started(), before);

    let blobs = storage.blobs();
    let find = |part: &str| blobs.iter().find(|blob| blob.name.contains(part)).unwrap();
    let log = String::from_utf8(find(&format!("/{name}-")).bytes.clone()).unwrap();
    // What it wrote before it was started again.
    assert_eq!(log, logs);
    let zip = &find("/support-bundle-").bytes;
    let entry = format!("logs/{name}_log.txt");
    let holds = |text: &str| {
        zip.windows(text.len())
            .any(|bytes| bytes == text.as_bytes())
    };
    assert!(zip.starts_with(b"PK") && holds(&entry), "{}", zip.len());

    for method in [
        "ping",
        "GetModuleLogs",
        "UploadModuleLogs",
        "GetTaskStatus",
        "UploadSupportBundle",
        "RestartModule",
    ] {
        let answered = device.count(&format!("{method} answered 200"));
        assert!(answered > 0, "{method}: {:#?}", device.log());
    }
    assert!(!device.log().join("\n").contains(KEY));
    let events = plant.front.events();
    let strange = |event: &FrontEvent| {
        matches!(
            event,
            FrontEvent::Violation(_) | FrontEvent::UnknownAnswer(_)
        )
    };
    assert!(!events.iter().any(strange), "{events:?}");
}
