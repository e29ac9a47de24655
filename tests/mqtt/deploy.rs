//! What `docs/device` has: an image without a registry, in a real Docker Engine with its socket mounted,
//! made as the deployment manifest says; and a unit of systemd.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use stand_in::mqtt::{MqttSetup, Proof};
use stand_in::{DeviceSetup, ModuleSetup, Setup, StandIn};
use support::engine::Engine;

use crate::common::KEY;
use crate::docker::SCRIPT;

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/device")
}

fn succeeded(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    text
}

/// An image, which is removed in the end.
struct Image<'a>(&'a Engine, String);

impl Drop for Image<'_> {
    fn drop(&mut self) {
        self.0.docker(&["rmi", &self.1]);
    }
}

/// Builds the image as `docs/device-module.md` says. A release is measured where
/// `EDGELOGS_TEST_RELEASE` names one.
fn build<'a>(engine: &'a Engine, folder: &Path) -> Image<'a> {
    let context = folder.join("context");
    std::fs::create_dir(&context).unwrap();
    let release = std::env::var_os("EDGELOGS_TEST_RELEASE");
    let program = release
        .clone()
        .unwrap_or_else(|| env!("CARGO_BIN_EXE_edgelogs").into());
    let made = Command::new(files().join("make-rootfs"))
        .arg(program)
        .arg(context.join("rootfs"))
        .output();
    succeeded(&made.unwrap());
    let image = format!("edgelogs-device-{}", std::process::id());
    let file = files().join("Dockerfile").display().to_string();
    let context = context.display().to_string();
    engine.docker(&[
        "build",
        "--network",
        "none",
        "-q",
        "-t",
        &image,
        "-f",
        &file,
        &context,
    ]);
    let bytes = engine.docker(&["image", "inspect", "-f", "{{.Size}}", &image]);
    let bytes: u64 = bytes.parse().unwrap();
    println!("the image has {:.1} MB", bytes as f64 / 1e6);
    assert!(release.is_none() || bytes <= 25_000_000, "{bytes} bytes");
    Image(engine, image)
}

/// The module in the deployment manifest.
fn manifest() -> Value {
    let text = std::fs::read_to_string(files().join("deployment.json")).unwrap();
    let manifest: Value = serde_json::from_str(&text).unwrap();
    manifest["modulesContent"]["$edgeAgent"]["properties.desired.modules.edgelogs"].clone()
}

fn create_options() -> Value {
    let module = manifest();
    let options = module["settings"]["createOptions"].as_str().unwrap();
    // What is longer has to be split into createOptions01 and so on.
    assert!(options.len() <= 512, "{}", options.len());
    serde_json::from_str(options).unwrap()
}

#[test]
fn the_manifest_has_what_the_agent_requires_and_what_the_page_shows() {
    let module = manifest();
    assert_eq!(module["type"], "docker");
    assert_eq!(module["status"], "running");
    assert_eq!(module["restartPolicy"], "always");
    assert_eq!(module["version"], env!("CARGO_PKG_VERSION"));
    let image = module["settings"]["image"].as_str().unwrap();
    assert!(image.ends_with(&format!(":{}", env!("CARGO_PKG_VERSION"))));
    for (name, entry) in module["env"].as_object().unwrap() {
        assert!(entry["value"].is_string(), "{name}");
    }
    let page = files().with_file_name("device-module.md");
    let page = std::fs::read_to_string(page).unwrap();
    let block = page
        .split("```json\n")
        .find(|block| block.contains("\"HostConfig\""))
        .and_then(|block| block.split("```").next());
    let shown: Value = serde_json::from_str(block.unwrap()).unwrap();
    assert_eq!(shown, create_options());
}

