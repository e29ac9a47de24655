//! Calls `GetModuleLogs` on one device, a few calls at a time, counts them, and recognises every form
//! of 'too large'.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::entries::{Decoded, Entry, EntryForm, decode};
use super::log_agent::{Clock, LogAgent, Report, Silence};
use super::long_lines::first_parts;
use super::notices;
use super::pairing::pair;
use super::sizer::wire_bytes;
use crate::error::Error;
use crate::hub::{HubErrorKind, TrafficTotals, billed_messages};
use crate::lock::lock;
use crate::logs::DecodeError;
use crate::methods::{ContentType, Encoding, GetModuleLogs, LogItem, ModuleLogs, too_large_bytes};

/// How many calls one device gets at a time: `aziot-edged` serves five of its agent's at the most,
/// and hubs bound them as well (403800).
const CALLS_AT_A_TIME: usize = 3;

/// How long to wait before a damaged answer is asked for again; twice as long each time.
const DAMAGE_PAUSE: Duration = Duration::from_millis(200);

/// So many entries without a stamp are more than a banner or a word of the daemon.
const ENTRIES_THAT_TELL: usize = 3;

/// How long ago a window must have ended so that nothing can be added to it, in seconds. Devices'
/// clocks are off by less, most of them.
const SETTLED_SECONDS: i64 = 600;

/// How often records and text are fetched again because lines have come in between.
const MOST_PAIRINGS: u32 = 3;

/// Why a call brought no logs.
#[derive(Debug)]
pub(super) enum CallFailure {
    /// There is more than an answer can carry, or than two answers agree on. The agent says how many
    /// bytes there were, the hub does not.
    TooLarge(Option<u64>),
    /// Anything else.
    Failed(Error),
}

/// One module's part of an answer.
#[derive(Debug)]
pub(super) struct ModuleAnswer {
    /// The module's name.
    pub(super) id: String,
    /// Its entries, in the engine's order.
    pub(super) entries: Vec<Entry>,
    /// How many there are as `tail` counts: our own module counts lines, the shipped agent the parts
    /// of long ones.
    pub(super) counted: usize,
    /// How many lines among them may be frames of their own.
    pub(super) appended: usize,
    /// What it took of the answer, as the limit counts.
    pub(super) wire_bytes: u64,
    /// Why there is less than was asked for.
    pub(super) cut: Option<Cut>,
    /// Whether it carries neither text nor bytes, which no agent sends by itself.
    has_no_payload: bool,
}

/// Why a module's part of an answer is not whole.
#[derive(Debug)]
pub(super) enum Cut {
    /// It can't be read further: it was asked for again, and came damaged each time.
    Damaged(DecodeError),
    /// The device says that its log breaks off.
    ByDevice(String),
}

impl Cut {
    /// The failure to report.
    pub(super) fn error(self, device: &str, module: &str) -> Error {
        let (device, module) = (device.to_owned(), module.to_owned());
        match self {
            Self::Damaged(source) => Error::Undecodable {
                device,
                module,
                source,
            },
            Self::ByDevice(message) => Error::BrokenLog {
                device,
                module,
                message,
            },
        }
    }
}

impl ModuleAnswer {
    fn read(logs: &ModuleLogs, form: EntryForm) -> Self {
        let Decoded {
            entries,
            appended,
            damage,
        } = decode(logs, form);
        Self {
            id: logs.id.clone(),
            counted: match logs.as_documented {
                true => first_parts(&entries).count(),
                false => entries.len(),
            },
            entries,
            appended,
            wire_bytes: wire_bytes(logs),
            cut: damage
                .map(Cut::Damaged)
                .or_else(|| logs.error.clone().map(Cut::ByDevice)),
            has_no_payload: logs.is_empty() && logs.payload.is_none() && logs.error.is_none(),
        }
    }

    /// Whether it should be asked for again.
    fn is_suspect(&self) -> bool {
        self.has_no_payload || matches!(self.cut, Some(Cut::Damaged(_)))
    }

    /// Whether there are certainly fewer frames than this.
    pub(super) fn has_fewer_than(&self, asked: usize) -> bool {
        self.counted + self.appended < asked
    }

