//! No output holds a signature, a key or a token: not help, not usage errors, not failures.

use crate::common::edgelogs;

const SIGNATURE: &str = "bm90LWZvci15b3VyLWV5ZXM%3D";
const KEY: &str = "a2V5LW5vdC1mb3IteW91ci1leWVz";

fn sas() -> String {
    format!(
        "https://acct.blob.core.windows.net/logs?sv=2025-01-05&sr=c&sp=acw&se=2126-01-01&sig={SIGNATURE}"
    )
}

/// Runs with every secret in the environment, and looks for them in both streams.
fn shows_no_secret(args: &[&str]) {
    let ran = edgelogs(args)
        .env("EDGELOGS_SAS", &sas())
        .env("EDGELOGS_DEVICE", "press-07")
        // Nothing listens there.
        .env(
            "EDGELOGS_CONNECTION_STRING",
            &format!(
                "HostName=http://127.0.0.1:1;SharedAccessKeyName=service;SharedAccessKey={KEY}"
            ),
        )
        .run();
    for secret in [SIGNATURE, "bm90LWZvci15b3VyLWV5ZXM", KEY] {
        assert!(
            !ran.stdout.contains(secret),
            "{args:?} shows {secret} on stdout: {}",
            ran.stdout
        );
        assert!(
            !ran.stderr.contains(secret),
            "{args:?} shows {secret} on stderr: {}",
            ran.stderr
        );
    }
}

#[test]
fn help_shows_no_value_of_the_environment() {
    for command in [
        "get", "upload", "bundle", "status", "devices", "modules", "ping", "restart", "invoke",
    ] {
        for flag in ["-h", "--help"] {
            shows_no_secret(&[command, flag]);
        }
    }
}

#[test]
fn usage_errors_repeat_no_secret() {
    let sas = sas();
    let connection = format!("HostName=h;SharedAccessKeyName=service;SharedAccessKey={KEY}");
    for args in [
        &["bundle", &sas][..],
        &["bundle", "--sas", &sas, &sas],
        &["upload", "--encoding", &sas],
        &["upload", "--sass", &sas],
        &[&format!("--{sas}")],
        &["status", &sas],
        &["status", "--wait", &connection],
        &["get", "--since", &connection],
        &["get", "--tail", &sas],
        &["get", "--timeout", &sas],
        &["get", "--item", "x", &sas],
        &["get", "--connection-string", &connection],
        &["get", "--connection-string-file", &connection],
        &["upload", "--sas", &format!("@{sas}")],
        &["upload", "--sas", &sas.replace("https", "ftp")],
    ] {
        shows_no_secret(args);
    }
}

#[test]
fn dry_runs_and_failures_show_no_secret() {
    let sas = sas();
    let account = format!("AccountName=acct;AccountKey={KEY}");
    let quoted = format!("{{\"sasUrl\":\"{}\"}}", sas.replace('/', "\\/"));
    for args in [
        &["upload", "--dry-run"][..],
        &["bundle", "--dry-run"],
        &["upload", "--sas", &sas, &sas, "--dry-run"],
        &["upload", "--retries", "0"],
        &["bundle", "--retries", "0"],
        &["get", "--retries", "0"],
        &["devices", "--retries", "0", "-vv"],
        &["modules", "--retries", "0", "-vv"],
        &["ping", "--retries", "0", "-vv"],
        &["restart", "m", "--yes", "--retries", "0", "-vv"],
        &["restart", &sas, "--yes", "--retries", "0"],
        &[
            "restart",
            "m",
            "-d",
            &sas,
            "--yes",
            "--retries",
            "0",
            "-o",
            "json",
        ],
        &["ping", "-d", &sas, "-d", "x", "--retries", "0"],
        &[
            "modules",
            "-d",
            &sas,
            "-d",
            "x",
            "--retries",
            "0",
            "-o",
            "json",
        ],
        &["devices", "--where", &sas, "--retries", "0"],
        &["invoke", &sas, "--module-id", &sas, "--retries", "0"],
        &[
            "invoke",
            "ping",
            "--payload",
            &quoted,
            "--retries",
            "0",
            "-vv",
        ],
        &["invoke", "ping", "--payload", &quoted, "--dry-run"],
        &["invoke", "ping", "--payload", &sas],
        &["invoke", "ping", "--payload", &format!("@{sas}")],
        &["sas", "check", "-vv"],
        &["sas", "check", &sas, "-o", "json"],
        &[
            "sas",
            "check",
            &sas.replace("/logs?", &format!("/logs/sig={SIGNATURE}?")),
        ],
        &["sas", "check", &sas[sas.find('?').unwrap()..]],
        &["sas", "new", "--container", &sas],
        &["sas", "new", "--container", "logs", "--account", &account],
        &[
            "sas",
            "new",
            "--container",
            "logs",
            "--account-key-file",
            &account,
        ],
        &[
            "sas",
            "new",
            "--container",
            "logs",
            "--account",
            "acct",
            "--blob-endpoint",
            &account,
        ],
        &[
            "sas",
            "new",
            "--container",
            "logs",
            "--storage-connection-string-file",
            &account,
        ],
        &["doctor", "-vv"],
        &["doctor", "-d", &sas, "-o", "json"],
    ] {
        shows_no_secret(args);
    }
}
