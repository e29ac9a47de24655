//! The edge agents: the shipped one as it was read and measured, and our own module.

use std::collections::HashSet;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgelogs::Error;
use edgelogs::fetch::{LogAgent, Silence};
use edgelogs::hub::{HubError, HubErrorKind};
use edgelogs::logs::{engine_time, record_timestamp};
use edgelogs::methods::{
    ContentType, Encoding, GetModuleLogs, LogFilter, MAX_LOG_BYTES, ModuleLogs, too_large_message,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use regex::Regex;
use tokio::time::Instant;

use crate::damage;
use crate::engine::{self, Entry, SECOND, Window};
use crate::features::Feature;
use crate::rng::Rng;
use crate::world::{BEGIN, CAUGHT_UP, Device, Module};

/// What the hub carries of an answer.
const MAX_WIRE_BYTES: usize = 131_072;

/// Hardly any run needs more calls to one device.
pub(crate) const MOST_CALLS: u32 = 2000;

/// The agent of one device, behind its hub.
#[derive(Debug)]
pub(crate) struct SimulatedAgent {
    pub(crate) device: Arc<Mutex<Device>>,
    name: String,
    retries: u32,
    most_calls: u32,
    begin: Instant,
}

/// Status and message of an agent that refuses.
type Refusal = (i32, String);

impl SimulatedAgent {
    pub(crate) fn new(device: Arc<Mutex<Device>>) -> Self {
        let (name, retries, patience) = {
            let device = device.lock().expect("no panic elsewhere");
            let config = &device.config;
            (device.name.clone(), config.retries, config.patience)
        };
        Self {
            device,
            name,
            retries,
            most_calls: MOST_CALLS * patience,
            begin: Instant::now(),
        }
    }

    fn hub_error(&self, kind: HubErrorKind, http_status: Option<u16>, code: Option<u32>) -> Error {
        Error::Hub {
            hub: "sim".to_owned(),
            device: self.name.clone(),
            module: "$edgeAgent".to_owned(),
            source: Box::new(HubError {
                kind,
                http_status,
                code,
                name: None,
                message: format!("simulated {kind:?}"),
                tracking_id: None,
                retry_after: None,
                signed_in: None,
            }),
        }
    }

    fn refused(&self, (status, message): Refusal) -> Error {
        Error::Refused {
            device: self.name.clone(),
            method: "GetModuleLogs",
            status,
            message,
        }
    }

    fn call(&self, request: &GetModuleLogs) -> Result<Vec<ModuleLogs>, Error> {
        let elapsed = self.begin.elapsed().as_nanos() as i64;
        let mut device = self.device.lock().expect("no panic elsewhere");
        device.calls += 1;
        device.happen(elapsed);
        let calls = device.calls;
        let mut rng = Rng::new(
            device.config.seed,
            77_000_000 * (device.number + 1) + u64::from(calls),
        );
        if !device.is_quiet {
            if device.restarting > 0 {
                device.restarting -= 1;
                device.failed += 1;
                device.say(|| "not connected: restarting".to_owned());
                return Err(match rng.chance(0.5) {
                    true => self.hub_error(HubErrorKind::NotConnected, Some(404), Some(404_103)),
                    false => self.refused((
                        400,
                        "Command 'GetModuleLogs' not found. The supported commands are - ping,GetTaskStatus"
                            .to_owned(),
                    )),
                });
            }
            if device.config.has(Feature::Failures) && rng.chance(device.config.failures) {
                device.failed += 1;
                let (kind, status, code) = rng.pick(&[
                    (HubErrorKind::Throttled, Some(429), Some(429_001)),
                    (HubErrorKind::NoAnswer, Some(504), Some(504_101)),
                    (HubErrorKind::Interrupted, None, None),
                    (HubErrorKind::HubFailure, Some(503), None),
                ]);
                device.say(|| format!("fails with {kind:?}"));
                return Err(self.hub_error(kind, status, code));
            }
        }
        let now = BEGIN + elapsed + device.skew;
        let answered = answer(&mut device, request, now);
        device.say(|| {
            let items = serde_json::to_string(request.items()).unwrap_or_default();
            let lines = match &answered {
                Ok(logs) => logs
                    .iter()
                    .map(|logs| format!("{} {}", logs.id, wire_size(logs)))
                    .collect::<Vec<_>>()
                    .join(", "),
                Err((status, message)) => {
                    format!("{status} {}", message.chars().take(140).collect::<String>())
                }
            };
            format!("{:?} {items} -> {lines}", request.content_type())
        });
        let mut logs = answered.map_err(|refusal| self.refused(refusal))?;
        let size: usize = logs.iter().map(|logs| wire_size(logs) + 60).sum();
        if elapsed > CAUGHT_UP {
            device.quiet_calls += 1;
            device.quiet_bytes += size as u64;
        }
        if size > MAX_WIRE_BYTES {
            let is_silent = device.config.is_silent_when_large;
            device.say(|| "too large for the hub".to_owned());
            return Err(match is_silent {
                true => self.hub_error(HubErrorKind::NoAnswer, Some(504), Some(504_101)),
                false => self.hub_error(HubErrorKind::TooLarge, Some(413), None),
            });
        }
        if !device.is_quiet
            && (device.config.has(Feature::Damage) || device.config.has(Feature::SilentDamage))
            && rng.chance(device.config.damage)
        {
            let is_silent = device.config.has(Feature::SilentDamage);
            match damage::damage(&mut rng, &mut logs, is_silent) {
                damage::Damage::None => {}
                damage::Damage::Visible(what) => {
                    device.damaged += 1;
                    device.say(|| format!("damage: {what}"));
                }
                damage::Damage::Silent(what) => {
                    device.is_damaged_silently = true;
                    device.say(|| format!("damage that can't be seen: {what}"));
                }
                damage::Damage::Body(what) => {
                    device.damaged += 1;
                    device.say(|| format!("damage: {what}"));
                    return Err(Error::BadPayload {
                        device: self.name.clone(),
                        method: "GetModuleLogs",
                        cause: what.to_owned(),
                    });
                }
            }
        }
        Ok(logs)
    }
}

#[async_trait]
impl LogAgent for SimulatedAgent {
    fn hub(&self) -> &str {
        "sim"
    }

    fn device(&self) -> &str {
        &self.name
    }

    async fn get_module_logs(
        &self,
        request: &GetModuleLogs,
        _silence: Silence,
    ) -> Result<Vec<ModuleLogs>, Error> {
        let (out, back) = {
            let device = self.device.lock().expect("no panic elsewhere");
            let mut rng = Rng::new(device.config.seed ^ 3, u64::from(device.calls));
            (rng.between(10, 400), rng.between(10, 400))
        };
        tokio::time::sleep(Duration::from_millis(out as u64)).await;
        if self.device.lock().expect("no panic elsewhere").calls >= self.most_calls {
            // Virtual time runs to the end of the run at once.
            std::future::pending::<()>().await;
        }
        let answer = self.call(request);
        tokio::time::sleep(Duration::from_millis(back as u64)).await;
        answer
    }

    async fn module_names(&self) -> Result<Vec<String>, Error> {
        let device = self.device.lock().expect("no panic elsewhere");
        let present = device.modules.values().filter(|module| module.is_present);
        Ok(present.map(|module| module.name.to_owned()).collect())
    }

    fn retries(&self) -> u32 {
        self.retries
    }
}

/// How many bytes a log takes within an answer.
fn wire_size(logs: &ModuleLogs) -> usize {
    let packed = logs.payload_bytes.as_ref().map_or(0, String::len);
    let plain = logs.payload.as_ref().map_or(0, |text| {
        text.bytes()
            .map(|byte| match byte {
                b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
                0..=0x1f => 6,
                _ => 1,
            })
            .sum()
    });
    logs.id.len() + packed + plain
}

/// Whether an item selects a module: a pattern in any case, or `all`.
pub(crate) fn selects(pattern: &str, name: &str) -> bool {
    if pattern.eq_ignore_ascii_case("all") {
        return true;
    }
    // Names have no special characters, so that a full pattern is not needed for most.
    match pattern
        .strip_prefix('^')
        .and_then(|rest| rest.strip_suffix('$'))
    {
        Some(exact) if exact.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            exact.eq_ignore_ascii_case(name)
        }
        _ if pattern == ".*" => true,
        _ if pattern.starts_with("^(?=.*(?:") => selects_both(pattern, name),
        _ => Regex::new(&format!("(?i){pattern}")).is_ok_and(|regex| regex.is_match(name)),
    }
}

