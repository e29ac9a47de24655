//! `edgelogs sas new`: sources of the account, rights and refusals.

use insta::assert_snapshot;
use serde_json::Value;

use super::KEY;
use crate::common::folder::Folder;
use crate::common::{Args, Ran, edgelogs, shown};

fn connection_string() -> String {
    format!(
        "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={KEY};EndpointSuffix=core.windows.net"
    )
}

const CONNECTION_STRING: &str = "AZURE_STORAGE_CONNECTION_STRING";

/// Runs `sas new` for the container `logs`.
fn new(args: impl Args, variables: &[(&str, &str)]) -> Ran {
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
    let folder = Folder::new();
    let text = connection_string();
    let string = folder.write("string", format!("{text}\n"));
    let key = folder.write("key", format!("\"{KEY}\"\n"));
    let public = "https://acct.blob.core.windows.net/logs";
    let elsewhere = format!("AccountName=other;AccountKey={KEY}");
    let account = ("AZURE_STORAGE_ACCOUNT", "acct");
    let chinese = "https://acct.blob.core.chinacloudapi.cn/";
    for (args, variables, url) in [
        (
            String::new(),
            &[(CONNECTION_STRING, text.as_str())][..],
            public,
        ),
        (
            String::new(),
            &[account, ("AZURE_STORAGE_KEY", KEY)],
            public,
        ),
        // What is typed overrides what is set.
        (
            format!("--storage-connection-string-file {string}"),
            &[(CONNECTION_STRING, &elsewhere)],
            public,
        ),
        (
            format!("--account acct --account-key-file {key}"),
            &[(CONNECTION_STRING, &elsewhere)],
            public,
        ),
        (
            format!("--account acct --blob-endpoint {chinese}"),
            &[("AZURE_STORAGE_KEY", KEY)],
            "https://acct.blob.core.chinacloudapi.cn/logs",
        ),
    ] {
        assert_eq!(fields(&new(args.as_str(), variables)).0, url, "{args}");
    }
    let piped = edgelogs("sas new --container logs --storage-connection-string-file -");
    assert_eq!(fields(&piped.stdin(&text).run()).0, public);
}

#[test]
fn a_new_sas_grants_only_the_needed_rights_for_an_hour() {
    let text = connection_string();
    let variables = [(CONNECTION_STRING, text.as_str())];
    for (args, rights) in [
        ("", "acw"),
        ("--download", "racwl"),
        ("--no-overwrite", "ac"),
        ("--no-overwrite --download", "racl"),
    ] {
        let ran = new(args, &variables);
        assert_eq!(field(&ran, "sp").as_deref(), Some(rights));
        assert_eq!(field(&ran, "sr").as_deref(), Some("c"));
        assert_eq!(field(&ran, "spr").as_deref(), Some("https"));
        assert_eq!(field(&ran, "st"), None);
    }
    for (args, seconds) in [("", 3600), ("--expiry 8h", 8 * 3600)] {
        let before = jiff::Timestamp::now().as_second();
        let end: jiff::Timestamp = field(&new(args, &variables), "se")
            .expect("an end")
            .parse()
            .expect("a time");
        let after = jiff::Timestamp::now().as_second();
        assert!((before + seconds..=after + seconds).contains(&end.as_second()));
    }
    let json = new("-o json", &variables);
    let object: Value = json.json();
    assert_eq!(
        (&object["account"], &object["container"], &object["rights"]),
        (&"acct".into(), &"logs".into(), &"acw".into())
    );
    assert!(object["url"].as_str().expect("a URL").contains("&sig="));
}

#[test]
fn a_new_sas_passes_sas_check() {
    let text = connection_string();
    let made = new("--download -q", &[(CONNECTION_STRING, &text)]);
    assert_eq!(made.stderr, "");
    let ran = edgelogs("sas check -").stdin(&made.stdout).exits(0);
    for job in ["upload as text", "upload as json", "bundle", "--download"] {
        ran.assert_stdout(format!("{job}\tyes\n"));
    }
}

#[test]
fn refusals_print_no_url_and_name_their_reason() {
    let text = connection_string();
    let good = (CONNECTION_STRING, text.as_str());
    let hub =
        format!("HostName=h.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey={KEY}");
    let sas = "BlobEndpoint=https://acct.blob.core.windows.net;SharedAccessSignature=sv=1&sig=x";
    let plain = text.replace("https", "http");
    let key_as_file = format!("--account acct --account-key-file {KEY}");
    for (name, args, variable) in [
        ("no-account", "", None),
        ("no-key", "--account other", Some(good)),
        ("key-as-file", &key_as_file, None),
        (
            "bad-account",
            "--account acct.blob.core.windows.net",
            Some(("AZURE_STORAGE_KEY", KEY)),
        ),
        (
            "bad-key",
            "--account acct",
            Some(("AZURE_STORAGE_KEY", "s3cr3t!")),
        ),
        ("plain-http", "", Some((CONNECTION_STRING, plain.as_str()))),
        ("hub", "", Some((CONNECTION_STRING, hub.as_str()))),
        ("only-a-sas", "", Some((CONNECTION_STRING, sas))),
        ("too-short", "--expiry 1m", Some(good)),
        ("too-long", "--expiry 8d", Some(good)),
    ] {
        let ran = new(args, variable.as_slice());
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
        edgelogs(["sas", "new", "--container", container])
            .env(good.0, good.1)
            .refused();
    }
    assert_snapshot!(
        "new-bad-container",
        shown(&edgelogs("sas new --container Logs").run())
    );
}

#[test]
fn flags_override_the_environments_connection_string() {
    let string = connection_string();
    let variables = [(CONNECTION_STRING, string.as_str())];
    let endpoint = "--blob-endpoint https://acct.blob.example";
    for (args, url) in [
        (endpoint.to_owned(), "https://acct.blob.example/logs"),
        // The key is that of the account that the flag names.
        (
            "--account acct".to_owned(),
            "https://acct.blob.core.windows.net/logs",
        ),
        (
            format!("--account acct {endpoint}"),
            "https://acct.blob.example/logs",
        ),
    ] {
        assert_eq!(fields(&new(args, &variables)).0, url);
    }
    let ran = new("--account other", &variables);
    assert_eq!(ran.code, 2);
    ran.assert_stderr("no key given for storage account `other`");
    let ran = new("--blob-endpoint nonsense", &variables);
    assert_eq!(ran.code, 2, "{}", ran.stdout);
}
