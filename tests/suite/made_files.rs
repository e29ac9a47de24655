//! Files that people make: PowerShell's `>`, Notepad, `az` without `-o tsv`. All are read in one way.

use crate::common::folder::Folder;
use crate::common::samples::{NO_HUB, SAS, hub_with};
use crate::common::{Edgelogs, edgelogs};

/// The ways in which a text may be written, with its name.
fn written(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let crlf = format!("{}\r\n", text.replace('\n', "\r\n"));
    let marked = format!("\u{feff}{crlf}");
    let utf16 = |unit: fn(u16) -> [u8; 2]| marked.encode_utf16().flat_map(unit).collect();
    vec![
        ("plain", text.as_bytes().to_vec()),
        ("CRLF", crlf.into_bytes()),
        ("UTF-8 with a mark", marked.clone().into_bytes()),
        ("UTF-16 LE", utf16(u16::to_le_bytes)),
        ("UTF-16 BE", utf16(u16::to_be_bytes)),
    ]
}

/// Runs a command with a file in each of the forms.
fn each(text: &str, check: impl Fn(&str, Edgelogs), args: &str) {
    let folder = Folder::new();
    for (form, bytes) in written(text) {
        let path = folder.write("file", bytes);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let private = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&path, private).unwrap();
        }
        check(form, edgelogs(args.replace("FILE", &path)));
    }
}

fn exits_0(form: &str, run: Edgelogs) {
    let ran = run.run();
    assert_eq!(ran.code, 0, "{form}: {}", ran.stderr);
}

#[test]
fn a_connection_string_is_read_in_every_form() {
    let stand_in = hub_with("d");
    let text = stand_in.connection_string();
    for text in [
        text.clone(),
        format!("\"{text}\""),
        format!("'{text}'"),
        format!("{{\n  \"connectionString\": \"{text}\"\n}}"),
    ] {
        each(&text, exits_0, "ping -d d --connection-string-file FILE");
    }
    let settings = "connection-string-file = \"cs\"\n";
    let folder = Folder::new();
    folder.write("cs", format!("\u{feff}'{text}'\r\n"));
    let path = folder.write("settings.toml", settings);
    exits_0(
        "by the profile",
        edgelogs(format!("--config {path} ping -d d")),
    );
}

#[test]
fn a_sas_is_read_in_every_form() {
    for text in [SAS.to_owned(), format!("\"{SAS}\""), format!("'{SAS}'")] {
        each(&text, exits_0, "sas check @FILE");
        each(&text, exits_0, "upload -d d --dry-run --sas @FILE");
    }
}

#[test]
fn an_account_key_and_a_storage_connection_string_are_read_in_every_form() {
    let key = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";
    for text in [key.to_owned(), format!("\"{key}\""), format!("'{key}'")] {
        let args = "sas new --container logs --account acct --account-key-file FILE";
        each(&text, exits_0, args);
    }
    let text = format!("AccountName=acct;AccountKey={key};EndpointSuffix=core.windows.net");
    for text in [
        text.clone(),
        format!("'{text}'"),
        format!("{{\"connectionString\":\"{text}\"}}"),
    ] {
        let args = "sas new --container logs --storage-connection-string-file FILE";
        each(&text, exits_0, args);
    }
}

#[test]
fn ids_are_read_in_every_form() {
    let check = |form: &str, run: Edgelogs| {
        let ran = run.quiet();
        let devices = &ran.json()["devices"];
        assert_eq!(
            *devices,
            serde_json::json!(["press-07", "press-08"]),
            "{form}"
        );
    };
    let text = "# all\npress-07\n\n \"press-08\" ";
    each(text, check, "get --dry-run --devices-from FILE");
}

#[test]
fn a_payload_is_read_in_every_form() {
    let check = |form: &str, run: Edgelogs| {
        let ran = run.quiet();
        assert_eq!(ran.json()["payload"]["text"], "\u{e4}", "{form}");
    };
    each(
        "{\"text\": \"\u{e4}\"}",
        check,
        "invoke m -d d --dry-run --payload @FILE",
    );
}