/// `^(?=.*(?:PATTERN))NAME$`, which the crate `regex` does not know.
fn selects_both(pattern: &str, name: &str) -> bool {
    let rest = pattern.trim_start_matches("^(?=.*(?:");
    let Some((inner, exact)) = rest.rsplit_once("))") else {
        return false;
    };
    selects(inner, name) && selects(&format!("^{exact}"), name)
}

fn answer(
    device: &mut Device,
    request: &GetModuleLogs,
    now: i64,
) -> Result<Vec<ModuleLogs>, Refusal> {
    let is_own = device.config.has(Feature::OwnModule);
    let is_folder = device.config.has(Feature::Folder);
    let ignores_timestamps = device.config.has(Feature::IgnoresTimestamps) && !is_own;
    let form = Form {
        encoding: request.encoding(),
        content_type: request.content_type(),
        device: device.name.clone(),
        is_packed: device.config.is_packed,
        joins_parts: is_own,
    };
    let salt = device.config.seed;
    let mut modules: Vec<&Module> = device.modules.values().collect();
    if !is_own {
        // The order of a hash table.
        modules.sort_by_key(|module| Rng::new(salt, module.name.len() as u64).next());
    }
    let mut logs = Vec::new();
    let mut size = 0;
    let mut reads = 0;
    let mut unreadable = Vec::new();
    for module in modules {
        let mut items = request.items().iter();
        let item = items.find(|item| selects(item.id.as_str(), module.name));
        let Some(item) = item.filter(|_| module.is_present) else {
            continue;
        };
        if module.is_unreadable {
            let words = "configured logging driver does not support reading";
            if !is_own {
                let message = format!(
                    "Request Returned Status Code InternalServerError with Message {{\"message\":\"{words}\"}}"
                );
                return Err((500, message));
            }
            unreadable.push(words);
            logs.push(ModuleLogs {
                error: Some(words.to_owned()),
                as_documented: true,
                ..ModuleLogs::of(module.name)
            });
            continue;
        }
        let filter = &item.filter;
        let entries = match is_own {
            true => read_own(module, filter, is_folder, now, &mut reads)?,
            false => read_shipped(module, filter, now, &mut reads)?,
        };
        let stamps = filter.include_timestamp() && !ignores_timestamps;
        let (part, bytes) = form.part(module.name, &entries, stamps);
        size += bytes;
        logs.push(part);
    }
    device.reads += reads;
    if size > MAX_LOG_BYTES {
        return Err((400, too_large_message(size as u64)));
    }
    if !unreadable.is_empty() && unreadable.len() == logs.len() {
        return Err((500, unreadable[0].to_owned()));
    }
    Ok(logs)
}

