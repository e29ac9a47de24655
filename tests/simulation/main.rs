//! The engine of `get` against models of devices, in virtual time, with anything happening between
//! two calls. Each run follows from a seed alone.
//!
//! * `engine`: a container's log, and how an engine reads it.
//! * `agent`: the shipped agent and our own module; `damage`: what becomes of an answer on its way.
//! * `world`: a device, and what happens to it; `features`: what may.
//! * `queries`: what is asked for.
//! * `oracle`: what must have been printed or said.
//! * `subject`: how the engine is called.
//!
//! `EDGELOGS_SEED=N` runs one seed again, with less if it fails with less (`EDGELOGS_WHOLE=1`: as it
//! is), and prints what happened; `EDGELOGS_SEEDS=N` sets how many are run, `EDGELOGS_FIRST_SEED=N`
//! where they begin, `EDGELOGS_WITHOUT=Damage,Rotation` leaves features out,
//! `EDGELOGS_KIND=WORDS` counts only faults whose kind holds these words, and
//! `EDGELOGS_AROUND=WORDS` shows the logs around a line that holds these, and which lines with them
//! were printed.

#![allow(
    clippy::print_stdout,
    reason = "failures are for whoever reads the log"
)]
#![allow(clippy::expect_used, reason = "a test that panics has failed")]

mod agent;
mod damage;
mod engine;
mod features;
mod oracle;
mod queries;
mod rng;
mod subject;
mod world;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use features::{Feature, Features};
use oracle::Fault;
use queries::Query;
use world::{Config, Device};

/// What limits a run, for shrinking.
#[derive(Debug, Clone, Copy)]
struct Limits {
    features: Features,
    /// How much of the logs there is.
    scale: f64,
}

/// A run, when it is over.
struct Run {
    faults: Vec<Fault>,
    config: Config,
    query: Query,
    traces: Vec<Vec<String>>,
    logs: Vec<String>,
    said: Vec<String>,
    calls: u64,
    reads: u64,
}

/// How much more time a run gets that needed many calls: thousands of long lines have one stamp.
const PATIENCE: u32 = 4;

fn run(seed: u64, limits: Limits, is_traced: bool) -> Run {
    let config = Config::draw(seed, limits.features, limits.scale);
    let run = run_for(config.clone(), is_traced);
    let is_busy = run.calls > u64::from(agent::MOST_CALLS / 2);
    if run.faults.is_empty() || !is_busy {
        return run;
    }
    run_for(config.with_patience(PATIENCE), is_traced)
}

fn run_for(config: Config, is_traced: bool) -> Run {
    let query = Query::draw(&config);
    let devices: Vec<Arc<Mutex<Device>>> = (0..query.devices)
        .map(|number| Arc::new(Mutex::new(Device::new(&config, number, is_traced))))
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    PANICS.with(|panics| panics.borrow_mut().clear());
    let result = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(subject::run(&devices, &query))
    }));
    drop(runtime);
    let panics = PANICS.with(|panics| std::mem::take(&mut *panics.borrow_mut()));
    let guards: Vec<_> = devices
        .iter()
        .map(|device| {
            device
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner())
        })
        .collect();
    let devices: Vec<&Device> = guards.iter().map(|guard| &**guard).collect();
    let mut faults: Vec<Fault> = panics
        .into_iter()
        .map(|detail| Fault {
            kind: "a panic".to_owned(),
            detail,
        })
        .collect();
    let mut said = Vec::new();
    if let Ok(outcome) = result {
        faults.extend(oracle::judge(&devices, &query, &outcome));
        said.extend(
            outcome
                .warnings
                .iter()
                .map(|text| format!("warning: {text}")),
        );
        said.extend(outcome.errors.iter().map(|text| format!("error: {text}")));
        if is_traced {
            let around = variable("EDGELOGS_AROUND");
            let is_short = outcome.printed.len() < 60;
            for printed in &outcome.printed {
                let line = String::from_utf8_lossy(printed.record.line()).into_owned();
                if !around
                    .as_ref()
                    .map_or(is_short, |words| line.contains(words))
                {
                    continue;
                }
                let bytes = line.len();
                let line: String = line.chars().take(60).collect();
                said.push(format!(
                    "printed after call {}: device{} {} {line:?}, {bytes} bytes",
                    printed.calls, printed.device, printed.module
                ));
            }
        }
        said.push(format!("{} lines printed", outcome.printed.len()));
    }
    Run {
        faults,
        query,
        traces: devices
            .iter()
            .filter_map(|device| device.trace.clone())
            .collect(),
        logs: match is_traced {
            true => devices
                .iter()
                .flat_map(|device| device.describe(variable("EDGELOGS_AROUND").as_deref()))
                .collect(),
            false => Vec::new(),
        },
        said,
        calls: devices.iter().map(|device| u64::from(device.calls)).sum(),
        reads: devices.iter().map(|device| device.reads as u64).sum(),
        config,
    }
}

