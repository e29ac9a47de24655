//! Who connects, and where to.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use stand_in::WorkloadApi;
use stand_in::mqtt::{FrontEvent, MqttSetup, Proof};

use crate::common::{DeviceRun, KEY, Plant, device_run};

fn key() -> Proof {
    Proof::Key(KEY.to_owned())
}

/// The environment that IoT Edge gives to a module.
fn edge(plant: &Plant, more: &[&str], gateway: Option<u16>) -> DeviceRun {
    let source = plant.source();
    let run = device_run(&[&["--source", &source], more].concat())
        .env(
            "IOTEDGE_WORKLOADURI",
            format!("unix://{}", plant.path("workload.sock")),
        )
        .env("IOTEDGE_APIVERSION", "2022-08-03")
        .env("IOTEDGE_AUTHSCHEME", "sasToken")
        .env("IOTEDGE_DEVICEID", "d")
        .env("IOTEDGE_MODULEID", "edgelogs")
        .env("IOTEDGE_MODULEGENERATIONID", "637 1")
        .env("IOTEDGE_IOTHUBHOSTNAME", "plant.example.net");
    match gateway {
        Some(port) => run.env("IOTEDGE_GATEWAYHOSTNAME", format!("localhost:{port}")),
        None => run,
    }
}

#[test]
fn iot_edge_signs_for_the_hub_and_its_trust_bundle_is_for_the_gateway() {
    let plant = Plant::new();
    let socket = plant.folder.path().join("workload.sock");
    let bundle = plant.front.certificates().root();
    let workload = WorkloadApi::start(&socket, "edgelogs", "637%201", KEY, bundle);
    workload.fail_next(1);
    let device = edge(&plant, &[], Some(plant.front.port())).start();
    plant.front.wait_subscribed(1);
    plant.works("get --module-id edgelogs -m filter");
    let calls = workload.calls();
    let sign = "POST /modules/edgelogs/genid/637%201/sign?api-version=2022-08-03";
    assert!(calls.iter().any(|call| call == sign), "{calls:?}");
    assert!(
        calls
            .iter()
            .any(|call| call == "GET /trust-bundle?api-version=2022-08-03")
    );
    // The failure was said, and tried again.
    assert!(device.count("it is restarting") > 0, "{:#?}", device.log());
}

#[test]
fn a_gateway_whose_certificate_is_not_in_the_bundle_is_not_trusted() {
    let plant = Plant::new();
    let socket = plant.folder.path().join("workload.sock");
    let other = stand_in::mqtt::Certificates::default().root();
    let workload = WorkloadApi::start(&socket, "edgelogs", "637%201", KEY, other);
    let device = edge(&plant, &[], Some(plant.front.port())).start();
    device.await_lines("invalid peer certificate", 1);
    // No token is made for somebody who is not trusted.
    assert_eq!(workload.signed(), 0);
}

#[test]
fn a_device_itself_and_a_certificate_may_stand_for_an_identity() {
    let plant = Plant::with(MqttSetup::device("d", key()));
    let ca = plant.path("ca.pem");
    let source = plant.source();
    let string = format!(
        "HostName=localhost:{};DeviceId=d;SharedAccessKey={KEY}",
        plant.front.port()
    );
    let file = plant.write("device.txt", &format!("\"{string}\"\r\n"));
    let file = file.display().to_string();
    let run = [
        "--source",
        &source,
        "--ca-file",
        &ca,
        "--connection-string-file",
        &file,
    ];
    let _device = device_run(&run).start();
    plant.front.wait_subscribed(1);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let answer = runtime.block_on(plant.front.call("d", "", "ping", None));
    assert_eq!(answer, Some((200, "null".to_owned())));

    let plant = Plant::with(MqttSetup::module("d", "edgelogs", Proof::Certificate));
    let ca = plant.path("ca.pem");
    let (certificate, secret) = plant.front.certificates().issue("d/edgelogs", &["d"], None);
    let certificate = plant.write("cert.pem", &certificate).display().to_string();
    let secret = plant.write("key.pem", &secret).display().to_string();
    let string = format!(
        "HostName=localhost:{};DeviceId=d;ModuleId=edgelogs;x509=true",
        plant.front.port()
    );
    let run = ["--source", &source, "--ca-file", &ca];
    let missing = device_run(&run).env("EDGELOGS_DEVICE_CONNECTION_STRING", &string);
    assert_eq!(missing.output().status.code(), Some(2));
    let with = [
        &run[..],
        &["--cert-file", &certificate, "--key-file", &secret],
    ]
    .concat();
    let _device = device_run(&with)
        .env("EDGELOGS_DEVICE_CONNECTION_STRING", &string)
        .start();
    plant.front.wait_subscribed(1);
    plant.works("ping --module-id edgelogs");
}