fn bound(name: &str, text: Option<&str>, now: i64) -> Result<Option<i64>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    let second = engine::parse_bound(text, now).map_err(|()| {
        let message = format!("Request Returned Status Code BadRequest with Message {{\"message\":\"invalid parameter: {name}\"}}");
        (400, message)
    })?;
    // 0 means that there is no bound.
    Ok((second != 0).then_some(second * SECOND))
}

fn read_shipped<'a>(
    module: &'a Module,
    filter: &LogFilter,
    now: i64,
    reads: &mut usize,
) -> Result<Vec<&'a Entry>, Refusal> {
    let tail = filter.tail().map(|tail| usize::try_from(tail).unwrap_or(0));
    let all_three = tail.is_some() && filter.since().is_some() && filter.until().is_some();
    let window = Window {
        tail: tail.filter(|_| !all_three),
        since: bound("since", filter.since(), now)?,
        until: bound("until", filter.until(), now)?,
    };
    let reading = engine::read(module.log().iter(), &window);
    *reads += reading.cost;
    let mut entries = reading.entries;
    if let Some(level) = filter.loglevel() {
        entries.retain(|entry| i32::from(entry.level) == level);
    }
    if let Some(word) = filter.regex() {
        entries.retain(|entry| entry.matches(word));
    }
    if let Some(tail) = tail {
        entries.drain(..entries.len().saturating_sub(tail));
    }
    Ok(entries)
}