#[test]
#[ignore = "needs systemd-analyze"]
fn systemd_finds_nothing_wrong_with_the_unit() {
    let unit = std::fs::read_to_string(files().join("edgelogs-device.service")).unwrap();
    let program = env!("CARGO_BIN_EXE_edgelogs");
    let here = unit.replace("/usr/bin/edgelogs", program);
    assert_ne!(here, unit);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("edgelogs-device.service");
    std::fs::write(&path, here).unwrap();
    let verified = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(&path)
        .output()
        .expect("Debian's systemd is installed");
    succeeded(&verified);
    // It warns about what it does not know, and succeeds.
    assert_eq!(String::from_utf8_lossy(&verified.stderr), "");
}

#[test]
#[ignore = "needs a Docker Engine"]
fn an_image_without_a_distribution_answers_for_a_sibling_as_the_manifest_deploys_it() {
    let engine = Engine::from_env();
    let folder = tempfile::tempdir().unwrap();
    let image = build(&engine, folder.path());
    let sibling = engine.start("edgelogs-sibling", &[], SCRIPT);
    let name = &sibling.name;

    let device = DeviceSetup::new("d")
        .module(ModuleSetup::new("edgelogs"))
        .module(ModuleSetup::new(name));
    let stand_in = StandIn::start(Setup::with(device));
    let proof = Proof::Key(KEY.to_owned());
    let front = stand_in.start_mqtt(MqttSetup::module("d", "edgelogs", proof));
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, front.certificates().root()).unwrap();

    // What the agent does with createOptions: it adds image and environment.
    let mut body = create_options();
    body["Image"] = json!(image.1);
    body["Env"] = json!([format!(
        "EDGELOGS_DEVICE_CONNECTION_STRING=HostName=localhost:{};DeviceId=d;ModuleId=edgelogs;SharedAccessKey={KEY}",
        front.port()
    )]);
    // And what is different here: where the socket is, no bridge, and an authority of its own.
    let binds = body["HostConfig"]["Binds"].clone();
    assert_eq!(binds, json!(["/var/run/docker.sock:/var/run/docker.sock"]));
    body["HostConfig"]["Binds"] = json!([
        format!("{}:/var/run/docker.sock", engine.socket().display()),
        format!("{}:/ca.pem:ro", ca.display())
    ]);
    body["HostConfig"]["NetworkMode"] = json!("host");
    // With `tests/run --elsewhere`, the clock of the container is not that of the stand-in.
    let more = ["--ca-file", "/ca.pem", "--token-lifetime", "1000days"];
    let arguments = body["Cmd"].as_array_mut().unwrap();
    arguments.extend(more.into_iter().map(Value::from));
    let module = engine.create_from("edgelogs-device", &body);
    // The Engine took what it was told.
    for (format, told) in [
        ("{{.HostConfig.ReadonlyRootfs}}", "true"),
        ("{{.HostConfig.CapDrop}}", "[ALL]"),
        ("{{.HostConfig.SecurityOpt}}", "[no-new-privileges]"),
        ("{{.HostConfig.LogConfig.Type}}", "local"),
        ("{{len .HostConfig.Tmpfs}}", "2"),
    ] {
        assert_eq!(module.inspect(format), told, "{format}");
    }
    module.start();
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
    let memory = |when: &str| {
        let pid = module.inspect("{{.State.Pid}}");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let memory = status.lines().find(|line| line.starts_with("VmRSS:"));
        println!("{when}: {}", memory.unwrap());
    };
    memory("at rest, before any request");
    let logs = operator(&format!(
        "get -m {name} --module-id edgelogs --loglevel warning"
    ));
    assert_eq!(logs.lines().count(), 20, "{logs}");
    assert!(logs.ends_with("<4> line 19"), "{logs}");
    let started = || sibling.inspect("{{.State.StartedAt}}");
    let before = started();
    operator(&format!(
        "restart {name} --module-id edgelogs --yes --timeout 60s"
    ));
    assert_ne!(started(), before);
    memory("at rest, after some");
    // Its own log is one too.
    let own = engine.docker(&["logs", &module.name]);
    assert!(own.contains("RestartModule answered 200"), "{own}");
    engine.docker(&["stop", "-t", "20", &module.name]);
    assert_eq!(module.inspect("{{.State.ExitCode}}"), "0");
}