#[test]
fn direct_goes_to_the_hub_where_a_gateway_is_named() {
    let plant = Plant::new();
    let string = format!("{};GatewayHostName=localhost:1", plant.module_string());
    let gateway = plant
        .device(&[])
        .env("EDGELOGS_DEVICE_CONNECTION_STRING", &string)
        .start();
    gateway.await_lines("localhost:1 can't be reached", 1);
    drop(gateway);
    let _direct = plant
        .device(&["--direct"])
        .env("EDGELOGS_DEVICE_CONNECTION_STRING", &string)
        .start();
    plant.front.wait_subscribed(1);
}

#[test]
fn websocket_goes_through_a_proxy_that_is_named_when_it_refuses() {
    let plant = Plant::new();
    let string = format!(
        "HostName=plant.example.net:{};DeviceId=d;ModuleId=edgelogs;SharedAccessKey={KEY}",
        plant.front.websocket_port()
    );
    for (status, told) in [
        ("407 Proxy Authentication Required", true),
        ("200 OK", false),
    ] {
        let (proxy, asked) = start_proxy(status);
        let device = plant
            .device(&["--websocket"])
            .env("EDGELOGS_DEVICE_CONNECTION_STRING", &string)
            .env(
                "HTTPS_PROXY",
                format!("http://user:pa%40ss@127.0.0.1:{proxy}"),
            )
            .start();
        let head = asked.recv().unwrap();
        assert!(head.starts_with("CONNECT plant.example.net:"), "{head}");
        assert!(
            head.contains("Proxy-Authorization: Basic dXNlcjpwYUBzcw=="),
            "{head}"
        );
        if told {
            device.await_lines("HTTPS_PROXY", 1);
            device.await_lines("refuses the connection: 407", 1);
        } else {
            plant.front.wait_subscribed(1);
            plant.works("get --module-id edgelogs -m filter");
        }
    }
    let websocket = |event: &FrontEvent| {
        matches!(
            event,
            FrontEvent::Connected {
                websocket: true,
                ..
            }
        )
    };
    assert!(plant.front.events().iter().any(websocket));
}

/// A proxy that answers every CONNECT with this status, and passes on what follows a 200 to localhost.
fn start_proxy(status: &'static str) -> (u16, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sends, asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sends = sends.clone();
            std::thread::spawn(move || pass_on(stream, status, &sends));
        }
    });
    (port, asked)
}

fn pass_on(mut stream: TcpStream, status: &str, asked: &std::sync::mpsc::Sender<String>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let port = head
        .split([':', ' '])
        .nth(2)
        .and_then(|port| port.parse::<u16>().ok());
    let _ = asked.send(head);
    let _ = stream.write_all(format!("HTTP/1.1 {status}\r\nVia: test\r\n\r\n").as_bytes());
    let Some(port) = port.filter(|_| status.starts_with('2')) else {
        return;
    };
    let Ok(to) = TcpStream::connect(("127.0.0.1", port)) else {
        return;
    };
    let (mut back, mut from) = (stream.try_clone().unwrap(), to.try_clone().unwrap());
    std::thread::spawn(move || std::io::copy(&mut from, &mut back));
    let mut to = to;
    let _ = std::io::copy(&mut stream, &mut to);
}

#[test]
fn what_names_no_identity_is_refused_before_anything_is_sent() {
    let refused = |run: DeviceRun, words: &[&str]| {
        let output = run.output();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(output.stdout.is_empty());
        for word in words {
            assert!(stderr.contains(word), "{word}: {stderr}");
        }
    };
    let run = || device_run(&["--source", "sample"]);
    let name = "EDGELOGS_DEVICE_CONNECTION_STRING";
    refused(run(), &["there is no identity", name]);
    refused(
        run().env(
            name,
            "HostName=h;SharedAccessKeyName=p;SharedAccessKey=eA==",
        ),
        &[name, "a hub's connection string"],
    );
    refused(
        run().env("IOTEDGE_WORKLOADURI", "unix:///w.sock"),
        &["IOTEDGE_IOTHUBHOSTNAME is not set"],
    );
    refused(
        run().env(name, "HostName=h;DeviceId=d;x509=true"),
        &["needs a certificate", "--cert-file"],
    );
    let with_file = [
        "--source",
        "sample",
        "--cert-file",
        "Cargo.toml",
        "--key-file",
        "Cargo.toml",
    ];
    refused(
        device_run(&with_file).env(name, "HostName=h;DeviceId=d;SharedAccessKey=eA=="),
        &["--cert-file", "the connection string has its key"],
    );
    refused(
        device_run(&["--source", "podman"]).env(name, "HostName=h;DeviceId=d;SharedAccessKey=eA=="),
        &["podman"],
    );
    refused(
        run()
            .env(name, "HostName=h;DeviceId=d;SharedAccessKey=eA==")
            .env("EDGELOGS_LOG", "loud"),
        &["EDGELOGS_LOG", "`loud` is not a level"],
    );
}
