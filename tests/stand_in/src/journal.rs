//! A record of all calls, for a test to check afterwards.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::engine::EngineQuery;

/// Where a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `POST /twins/{device}/modules/{module}/methods`
    ModuleMethod,
    /// `GET /twins/{device}/modules/{module}`
    ModuleTwin,
    /// `POST /devices/query`
    Query,
    /// Anything else.
    Elsewhere,
}

/// One call, with or without an answer.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its place in the journal, from 0.
    pub number: usize,
    /// When it came, since the start of the stand-in.
    pub at: Duration,
    /// How long it took; zero while it is under way.
    pub took: Duration,
    /// Where it went.
    pub route: Route,
    /// The device, or nothing.
    pub device: String,
    /// The module as the path names it, such as `$edgeAgent`.
    pub module: String,
    /// The method's name as it came.
    pub method: String,
    /// How often this device was called with this method before.
    pub nth: usize,
    /// The method's payload; `Null` where there is none.
    pub payload: Value,
    /// The text of a query.
    pub query: String,
    /// `responseTimeoutInSeconds`
    pub response_timeout: u64,
    /// `connectTimeoutInSeconds`
    pub connect_timeout: u64,
    /// What the agent asked the container engine for.
    pub reads: Vec<EngineQuery>,
    /// The HTTP status; `None`: no answer, or none yet.
    pub http_status: Option<u16>,
    /// The method's status inside an HTTP 200.
    pub method_status: Option<i32>,
}

impl Call {
    /// Whether a method of a module was called.
    pub fn is_method(&self) -> bool {
        self.route == Route::ModuleMethod
    }
}

/// All calls, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Journal {
    started: Instant,
    entries: Mutex<Entries>,
    changed: Condvar,
}

/// How long a test waits for calls, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct Entries {
    calls: Vec<Call>,
    counts: HashMap<(String, String), usize>,
}

impl Journal {
    /// An empty journal.
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            entries: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call that goes nowhere yet; [`Self::enter`] numbers it.
    pub(crate) fn draft(&self, route: Route, device: String, module: String) -> Call {
        Call {
            number: 0,
            at: self.started.elapsed(),
            took: Duration::ZERO,
            route,
            device,
            module,
            method: String::new(),
            nth: 0,
            payload: Value::Null,
            query: String::new(),
            response_timeout: 0,
            connect_timeout: 0,
            reads: Vec::new(),
            http_status: None,
            method_status: None,
        }
    }

    /// Writes a call down, so that it is there even if its client gives up.
    pub(crate) fn enter(&self, call: &mut Call) {
        let mut entries = self.entries();
        call.number = entries.calls.len();
        if call.is_method() {
            let key = (call.device.clone(), call.method.to_lowercase());
            let count = entries.counts.entry(key).or_default();
            call.nth = *count;
            *count += 1;
        }
        entries.calls.push(call.clone());
        self.changed.notify_all();
    }

    /// Writes down what became of a call.
    pub(crate) fn settle(&self, mut call: Call) {
        call.took = self.started.elapsed().saturating_sub(call.at);
        let number = call.number;
        if let Some(entry) = self.entries().calls.get_mut(number) {
            *entry = call;
        }
        self.changed.notify_all();
    }

    /// A copy of all calls.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.entries().calls.clone()
    }

    /// Waits until the calls are what a test waits for.
    pub(crate) fn wait_until(&self, enough: impl Fn(&[Call]) -> bool) {
        let waits = |entries: &mut Entries| !enough(&entries.calls);
        let (entries, result) = self
            .changed
            .wait_timeout_while(self.entries(), PATIENCE, waits)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!result.timed_out(), "never came: {:#?}", entries.calls);
    }

    /// Forgets what was written so far. Calls under way are forgotten as well.
    pub(crate) fn clear(&self) {
        *self.entries() = Entries::default();
    }
}
