//! A hub that answers without end, or with more than fits.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::one_answer::OneAnswer;
use crate::common::samples::hub_string;
use crate::common::{Edgelogs, edgelogs};

fn devices(hub: &OneAnswer, command: &str) -> Edgelogs {
    edgelogs(command).env("EDGELOGS_CONNECTION_STRING", hub_string(&hub.url))
}

/// A hub whose pages of a query name a next one for ever.
fn endless(rows: &'static str, tokens: usize) -> OneAnswer {
    let page = AtomicUsize::new(0);
    OneAnswer::http(move |_| {
        let token = page.fetch_add(1, Ordering::Relaxed) % tokens;
        // The server takes the head of an answer for the life of the program.
        let head = format!("200 OK\r\nx-ms-continuation: token-{token}");
        (&*head.leak(), rows.to_owned())
    })
}

#[test]
fn pages_of_a_query_that_go_round_or_stay_empty_end_in_an_error() {
    for (tokens, reason) in [
        (usize::MAX, "pages in a row are empty"),
        (1, "the same page twice"),
        (7, "the same page twice"),
    ] {
        let hub = endless("[]", tokens);
        let ran = devices(&hub, "devices --where x=1").exits(7);
        ran.assert_stderr("the query does not end: ");
        ran.assert_stderr(reason);
        assert!(hub.requests().len() <= 101);
    }
    let hub = endless(r#"[{"deviceId":"d"}]"#, 5);
    devices(&hub, "get --where x=1").exits(7);
}

#[test]
fn an_id_of_a_megabyte_is_refused_before_anything_is_called() {
    let rows = format!(r#"[{{"deviceId":"{}"}}]"#, "d".repeat(1 << 20));
    let hub = OneAnswer::http(move |_| ("200 OK", rows.clone()));
    let ran = devices(&hub, "ping --where x=1 --yes").exits(2);
    ran.assert_stderr("the hub names a device with 1048576 bytes");
    assert_eq!(hub.requests().len(), 1);
    assert!(ran.stderr.len() < 1000);
}

#[test]
fn an_error_of_megabytes_is_cut() {
    let hub = OneAnswer::http(|_| {
        let words = "no ".repeat(1 << 20);
        let body = format!(r#"{{"Message":"ErrorCode:ArgumentInvalid;{words}"}}"#);
        ("400 Bad Request", body)
    });
    let ran = devices(&hub, "ping -d d").run();
    ran.assert_stderr("no no no");
    assert!(ran.stderr.len() < 10_000, "{}", ran.stderr.len());
}

#[cfg(unix)]
#[test]
fn few_file_descriptors_are_an_error_and_never_a_panic() {
    let hub = crate::common::samples::hub_with("d");
    let mut failed = 0;
    for files in 6..30 {
        let ran = edgelogs("get -m edgeHub -d d --tail 2 --retries 0")
            .on(&hub)
            .with_open_files(files)
            .run();
        if ran.code == 127 {
            // The loader needs some, too.
            continue;
        }
        assert!(ran.code < 11, "{files}: {ran:?}");
        if ran.code != 0 {
            ran.assert_stderr("error: ");
            failed += 1;
        }
    }
    assert!(failed > 0);
}

/// A limit on the size of files stands for a temporary folder without room.
#[cfg(unix)]
#[test]
fn a_log_that_exceeds_the_temporary_folder_is_an_error_that_names_it() {
    let log = stand_in::generate::evenly(0, 40_000, 600, 1);
    let device = stand_in::DeviceSetup::new("d").log("edgeHub", log);
    let hub = stand_in::StandIn::start(stand_in::Setup::with(device));
    let ran = edgelogs("get -m edgeHub -d d --encoding none")
        .on(&hub)
        .with_files_up_to(100)
        .exits(1);
    ran.assert_stderr("keeping log lines in a temporary file in `");
    ran.assert_stderr("(TMPDIR)");
    assert!(ran.stdout.is_empty() || ran.stdout.ends_with('\n'));
}
