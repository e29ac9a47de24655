//! As a container: an image without a registry (`docs/device`), in a real Docker Engine with its
//! socket mounted, answering for a sibling.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use stand_in::mqtt::{MqttSetup, Proof};
use stand_in::{DeviceSetup, ModuleSetup, Setup, StandIn};

use crate::common::KEY;

struct Engine {
    socket: PathBuf,
}

impl Engine {
    fn docker(&self, arguments: &[&str]) -> String {
        let output = Command::new("docker")
            .arg("-H")
            .arg(format!("unix://{}", self.socket.display()))
            // The builder that needs nothing else.
            .env("DOCKER_BUILDKIT", "0")
            .args(arguments)
            .output()
            .expect("the command docker");
        succeeded(&output)
    }
}

fn succeeded(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

/// Removes a container in the end.
struct Removed<'a>(&'a Engine, String);

impl Drop for Removed<'_> {
    fn drop(&mut self) {
        self.0.docker(&["rm", "-f", &self.1]);
    }
}

#[test]
#[ignore = "needs a Docker Engine"]
fn an_image_without_a_distribution_answers_for_a_sibling() {
    let engine = Engine {
        socket: std::env::var_os("EDGELOGS_TEST_DOCKER")
            .expect("EDGELOGS_TEST_DOCKER names the Engine's socket")
            .into(),
    };
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/device");
    let folder = tempfile::tempdir().unwrap();
    let context = folder.path().join("context");
    let root = context.join("rootfs");
    std::fs::create_dir(&context).unwrap();
    // A release is measured where EDGELOGS_TEST_RELEASE names one.
    let program = std::env::var_os("EDGELOGS_TEST_RELEASE");
    let made = Command::new(files.join("make-rootfs"))
        .arg(
            program
                .clone()
                .unwrap_or(env!("CARGO_BIN_EXE_edgelogs").into()),
        )
        .arg(&root)
        .output();
    succeeded(&made.unwrap());
    let unique = format!("edgelogs-device-{}", std::process::id());
    let file = files.join("Dockerfile").display().to_string();
    let place = context.display().to_string();
    engine.docker(&[
        "build",
        "--network",
        "none",
        "-q",
        "-t",
        &unique,
        "-f",
        &file,
        &place,
    ]);
    let bytes: u64 = engine
        .docker(&["image", "inspect", "-f", "{{.Size}}", &unique])
        .parse()
        .unwrap();
    println!("the image has {:.1} MB", bytes as f64 / 1e6);
    if program.is_some() {
        assert!(bytes <= 25_000_000, "{bytes} bytes");
    }

    let sibling = format!("{unique}-sibling");
    let script =
        "i=0; while [ $i -lt 20 ]; do echo \"<4> line $i\"; i=$((i+1)); done; exec sleep 1000";
    // The tests of the suite make this image of busybox as well.
    let busybox = folder.path().join("busybox.tar");
    let bin = folder.path().join("image/bin");
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::copy("/bin/busybox", bin.join("busybox")).unwrap();
    for name in ["sh", "sleep", "echo"] {
        std::os::unix::fs::symlink("busybox", bin.join(name)).unwrap();
    }
    let tar = Command::new("tar")
        .arg("-C")
        .arg(folder.path().join("image"))
        .arg("-cf")
        .args([&busybox, Path::new("bin")])
        .output();
    succeeded(&tar.unwrap());
    let image = format!("{unique}-busybox");
    engine.docker(&["import", &busybox.display().to_string(), &image]);
    let run = [
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        &sibling,
        &image,
        "/bin/sh",
        "-c",
        script,
    ];
    engine.docker(&run);
    let _sibling = Removed(&engine, sibling.clone());

    let device = DeviceSetup::new("d")
        .module(ModuleSetup::new("edgelogs"))
        .module(ModuleSetup::new(&sibling));
    let stand_in = StandIn::start(Setup::with(device));
    let front = stand_in.start_mqtt(MqttSetup::module(
        "d",
        "edgelogs",
        Proof::Key(KEY.to_owned()),
    ));
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, front.certificates().root()).unwrap();
    let string = format!(
        "EDGELOGS_DEVICE_CONNECTION_STRING=HostName=localhost:{};DeviceId=d;ModuleId=edgelogs;SharedAccessKey={KEY}",
        front.port()
    );
    let socket = format!("{}:/var/run/docker.sock", engine.socket.display());
    let trusted = format!("{}:/ca.pem:ro", ca.display());
    engine.docker(&[
        // The Engine of the tests has no bridge.
        "run",
        "-d",
        "--network",
        "host",
        "--name",
        &unique,
        "--read-only",
        "--tmpfs",
        "/tmp",
        "--tmpfs",
        "/var/lib/edgelogs",
        "--cap-drop",
        "ALL",
        "-v",
        &socket,
        "-v",
        &trusted,
        "-e",
        &string,
        &unique,
        "--source",
        "docker",
        "--ca-file",
        "/ca.pem",
        "--grace",
        "5s",
        // With `tests/run --elsewhere`, the clock of the container is not that of the stand-in.
        "--token-lifetime",
        "1000days",
    ]);
    let _device = Removed(&engine, unique.clone());
    front.wait_subscribed(1);

    let operator = |line: &str| {
        let output = support::edgelogs()
            .env("HOME", folder.path())
            .env("EDGELOGS_CONNECTION_STRING", stand_in.connection_string())
            .env("EDGELOGS_DEVICE", "d")
            .args(shlex::split(line).unwrap())
            .output();
        succeeded(&output.unwrap())
    };
    let started = || engine.docker(&["inspect", "-f", "{{.State.StartedAt}}", &sibling]);
    let logs = operator(&format!(
        "get -m {sibling} --module-id edgelogs --loglevel warning"
    ));
    assert_eq!(logs.lines().count(), 20, "{logs}");
    assert!(logs.ends_with("<4> line 19"), "{logs}");
    let before = started();
    operator(&format!(
        "restart {sibling} --module-id edgelogs --yes --timeout 60s"
    ));
    assert_ne!(started(), before);
    // Its own log is one too.
    let own = engine.docker(&["logs", &unique]);
    assert!(own.contains("RestartModule answered 200"), "{own}");
    let pid = engine.docker(&["inspect", "-f", "{{.State.Pid}}", &unique]);
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let memory = status.lines().find(|line| line.starts_with("VmRSS:"));
    println!("at rest: {}", memory.unwrap());
    engine.docker(&["stop", "-t", "20", &unique]);
    let code = engine.docker(&["inspect", "-f", "{{.State.ExitCode}}", &unique]);
    assert_eq!(code, "0");
    drop((_device, _sibling));
    engine.docker(&["rmi", &unique, &image]);
}
