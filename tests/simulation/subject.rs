//! How the engine is called: the only file that knows.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use edgelogs::Error;
use edgelogs::fetch::{Clock, Event, LogAgent, LogRun, Order, Pace, Report};
use edgelogs::logs::Record;
use futures::future::join_all;
use futures::stream::StreamExt;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::agent::SimulatedAgent;
use crate::queries::Query;
use crate::world::{BEGIN, Device};

/// A printed line.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) device: usize,
    pub(crate) module: String,
    pub(crate) record: Record,
    /// How many calls the device had got by then.
    pub(crate) calls: u32,
}

/// What came of a run.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) printed: Vec<Printed>,
    /// What failed, with its causes, so that the run does not end in 0.
    pub(crate) errors: Vec<String>,
    /// What was said beside that.
    pub(crate) warnings: Vec<String>,
    pub(crate) has_ended: bool,
    /// The devices whose run ended with an error, which is about all of their modules.
    pub(crate) ended: Vec<usize>,
    /// How long it took by the virtual clock, in nanoseconds.
    pub(crate) elapsed: i64,
}

/// How long anything may take, by the virtual clock.
const MOST_TIME: Duration = Duration::from_secs(24 * 3600);

/// How long a log is followed. Nothing happens in the second half of it.
pub(crate) const FOLLOWED: Duration = Duration::from_secs(600);

/// Collects what is said.
#[derive(Debug, Default)]
struct Listener {
    warnings: Mutex<Vec<String>>,
    errors: Mutex<Vec<String>>,
}

impl Report for Listener {
    fn note(&self, _text: &str) {}

    fn warn(&self, text: &str) {
        self.warnings
            .lock()
            .expect("no panic")
            .push(text.to_owned());
    }
}

impl Listener {
    fn error(&self, error: &Error) {
        self.errors.lock().expect("no panic").push(words(error));
    }
}

fn words(error: &Error) -> String {
    format!("{error}: {}", error.causes().join(": "))
}

/// Runs a query against devices. The runtime's time is paused.
pub(crate) async fn run(devices: &[Arc<Mutex<Device>>], query: &Query) -> Outcome {
    let begin = Timestamp::from_nanosecond(i128::from(BEGIN)).expect("in range");
    let clock = Clock::starting_at(begin);
    let start = Instant::now();
    let listener = Arc::new(Listener::default());
    let printed = Mutex::new(Vec::new());
    let runs = devices.iter().enumerate().map(|(index, device)| {
        let (listener, printed) = (Arc::clone(&listener), &printed);
        async move {
            let print = |module: &str, record: Record| {
                printed.lock().expect("no panic").push(Printed {
                    device: index,
                    module: module.to_owned(),
                    record,
                    calls: device.lock().expect("no panic").calls,
                });
            };
            let agent = Arc::new(SimulatedAgent::new(Arc::clone(device)));
            let run = run_device(agent, query, clock, Arc::clone(&listener), print);
            let ended = tokio::time::timeout(MOST_TIME, run).await;
            if let Ok(Err(error)) = &ended {
                listener.error(error);
            }
            ended
        }
    });
    let results = join_all(runs).await;
    let has_ended = results.iter().all(Result::is_ok);
    let ended = results.iter().enumerate();
    let ended = ended.filter(|(_, result)| matches!(result, Ok(Err(_))));
    let ended = ended.map(|(device, _)| device).collect();
    let warnings = std::mem::take(&mut *listener.warnings.lock().expect("no panic"));
    let errors = std::mem::take(&mut *listener.errors.lock().expect("no panic"));
    Outcome {
        printed: printed.into_inner().expect("no panic"),
        errors,
        warnings,
        has_ended,
        ended,
        elapsed: start.elapsed().as_nanos() as i64,
    }
}

async fn run_device(
    agent: Arc<SimulatedAgent>,
    query: &Query,
    clock: Clock,
    listener: Arc<Listener>,
    print: impl Fn(&str, Record),
) -> Result<(), Error> {
    let run = LogRun {
        order: match query.logs.verbatim {
            true => Order::Source,
            false => Order::Time,
        },
        query: Arc::new(query.logs.clone()),
        follow: query.is_followed.then_some(Pace::ALONE),
        places: None,
        at_a_time: 1,
        report: listener.clone(),
        clock,
    };
    let mut modules = Vec::new();
    let end = match query.is_followed {
        true => FOLLOWED * query.patience,
        // Whoever waits for it gives up before.
        false => 2 * MOST_TIME,
    };
    let events = run.events([agent as Arc<dyn LogAgent>]);
    let mut events = pin!(events.take_until(Box::pin(tokio::time::sleep(end))));
    while let Some((_, event)) = events.next().await {
        match event {
            Event::Calling(_) => {}
            Event::Modules(more) => modules.extend(more),
            Event::Lines(lines) => {
                for line in lines {
                    print(&modules[line.module], line.record().clone());
                }
            }
            Event::Failed { error, .. } => listener.error(&error),
            Event::Away(_) | Event::Gap { .. } | Event::Place { .. } => {}
            Event::Ended(result) => return result,
        }
    }
    Ok(())
}