thread_local! {
    /// What panicked on this thread, also within tasks.
    static PANICS: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Keeps panics for the run that they belong to.
fn catch_panics() {
    std::panic::set_hook(Box::new(|info| {
        PANICS.with(|panics| panics.borrow_mut().push(info.to_string()));
    }));
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

fn limits() -> Limits {
    let mut features = Features::EVERY;
    let without = variable("EDGELOGS_WITHOUT").unwrap_or_default();
    for (feature, _) in Feature::ALL {
        if without
            .split(',')
            .any(|name| name == format!("{feature:?}"))
        {
            features = features.without(*feature);
        }
    }
    Limits {
        features,
        scale: 1.0,
    }
}

/// For each kind of fault, how many runs have it, and some of their seeds.
type Kinds = BTreeMap<String, (u64, Vec<(u64, String)>)>;

/// Longer than any run takes by this machine's clock, however busy it is.
const MOST_REAL_TIME: std::time::Duration = std::time::Duration::from_secs(600);

/// Runs seeds on all cores, and panics with what was found.
#[allow(clippy::exit, reason = "nothing else ends a run that never ends")]
fn run_seeds(count: u64) {
    catch_panics();
    let number = |name| variable(name).map(|text| text.parse::<u64>().expect("a number"));
    let count = number("EDGELOGS_SEEDS").unwrap_or(count);
    let first = number("EDGELOGS_FIRST_SEED").unwrap_or(0);
    let only = variable("EDGELOGS_KIND").unwrap_or_default();
    let limits = limits();
    let next = AtomicU64::new(first);
    let failed = AtomicU64::new(0);
    let (calls, reads) = (AtomicU64::new(0), AtomicU64::new(0));
    let kinds: Mutex<Kinds> = Mutex::default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let begin = std::time::Instant::now();
    let running: Vec<Mutex<Option<(u64, std::time::Instant)>>> =
        (0..cores).map(|_| Mutex::default()).collect();
    let is_over = AtomicU64::new(0);
    std::thread::scope(|scope| {
        // A run that never ends would hide which one it is.
        scope.spawn(|| {
            while is_over.load(Ordering::Relaxed) < cores as u64 {
                std::thread::sleep(std::time::Duration::from_millis(200));
                for slot in &running {
                    let slot = *slot.lock().expect("no panic elsewhere");
                    if let Some((seed, since)) = slot
                        && since.elapsed() > MOST_REAL_TIME
                    {
                        println!("seed {seed} does not end");
                        std::process::exit(101);
                    }
                }
            }
        });
        for slot in &running {
            let (next, failed, calls, reads, kinds, only, is_over) =
                (&next, &failed, &calls, &reads, &kinds, &only, &is_over);
            scope.spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        is_over.fetch_add(1, Ordering::Relaxed);
                        return;
                    }
                    *slot.lock().expect("no panic elsewhere") =
                        Some((seed, std::time::Instant::now()));
                    let run = run(seed, limits, false);
                    *slot.lock().expect("no panic elsewhere") = None;
                    calls.fetch_add(run.calls, Ordering::Relaxed);
                    reads.fetch_add(run.reads, Ordering::Relaxed);
                    let mut by_kind: BTreeMap<String, String> = BTreeMap::new();
                    for fault in run
                        .faults
                        .into_iter()
                        .filter(|fault| fault.kind.contains(only))
                    {
                        by_kind.entry(fault.kind).or_insert(fault.detail);
                    }
                    let has_failed = !by_kind.is_empty();
                    failed.fetch_add(u64::from(has_failed), Ordering::Relaxed);
                    let mut kinds = kinds.lock().expect("no panic elsewhere");
                    for (kind, detail) in by_kind {
                        let (runs, seeds) = kinds.entry(kind).or_default();
                        *runs += 1;
                        seeds.push((seed, detail));
                    }
                }
            });
        }
    });
    let kinds = kinds.into_inner().expect("no panic elsewhere");
    let took = begin.elapsed().as_secs_f64();
    println!(
        "{count} runs in {took:.1} s, {} calls, {} entries read by engines",
        calls.into_inner(),
        reads.into_inner()
    );
    let failed = failed.into_inner();
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, (runs, _))| std::cmp::Reverse(*runs));
    for (kind, (runs, mut seeds)) in kinds {
        seeds.sort();
        let (_, detail) = &seeds[0];
        let detail: String = detail.chars().take(160).collect();
        let seeds: Vec<String> = seeds
            .iter()
            .take(8)
            .map(|(seed, _)| seed.to_string())
            .collect();
        println!(
            "{runs:6}  {kind}\n        seeds {}; {detail}",
            seeds.join(", ")
        );
    }
    drop(std::panic::take_hook());
    assert!(failed == 0, "{failed} of {count} runs fail");
}

