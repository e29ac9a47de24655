//! A support bundle of a real Docker Engine.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::samples::unzip;
use support::azurite::Container as BlobContainer;
use support::caller::Caller;
use support::engine::{Container, Engine};
use support::serve::Serve;

/// Two streams, a blank line, a long line, and no line end.
const SCRIPT: &str = r#"
seq 1 300 | while read n; do echo "<6> out $n"; echo "<4> err $n" >&2; done
echo
head -c 40000 /dev/zero | tr '\0' x; echo
printf 'no line end'
"#;

/// What must be nowhere in the bundle.
const SECRETS: [&str; 5] = [
    "hunter2",
    "c2VjcmV0a2V5",
    "t0ken-value",
    "p4ss-in-url",
    "k3y-in-label",
];

/// A stand-in for a program of the device.
fn program(folder: &Path, name: &str, script: &str) {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Ten containers: with and without secrets, one whose driver keeps nothing, one on a terminal.
fn containers(engine: &Engine) -> Vec<Container> {
    let label = r#"net.azure-devices.edge.create-options={"Env":["API_KEY=k3y-in-label"]}"#;
    let mut all = vec![
        engine.run("silent", &["--log-driver", "none"], "echo lost"),
        engine.run("terminal", &["-t"], "echo one; echo two >&2"),
        engine.run(
            "secretive",
            &[
                "-e",
                "DB_PASSWORD=hunter2",
                "-e",
                "PLAIN=visible",
                "-e",
                "EdgeHubConnectionString=HostName=h;SharedAccessKey=c2VjcmV0a2V5",
                "-e",
                "SETTINGS={\"token\":\"t0ken-value\"}",
                "-e",
                "BROKER=amqp://user:p4ss-in-url@host/x",
                "--label",
                label,
            ],
            SCRIPT,
        ),
    ];
    all.extend((0..7).map(|_| engine.run("writer", &[], SCRIPT)));
    all
}

/// How long the slowest of ten calls took that were made at once: fewer than the device works on. The
/// best of three rounds, since a busy machine may delay some.
fn slowest_of_ten(caller: &Caller, module: &str) -> Duration {
    let call = || {
        let start = Instant::now();
        let items = json!({ "id": format!("^{module}$"), "filter": {} });
        let request = json!({ "schemaVersion": "1.0", "items": items, "contentType": "text" });
        let answer = caller.call("GetModuleLogs", request);
        let log = answer[0]["payload"].as_str().unwrap();
        assert!(log.ends_with("no line end"), "{log}");
        start.elapsed()
    };
    let round = || {
        std::thread::scope(|scope| {
            let calls = [(); 10].map(|()| scope.spawn(call));
            calls.map(|call| call.join().unwrap()).into_iter().max()
        })
    };
    (0..3).filter_map(|_| round()).min().unwrap()
}

#[test]
#[ignore = "needs a Docker Engine and Azurite"]
fn a_bundle_of_ten_containers_is_complete_redacted_and_blocks_nobody() {
    let engine = Engine::from_env();
    let containers = containers(&engine);
    let place = tempfile::tempdir().unwrap();
    let programs = place.path().join("bin");
    fs::create_dir(&programs).unwrap();
    // The check takes until the test lets it go on, so that the bundle is under way while others call.
    let go = place.path().join("go");
    let check = format!(
        r#"until [ -e '{}' ]; do sleep 0.05; done; echo '{{"checks":{{}}}}'; exit 1"#,
        go.display()
    );
    program(&programs, "iotedge", &check);
    program(
        &programs,
        "journalctl",
        r#"for a in "$@"; do [ "$a" = aziot-keyd ] && { echo 'no access' >&2; exit 1; }; done; echo "$@""#,
    );
    let home = place.path().to_str().unwrap();
    let path = format!("{}:/usr/bin:/bin", programs.display());
    let serve = Serve::start_in(
        &["--source", &engine.source()],
        // Five and a half hours east of UTC.
        &[("HOME", home), ("PATH", &path), ("TZ", "Asia/Kolkata")],
    );
    let caller = Caller::of(&serve);
    let writer = &containers[9].name;
    let alone = slowest_of_ten(&caller, writer);
    let blobs = BlobContainer::create();
    let request = json!({
        "schemaVersion": "1.0", "sasUrl": blobs.sas("cw", 1),
        "since": "2020-01-02T03:04:05+05:30", "until": "2037-01-01T00:00:00Z",
    });
    let started = caller.call("UploadSupportBundle", request);
    let id = started["correlationId"].as_str().unwrap();
    let beside = slowest_of_ten(&caller, writer);
    assert_eq!(caller.status(id)["status"], "Running");
    assert!(
        beside < alone * 5 + Duration::from_millis(500),
        "{alone:?} alone, {beside:?} beside a bundle"
    );
    fs::write(go, "").unwrap();
    let answer = caller.end(id);
    assert_eq!(answer["status"], "Completed", "{answer}");
    assert_eq!(answer["message"], "");

    let blobs = blobs.blobs();
    assert_eq!(blobs.len(), 1);
    assert_eq!(blobs[0].content_type, "application/zip");
    assert_eq!(answer["blobs"], json!([blobs[0].name]));
    let zip = place.path().join("bundle.zip");
    fs::write(&zip, &blobs[0].bytes).unwrap();
    let zip = zip.to_str().unwrap();
    unzip(&["-tq", zip]);
    let entry = |name: &str| unzip(&["-p", zip, name]);
    let text = |name: &str| String::from_utf8(entry(name)).unwrap();
    let manifest: Value = serde_json::from_slice(&entry("manifest.json")).unwrap();
    let names = manifest["entries"].as_array().unwrap().iter();
    let names: Vec<&str> = names.filter_map(Value::as_str).collect();
    for (number, container) in containers.iter().enumerate() {
        let name = &container.name;
        let log = format!("logs/{name}_log.txt");
        if number == 0 {
            // Such a module makes the shipped agent lose the whole bundle.
            assert!(!names.contains(&log.as_str()));
            assert!(text(&format!("logs/{name}_log_err.txt")).contains("log"));
        } else {
            let log = entry(&log);
            let held = match number {
                1 => container.raw_log(),
                _ => container.log_bytes(),
            };
            assert!(!log.is_empty() && log == held, "{name}");
        }
        let settings = text(&format!("inspect/{name}.json"));
        assert!(serde_json::from_str::<Value>(&settings).is_ok(), "{name}");
    }
    for secret in SECRETS {
        for name in &names {
            assert!(!text(name).contains(secret), "{secret} is in {name}");
        }
    }
    let settings = text(&format!("inspect/{}.json", containers[2].name));
    for shown in ["DB_PASSWORD=REDACTED", "PLAIN=visible"] {
        assert!(settings.contains(shown), "{settings}");
    }
    assert!(
        names.iter().any(|name| name.starts_with("network/")),
        "{names:?}"
    );
    assert_eq!(text("check.json"), "{\"checks\":{}}\n");
    // The shipped agent asks for local times, which are wrong by five and a half hours here.
    let journal = text("logs/aziot-edged.txt");
    for bound in [
        "--since 2020-01-01 21:34:05 UTC",
        "--until 2037-01-01 00:00:00 UTC",
    ] {
        assert!(journal.contains(bound), "{journal}");
    }
    assert_eq!(text("logs/aziot-keyd_err.txt"), "no access\n");
    assert!(!names.contains(&"logs/aziot-keyd.txt"));
    let missing = manifest["missing"].to_string();
    for what in [containers[0].name.as_str(), "aziot-keyd"] {
        assert!(missing.contains(what), "{missing}");
    }
}
