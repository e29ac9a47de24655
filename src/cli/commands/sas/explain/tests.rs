//! Every explanation, from URLs at a fixed moment.

use super::*;

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn explained(url: &str) -> Vec<(&'static str, Option<bool>, String)> {
    explain(&SasUrl::read(url).unwrap(), now())
        .into_iter()
        .map(|fact| (fact.check, fact.ok, fact.value))
        .collect()
}

fn value(query: &str, check: &str) -> (Option<bool>, String) {
    let url = format!("https://acct.blob.core.windows.net/logs?sv=1&{query}&sig=x");
    let facts = explained(&url);
    let (_, ok, value) = facts.into_iter().find(|fact| fact.0 == check).unwrap();
    (ok, value)
}

#[test]
fn times_are_relative_to_now() {
    for (query, check, ok, expected) in [
        (
            "se=2026-11-22T13:00:30Z",
            "end",
            true,
            "2026-11-22T13:00:30Z, in 3 h",
        ),
        (
            "se=2026-11-20",
            "end",
            false,
            "2026-11-20, expired 2 days ago",
        ),
        (
            "se=2026-11-22T10:10Z",
            "end",
            true,
            "2026-11-22T10:10Z, in 10 min: too short for a slow task or a wrong clock",
        ),
        ("se=soon", "end", false, "`soon`, not a valid time"),
        (
            "se=2026-12-01&ske=2026-11-23",
            "end",
            true,
            "2026-12-01, in 8 days; its key expires first, in 14 h",
        ),
        (
            "se=2026-12-01&ske=2026-11-22",
            "end",
            false,
            "2026-12-01, in 8 days; its key expires first, expired 10 h ago",
        ),
        ("sp=w", "end", false, "none: `se` is missing"),
        ("se=2027-01-01", "start", true, "valid immediately"),
        (
            "st=2026-11-22T09:45Z",
            "start",
            true,
            "2026-11-22T09:45Z, 15 min ago",
        ),
        (
            "st=2026-11-22T16:00Z",
            "start",
            false,
            "2026-11-22T16:00Z, in 6 h: not valid yet",
        ),
    ] {
        assert_eq!(
            value(query, check),
            (Some(ok), expected.to_owned()),
            "{query}"
        );
    }
}

#[test]
fn a_start_soon_is_neither_valid_nor_refused() {
    assert_eq!(
        value("st=2026-11-22T10:03Z", "start"),
        (
            None,
            "2026-11-22T10:03Z, in 3 min: not valid yet".to_owned()
        )
    );
}

#[test]
fn rights_are_named() {
    for (query, ok, expected) in [
        ("sp=acw", true, "add (a), create (c), write (w)"),
        ("sp=rl", false, "read (r), list (l)"),
        (
            "sp=rwd",
            true,
            "read (r), write (w), delete (d); not needed: delete (d)",
        ),
        ("sp=wq", true, "write (w), `q`"),
        ("se=2027-01-01", false, "none: `sp` is missing"),
    ] {
        assert_eq!(
            value(query, "rights"),
            (Some(ok), expected.to_owned()),
            "{query}"
        );
    }
    assert_eq!(
        value("sr=c&si=upload", "rights"),
        (
            None,
            "those of the stored access policy `upload`".to_owned()
        )
    );
}

#[test]
fn scope_and_signer_are_explained() {
    for (query, check, expected) in [
        ("sr=d&sdd=1", "scope", "a directory (sr=d)"),
        ("ss=b&srt=co", "scope", "account SAS (ss=b, srt=co)"),
        ("sp=w", "scope", "neither a container nor an account"),
        (
            "sr=c&si=p",
            "signed by",
            "account key, under the stored access policy `p`",
        ),
        ("spr=https,http", "protocol", "https and http"),
        ("sr=c", "protocol", "https and http"),
    ] {
        assert_eq!(value(query, check).1, expected, "{query}");
    }
}

#[test]
fn each_use_names_what_is_missing() {
    let ends = "sr=c&se=2027-01-01";
    for (query, job, ok, part) in [
        (
            "sp=acw",
            "--download",
            Some(false),
            "read (r) and to list (l)",
        ),
        (
            "sp=a",
            "upload as json",
            Some(false),
            "create (c) or write (w)",
        ),
    ] {
        let (found, text) = value(&format!("{ends}&{query}"), job);
        assert_eq!(found, ok, "{query}: {text}");
        assert!(text.contains(part), "{query}: {text}");
    }
}

#[test]
fn emulators_and_parents_have_the_account_in_the_path() {
    let facts =
        explained("http://127.0.0.1:10000/devstoreaccount1/logs?sr=c&sp=w&se=2027-01-01&sig=x");
    assert_eq!(facts[0].2, "devstoreaccount1, at 127.0.0.1:10000");
    assert_eq!(facts[1].2, "logs");
    let facts = explained("https://$upstream:8000/logs?sr=c&sp=w&se=2027-01-01&sig=x");
    assert_eq!(
        facts[0].2,
        "not specified, at the parent device $upstream:8000"
    );
    assert_eq!(facts[1].2, "logs");
    let facts = explained("file:///var/tmp/logs");
    assert_eq!(facts[1], ("upload as text", Some(true), "yes".to_owned()));
}
