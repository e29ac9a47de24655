//! `edgelogs sas check`: the explanation of a URL, and every refusal.

use insta::{assert_snapshot, with_settings};
use serde_json::Value;

use super::{SIGNATURE, url};
use crate::common::folder::Folder;
use crate::common::{Ran, edgelogs, shown};

fn check(url: &str) -> Ran {
    let ran = edgelogs(["sas", "check", "-q", url]).run();
    ran.assert_nowhere(SIGNATURE);
    ran
}

/// The value of one line of the table.
fn line<'a>(ran: &'a Ran, check: &str) -> &'a str {
    let found = ran.stdout.lines().find_map(|line| {
        let (name, value) = line.split_once('\t')?;
        (name == check).then_some(value)
    });
    found.unwrap_or_else(|| panic!("no {check} in {}", ran.stdout))
}

macro_rules! snapshot {
    ($name:expr, $ran:expr) => {
        // What counts from now changes from run to run.
        with_settings!({filters => vec![(r"(in|ended|Z,) \d+ (s|min|h|days)\b", "$1 [SPAN]")]}, {
            assert_snapshot!($name, shown(&$ran));
        });
    };
}

#[test]
fn a_container_sas_is_explained() {
    snapshot!(
        "explained",
        check(&url(
            "sv=2025-01-05&st=2026-01-01T00%3A00Z&se=2126-01-01T00%3A00Z&sr=c&sp=racwdl&spr=https&sip=1.2.3.4"
        ))
    );
}

#[test]
fn usable_sas_of_every_kind_are_exit_0() {
    for (query, name, part) in [
        ("sr=c&sp=w&se=2126-01-01", "signed by", "account key"),
        (
            "sr=c&sp=w&se=2126-01-01&ske=2126-01-01&skoid=o&sktid=tenant-1",
            "signed by",
            "user delegation key of tenant tenant-1",
        ),
        (
            "sr=c&si=up",
            "upload as text",
            "if the stored access policy `up` allows it",
        ),
        ("ss=b&srt=co&sp=rwlac&se=2126-01-01", "--download", "yes"),
        (
            "sr=c&sp=c&se=2126-01-01",
            "upload as text",
            "no: the SAS lacks the right to write (w), or create and add (ca): it has `sp=c`",
        ),
        (
            "sr=c&sp=ac&se=2126-01-01",
            "bundle",
            "yes, up to the size of one request; larger ones need write (w)",
        ),
    ] {
        let ran = check(&url(query));
        assert_eq!(ran.code, 0, "{query}: {}", ran.stderr);
        assert_eq!(line(&ran, name), part, "{query}");
    }
}

#[test]
fn unusable_sas_are_exit_2_with_the_reason() {
    let good = "sr=c&sp=acw&se=2126-01-01";
    for (name, url) in [
        ("expired", url("sr=c&sp=acw&se=2020-01-01")),
        ("not-yet", url("sr=c&sp=acw&st=2125-01-01&se=2126-01-01")),
        ("no-expiry", url("sr=c&sp=acw")),
        ("no-write", url("sr=c&sp=rl&se=2126-01-01")),
        ("no-rights", url("sr=c&se=2126-01-01")),
        (
            "blob",
            url("sr=b&sp=acw&se=2126-01-01").replace("/logs", "/logs/a.zip"),
        ),
        (
            "directory",
            url("sr=d&sdd=1&sp=acw&se=2126-01-01").replace("/logs", "/logs/a"),
        ),
        (
            "account-without-objects",
            url("ss=b&srt=sc&sp=acw&se=2126-01-01"),
        ),
        ("account-of-queues", url("ss=q&srt=co&sp=acw&se=2126-01-01")),
        ("no-version", url(good).replace("sv=2025-01-05&", "")),
        ("no-scope", url("sp=acw&se=2126-01-01")),
        ("no-container", url(good).replace("/logs", "/")),
        ("plain-http", url(good).replace("https", "http")),
        (
            "upstream-without-port",
            url(good).replace("acct.blob.core.windows.net", "$upstream"),
        ),
        (
            "delegation-key-ended",
            url(&format!("{good}&skoid=o&sktid=t&ske=2020-01-01")),
        ),
        (
            "no-signature",
            "https://acct.blob.core.windows.net/logs?sv=2025-01-05&sr=c&sp=acw&se=2126-01-01"
                .to_owned(),
        ),
    ] {
        let ran = check(&url);
        assert_eq!(ran.code, 2, "{name}");
        assert!(!ran.stdout.is_empty(), "{name} is explained all the same");
        assert!(line(&ran, "upload as text").starts_with("no: "), "{name}");
        assert!(line(&ran, "bundle").starts_with("no: "), "{name}");
        snapshot!(
            format!("refused-{name}"),
            Ran {
                stdout: String::new(),
                ..ran
            }
        );
    }
    snapshot!(
        "explained-blob",
        check(&url("sr=b&sp=acw&se=2126-01-01").replace("/logs", "/logs/a.zip"))
    );
}

#[test]
fn text_that_is_not_a_url_is_refused_and_never_printed() {
    for (name, text) in [
        // As `az storage container generate-sas` prints it, with and without -o tsv.
        (
            "token",
            format!("\"se=2027-01-01&sp=acw&sr=c&sig={SIGNATURE}\""),
        ),
        (
            "token-with-mark",
            format!("?se=2027-01-01&sp=acw&sr=c&sig={SIGNATURE}"),
        ),
        ("empty", "\"\"".to_owned()),
        ("no-url", "hello".to_owned()),
        (
            "two-urls",
            format!("{}\n{}", url("sr=c&sp=w"), url("sr=c&sp=w")),
        ),
    ] {
        let ran = check(&text);
        assert_eq!(ran.code, 2);
        assert_eq!(ran.stdout, "");
        snapshot!(format!("unreadable-{name}"), ran);
    }
    let ran = edgelogs("sas check").exits(2);
    snapshot!("nothing-to-check", ran);
}

