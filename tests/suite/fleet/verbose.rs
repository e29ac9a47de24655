//! `-v`: calls and traffic, without secrets.

use crate::common::edgelogs;
use crate::common::samples::{SAS, with_log};
use stand_in::{Fault, Setup, StandIn};

#[test]
fn verbose_reports_every_call_and_the_traffic() {
    let stand_in = StandIn::start(Setup::new().fleet("d", 2, with_log));
    stand_in.fault_next(Fault::Reset);
    let ran = edgelogs("get --where 'tags.x = 1' -v -j 1")
        .on(&stand_in)
        .exits(0);
    let calls: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("call: "))
        .collect();
    assert_eq!(calls.len(), 4, "{}", ran.stderr);
    assert!(calls[0].starts_with("call: query: 200 ("), "{}", calls[0]);
    assert!(calls[1].contains("; again in "), "{}", calls[1]);
    assert!(
        calls[2].starts_with("call: GetModuleLogs d0: 200 ("),
        "{}",
        calls[2]
    );
    let last = ran.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("traffic: 4 calls, "), "{last}");
    assert!(last.ends_with("messages of 4 KB billed"), "{last}");
}

#[test]
fn verbose_output_never_holds_a_secret() {
    let stand_in = StandIn::start(Setup::new().fleet("d", 2, with_log));
    let connection = stand_in.connection_string();
    let key = connection
        .split("SharedAccessKey=")
        .nth(1)
        .unwrap_or_default();
    for verbosity in ["-v", "-vv", "-vvv"] {
        let ran = edgelogs(format!("upload -d d0 -d d1 --sas {SAS} {verbosity}"))
            .on(&stand_in)
            .exits(0);
        for secret in ["c2VjcmV0", key, "SharedAccessSignature"] {
            assert!(!ran.stderr.contains(secret), "{secret}: {}", ran.stderr);
            assert!(!ran.stdout.contains(secret), "{secret}: {}", ran.stdout);
        }
        let shows_body = ran.stderr.contains("sasUrl");
        assert_eq!(shows_body, verbosity != "-v", "{}", ran.stderr);
    }
}