/// Leaves out of a failing run what it does not need to fail in the same way.
fn shrink(seed: u64, limits: Limits, kind: &str) -> Limits {
    let fails = |limits| {
        let faults = run(seed, limits, false).faults;
        faults.iter().any(|fault| fault.kind == kind)
    };
    let mut limits = limits;
    for (feature, _) in Feature::ALL {
        let fewer = Limits {
            features: limits.features.without(*feature),
            ..limits
        };
        if fails(fewer) {
            limits = fewer;
        }
    }
    for _ in 0..12 {
        for factor in [0.5, 0.8] {
            let smaller = Limits {
                scale: limits.scale * factor,
                ..limits
            };
            if fails(smaller) {
                limits = smaller;
                break;
            }
        }
    }
    limits
}

fn explain(seed: u64) {
    catch_panics();
    let limits = limits();
    let only = variable("EDGELOGS_KIND").unwrap_or_default();
    let faults = run(seed, limits, false).faults;
    let first = faults.iter().find(|fault| fault.kind.contains(&only));
    let is_shrunk = variable("EDGELOGS_WHOLE").is_none();
    let limits = match first.filter(|_| is_shrunk) {
        Some(fault) => shrink(seed, limits, &fault.kind),
        None => limits,
    };
    let run = run(seed, limits, true);
    drop(std::panic::take_hook());
    println!(
        "seed {seed}, shrunk to {:?}, scale {}",
        run.config.features.names(),
        limits.scale
    );
    println!("{:#?}\n{:?}", run.query, run.config);
    for (index, trace) in run.traces.iter().enumerate() {
        println!("device{index}:");
        trace.iter().for_each(|event| println!("  {event}"));
    }
    run.logs.iter().for_each(|line| println!("{line}"));
    run.said.iter().for_each(|text| println!("{text}"));
    for fault in run.faults.iter().take(12) {
        println!("FAULT {}: {}", fault.kind, fault.detail);
    }
    assert!(run.faults.is_empty(), "seed {seed} fails");
}

#[test]
fn a_seeded_run_prints_each_line_once_or_says_what_is_missing() {
    match variable("EDGELOGS_SEED") {
        Some(seed) => explain(seed.parse().expect("a number")),
        // `tests/run` runs this with optimizations as well, without which it takes ten times as long.
        None => run_seeds(if cfg!(debug_assertions) { 100 } else { 5_000 }),
    }
}

