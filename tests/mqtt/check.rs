//! `device run --check`.

use crate::common::{DeviceRun, Plant, Ran};

fn checked(run: DeviceRun) -> Ran {
    run.output().into()
}

#[test]
fn check_tries_everything_once_and_ends() {
    let plant = Plant::new();
    let ran = checked(plant.device(&["--check"]));
    assert_eq!(ran.code, 0, "{ran:?}");
    let checks: Vec<Vec<&str>> = ran
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.split('\t').take(2).collect())
        .collect();
    let names = [
        "identity",
        "TLS",
        "token",
        "CONNECT",
        "subscription",
        "source",
    ];
    let ok: Vec<Vec<&str>> = names.iter().map(|name| vec![*name, "ok"]).collect();
    assert_eq!(checks, ok, "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
}

#[test]
fn check_names_the_step_that_fails_and_why() {
    let plant = Plant::new();
    let wrong = plant
        .module_string()
        .replace("SharedAccessKey=", "SharedAccessKey=b3RoZXI=;Was=")
        .replace(";Was=dGhlIGtleSBvZiB0aGUgbW9kdWxlIGVkZ2Vsb2dzIQ==", "");
    let run = plant
        .device(&["--check"])
        .env("EDGELOGS_DEVICE_CONNECTION_STRING", &wrong);
    let ran = checked(run);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.stdout.contains("CONNECT\tfailed"), "{ran:?}");
    assert!(ran.stdout.contains("subscription\tskipped"), "{ran:?}");
    assert!(
        ran.stderr.contains("refuses the identity `d/edgelogs`"),
        "{ran:?}"
    );
    assert!(
        ran.stderr
            .contains("cause: the key or certificate is not that"),
        "{ran:?}"
    );

    let nowhere = "HostName=127.0.0.1:1;DeviceId=d;ModuleId=m;SharedAccessKey=eA==";
    let run = plant
        .device(&["--check"])
        .env("EDGELOGS_DEVICE_CONNECTION_STRING", nowhere);
    let ran = checked(run);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.stdout.contains("TLS\tfailed"), "{ran:?}");
    // The source does not need the hub.
    assert!(ran.stdout.contains("source\tok\t2 modules"), "{ran:?}");
}