/// A log with the parts of each line together, as `src/device/sources/parts.rs` has them.
fn lines_together(log: &[Entry]) -> Vec<&Entry> {
    let mut together = Vec::with_capacity(log.len());
    let mut placed: HashSet<usize> = HashSet::new();
    for (index, entry) in log.iter().enumerate() {
        if !placed.insert(index) {
            continue;
        }
        together.push(entry);
        if entry.bytes().ends_with('\n') {
            continue;
        }
        for (index, part) in log.iter().enumerate().skip(index + 1).take(64) {
            if part.line == entry.line && placed.insert(index) {
                together.push(part);
            }
        }
    }
    together
}

/// As `src/device/reader.rs` has it: levels as documented, a line judged by its first part, `skip` and
/// `tail` last, and ends to the nanosecond. A folder's lines are judged one by one.
fn read_own<'a>(
    module: &'a Module,
    filter: &LogFilter,
    is_folder: bool,
    now: i64,
    reads: &mut usize,
) -> Result<Vec<&'a Entry>, Refusal> {
    let exact = |name: &str, text: Option<&str>| -> Result<Option<i64>, Refusal> {
        let whole = bound(name, text, now)?;
        let (Some(_), Some(text)) = (whole, text) else {
            return Ok(None);
        };
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Ok(Some(instant.as_nanosecond() as i64));
        }
        let parsed = edgelogs::methods::TimeBound::parse(name, text);
        match parsed.ok().and_then(|bound| bound.ago()) {
            Some(ago) => Ok(Some(now - ago.as_nanos() as i64)),
            None => Ok(whole),
        }
    };
    let tail = filter.tail().map(|tail| usize::try_from(tail).unwrap_or(0));
    let window = Window {
        tail: None,
        since: exact("since", filter.since())?,
        until: exact("until", filter.until())?,
    };
    let before = exact("before", filter.before())?;
    let log = lines_together(module.log());
    let mut entries = match is_folder {
        true => {
            *reads += log.len();
            let mut entries = log;
            entries.retain(|entry| {
                let is_early = window.since.is_some_and(|since| entry.at < since);
                let is_late = window.until.is_some_and(|until| entry.at > until);
                !is_early && !is_late
            });
            let is_later = |entry: &&Entry| before.is_some_and(|before| entry.at > before);
            let end = entries.iter().position(is_later);
            entries.truncate(end.unwrap_or(entries.len()));
            entries
        }
        false => {
            let window = Window {
                until: [window.until, before].into_iter().flatten().min(),
                ..window
            };
            let reading = engine::read(log.into_iter(), &window);
            *reads += reading.cost;
            reading.entries
        }
    };
    let mut verdicts: Vec<(usize, bool)> = Vec::new();
    let mut passed = Vec::new();
    entries.retain(|entry| {
        let mut known = verdicts.iter().rev().take(8);
        if let Some((_, verdict)) = known.find(|(line, _)| *line == entry.line) {
            return *verdict;
        }
        let level = filter.loglevel();
        let verdict = level.is_none_or(|level| i32::from(entry.level) <= level)
            && filter.regex().is_none_or(|word| entry.matches(word));
        verdicts.push((entry.line, verdict));
        if verdict {
            passed.push(entry.line);
        }
        verdict
    });
    let skip = filter.skip().and_then(|skip| usize::try_from(skip).ok());
    let left = passed.len() - skip.unwrap_or(0).min(passed.len());
    let first = left - tail.unwrap_or(left).min(left);
    let wanted = &passed[first..left];
    entries.retain(|entry| wanted.binary_search(&entry.line).is_ok());
    Ok(entries)
}

