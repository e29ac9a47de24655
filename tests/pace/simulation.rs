//! The figures of `docs/scale.md`, from the program's own limits against a hub's throttle, by a
//! clock that costs no time.

use std::cell::Cell;
use std::time::Duration;

use edgelogs::fetch::for_each_device;
use edgelogs::hub::{CallLimits, RateLimit, billed_messages};
use tokio::time::{Instant, sleep};

/// Method calls that one S1 unit lets pass in a second, and queries in a minute.
const CALLS_PER_UNIT: u32 = 40;
const QUERIES_PER_UNIT: usize = 20;

/// What one S1 unit may be billed a day.
const MESSAGES_PER_UNIT: u64 = 400_000;

/// Rows of a page of a query.
const PAGE_ROWS: usize = 100;

/// How long a device takes to answer.
const LATENCY: Duration = Duration::from_millis(300);

/// A task runs so long, and is asked after so often.
const TASK: Duration = Duration::from_secs(5);
const QUESTIONS: usize = 2;

/// The bodies of a request with a SAS URL or a filter, of a status, and of some thousand lines.
const REQUEST_BYTES: usize = 900;
const STATUS_BYTES: usize = 200;
const LOG_BYTES: usize = 60_000;

/// A hub that lets so many calls pass in a second, and turns away what comes beyond.
struct Hub {
    per_second: f64,
    /// The calls that may come at once, as of the time beside it.
    tokens: Cell<f64>,
    at: Cell<Instant>,
    taken: Cell<u32>,
    turned_away: Cell<u32>,
}

impl Hub {
    fn with_units(units: u32) -> Self {
        let per_second = f64::from(units * CALLS_PER_UNIT);
        Self {
            per_second,
            tokens: Cell::new(per_second),
            at: Cell::new(Instant::now()),
            taken: Cell::new(0),
            turned_away: Cell::new(0),
        }
    }

    async fn call(&self) {
        let now = Instant::now();
        let gained = (now - self.at.replace(now)).as_secs_f64() * self.per_second;
        let tokens = (self.tokens.get() + gained).min(self.per_second);
        if tokens < 1.0 {
            self.tokens.set(tokens);
            self.turned_away.set(self.turned_away.get() + 1);
            return;
        }
        self.tokens.set(tokens - 1.0);
        self.taken.set(self.taken.get() + 1);
        sleep(LATENCY).await;
    }
}

#[derive(Clone, Copy)]
enum Work {
    Get,
    Upload,
}

/// A run of one program in each of so many workers.
#[derive(Clone, Copy)]
struct Run {
    work: Work,
    devices: usize,
    units: u32,
    workers: u32,
    /// `--concurrency` and `--rate` of each worker.
    concurrency: usize,
    rate: u32,
}

struct Figures {
    calls: u32,
    turned_away: u32,
    took: Duration,
}

impl Run {
    async fn simulate(self) -> Figures {
        let hub = Hub::with_units(self.units);
        let start = Instant::now();
        let workers = (0..self.workers).map(|index| self.worker(index, &hub));
        futures::future::join_all(workers).await;
        Figures {
            calls: hub.taken.get(),
            turned_away: hub.turned_away.get(),
            took: start.elapsed(),
        }
    }

    async fn worker(self, index: u32, hub: &Hub) {
        let devices = self.shard(index);
        let limits = CallLimits::new(self.concurrency, RateLimit::per_second(self.rate));
        let call = async || {
            let _permit = limits.acquire().await;
            hub.call().await;
        };
        let at_a_time = match self.work {
            Work::Get => self.concurrency,
            Work::Upload => 1000,
        };
        let outcome = for_each_device(&devices, at_a_time, async |_| {
            call().await;
            if let Work::Upload = self.work {
                for _ in 0..QUESTIONS {
                    sleep(TASK / 2).await;
                    call().await;
                }
            }
            Ok(())
        });
        assert!(outcome.await.unwrap().failures.is_empty());
    }

    /// The devices of one worker, by the rule of `--shard`.
    fn shard(self, index: u32) -> Vec<String> {
        let ids = (0..self.devices).map(|device| format!("device-{device:06}"));
        ids.filter(|id| {
            let mut crc = flate2::Crc::new();
            crc.update(id.as_bytes());
            crc.sum() % self.workers == index
        })
        .collect()
    }

    /// What is billed for so many calls: those that were turned away cost nothing.
    fn messages(self, calls: u32) -> u64 {
        let status = billed_messages(STATUS_BYTES);
        let request = billed_messages(REQUEST_BYTES);
        let calls = u64::from(calls);
        match self.work {
            Work::Get => calls * (request + billed_messages(LOG_BYTES)),
            // The answer to an upload and both ends of a question are a status each.
            Work::Upload => calls * (request + status),
        }
    }

    /// A row of the table in `docs/scale.md`.
    fn row(self, figures: &Figures) -> String {
        let command = match self.work {
            Work::Get => "get",
            Work::Upload => "upload",
        };
        let messages = self.messages(figures.calls);
        format!(
            "| `{command}` | {} | {} | {} | `-j {} --rate {}` | {} | {} | {:.1} | {} | {:.1} |",
            grouped(self.devices as u64),
            self.units,
            self.workers,
            self.concurrency,
            self.rate,
            grouped(u64::from(figures.calls)),
            grouped(u64::from(figures.turned_away)),
            figures.took.as_secs_f64() / 60.0,
            grouped(messages),
            messages as f64 / MESSAGES_PER_UNIT as f64,
        )
    }
}

/// A number with a comma before each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

const fn run(work: Work, devices: usize, units: u32, workers: u32, rate: u32) -> Run {
    Run {
        work,
        devices,
        units,
        workers,
        concurrency: 64,
        rate,
    }
}

const RUNS: [Run; 8] = [
    run(Work::Get, 10_000, 1, 1, 40),
    run(Work::Get, 10_000, 4, 1, 160),
    run(Work::Get, 100_000, 1, 1, 40),
    run(Work::Get, 100_000, 10, 1, 400),
    run(Work::Get, 100_000, 10, 4, 100),
    run(Work::Upload, 10_000, 1, 1, 40),
    run(Work::Upload, 100_000, 10, 4, 100),
    // What happens to those who leave the rate of each worker as it is.
    run(Work::Get, 10_000, 1, 4, 40),
];

fn documentation() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/scale.md");
    std::fs::read_to_string(path).unwrap()
}

#[tokio::test(start_paused = true)]
async fn documented_figures_match_the_simulation() {
    let mut rows = Vec::new();
    for run in RUNS {
        let figures = run.simulate().await;
        let within = run.rate * run.workers <= run.units * CALLS_PER_UNIT;
        assert_eq!(figures.turned_away == 0, within, "{}", run.row(&figures));
        rows.push(run.row(&figures));
    }
    let rows = rows.join("\n");
    println!("{rows}");
    assert!(
        documentation().contains(&rows),
        "docs/scale.md lacks:\n{rows}"
    );
}

#[test]
fn documented_query_times_match_the_hubs_limit() {
    for (devices, units) in [(10_000, 1), (100_000, 1), (100_000, 10)] {
        let pages = devices / PAGE_ROWS;
        let minutes = pages / (QUERIES_PER_UNIT * units);
        let row = format!(
            "| {} | {units} | {} | {minutes} |",
            grouped(devices as u64),
            grouped(pages as u64)
        );
        assert!(documentation().contains(&row), "docs/scale.md lacks {row}");
    }
}
