//! `edgelogs doctor`: green where all is well, and one failure after the other where it is not.

mod failing;
#[cfg(feature = "device")]
mod green;

use crate::common::{Edgelogs, Ran, shown};

/// Runs with every call told of, and looks for a key in both streams.
fn keyless(run: Edgelogs, key: &str) -> Ran {
    let ran = run.run();
    for stream in [&ran.stdout, &ran.stderr] {
        assert!(!stream.contains(key.trim_end_matches('=')), "{stream}");
        assert!(
            !stream.contains("sig=") || stream.contains("sig=REDACTED"),
            "{stream}"
        );
    }
    ran
}

/// The key of a connection string.
fn key(connection_string: &str) -> &str {
    let (_, key) = connection_string
        .split_once("SharedAccessKey=")
        .expect("a key");
    key
}

/// The results of all checks, in their order.
fn results(ran: &Ran) -> Vec<(&str, &str)> {
    ran.stdout
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.split('\t');
            Some((cells.next()?, cells.next()?))
        })
        .collect()
}

/// What a run showed, without what differs from one to the next.
macro_rules! snapshot {
    ($name:expr, $ran:expr) => {
        insta::with_settings!({filters => vec![
            (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
            (r"after \d+ ms", "after [N] ms"),
            (r"cause: .*(lookup|name resolution|Name or service).*", "cause: [THE RESOLVER'S WORDS]"),
            (r"tracking id [^)]*", "tracking id [ID]"),
            (r"for \d+ min", "for [N] min"),
            (r"`/[^`]*config.toml`", "`[CONFIG]`"),
        ]}, {
            insta::assert_snapshot!($name, $crate::doctor::shown(&$ran));
        });
    };
}
use snapshot;