/// The form of an answer.
struct Form {
    encoding: Encoding,
    content_type: ContentType,
    device: String,
    is_packed: bool,
    joins_parts: bool,
}

impl Form {
    /// A module's part of an answer, and how many bytes it is as the agent counts.
    fn part(&self, module: &str, entries: &[&Entry], stamps: bool) -> (ModuleLogs, usize) {
        let text = match self.content_type {
            ContentType::Text => {
                let mut text = String::new();
                for entry in entries {
                    let from = if stamps { 0 } else { entry.head };
                    text.push_str(&entry.stamped[from..]);
                }
                if text.trim().is_empty() {
                    String::new()
                } else {
                    text
                }
            }
            ContentType::Json => self.records(module, entries),
        };
        let mut logs = ModuleLogs {
            as_documented: self.joins_parts,
            ..ModuleLogs::of(module)
        };
        let size = match self.encoding {
            Encoding::None => {
                let size = match text.is_ascii() {
                    true => text.len(),
                    false => text.encode_utf16().count(),
                };
                logs.payload = Some(text);
                size
            }
            Encoding::Gzip if text.is_empty() => {
                logs.payload_bytes = Some(String::new());
                0
            }
            Encoding::Gzip => {
                // Storing costs little time, and pages fill sooner.
                let level = match self.is_packed {
                    true => Compression::fast(),
                    false => Compression::none(),
                };
                let mut encoder = GzEncoder::new(Vec::with_capacity(text.len() + 64), level);
                encoder.write_all(text.as_bytes()).expect("memory");
                let packed = encoder.finish().expect("memory");
                let size = packed.len();
                // What is refused anyway need not be encoded.
                if size <= MAX_LOG_BYTES {
                    logs.payload_bytes = Some(STANDARD.encode(packed));
                }
                size
            }
        };
        (logs, size)
    }

    fn records(&self, module: &str, entries: &[&Entry]) -> String {
        let mut out = b"[".to_vec();
        let mut joined: Vec<(usize, String)> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let mut text = entry.text().to_owned();
            let mut level = entry.level;
            if self.joins_parts {
                let goes_on = entries[index + 1..]
                    .iter()
                    .take(8)
                    .any(|next| next.line == entry.line);
                let begun = joined.iter().position(|(line, _)| *line == entry.line);
                if goes_on || begun.is_some() {
                    let begun = begun.unwrap_or_else(|| {
                        joined.push((entry.line, String::new()));
                        joined.len() - 1
                    });
                    joined[begun].1.push_str(entry.bytes());
                    if goes_on {
                        continue;
                    }
                    let (_, bytes) = joined.remove(begun);
                    let whole = Entry::new(entry.stamp, entry.is_stderr, &bytes, entry.line);
                    text = whole.text().to_owned();
                    level = whole.level;
                }
            }
            if out.len() > 1 {
                out.push(b',');
            }
            let stream = if entry.is_stderr { "stderr" } else { "stdout" };
            let time = match entry.stamp {
                Some(stamp) => json_time(stamp),
                None => "0001-01-01T00:00:00".to_owned(),
            };
            let _ = write!(
                out,
                r#"{{"iothub":"sim","device":"{}","id":"{module}","stream":"{stream}","loglevel":{level},"text":"#,
                self.device
            );
            let _ = serde_json::to_writer(&mut out, &text);
            let _ = write!(out, r#","timestamp":"{time}"}}"#);
        }
        out.push(b']');
        String::from_utf8(out).expect("written as UTF-8")
    }
}

/// A stamp as records have it: rounded to 100 ns.
pub(crate) fn json_time(stamp: i64) -> String {
    let instant = Timestamp::from_nanosecond(i128::from(stamp)).expect("within range");
    record_timestamp(engine_time(instant))
}
