//! Mosquitto over TLS, with a hub's side in Python (`tests/python/mqtt_hub.py`).

use std::collections::HashSet;
use std::io::Read;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use stand_in::mqtt::Certificates;
use tempfile::TempDir;

use crate::common::{Device, KEY, device_run, eventually};
use crate::is_long;

/// A broker on a port of its own.
struct Mosquitto {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Mosquitto {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let certificates = Certificates::default();
        let (certificate, key) = certificates.issue("mosquitto", &["localhost"], None);
        let path = |name: &str| folder.path().join(name).display().to_string();
        for (name, text) in [
            ("ca.pem", certificates.root()),
            ("cert.pem", certificate),
            ("key.pem", key),
        ] {
            std::fs::write(path(name), text).unwrap();
        }
        let settings = format!(
            "listener {port} 127.0.0.1\ncafile {}\ncertfile {}\nkeyfile {}\nallow_anonymous true\n\
             user root\npersistence false\nmax_queued_messages 0\n",
            path("ca.pem"),
            path("cert.pem"),
            path("key.pem")
        );
        std::fs::write(path("mosquitto.conf"), settings).unwrap();
        let mut broker = Self {
            folder,
            port,
            child: None,
        };
        broker.resume();
        broker
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Starts it, and waits until it listens.
    fn resume(&mut self) {
        let child = Command::new("/usr/sbin/mosquitto")
            .args(["-c", &self.path("mosquitto.conf")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("Debian's mosquitto is installed"));
        let port = self.port;
        eventually("a broker", || TcpStream::connect(("127.0.0.1", port)).ok());
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// A device that is connected to it.
    fn device(&self, level: &str) -> Device {
        let string = format!(
            "HostName=localhost:{};DeviceId=d;ModuleId=edgelogs;SharedAccessKey={KEY}",
            self.port
        );
        let ca = self.path("ca.pem");
        let device = device_run(&["--source", "sample", "--ca-file", &ca])
            .env("EDGELOGS_DEVICE_CONNECTION_STRING", string)
            .env("EDGELOGS_LOG", level)
            .start();
        device.await_lines("connected, and subscribed", 1);
        device
    }

    /// The hub's side.
    fn hub(&self, arguments: &[&str]) -> Command {
        let python = std::env::var_os("EDGELOGS_TEST_PYTHON")
            .expect("EDGELOGS_TEST_PYTHON names an interpreter with tests/python/requirements.txt");
        let mut command = Command::new(python);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/mqtt_hub.py");
        command
            .arg(script)
            .args(["localhost", &self.port.to_string(), &self.path("ca.pem")])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        command
    }

    /// What the hub's side found, once it is through.
    fn load(&self, requests: usize, in_flight: usize) -> Value {
        let (requests, in_flight) = (requests.to_string(), in_flight.to_string());
        let child = self.hub(&["load", &requests, &in_flight]).spawn();
        result(child.expect("python"))
    }
}

fn result(mut child: Child) -> Value {
    // The end of stdin ends it.
    drop(child.stdin.take());
    let mut text = String::new();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    serde_json::from_str(&text).unwrap()
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}

#[test]
#[ignore = "needs Mosquitto and paho-mqtt"]
fn a_thousand_requests_32_in_flight_are_neither_lost_nor_mixed() {
    let broker = Mosquitto::start();
    let device = broker.device("info");
    let found = broker.load(1000, 32);
    println!("{found}");
    assert_eq!(found["answered"], 1000, "{found}");
    assert_eq!((&found["mixed"], &found["unknown"]), (&0.into(), &0.into()));
    assert_eq!(device.count("[WRN]") + device.count("[ERR]"), 0);
}

#[test]
#[ignore = "needs Mosquitto and paho-mqtt"]
fn memory_stays_flat() {
    let broker = Mosquitto::start();
    let device = broker.device("info");
    let (warm, more) = match is_long() {
        true => (2000, 8000),
        false => (1000, 2000),
    };
    assert_eq!(broker.load(warm, 32)["answered"], warm);
    let before = device.memory();
    assert_eq!(broker.load(more, 32)["answered"], more);
    let after = device.memory();
    println!(
        "{before} KiB after {warm} requests, {after} KiB after {}",
        warm + more
    );
    assert!(
        after * 100 <= before * 105,
        "{before} KiB, then {after} KiB"
    );
}

#[test]
#[ignore = "needs Mosquitto and paho-mqtt"]
fn a_broker_that_is_killed_again_and_again_is_found_again_within_5_s() {
    let mut broker = Mosquitto::start();
    let device = broker.device("debug");
    let hub = broker.hub(&["steady"]).spawn().expect("python");
    let mut random = fastrand::Rng::new();
    let kills = if is_long() { 20 } else { 5 };
    let mut longest = Duration::ZERO;
    for kill in 1..=kills {
        std::thread::sleep(Duration::from_millis(random.u64(500..4000)));
        broker.kill();
        std::thread::sleep(Duration::from_millis(random.u64(50..3000)));
        broker.resume();
        let began = Instant::now();
        device.await_lines("connected, and subscribed", kill + 1);
        longest = longest.max(began.elapsed());
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "{:?}",
            began.elapsed()
        );
    }
    std::thread::sleep(Duration::from_secs(1));
    let found = result(hub);
    let log = device.log();
    let ids = |words: &str| -> HashSet<String> {
        let lines = log.iter().filter(|line| line.contains(words));
        let id = |line: &String| {
            let rest = line.split(", id ").nth(1).unwrap();
            rest.split([',', ':']).next().unwrap().to_owned()
        };
        lines.map(id).collect()
    };
    let (requested, answered, lost) = (
        ids("GetTaskStatus requested"),
        ids("GetTaskStatus answered"),
        ids("is lost"),
    );
    println!(
        "{kills} kills, back within {longest:?}; {found}; {} delivered, {} answered, {} lost",
        requested.len(),
        answered.len(),
        lost.len()
    );
    assert_eq!((&found["mixed"], &found["unknown"]), (&0.into(), &0.into()));
    assert!(requested.len() > 50);
    let untold: Vec<_> = requested
        .difference(&answered)
        .filter(|id| !lost.contains(*id))
        .collect();
    assert!(untold.is_empty(), "{untold:?}");
}
