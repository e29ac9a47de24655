//! The configurations of docs/collect.md, read by the programs that they are for.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use support::serve::Serve;

/// The blocks of the page that hold a text.
fn blocks(holding: &str) -> Vec<String> {
    let page = std::fs::read_to_string(crate::root().join("docs/collect.md")).expect("the page");
    let blocks = page.split("\n```").skip(1).step_by(2);
    let blocks = blocks.map(|block| block.split_once('\n').expect("a language").1.to_owned());
    blocks.filter(|block| block.contains(holding)).collect()
}

fn succeeded(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "needs systemd-analyze"]
fn systemd_finds_nothing_wrong_with_the_units() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut units = Vec::new();
    let mut write = |name: &str, unit: &str| {
        let path = folder.path().join(name);
        let here = unit.replace("/usr/bin/edgelogs", env!("CARGO_BIN_EXE_edgelogs"));
        std::fs::write(&path, here).expect("a unit");
        units.push(path);
    };
    let services = blocks("[Service]");
    assert_eq!(services.len(), 2);
    write("edgelogs.service", &services[0]);
    write("edgelogs-collect.service", &services[1]);
    write("edgelogs-collect.timer", &blocks("[Timer]")[0]);
    let mut verify = Command::new("systemd-analyze");
    let verified = verify.args(["verify", "--man=no"]).args(units).output();
    let verified = verified.expect("Debian's systemd is installed");
    succeeded(&verified);
    // It warns about what it does not know, and succeeds.
    assert_eq!(String::from_utf8_lossy(&verified.stderr), "");
}

#[test]
#[ignore = "needs lnav"]
fn lnav_recognises_time_level_and_module() {
    let home = tempfile::tempdir().expect("a folder");
    let lnav = |args: &[&str]| {
        let mut command = Command::new("lnav");
        command.args(args).env("HOME", home.path());
        let output = command.env("TERM", "xterm").output();
        succeeded(&output.expect("Debian's lnav is installed"))
    };
    lnav(&[
        "-i",
        crate::root()
            .join("docs/lnav/edgelogs.json")
            .to_str()
            .expect("a path"),
    ]);
    let hub = Serve::start(&["--simulate", "2", "--device", "press"]);
    let write = |name: &str, args: &[&str]| {
        let mut get = support::edgelogs();
        get.env("EDGELOGS_CONNECTION_STRING", &hub.connection_string);
        get.args(["get", "--match", "press-*", "--tail", "50"])
            .args(args);
        let path = home.path().join(name);
        std::fs::write(&path, succeeded(&get.output().expect("the binary runs"))).expect("a file");
        path
    };
    let files = [
        (
            write("edge.jsonl", &["-o", "jsonl"]),
            "edgelogs_jsonl",
            "id",
        ),
        (
            write("edge.log", &["--timestamps"]),
            "edgelogs_text",
            "module",
        ),
    ];
    for (path, format, module) in files {
        let query =
            format!(";SELECT log_time, log_level, device, {module} AS module FROM {format}");
        let path = path.to_str().expect("a path");
        let shown = lnav(&["-n", "-c", &query, "-c", ":write-json-to -", path]);
        let rows: Vec<Value> = serde_json::from_str(&shown).expect("rows");
        let lines = std::fs::read_to_string(path).expect("the file");
        assert_eq!(rows.len(), lines.lines().count(), "{format}");
        let levels: std::collections::BTreeSet<&str> = rows
            .iter()
            .filter_map(|row| row["log_level"].as_str())
            .collect();
        for level in ["error", "warning", "info", "debug"] {
            assert!(levels.contains(level), "{format}: {levels:?}");
        }
        for row in &rows {
            assert!(
                row["device"]
                    .as_str()
                    .is_some_and(|device| device.starts_with("press-"))
            );
            assert!(
                row["module"].is_string() && row["log_time"].is_string(),
                "{row}"
            );
        }
    }
}

/// A server that takes pushes, but for those with these numbers. What it took.
fn loki(refused: &'static [usize]) -> (String, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let taken = Arc::new(Mutex::new(Vec::new()));
    let pushes = Arc::clone(&taken);
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.expect("a connection");
            let mut reader = BufReader::new(stream.try_clone().expect("the connection"));
            let (mut line, mut length) = (String::new(), 0);
            while reader.read_line(&mut line).expect("a header") > 2 {
                let header = line.to_ascii_lowercase();
                if header.starts_with("expect:") {
                    stream
                        .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                        .expect("an answer");
                }
                if let Some(value) = header.strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            let status = match refused.contains(&number) {
                true => "400 Bad Request",
                false => {
                    let push = serde_json::from_slice(&body).expect("JSON");
                    pushes.lock().expect("pushes").push(push);
                    "204 No Content"
                }
            };
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).expect("an answer");
        }
    });
    (url, taken)
}

#[test]
fn what_loki_refuses_is_sent_again_and_nothing_is_lost() {
    let hub = Serve::start(&["--simulate", "3", "--device", "press"]);
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("hub");
    std::fs::write(&secret, &hub.connection_string).expect("a file");
    let script = blocks("/otlp/v1/logs").remove(0);
    let script = script.replace("/etc/edgelogs/hub", secret.to_str().expect("a path"));
    let (url, taken) = loki(&[1]);
    let program = Path::new(env!("CARGO_BIN_EXE_edgelogs"))
        .parent()
        .expect("a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let run = || {
        let mut bash = support::clean(Command::new("bash"));
        bash.args(["-c", &script]);
        bash.env("PATH", format!("{}:{path}", program.display()));
        bash.env("EDGELOGS_STATE", folder.path())
            .env("LOKI_URL", &url);
        bash.output().expect("bash runs")
    };
    let first = run();
    assert!(!first.status.success());
    succeeded(&run());
    let mut files = Vec::new();
    for device in std::fs::read_dir(folder.path().join("spool")).expect("files") {
        files.extend(std::fs::read_dir(device.expect("a device").path()).expect("files"));
    }
    assert_eq!(files.len(), 0);
    let taken = taken.lock().expect("pushes");
    let services: std::collections::BTreeSet<String> = taken
        .iter()
        .flat_map(|push| push["resourceLogs"].as_array().expect("resources").clone())
        .map(|resource| resource["resource"]["attributes"].to_string())
        .collect();
    // Three modules on each of three devices.
    assert_eq!(services.len(), 9, "{services:?}");
}