    /// Its bytes as text.
    fn text(&self) -> String {
        let bytes: Vec<u8> = self
            .entries
            .iter()
            .flat_map(|entry| entry.record.line())
            .copied()
            .collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How many entries have a stamp of their own.
    fn stamped(&self) -> usize {
        self.entries.iter().filter(|entry| entry.own_stamp).count()
    }
}

impl From<Error> for CallFailure {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Calls one device's agent for logs.
#[derive(Debug)]
pub(super) struct LogCalls {
    agent: Arc<dyn LogAgent>,
    report: Arc<dyn Report>,
    encoding: Encoding,
    content_type: ContentType,
    /// Whether the agent has turned out to send no timestamps with text.
    lacks_stamps: AtomicBool,
    /// Whether the agent has said that it understands requests as documented.
    is_documented: AtomicBool,
    /// Whether the latest call was answered with logs.
    is_there: AtomicBool,
    /// Whether the request has no limit.
    unbounded: bool,
    permits: Semaphore,
    /// When durations began to count.
    started: (Instant, Timestamp),
    clock: Clock,
    traffic: Mutex<TrafficTotals>,
}

impl LogCalls {
    pub(super) fn new(
        agent: Arc<dyn LogAgent>,
        report: Arc<dyn Report>,
        encoding: Encoding,
        content_type: ContentType,
        unbounded: bool,
        clock: Clock,
    ) -> Self {
        Self {
            agent,
            report,
            encoding,
            content_type,
            lacks_stamps: AtomicBool::new(false),
            is_documented: AtomicBool::new(false),
            is_there: AtomicBool::new(false),
            unbounded,
            permits: Semaphore::new(CALLS_AT_A_TIME),
            clock,
            started: (Instant::now(), clock.now()),
            traffic: Mutex::default(),
        }
    }

    pub(super) fn agent(&self) -> &dyn LogAgent {
        &*self.agent
    }

    pub(super) fn device(&self) -> &str {
        self.agent.device()
    }

