//! Azure's SDK for devices against the same stand-in, which is so judged by others too.

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use stand_in::WorkloadApi;
use stand_in::mqtt::{FrontEvent, MqttSetup, Proof};

use crate::common::{KEY, Plant, device_run};

/// The SDK takes no port, so the stand-in needs 8883 on an address of its own.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 88, 83);

fn plant() -> Plant {
    let setup = MqttSetup::module("d", "edgelogs", Proof::Key(KEY.to_owned()));
    Plant::with(setup.at(IpAddr::V4(ADDRESS), 8883))
}

/// The SDK's module, once its methods can be called.
fn start(plant: &Plant, mode: &str, more: &[(&str, String)]) -> Child {
    let python = std::env::var_os("EDGELOGS_TEST_PYTHON")
        .expect("EDGELOGS_TEST_PYTHON names an interpreter with tests/python/requirements.txt");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/azure_device.py");
    let mut child = Command::new(python)
        .arg(script)
        .arg(mode)
        .envs(more.iter().map(|(name, value)| (*name, value)))
        .env("CA", plant.path("ca.pem"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    child
}

fn end(mut child: Child) {
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
#[ignore = "needs the Azure SDK for Python"]
fn the_azure_sdk_and_device_run_are_the_same_to_the_stand_in() {
    let plant = plant();
    let string = format!("HostName={ADDRESS};DeviceId=d;ModuleId=edgelogs;SharedAccessKey={KEY}");
    let sdk = start(
        &plant,
        "string",
        &[("DEVICE_CONNECTION_STRING", string.clone())],
    );
    plant.front.wait_subscribed(1);
    let called = plant.works("invoke hello --module-id edgelogs --payload '{\"a\":[1,\"ü\"]}'");
    assert_eq!(
        called,
        "{\"method\":\"hello\",\"payload\":{\"a\":[1,\"\\u00fc\"]}}\n"
    );
    let null = plant.works("invoke hello --module-id edgelogs --payload null");
    assert_eq!(null, "{\"method\":\"hello\",\"payload\":null}\n");
    // The other one takes over, since there is one connection for each identity.
    let device = plant
        .device(&[])
        .env("EDGELOGS_DEVICE_CONNECTION_STRING", &string)
        .start();
    plant.front.wait_subscribed(2);
    plant.front.wait_until(|events| {
        events
            .iter()
            .any(|(_, event)| *event == FrontEvent::Kicked(1))
    });
    plant.works("get --module-id edgelogs -m filter");
    let violation =
        |event: &FrontEvent| matches!(event, FrontEvent::Violation(_) | FrontEvent::Refused(_));
    let events = plant.front.events();
    assert!(!events.iter().any(violation), "{events:?}");
    drop(device);
    end(sdk);

    // The same with the workload API of IoT Edge.
    let plant = self::plant_after(plant);
    let socket = plant.folder.path().join("workload.sock");
    let bundle = plant.front.certificates().root();
    let workload = WorkloadApi::start(&socket, "edgelogs", "1", KEY, bundle);
    let edge = [
        (
            "IOTEDGE_WORKLOADURI",
            format!("unix://{}", socket.display()),
        ),
        ("IOTEDGE_APIVERSION", "2022-08-03".to_owned()),
        ("IOTEDGE_AUTHSCHEME", "sasToken".to_owned()),
        ("IOTEDGE_DEVICEID", "d".to_owned()),
        ("IOTEDGE_MODULEID", "edgelogs".to_owned()),
        ("IOTEDGE_MODULEGENERATIONID", "1".to_owned()),
        ("IOTEDGE_IOTHUBHOSTNAME", "plant.example.net".to_owned()),
        ("IOTEDGE_GATEWAYHOSTNAME", ADDRESS.to_string()),
    ];
    let sdk = start(&plant, "edge", &edge);
    plant.front.wait_subscribed(1);
    let called = plant.works("invoke hello --module-id edgelogs");
    assert_eq!(called, "{\"method\":\"hello\",\"payload\":{}}\n");
    end(sdk);
    let of_sdk = workload.calls();
    let source = plant.source();
    let run = edge
        .iter()
        .fold(device_run(&["--source", &source]), |run, (name, value)| {
            run.env(name, value)
        });
    let _device = run.start();
    plant.front.wait_subscribed(2);
    plant.works("ping --module-id edgelogs");
    // Both call the workload API in the same way.
    let calls = workload.calls();
    let ours = &calls[of_sdk.len()..];
    let paths = |calls: &[String]| {
        let mut paths: Vec<String> = calls
            .iter()
            .map(|call| call.split('?').next().unwrap().to_owned())
            .collect();
        paths.sort();
        paths.dedup();
        paths
    };
    assert_eq!(paths(ours), paths(&of_sdk), "{calls:?}");
}

/// Another one on the same address, once that is free.
fn plant_after(before: Plant) -> Plant {
    drop(before);
    crate::common::eventually("the address", || {
        std::net::TcpListener::bind((ADDRESS, 8883)).ok()
    });
    plant()
}