#[test]
fn settings_are_read_in_every_form() {
    let check = |form: &str, run: Edgelogs| {
        let ran = run.quiet();
        let filter = &ran.json()["payload"]["items"][0]["filter"];
        // Two entries more than the tail are asked for.
        assert_eq!(filter["tail"], 9, "{form}");
    };
    let text = "default-profile = \"a\"\n[profiles.a]\ntail = 7\ndevice = \"d\"";
    each(text, check, "--config FILE get --dry-run");
}

#[cfg(feature = "device")]
#[test]
fn certificates_and_their_key_are_read_in_every_form() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    each(&made.cert.pem(), exits_0, "get -n 1 --local --ca-file FILE");
    let folder = Folder::new();
    let keys = written(&made.signing_key.serialize_pem());
    for ((form, certificate), (_, key)) in written(&made.cert.pem()).into_iter().zip(keys) {
        let certificate = folder.write("cert.pem", certificate);
        let key = folder.write("key.pem", key);
        let files = ["--tls-cert", &certificate, "--tls-key", &key];
        let serve = support::serve::Serve::start(&files);
        assert!(
            serve.connection_string.starts_with("HostName=localhost:"),
            "{form}"
        );
    }
}

#[test]
fn records_on_stdin_are_read_with_a_mark() {
    let record = r#"{"device":"d","correlationId":"3fa85f64-5717-4562-b3fc-2c963f66afa6"}"#;
    let ran = edgelogs("status - --dry-run")
        .stdin(&format!("\u{feff}{record}\r\n"))
        .quiet();
    assert_eq!(ran.json()["devices"][0], "d");
}

/// The files of public reports, as they are.
#[test]
fn the_files_of_public_reports_are_read() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/made_files");
    for (args, files) in [
        (
            "get --dry-run --devices-from",
            &["devices-bom.txt", "devices-crlf.txt", "devices-utf16.txt"][..],
        ),
        (
            "sas check @",
            &["sas-bom.txt", "sas-crlf.txt", "sas-utf16.txt"],
        ),
        ("invoke m -d d --dry-run --payload @", &["payload-bom.json"]),
        (
            "sas new --container logs --account acct --account-key-file",
            &["key-bom.txt"],
        ),
        ("--config", &["config-bom.toml"]),
    ] {
        for file in files {
            let joined = if args.ends_with('@') { "" } else { " " };
            let command = if args == "--config" {
                " config show"
            } else {
                ""
            };
            exits_0(
                file,
                edgelogs(format!("{args}{joined}{data}/{file}{command}")),
            );
        }
    }
    // Nothing answers at these hubs: that they are called shows that the file was read.
    for file in [
        "cs-bom.txt",
        "cs-crlf.txt",
        "cs-utf16.txt",
        "az-output.json",
        "quoted.txt",
    ] {
        let args = format!("ping -d d --retries 0 --connection-string-file {data}/{file}");
        edgelogs(args).exits(6);
    }
    #[cfg(feature = "device")]
    for file in ["ca-bom.pem", "ca-utf16.pem"] {
        exits_0(
            file,
            edgelogs(format!("get -n 1 --local --ca-file {data}/{file}")),
        );
    }
}

#[test]
fn a_file_that_is_not_text_is_named() {
    let folder = Folder::new();
    for (bytes, reason) in [
        (&b"od\xffd"[..], "it is not UTF-8"),
        (b"o\0d\0d\0", "it contains NUL characters; save it as UTF-8"),
        (b"\xff\xfeo\0d", "it is UTF-16, cut off within a character"),
    ] {
        let path = folder.write("odd.txt", bytes);
        for args in [
            "ping -d d --connection-string-file FILE",
            "sas check @FILE",
            "get --devices-from FILE",
            "--config FILE get --dry-run",
            "sas new --container logs --account acct --account-key-file FILE",
        ] {
            let run = edgelogs(args.replace("FILE", &path));
            let ran = run.env("EDGELOGS_CONNECTION_STRING", NO_HUB).refused();
            ran.assert_stderr("odd.txt");
            ran.assert_stderr(reason);
        }
    }
}