    pub(super) fn report(&self) -> &dyn Report {
        &*self.report
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How often an answer that arrives damaged is asked for again.
    pub(super) fn retries(&self) -> u32 {
        self.agent.retries()
    }

    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    /// Whether the agent has said that it understands requests as documented.
    pub(super) fn is_documented(&self) -> bool {
        self.is_documented.load(Ordering::Relaxed)
    }

    /// By how much stamps may be off: those of records are rounded to 100 ns.
    pub(super) fn rounding(&self) -> i64 {
        match self.content_type == ContentType::Json || self.lacks_stamps.load(Ordering::Relaxed) {
            true => 50,
            false => 0,
        }
    }

    /// How long ago durations began to count. The monotonic clock stands still while this machine sleeps.
    pub(super) fn elapsed(&self) -> Duration {
        let (started, at) = self.started;
        let by_wall_clock = self.clock.now().duration_since(at);
        let by_wall_clock = Duration::try_from(by_wall_clock).unwrap_or_default();
        started.elapsed().max(by_wall_clock)
    }

    /// The form in which entries come with their stamps.
    pub(super) fn stamped_form(&self) -> EntryForm {
        match self.content_type {
            ContentType::Json => EntryForm::Json,
            ContentType::Text => EntryForm::Stamped,
        }
    }

    /// Asks for logs whose entries carry their stamps.
    ///
    /// An agent counts as one that ignores `includeTimestamp` only when a whole answer of several
    /// entries carries no stamp at all, twice.
    pub(super) async fn get_stamped(
        &self,
        items: Vec<LogItem>,
    ) -> Result<Vec<ModuleAnswer>, CallFailure> {
        let form = self.stamped_form();
        let mut seen_without = false;
        while form == EntryForm::Json || !self.lacks_stamps.load(Ordering::Relaxed) {
            let answers = self.get_logs(items.clone(), form).await?;
            // Each module may have a banner.
            let entries = answers.iter().map(|answer| answer.entries.len()).max();
            let entries = entries.unwrap_or(0);
            let is_whole = answers.iter().all(|answer| answer.cut.is_none());
            let has_none = |answers: &[ModuleAnswer]| answers.iter().all(|a| a.stamped() == 0);
            let lacks = form == EntryForm::Stamped
                && is_whole
                // Our own module has sources that know no times.
                && !self.is_documented()
                && entries > 0
                && has_none(&answers);
            if !lacks {
                return Ok(answers);
            }
            if entries < ENTRIES_THAT_TELL && !seen_without {
                // A banner, or a word of the daemon, has no stamp as a record either.
                let records = self.get_logs(items.clone(), EntryForm::Json).await?;
                if has_none(&records) {
                    return Ok(answers);
                }
            }
            if seen_without && !self.lacks_stamps.swap(true, Ordering::Relaxed) {
                let text = notices::fetched_twice(self.device());
                self.report.warn(&text);
            }
            seen_without = true;
        }
        self.get_paired(items).await
    }

    /// The same from an agent that sends no timestamps with text: records for the stamps, and text
    /// for the bytes.
    async fn get_paired(&self, items: Vec<LogItem>) -> Result<Vec<ModuleAnswer>, CallFailure> {
        // A window that ends in the past is the same in both calls.
        let is_open = |item: &LogItem| {
            let until = item.filter.until().and_then(|until| until.parse().ok());
            until.is_none_or(|until: i64| until > self.clock.now().as_second() - SETTLED_SECONDS)
        };
        let is_open = items.iter().any(is_open);
        let mut attempts = 0..=MOST_PAIRINGS;
        let mut records = self.get_logs(items.clone(), EntryForm::Json).await?;
        loop {
            let texts = self.get_logs(items.clone(), EntryForm::Plain).await?;
            // What has come meanwhile tells where the last frame ends.
            let later = match is_open {
                true => Some(self.get_logs(items.clone(), EntryForm::Json).await?),
                false => None,
            };
            let mut paired = Vec::new();
            let mut mismatch = None;
            for mut answer in std::mem::take(&mut records) {
                let text = texts.iter().find(|text| text.id == answer.id);
                let text = text.map_or_else(String::new, ModuleAnswer::text);
                let newer = match &later {
                    Some(later) => newer(&answer, later),
                    None => Some((&[][..], 0)),
                };
                let found =
                    newer.and_then(|(newer, slid)| pair(&answer.entries, newer, slid, &text));
                let Some((entries, lacking)) = found else {
                    mismatch = Some(answer.id);
                    break;
                };
                // How many frames there were is not certain.
                answer.appended += lacking;
                answer.counted = entries.len();
                answer.entries = entries;
                paired.push(answer);
            }
            let Some(module) = mismatch else {
                return Ok(paired);
            };
            if attempts.next().is_none() {
                if texts.len() > 1 {
                    // Less comes in between where modules are asked for one by one.
                    return Err(CallFailure::TooLarge(None));
                }
                return Err(CallFailure::Failed(Error::BadPayload {
                    device: self.device().to_owned(),
                    method: "GetModuleLogs",
                    cause: format!("the text of module `{module}` does not match its records"),
                }));
            }
            // The engine has cut the log in between, or much has come.
            records = match later {
                Some(later) => later,
                None => self.get_logs(items.clone(), EntryForm::Json).await?,
            };
        }
    }

    /// Asks for logs. An answer that arrives damaged is asked for again within the retries of the
    /// run.
    pub(super) async fn get_logs(
        &self,
        items: Vec<LogItem>,
        form: EntryForm,
    ) -> Result<Vec<ModuleAnswer>, CallFailure> {
        let content_type = match form {
            EntryForm::Plain | EntryForm::Stamped => ContentType::Text,
            EntryForm::Json => ContentType::Json,
        };
        let request = GetModuleLogs::new(items, self.encoding, content_type);
        let mut pause = DAMAGE_PAUSE;
        let mut attempt = 0;
        loop {
            let is_last = attempt >= self.agent.retries();
            match self.call_once(&request).await {
                Err(CallFailure::Failed(error)) if !is_last && is_damage(&error) => {}
                Err(trouble) => return Err(trouble),
                Ok(logs) => {
                    let answers: Vec<ModuleAnswer> = logs
                        .iter()
                        .map(|logs| ModuleAnswer::read(logs, form))
                        .collect();
                    if is_last || !answers.iter().any(ModuleAnswer::is_suspect) {
                        return Ok(answers);
                    }
                }
            }
            attempt += 1;
            self.clock.sleep(pause).await;
            pause *= 2;
        }
    }

    /// The hub's silence (504101) may mean that the answer is too large for the hub, or that the
    /// agent is gone; whether a single line of the same modules arrives tells which.
    async fn call_once(&self, request: &GetModuleLogs) -> Result<Vec<ModuleLogs>, CallFailure> {
        // A call ends, one way or the other; the semaphore is never closed.
        let _permit = self.permits.acquire().await;
        // No lines are never too large.
        let asks_for_lines = request
            .items()
            .iter()
            .any(|item| item.filter.tail() != Some(0));
        let silence = match asks_for_lines {
            true => Silence::Final,
            false => Silence::Lost,
        };
        let error = match self.agent.get_module_logs(request, silence).await {
            Ok(answer) => {
                self.count(&answer);
                self.is_there.store(true, Ordering::Relaxed);
                if answer.iter().any(|logs| logs.as_documented) {
                    self.is_documented.store(true, Ordering::Relaxed);
                }
                return refused_in_payload(answer);
            }
            Err(error) => error,
        };
        self.count(&[]);
        match &error {
            Error::Refused { message, .. } => match too_large_bytes(message) {
                Some(bytes) => Err(CallFailure::TooLarge(bytes)),
                None => Err(CallFailure::Failed(error)),
            },
            Error::Hub { source, .. } if source.kind == HubErrorKind::TooLarge => {
                Err(CallFailure::TooLarge(None))
            }
            // Whoever has just answered is asked for less at once, but not twice.
            Error::Hub { source, .. }
                if source.kind == HubErrorKind::NoAnswer
                    && asks_for_lines
                    && self.is_there.swap(false, Ordering::Relaxed) =>
            {
                Err(CallFailure::TooLarge(None))
            }
            Error::Hub { source, .. }
                if source.kind == HubErrorKind::NoAnswer && asks_for_lines =>
            {
                let probe = last_line_of(request.items());
                let probe = GetModuleLogs::new(probe, self.encoding, request.content_type());
                self.count(&[]);
                match self.agent.get_module_logs(&probe, Silence::Lost).await {
                    Ok(_) => Err(CallFailure::TooLarge(None)),
                    // A damaged answer is one.
                    Err(damage) if is_damage(&damage) => Err(CallFailure::TooLarge(None)),
                    Err(_) => Err(CallFailure::Failed(error)),
                }
            }
            _ => Err(CallFailure::Failed(error)),
        }
    }

    fn count(&self, answer: &[ModuleLogs]) {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let bytes: usize = answer
            .iter()
            .map(|logs| length(&logs.payload) + length(&logs.payload_bytes))
            .sum();
        let mut traffic = lock(&self.traffic);
        traffic.calls += 1;
        traffic.bytes_received += bytes as u64;
        // A request fits one message; a refusal is not counted.
        traffic.billed_messages += 1;
        if bytes > 0 {
            traffic.billed_messages += billed_messages(bytes);
        }
        if self.unbounded && traffic.calls == notices::TRAFFIC_AFTER_CALLS {
            self.report.note(&notices::traffic(self.device(), *traffic));
        }
    }
}

/// What has come since an answer, by a later one to the same question; none where they do not meet.
fn newer<'a>(answer: &ModuleAnswer, later: &'a [ModuleAnswer]) -> Option<(&'a [Entry], usize)> {
    let later = later.iter().find(|later| later.id == answer.id)?;
    let (entries, later) = (&answer.entries, &later.entries);
    let mut common = (0..=entries.len().min(later.len())).rev();
    let common = common.find(|common| entries.ends_with(&later[..*common]))?;
    let slid = entries.len() - common;
    (common > 0 || entries.is_empty()).then_some((&later[common..], slid))
}

/// Whether an answer came, and is not what the method promises.
fn is_damage(error: &Error) -> bool {
    match error {
        Error::BadPayload { .. } => true,
        Error::Hub { source, .. } => source.kind == HubErrorKind::NotAnAnswer,
        _ => false,
    }
}

/// The same modules, one line each.
fn last_line_of(items: &[LogItem]) -> Vec<LogItem> {
    let probe = |item: &LogItem| LogItem {
        id: item.id.clone(),
        // One line is never more than the agent can count to.
        filter: item.filter.clone().with_tail(1).unwrap_or_default(),
    };
    items.iter().map(probe).collect()
}

/// Older agents answer 200 and put their refusal where the log would be.
fn refused_in_payload(answer: Vec<ModuleLogs>) -> Result<Vec<ModuleLogs>, CallFailure> {
    let refusals = answer
        .iter()
        .filter(|logs| logs.payload_bytes.is_none())
        .filter_map(|logs| too_large_bytes(logs.payload.as_deref()?));
    let sum = refusals.reduce(|sum, bytes| Some(sum? + bytes?));
    match sum {
        Some(bytes) => Err(CallFailure::TooLarge(bytes)),
        None => Ok(answer),
    }
}
