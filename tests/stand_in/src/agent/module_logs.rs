//! What `GetModuleLogs` makes of a request: selection, filtering, forms, the size limit.

use std::cell::RefCell;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use serde_json::{Value, json};

use super::super::engine::{EngineError, EngineQuery, Window};
use super::super::log::Entry;
use super::line::{self, Record};
use super::payload::{Key, Payload, remembered};
use super::request::{Filter, Item, LogsRequest};
use super::{AgentAnswer, Context};
use crate::pattern::Pattern;

/// The agent's limit: gzip bytes before base64, or UTF-16 units of text, over all modules.
pub(crate) const MAX_LOG_SIZE: usize = 127_000;

/// The content type 0.
const JSON: i64 = 0;
/// The encodings that are known; others work as 0.
const NONE: i64 = 0;
const GZIP: i64 = 1;

impl Context<'_> {
    /// Answers `GetModuleLogs`.
    ///
    /// # Errors
    /// The answer of status 400 or 500.
    pub(crate) fn module_logs(&mut self, request: &LogsRequest) -> Result<String, AgentAnswer> {
        let content_type = self.content_type(request);
        let mut logs = Vec::new();
        for (id, filter) in self.select(request)? {
            let payload = self.payload(&id, filter, content_type, request.encoding)?;
            logs.push((id, filter, payload));
        }
        let size: usize = logs.iter().map(|(_, _, payload)| payload.size).sum();
        if !self.variant.too_large_in_payload && size > MAX_LOG_SIZE {
            let options = logs
                .first()
                .map(|(_, filter, _)| options(request, content_type, filter));
            return Err(AgentAnswer::refused(too_large(
                size,
                &options.unwrap_or_default(),
            )));
        }
        let answers = logs.iter().map(|(id, filter, payload)| {
            let id = Value::from(id.as_str());
            if payload.size > MAX_LOG_SIZE {
                let options = options(request, content_type, filter);
                let message = Value::from(too_large(payload.size, &options));
                return format!(r#"{{"id":{id},"payloadBytes":null,"payload":{message}}}"#);
            }
            format!(r#"{{"id":{id},{}}}"#, payload.members)
        });
        Ok(format!("[{}]", answers.collect::<Vec<_>>().join(",")))
    }

    /// Reads what an upload would read, for the errors that end its task.
    ///
    /// # Errors
    /// The answer that becomes the task's message.
    pub(crate) fn read_for_upload(&mut self, request: &LogsRequest) -> Result<(), AgentAnswer> {
        let content_type = self.content_type(request);
        for (id, filter) in self.select(request)? {
            self.payload(&id, filter, content_type, NONE)?;
        }
        Ok(())
    }

    fn content_type(&self, request: &LogsRequest) -> i64 {
        let default = i64::from(self.variant.text_by_default);
        request.content_type.unwrap_or(default)
    }

    /// The modules that the items select, in no order that could be relied on. The first item that
    /// matches decides.
    ///
    /// # Errors
    /// A null item (500), or a pattern that is none (400, without the prefix of parse errors).
    pub(crate) fn select<'r>(
        &mut self,
        request: &'r LogsRequest,
    ) -> Result<Vec<(String, &'r Filter)>, AgentAnswer> {
        let mut selected: Vec<(String, &Filter)> = Vec::new();
        for item in &request.items {
            let item = item.as_ref().ok_or_else(|| {
                AgentAnswer::failed("Object reference not set to an instance of an object.")
            })?;
            let pattern = pattern(item)?;
            for module in self.modules {
                let name = &module.name;
                let matches = pattern.as_ref().is_none_or(|regex| regex.is_match(name));
                // The agent's table knows no case, so that names which differ in it alone collide.
                let mut known = selected.iter();
                let is_new = known.all(|(other, _)| other.to_lowercase() != name.to_lowercase());
                if matches && is_new {
                    selected.push((name.clone(), &item.filter));
                }
            }
        }
        self.random.shuffle(&mut selected);
        Ok(selected)
    }

    /// One module's log as it travels.
    fn payload(
        &mut self,
        id: &str,
        filter: &Filter,
        content_type: i64,
        encoding: i64,
    ) -> Result<Arc<Payload>, AgentAnswer> {
        let is_json = content_type == JSON;
        let query = self.query(id, filter, is_json);
        self.reads.push(query.clone());
        let module = self.modules.iter().find(|module| module.name == id);
        let module = module.ok_or_else(|| engine_failed(&EngineError::Runtime(404)))?;
        if let Some(error) = &module.unreadable {
            return Err(engine_failed(error));
        }
        let window = Window::of(&query, self.now);
        let window = window.map_err(|error| engine_failed(&error))?;
        let key = Key {
            log: Arc::as_ptr(&module.log) as usize,
            window,
            timestamps: query.timestamps,
            record_of: is_json.then(|| (self.device.to_owned(), id.to_owned())),
            level: filter.level,
            exact_level: self.variant.exact_level,
            regex: filter.regex.as_ref().map(|regex| regex.as_str().to_owned()),
            tail: filter.tail,
            is_gzip: encoding == GZIP,
        };
        Ok(remembered(key, &module.log, || {
            let text = self.text(id, filter, &query, window.read(&module.log), is_json);
            Payload::of(text, encoding == GZIP)
        }))
    }

    /// What the agent asks the engine for. It leaves the tail out when the window has both ends.
    fn query(&mut self, id: &str, filter: &Filter, is_json: bool) -> EngineQuery {
        let variant = self.variant;
        if is_json && filter.is_shared {
            // The agent sets the flag on the object that all requests without a filter share.
            self.memory.shared_filter_has_stamps = true;
        }
        let leaked = filter.is_shared && self.memory.shared_filter_has_stamps;
        let wanted = (filter.include_timestamp || leaked) && !variant.ignores_include_timestamp;
        let is_bounded = filter.since.is_some() && filter.until.is_some();
        let tail_is_sent = !is_bounded && !variant.filters_before_tail;
        let tail = filter.tail.filter(|_| tail_is_sent);
        EngineQuery {
            module: id.to_owned(),
            tail: tail.map(|tail| tail.to_string()),
            since: filter.since.clone(),
            until: filter.until.clone().filter(|_| !variant.ignores_until),
            timestamps: is_json || wanted,
        }
    }

    /// The level, the pattern, and the tail once more, over what the engine returned.
    fn text<'e>(
        &self,
        id: &str,
        filter: &Filter,
        query: &EngineQuery,
        entries: impl Iterator<Item = &'e Entry>,
        is_json: bool,
    ) -> String {
        let exact = self.variant.exact_level;
        let mut kept: Vec<String> = Vec::new();
        for entry in entries {
            let mut frame = String::with_capacity(entry.bytes.len() + 31);
            if query.timestamps {
                frame.push_str(&entry.stamp_text());
                frame.push(' ');
            }
            frame.push_str(&String::from_utf8_lossy(&entry.bytes));
            if !is_json && filter.level.is_none() && filter.regex.is_none() {
                kept.push(frame);
                continue;
            }
            let parsed = line::parse(&frame);
            let level_fits = filter
                .level
                .is_none_or(|level| parsed.level == level || (!exact && parsed.level < level));
            let mut regexes = filter.regex.iter();
            if !level_fits || !regexes.all(|regex| regex.is_match(parsed.text)) {
                continue;
            }
            if !is_json {
                kept.push(frame);
                continue;
            }
            let record = Record {
                iothub: self.hub_name,
                device: self.device,
                id,
                stream: entry.stream.name(),
                loglevel: parsed.level,
                text: parsed.text,
                timestamp: line::timestamp_text(parsed.timestamp()),
            };
            kept.push(serde_json::to_string(&record).unwrap_or_default());
        }
        if let Some(tail) = filter.tail {
            let skipped = i64::try_from(kept.len()).unwrap_or(i64::MAX) - i64::from(tail);
            kept.drain(..usize::try_from(skipped).unwrap_or(0).min(kept.len()));
        }
        match is_json {
            true => format!("[{}]", kept.join(",")),
            false => kept.concat(),
        }
    }
}