/// Seeds that have found something, and what.
const FOUND: &[(u64, &str)] = &[
    (21, "damage of a single call is asked for again"),
    (46, "pages of our own module fit together"),
    (131, "an odd first entry is not an old agent"),
    (243, "a frame of several lines is one line of a tail"),
    (429, "a long line is whole with a filter"),
    (261, "no line comes twice while a log changes"),
    (629, "lines of equal stamps keep their order with a level"),
    (350, "a log that goes while it is fetched is no panic"),
    (39, "the parts of a long line are found by their bytes"),
    (196, "a first line far ahead of the others is no rotation"),
    (
        340,
        "equal stamps in parts of a second keep the engine's order",
    ),
    (352, "one module's trouble costs the lines of no other"),
    (
        1131,
        "a line that comes late keeps its place between levels",
    ),
    (1151, "our own module counts lines"),
    (
        1365,
        "what was printed before a step of the clock does not come again",
    ),
    (1470, "a repeated line that comes meanwhile is new"),
    (2410, "nothing before a duration is printed"),
    (
        3549,
        "an unfinished line of several ends before the next stamp",
    ),
    (4561, "a long line whose end has gone is said"),
    (
        430,
        "what comes within a page's second leaves room for older lines",
    ),
    (1904, "growth within a page's second is no rotation"),
    (
        1934,
        "growth within a page's second is no step of the clock",
    ),
    (
        3636,
        "an old agent with a line or two is known before following begins",
    ),
    (
        3709,
        "a burst of long lines is caught up with while following",
    ),
    (
        3859,
        "a word of the daemon after a full part is an entry of its own",
    ),
    (
        3926,
        "an old agent's line of nothing but full parts is paired",
    ),
    (
        4162,
        "the parts of two long lines that interleave stay within their windows",
    ),
    (
        5029,
        "a line before the known ones that has the latest stamp is no newer one",
    ),
    (5077, "a line that equals the last known one is new"),
    (5107, "an order that can't be asked for is said"),
    (5678, "the first line of a tail may have begun before it"),
    (
        5696,
        "a line that comes again meanwhile is not the one before",
    ),
    (
        5841,
        "a word of the daemon within a long line is a line of its own",
    ),
    (
        5935,
        "a part that an expression lets through alone is no line",
    ),
    (
        6966,
        "the first line of a tail of several modules may have begun before it",
    ),
    (
        7005,
        "a word of the daemon is known again whatever comes before it",
    ),
    (
        7255,
        "a banner and words of the daemon are no step of the clock",
    ),
    (7864, "the levels of several items share one tail"),
    (
        9196,
        "the last frame of an old agent is whole while its log grows",
    ),
    (
        9607,
        "the first line of a raw tail may have begun before it",
    ),
    (9861, "the order of lines of a module that has gone is said"),
    (
        12810,
        "a line that comes again after a long one is no part of it",
    ),
    (
        12989,
        "a line stamped far ahead does not hide the order of those after it",
    ),
    (
        13987,
        "a module that comes while following begins where the query does",
    ),
    (
        14156,
        "the last lines by their stamps are a tail where these are all there is",
    ),
    (15079, "a run that has ended says so for all modules"),
    (
        15444,
        "a tail comes after its beginning where the clock was set back",
    ),
    (
        17339,
        "new lines of a burst are found before the last known one",
    ),
    (
        19286,
        "new lines among known ones are found where a burst is caught up with",
    ),
    (
        21199,
        "an old agent's text that lacks the first records is no whole tail",
    ),
    (11517, "a line out of order before a full page is not lost"),
    (
        12354,
        "a page that ends too early is not one that has grown",
    ),
    (23797, "a folder whose stamps go back is paged"),
    (
        28648,
        "a log that is created anew is not one that goes back",
    ),
    (30653, "a record of our own module is a whole line"),
    (
        41851,
        "the first lines of a tail, one of each stream, may have begun before it",
    ),
    (
        20691,
        "what stands before a line that was read, and has its stamp, is not new",
    ),
    (25733, "a record is not found by its first letter"),
    (
        30073,
        "the order of parts that are gone when it is asked for is said",
    ),
    (
        27694,
        "a log that is rotated while it is fetched in parts is said",
    ),
    (49530, "a log may begin with some last parts of a line"),
    (
        42632,
        "an old agent's text that has lost a line to newer ones has these",
    ),
    (26938, "a container that is created anew says a line later"),
    (31176, "a blank line of bare bytes is found where it stands"),
    (50113, "a blank line before all others is one of the window"),
    (
        51336,
        "a tail that begins where a full second goes back is said not to be known",
    ),
    (26957, "levels whose stamps go back may be out of order"),
    (43667, "levels between which the clock was set back too"),
    (
        37465,
        "frames of several lines that fill a page are no lost ones",
    ),
    (
        46872,
        "the end of a long line behind a step back is no line of its own",
    ),
    (
        48548,
        "a blank line and the daemon's words are not looked for as one",
    ),
    (
        52379,
        "a filtered tail of our own module has lines stamped ahead of the clock",
    ),
    (
        52518,
        "a long line of which a later part matches stands where it begins",
    ),
    (
        59184,
        "parts that are far apart by their stamps are one line all the same",
    ),
    (1381, "words of the daemon that fill a page are no rotation"),
    (60155, "a burst between a poll and the walk is read once"),
    (
        60684,
        "what a log ended with comes before the one that takes its place",
    ),
];

#[test]
fn what_seeds_have_found_stays_found() {
    catch_panics();
    let limits = limits();
    let failing: Vec<String> = FOUND
        .iter()
        .filter_map(|(seed, guarded)| {
            let fault = run(*seed, limits, false).faults.into_iter().next()?;
            Some(format!(
                "seed {seed} ({guarded}): {}: {}",
                fault.kind, fault.detail
            ))
        })
        .collect();
    drop(std::panic::take_hook());
    assert!(failing.is_empty(), "{}", failing.join("\n"));
}
