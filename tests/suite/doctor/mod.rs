//! `edgelogs doctor`: every check, passing and failing.

mod failing;
#[cfg(feature = "device")]
mod passing;

use crate::common::{Ran, shown};

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

/// What a run showed, without what differs from run to run.
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