#[test]
fn a_file_name_without_the_at_sign_gets_a_hint() {
    let folder = Folder::new();
    let path = folder.write("sas.txt", url(""));
    let ran = check(&path);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.stderr,
        format!("error: `{path}` is a file, not a SAS URL\n  hint: to read it, write: @{path}\n")
    );
}

#[test]
fn the_url_is_read_from_a_file_stdin_or_variable_without_quotes_and_blanks() {
    let url = url("sr=c&sp=acw&se=2126-01-01");
    let quoted = format!("  \"{url}\"\r\n");
    let folder = Folder::new();
    let at = format!("@{}", folder.write("sas.txt", &quoted));
    for ran in [
        edgelogs(format!("sas check {at}")).run(),
        edgelogs("sas check -").stdin(&quoted).run(),
        edgelogs("sas check").env("EDGELOGS_SAS", &url).run(),
        edgelogs("sas check").env("EDGELOGS_SAS", &at).run(),
    ] {
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert_eq!(line(&ran, "upload as text"), "yes");
    }
}

#[test]
fn an_upstream_url_is_accepted_with_a_port() {
    let ran = check(
        &url("sr=c&sp=racwl&se=2126-01-01")
            .replace("acct.blob.core.windows.net", "$upstream:8000/acct"),
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        line(&ran, "account"),
        "acct, at the parent device $upstream:8000"
    );
    assert_eq!(line(&ran, "bundle"), "yes");
    assert!(line(&ran, "--download").starts_with("no: blobs can't be fetched from `$upstream`"));
}

#[test]
fn json_output_has_one_object_per_check() {
    let url = url("sr=c&si=p");
    let lines = edgelogs(format!("sas check -q {url} -o jsonl")).exits(0);
    let facts: Vec<Value> = lines.json_lines();
    let fact = |name: &str| facts.iter().find(|fact| fact["check"] == name).expect(name);
    assert_eq!(fact("container")["ok"], true);
    assert_eq!(fact("container")["value"], "logs");
    assert_eq!(fact("bundle")["ok"], Value::Null);
    let refused = edgelogs([
        "sas",
        "check",
        "-q",
        &url.replace("sr=c", "sr=b"),
        "-o",
        "json",
    ])
    .exits(2);
    let document: Value = refused.json();
    assert_eq!(
        document["records"].as_array().map(Vec::len),
        Some(facts.len())
    );
    assert_eq!(document["errors"][0]["exit"], 2);
    assert!(
        document["errors"][0]["message"]
            .as_str()
            .expect("text")
            .contains("single blob")
    );
}

/// SAS URLs from public reports, and the word for each.
#[test]
fn urls_from_the_field_get_the_word_that_the_storage_would_confirm() {
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/cases");
    for (case, code, part) in [
        (
            "sas-dfs",
            2,
            "write https://plantlogs.blob.core.windows.net/logs?TOKEN",
        ),
        ("sas-html-amp", 2, "`&amp;`"),
        ("sas-double-sigonly", 2, "percent-encoded twice"),
        (
            "sas-sig-cut",
            2,
            "is cut: it has 12 characters of base64, not 44",
        ),
        ("sas-caps", 2, "`Logs` can't be the name of a container"),
        (
            "sas-edgeblob",
            0,
            "warning: the SAS URL is plain http, so the device sends",
        ),
        (
            "sas-azurite-host",
            0,
            "warning: the SAS URL is plain http, so the device sends",
        ),
    ] {
        let path = format!("{cases}/{case}/sas.txt");
        let text = std::fs::read_to_string(&path).expect("a case");
        let ran = edgelogs("sas check -").stdin(&text).run();
        assert_eq!(ran.code, code, "{case}: {}", ran.stderr);
        ran.assert_stderr(part);
        // The other commands say the same.
        let upload = edgelogs(format!("upload --dry-run --sas @{path}")).run();
        assert_eq!(upload.code, code, "{case}: {}", upload.stderr);
        upload.assert_stderr(part);
        if code == 0 {
            assert_eq!(line(&ran, "container"), "logs");
            assert_eq!(line(&ran, "upload as text"), "yes");
            assert!(line(&ran, "--download").starts_with("no: fetching over plain http"));
        }
    }
}

#[test]
fn what_only_time_or_the_storage_knows_is_null() {
    let start = (jiff::Timestamp::now() + jiff::SignedDuration::from_mins(3))
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    for (query, word) in [
        (
            format!("sr=c&sp=w&se=2126-01-01&st={start}"),
            format!("from {start} on"),
        ),
        (
            "sr=c&si=p&sp=racwl&se=2126-01-01".to_owned(),
            "if the stored access policy `p` allows it".to_owned(),
        ),
        (
            "sr=c&sp=w&se=2126-01-01&sip=10.0.0.1".to_owned(),
            "if the storage sees the device at 10.0.0.1".to_owned(),
        ),
    ] {
        let ran = edgelogs(["sas", "check", "-q", "-o", "jsonl", &url(&query)]).exits(0);
        let facts = ran.json_lines();
        let bundle = facts
            .iter()
            .find(|fact| fact["check"] == "bundle")
            .expect("bundle");
        assert_eq!(bundle["ok"], Value::Null, "{query}");
        assert_eq!(bundle["value"], word, "{query}");
    }
}