/// An item's pattern; `None` is `all`, in any case.
fn pattern(item: &Item) -> Result<Option<Regex>, AgentAnswer> {
    if item.id.eq_ignore_ascii_case("all") {
        return Ok(None);
    }
    compiled(&item.id)
        .map(Some)
        .map_err(|_| AgentAnswer::refused(format!("Invalid pattern '{}' at offset 0.", item.id)))
}

/// The last pattern that a thread has compiled: a fleet's devices are asked for the same modules, and
/// compiling took longer than all else that the stand-in does for a call.
fn compiled(id: &str) -> Result<Regex, regex::Error> {
    thread_local! {
        static LAST: RefCell<Option<(String, Regex)>> = const { RefCell::new(None) };
    }
    LAST.with_borrow_mut(|last| {
        if let Some((known, regex)) = last
            && known == id
        {
            return Ok(regex.clone());
        }
        let regex = RegexBuilder::new(id).case_insensitive(true).build()?;
        *last = Some((id.to_owned(), regex.clone()));
        Ok(regex)
    })
}

/// What the agent makes of a failure of `aziot-edged`: 400 stays 400, the rest becomes 500.
fn engine_failed(error: &EngineError) -> AgentAnswer {
    let message = |name: &str| {
        format!(
            "Request Returned Status Code {name} with Message {}",
            error.body()
        )
    };
    match error {
        EngineError::InvalidParameter(_) => AgentAnswer::refused(message("BadRequest")),
        EngineError::Runtime(404) => AgentAnswer::failed(&message("NotFound")),
        EngineError::Runtime(501) => AgentAnswer::failed(&message("NotImplemented")),
        EngineError::Runtime(_) => AgentAnswer::failed(&message("InternalServerError")),
        EngineError::NoFrames => AgentAnswer::failed(
            "Stream finished but there was a truncated final frame in the buffer",
        ),
    }
}

/// The agent's words; the end is the options of the call, indented.
fn too_large(size: usize, options: &str) -> String {
    format!(
        "The payload is too large for a direct method. GetModuleLogs supports up to \
         {MAX_LOG_SIZE} bytes of logs. The current request returned {size} bytes.\nTry reducing \
         the size of the logs by setting the 'tail', 'since' and 'from' fields in log options \
         filter. For more information, see [[aka.ms/TODO:LinkToDocumentation]].\nCurrent options \
         settings are:\n{options}"
    )
}

fn options(request: &LogsRequest, content_type: i64, filter: &Filter) -> String {
    let options = json!({
        "contentEncoding": if request.encoding == GZIP { "gzip" } else { "none" },
        "contentType": if content_type == JSON { "json" } else { "text" },
        "filter": {
            "tail": filter.tail,
            "since": filter.since,
            "until": filter.until,
            "loglevel": filter.level,
            "regex": filter.regex.as_ref().map(Pattern::as_str),
        },
    });
    serde_json::to_string_pretty(&options).unwrap_or_default()
}
