//! `edgelogs sas new`: where the account comes from, what is refused, and that no key is shown.

use insta::assert_snapshot;
use serde_json::Value;

use super::KEY;
use crate::common::{Ran, edgelogs, shown};

fn connection_string() -> String {
    format!(
        "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={KEY};EndpointSuffix=core.windows.net"
    )
}

/// Runs `sas new` for the container `logs`.
fn new(args: &[&str], variables: &[(&str, &str)]) -> Ran {
    edgelogs("sas new --container logs -vv")
        .args(args)
        .envs(variables)
        .run()
}

/// The fields of the one URL on stdout.
fn fields(ran: &Ran) -> (String, Vec<(String, String)>) {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 1);
    let mut url = url::Url::parse(ran.stdout.trim_end()).expect("a URL");
    let pairs = url.query_pairs().into_owned().collect();
    url.set_query(None);
    (url.to_string(), pairs)
}

fn field(ran: &Ran, name: &str) -> Option<String> {
    let (_, fields) = fields(ran);
    fields
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

#[test]
fn the_account_is_read_from_a_file_stdin_or_azures_variables() {
    let file = |text: &str| {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("written");
        file
    };
    let text = connection_string();
    let (string, key) = (file(&format!("{text}\n")), file(&format!("\"{KEY}\"\n")));
    let path = |file: &tempfile::NamedTempFile| file.path().to_str().expect("a path").to_owned();
    let public = "https://acct.blob.core.windows.net/logs";
    let elsewhere = format!("AccountName=other;AccountKey={KEY}");
    for (args, variables, url) in [
        (
            vec![],
            vec![("AZURE_STORAGE_CONNECTION_STRING", text.as_str())],
            public,
        ),
        (
            vec![],
            vec![
                ("AZURE_STORAGE_ACCOUNT", "acct"),
                ("AZURE_STORAGE_KEY", KEY),
            ],
            public,
        ),
        // What is typed is stronger than what is set.
        (
            vec!["--storage-connection-string-file".to_owned(), path(&string)],
            vec![("AZURE_STORAGE_CONNECTION_STRING", elsewhere.as_str())],
            public,
        ),
        (
            vec![
                "--account".to_owned(),
                "acct".to_owned(),
                "--account-key-file".to_owned(),
                path(&key),
            ],
            vec![("AZURE_STORAGE_CONNECTION_STRING", elsewhere.as_str())],
            public,
        ),
        (
            [
                "--account",
                "acct",
                "--blob-endpoint",
                "https://acct.blob.core.chinacloudapi.cn/",
            ]
            .map(str::to_owned)
            .to_vec(),
            vec![("AZURE_STORAGE_KEY", KEY)],
            "https://acct.blob.core.chinacloudapi.cn/logs",
        ),
    ] {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        assert_eq!(fields(&new(&args, &variables)).0, url, "{args:?}");
    }
    let piped = edgelogs("sas new --container logs --storage-connection-string-file -");
    assert_eq!(fields(&piped.stdin(&text).run()).0, public);
}

#[test]
fn a_new_sas_grants_only_the_needed_rights_for_an_hour() {
    let text = connection_string();
    let variables = [("AZURE_STORAGE_CONNECTION_STRING", text.as_str())];
    for (args, rights) in [
        (&[][..], "acw"),
        (&["--download"], "racwl"),
        (&["--no-overwrite"], "ac"),
        (&["--no-overwrite", "--download"], "racl"),
    ] {
        let ran = new(args, &variables);
        assert_eq!(field(&ran, "sp").as_deref(), Some(rights));
        assert_eq!(field(&ran, "sr").as_deref(), Some("c"));
        assert_eq!(field(&ran, "spr").as_deref(), Some("https"));
        assert_eq!(field(&ran, "st"), None);
    }
    for (args, seconds) in [(&[][..], 3600), (&["--expiry", "8h"], 8 * 3600)] {
        let before = jiff::Timestamp::now().as_second();
        let end: jiff::Timestamp = field(&new(args, &variables), "se")
            .expect("an end")
            .parse()
            .expect("a time");
        let after = jiff::Timestamp::now().as_second();
        assert!((before + seconds..=after + seconds).contains(&end.as_second()));
    }
    let json = new(&["-o", "json"], &variables);
    let object: Value = serde_json::from_str(&json.stdout).expect("one object");
    assert_eq!(
        (&object["account"], &object["container"], &object["rights"]),
        (&"acct".into(), &"logs".into(), &"acw".into())
    );
    assert!(object["url"].as_str().expect("a URL").contains("&sig="));
}

#[test]
fn a_new_sas_passes_sas_check() {
    let text = connection_string();
    let made = new(
        &["--download", "-q"],
        &[("AZURE_STORAGE_CONNECTION_STRING", &text)],
    );
    assert_eq!(made.stderr, "");
    let ran = edgelogs("sas check -").stdin(&made.stdout).exits(0);
    for job in ["upload as text", "upload as json", "bundle", "--download"] {
        ran.assert_stdout(format!("{job}\tyes\n"));
    }
}

#[test]
fn refusals_print_no_url_and_name_their_reason() {
    let text = connection_string();
    let good = ("AZURE_STORAGE_CONNECTION_STRING", text.as_str());
    let hub =
        format!("HostName=h.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey={KEY}");
    let sas = "BlobEndpoint=https://acct.blob.core.windows.net;SharedAccessSignature=sv=1&sig=x";
    let plain = text.replace("https", "http");
    for (name, args, variables) in [
        ("no-account", &[][..], &[][..]),
        ("no-key", &["--account", "other"], &[good]),
        (
            "key-as-file",
            &["--account", "acct", "--account-key-file", KEY],
            &[],
        ),
        (
            "bad-account",
            &["--account", "acct.blob.core.windows.net"],
            &[("AZURE_STORAGE_KEY", KEY)],
        ),
        (
            "bad-key",
            &["--account", "acct"],
            &[("AZURE_STORAGE_KEY", "s3cr3t!")],
        ),
        (
            "plain-http",
            &[],
            &[("AZURE_STORAGE_CONNECTION_STRING", plain.as_str())],
        ),
        (
            "hub",
            &[],
            &[("AZURE_STORAGE_CONNECTION_STRING", hub.as_str())],
        ),
        (
            "only-a-sas",
            &[],
            &[("AZURE_STORAGE_CONNECTION_STRING", sas)],
        ),
        ("too-short", &["--expiry", "1m"], &[good]),
        ("too-long", &["--expiry", "8d"], &[good]),
    ] {
        let ran = new(args, variables);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (2, ""),
            "{name}: {}",
            ran.stderr
        );
        assert_snapshot!(format!("new-{name}"), shown(&ran));
    }
    for container in [
        "Logs",
        "$root",
        "a--b",
        "https://acct.blob.core.windows.net/logs",
    ] {
        let ran = edgelogs(format!("sas new --container {container}"))
            .env(good.0, good.1)
            .run();
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{container}");
    }
    assert_snapshot!(
        "new-bad-container",
        shown(&edgelogs("sas new --container Logs").run())
    );
}

#[test]
fn flags_override_the_environments_connection_string() {
    let string = connection_string();
    let variables = [("AZURE_STORAGE_CONNECTION_STRING", string.as_str())];
    let (url, _) = fields(&new(
        &["--blob-endpoint", "https://acct.blob.example"],
        &variables,
    ));
    assert_eq!(url, "https://acct.blob.example/logs");
    // Its key is that of the account that the flag names.
    let (url, _) = fields(&new(&["--account", "acct"], &variables));
    assert_eq!(url, "https://acct.blob.core.windows.net/logs");
    let (url, _) = fields(&new(
        &[
            "--account",
            "acct",
            "--blob-endpoint",
            "https://acct.blob.example",
        ],
        &variables,
    ));
    assert_eq!(url, "https://acct.blob.example/logs");
    let ran = new(&["--account", "other"], &variables);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .contains("no key given for storage account `other`")
    );
    let ran = new(&["--blob-endpoint", "nonsense"], &variables);
    assert_eq!(ran.code, 2, "{}", ran.stdout);
}
