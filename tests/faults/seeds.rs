//! Which seeds are run, and how.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// The seeds of a test.
pub(crate) struct Seeds {
    range: Range<u64>,
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is not a number: {text}")),
    )
}

impl Seeds {
    /// So many in a normal run and in a long one; the one of `EDGELOGS_SEED`, or `EDGELOGS_SEEDS` from
    /// `EDGELOGS_FIRST_SEED` on.
    pub(crate) fn of_run(normal: u64, long: u64) -> Self {
        if let Some(seed) = number("EDGELOGS_SEED") {
            return Self {
                range: seed..seed + 1,
            };
        }
        let count = number("EDGELOGS_SEEDS").unwrap_or(if Self::is_long() { long } else { normal });
        let first = number("EDGELOGS_FIRST_SEED").unwrap_or(1);
        Self {
            range: first..first + count,
        }
    }

    /// Whether the long forms of tests run.
    pub(crate) fn is_long() -> bool {
        std::env::var_os("EDGELOGS_TEST_LONG").is_some()
    }

    /// Whether one is looked at.
    pub(crate) fn is_one(&self) -> bool {
        self.count() == 1
    }

    pub(crate) fn count(&self) -> u64 {
        self.range.end - self.range.start
    }
}

/// Runs all seeds, several at a time; the reports of those that failed, by seed.
pub(crate) fn run_all(
    seeds: &Seeds,
    workers: usize,
    run: impl Fn(u64) -> Result<(), String> + Sync,
) -> Vec<(u64, String)> {
    let (next, failures) = (AtomicU64::new(seeds.range.start), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.range.end {
                        return;
                    }
                    if let Err(report) = run(seed) {
                        println!("{report}\n");
                        failures.lock().unwrap().push((seed, report));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    failures
}

/// Fails with the seeds that failed; their reports were printed.
pub(crate) fn assert_none(failures: &[(u64, String)]) {
    let seeds: Vec<u64> = failures.iter().map(|(seed, _)| *seed).collect();
    assert!(seeds.is_empty(), "{} failed: seeds {seeds:?}", seeds.len());
}
