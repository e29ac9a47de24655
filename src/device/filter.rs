//! A request's filter, checked and ready to be applied.

use std::sync::Arc;

use jiff::Timestamp;

use super::dotnet_regex::DotNetRegex;
use super::method_error::MethodError;
use super::sources::{LineNeeds, LogWindow, SourceError, SourceErrorKind};
use crate::logs::LogLine;
use crate::methods::{LogFilter, TimeBound};

/// What to read of a module's log.
///
/// The order is the documented one: the window, then level and regex, then `tail` over what is left.
/// The shipped agent tails first, unless `tail`, `since` and `until` are all given.
#[derive(Debug, Clone)]
pub(super) struct CompiledFilter {
    pub(super) window: LogWindow,
    /// This level and more severe. The shipped agent matches the level exactly.
    level: Option<i32>,
    regex: Option<Arc<DotNetRegex>>,
    pub(super) include_timestamp: bool,
}

/// A selected module, and the filter of the item that selected it.
pub(super) type Selected = (String, CompiledFilter);

impl CompiledFilter {
    /// Checks a filter as received. Durations count back from `now`.
    ///
    /// # Errors
    /// Status 400: a regex that .NET would refuse, a time or a count that `aziot-edged` would.
    pub(super) fn compile(filter: &LogFilter, now: Timestamp) -> Result<Self, MethodError> {
        let regex = match filter.regex() {
            None | Some("") => None,
            Some(pattern) => Some(DotNetRegex::new(pattern, false).map(Arc::new).map_err(
                |error| {
                    MethodError::bad_request(format!(
                        "Error parsing command payload because of error - {error}"
                    ))
                },
            )?),
        };
        let count = |name: &str, count: Option<i32>| {
            let count = count.map(u64::try_from).transpose();
            count.map_err(|_| invalid_parameter(name))
        };
        let bound = |name: &str, text: Option<&str>| {
            text.map(|text| TimeBound::parse(name, text).map(|bound| bound.resolve(now)))
                .transpose()
                .map_err(|_| invalid_parameter(name))
        };
        let window = LogWindow {
            since: bound("since", filter.since())?,
            until: bound("until", filter.until())?,
            before: bound("before", filter.before())?,
            skip: count("skip", filter.skip())?.unwrap_or(0),
            tail: count("tail", filter.tail())?,
        };
        Ok(Self {
            window,
            level: filter.loglevel(),
            regex,
            include_timestamp: filter.include_timestamp(),
        })
    }

    /// Whether lines are judged one by one, so that the source can't find the last N of them.
    pub(super) fn judges_lines(&self) -> bool {
        self.level.is_some() || self.regex.is_some()
    }

    /// What a line must hold to pass, as far as its bytes tell.
    pub(super) fn needs(&self) -> Option<LineNeeds> {
        let literal = self.regex.as_ref().and_then(|regex| regex.required_text());
        // A tag has one digit.
        let level = self.level.filter(|level| *level < 9);
        LineNeeds::new(
            literal.as_deref(),
            level.map(|level| u8::try_from(level).unwrap_or(0)),
        )
    }

    /// Judges a line by its first entry.
    ///
    /// # Errors
    /// The regex takes too many steps on this line: the request is invalid.
    pub(super) fn passes(&self, bytes: &[u8]) -> Result<bool, SourceError> {
        if !self.judges_lines() {
            return Ok(true);
        }
        let text = String::from_utf8_lossy(bytes);
        let line = LogLine::parse(&text);
        if self
            .level
            .is_some_and(|level| i32::from(line.loglevel) > level)
        {
            return Ok(false);
        }
        match &self.regex {
            None => Ok(true),
            Some(regex) => regex
                .is_match(line.text)
                .map_err(|error| SourceError::new(SourceErrorKind::Undecidable, error)),
        }
    }
}

/// The answer of `aziot-edged`, which the agent passes on.
fn invalid_parameter(name: &str) -> MethodError {
    MethodError::bad_request(format!(
        "Request Returned Status Code BadRequest with Message {{\"message\":\"invalid parameter: {name}\"}}"
    ))
}
