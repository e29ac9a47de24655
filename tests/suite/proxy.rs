//! The proxy that the environment names: one that can't be read, one that refuses, and one that is not
//! there.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::common::one_answer::OneAnswer;
use crate::common::samples::{SAS, hub_string, hub_with};
use crate::common::{Edgelogs, edgelogs};

/// A call of a hub in Azure, which only a proxy could pass on.
fn get() -> Edgelogs {
    edgelogs("get -m edgeHub --tail 1 -d d --retries 0").env(
        "EDGELOGS_CONNECTION_STRING",
        hub_string("plant-a.azure-devices.net"),
    )
}

#[test]
fn a_proxy_that_cannot_be_read_is_refused_without_its_password() {
    for (name, value, reason) in [
        (
            "HTTPS_PROXY",
            &b"http://u:s3cr#t@proxy:3128"[..],
            "must be percent-encoded",
        ),
        (
            "https_proxy",
            b"http://u:s3cr@t@proxy:3128",
            "must be written as %40",
        ),
        (
            "HTTPS_PROXY",
            b"http://proxy:s3cr",
            "its port is not a number",
        ),
        (
            "ALL_PROXY",
            b"socks5://u:s3cr@proxy:1080",
            "SOCKS proxies are not supported",
        ),
        (
            "all_proxy",
            b"http://u:s3cr\xff@proxy:3128",
            "it is not UTF-8",
        ),
    ] {
        let ran = get().env(name, OsStr::from_bytes(value)).refused();
        ran.assert_stderr(format!("error: the proxy in {name} can't be read: "));
        ran.assert_stderr(reason);
        ran.assert_stderr("hint: a proxy looks like http://proxy:3128");
        ran.assert_nowhere("s3cr");
    }
}

#[test]
fn a_proxy_for_the_storage_is_checked_before_the_task_starts() {
    edgelogs(["upload", "--local=sample", "--sas", SAS])
        .env("HTTPS_PROXY", "http://proxy:port")
        .refused()
        .assert_stderr("the proxy in HTTPS_PROXY can't be read: its port");
}

#[test]
fn a_proxy_that_is_not_used_is_not_read() {
    let hub = hub_with("d");
    edgelogs("get -m edgeHub --tail 1 -d d")
        .on(&hub)
        .env("HTTP_PROXY", "http://proxy:port")
        .env("ALL_PROXY", "socks5://proxy")
        .exits(0);
    // `NO_PROXY` names the hub, so that it is called directly.
    for hosts in [".invalid", "*", "10.0.0.0/8, plant-a.invalid"] {
        let ran = edgelogs("get -m edgeHub -d d --connect-timeout 0s --retries 0")
            .env("EDGELOGS_CONNECTION_STRING", hub_string("plant-a.invalid"))
            .env("HTTPS_PROXY", "socks5://proxy")
            .env("NO_PROXY", hosts)
            .exits(6);
        assert!(!ran.stderr.contains("proxy"), "{}", ran.stderr);
    }
    // That of http does not count for https, and an empty variable is none.
    let ran = get()
        .env("HTTP_PROXY", "http://proxy:port")
        .env("HTTPS_PROXY", "")
        .env("ALL_PROXY", "http://127.0.0.1:1")
        .exits(6);
    ran.assert_stderr("the proxy in ALL_PROXY (127.0.0.1:1): Connection refused");
}

#[test]
fn a_proxy_that_refuses_is_named_with_its_status() {
    for status in ["403 Forbidden", "407 Proxy Authentication Required"] {
        let proxy = OneAnswer::http(move |_| (status, String::new()));
        let place = proxy.url.trim_start_matches("http://");
        let variable = format!("http://u:s3cr%40t@{place}");
        let told = format!("the proxy in HTTPS_PROXY ({place}) refuses the connection: {status}");
        let ran = get().env("HTTPS_PROXY", &variable).exits(6);
        ran.assert_stderr(&told);
        ran.assert_nowhere("s3cr");
        for request in proxy.requests() {
            assert!(
                request.starts_with("CONNECT plant-a.azure-devices.net:443 "),
                "{request}"
            );
            // u:s3cr@t
            assert!(request.contains("Basic dTpzM2NyQHQ="), "{request}");
        }
        let doctor = edgelogs("doctor -d d")
            .env(
                "EDGELOGS_CONNECTION_STRING",
                hub_string("plant-a.azure-devices.net"),
            )
            .env("HTTPS_PROXY", &variable)
            .exits(6);
        doctor.assert_stderr(&told);
    }
}
