//! Stdin and small files: reading ends with Ctrl-C and at a limit, and secrets in a wrong
//! argument are refused and never printed.

#[cfg(unix)]
use crate::common::Ran;
use crate::common::edgelogs;
use crate::common::folder::Folder;
use crate::common::samples::{SAS, hub_string};

#[cfg(unix)]
fn endless(args: &str) -> Ran {
    edgelogs(args)
        .env("EDGELOGS_CONNECTION_STRING", hub_string("h.invalid"))
        .refused()
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_a_command_that_waits_for_stdin() {
    for args in [
        "devices --connection-string-file -",
        "ping --devices-from -",
        "invoke ping -d x --payload -",
        "upload -d x --sas -",
        "bundle -d x --sas - --dry-run",
        "sas check -",
        "sas new --container logs --storage-connection-string-file -",
        "status -",
        "doctor --connection-string-file -",
    ] {
        let running = edgelogs(args)
            .env("EDGELOGS_CONNECTION_STRING", hub_string("h.invalid"))
            .start_with_silent_stdin();
        running.await_handler();
        let (code, stderr) = running.interrupt();
        assert_eq!(code, 130, "{args}: {stderr}");
        assert!(stderr.contains("interrupted"), "{args}: {stderr}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_a_command_that_waits_for_a_fifo() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    let fifo = fifo.to_str().unwrap();
    let args = ["devices", "--connection-string-file", fifo];
    let running = edgelogs(args).start_with_silent_stdin();
    running.await_handler();
    assert_eq!(running.interrupt().0, 130);
}

#[cfg(unix)]
#[test]
fn endless_files_are_refused() {
    for args in [
        "devices --connection-string-file /dev/zero",
        "upload -d x --sas @/dev/zero",
        "sas check @/dev/zero",
        "ping --devices-from /dev/zero",
        "devices --ca-file /dev/zero",
    ] {
        endless(args).assert_stderr_starts("error: `/dev/zero` holds more than ");
    }
    endless("invoke x -d x --payload @/dev/zero").assert_stderr("limit of 131072 bytes");
}

#[test]
fn an_oversized_stdin_is_called_stdin() {
    let ran = edgelogs("sas check -")
        .stdin(&"y\n".repeat(40_000))
        .exits(2);
    assert_eq!(
        ran.stderr,
        "error: stdin holds more than 64 KiB, which is the limit\n"
    );
}

#[test]
fn a_connection_string_passed_as_hub_is_refused_and_never_printed() {
    for hub in [&hub_string("h.invalid"), "a;b", "a=b"] {
        let ran = edgelogs(format!("devices --hub {hub}")).exits(2);
        assert!(ran.stderr.contains("EDGELOGS_CONNECTION_STRING"), "{hub}");
        ran.assert_no_stderr("c2Vj");
    }
    for hub in ["--hub=-x", "--hub=..", "--hub=u:p@h.invalid", "--hub=h:"] {
        let ran = edgelogs(format!("devices {hub}")).exits(2);
        assert!(ran.stderr.contains("the host name of a hub"), "{hub}");
    }
}

#[test]
fn a_ca_file_without_a_certificate_is_refused() {
    let folder = Folder::new();
    let key = folder.write("key", "c2VjcmV0LWtleQ==\n");
    let der = folder.write("root.der", [0x30, 0x82, 0x01, 0xff, 0x30, 0x82]);
    let refused = |file: &str| {
        let ran = edgelogs(format!("devices --hub h.invalid --ca-file {file}")).exits(2);
        ran.stderr
    };
    let sentence = |file: &str| format!("error: `{file}` holds no certificate in PEM form\n");
    assert_eq!(refused(&key), sentence(&key));
    assert_eq!(
        refused(&der),
        format!(
            "{}  hint: openssl x509 -inform der -in {der} -out {der}.pem\n",
            sentence(&der)
        )
    );
}

#[test]
fn a_misplaced_sas_url_is_refused_and_never_printed() {
    let url = SAS;
    for args in [
        format!("get -d x {url} --dry-run"),
        format!("get -d x -m {url} --dry-run"),
        format!("get -d x --item {url} tail=1 --dry-run"),
        format!("get -d {url} --dry-run"),
        format!("ping -d {url} --dry-run"),
        format!("restart {url} -d x --dry-run"),
        format!("doctor -d {url}"),
        format!("status 3fa85f64-5717-4562-b3fc-2c963f66afa6 -d {url} --dry-run"),
        "get -d x a&sig=c2VjcmV0 --dry-run".to_owned(),
    ] {
        let ran = edgelogs(args).refused();
        ran.assert_stderr("looks like a SAS URL");
        ran.assert_no_stderr("acct.blob");
    }
}

#[test]
fn a_bundle_with_an_empty_window_is_refused_without_a_warning() {
    let ran = edgelogs("bundle -d x --since 2h --until 3h").exits(2);
    ran.assert_stderr_starts("error: ");
}

#[cfg(feature = "device")]
#[test]
fn dry_runs_name_the_local_device() {
    let folder = tempfile::tempdir().unwrap();
    let sas = url::Url::from_directory_path(folder.path()).unwrap();
    for args in [
        &["get", "--local", "--dry-run"][..],
        &["upload", "--local", "--dry-run", "--sas", sas.as_str()],
    ] {
        let ran = edgelogs(args).exits(0);
        let line: serde_json::Value = ran.json();
        assert_eq!(line["devices"], serde_json::json!(["local"]));
    }
}

#[cfg(feature = "device")]
#[test]
fn a_missing_log_source_is_refused() {
    for source in [
        "dir:/nowhere/logs",
        "docker:/nowhere/x.sock",
        "edged:/nowhere/x.sock",
    ] {
        let ran = edgelogs(format!("get --local={source}")).exits(2);
        ran.assert_stderr("/nowhere/");
    }
}
