//! The modules of a log request and their filters.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::time_bound::{TimeBound, check_order};
use super::wire::{Fields, FromWire, WireError};
use crate::invalid_input::InvalidInput;
use crate::logs::Severity;

/// The `id` of an item: an unanchored, case-insensitive .NET regular expression on module names, or
/// `all` in any case.
///
/// Only the agent validates it, with status 400: Rust's regular expressions differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ModulePattern(String);

impl ModulePattern {
    /// A .NET regular expression.
    ///
    /// # Errors
    /// The expression is blank, which the agent rejects.
    pub fn regex(text: &str) -> Result<Self, InvalidInput> {
        if text.trim().is_empty() {
            return Err(InvalidInput::new("a module id is blank")
                .hint("omit the id to select every module"));
        }
        Ok(Self(text.to_owned()))
    }

    /// Matches only the module with this name.
    ///
    /// # Errors
    /// The name is blank.
    pub fn exact(name: &str) -> Result<Self, InvalidInput> {
        Self::regex(name)?;
        Ok(Self(format!("^{}$", literal(name))))
    }

    /// Matches every module.
    pub fn all() -> Self {
        Self("all".to_owned())
    }

    /// The pattern as sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Checks that the agent's 32-bit integer can hold this number of lines.
///
/// # Errors
/// The number is too large.
pub fn checked_tail(lines: u64) -> Result<u32, InvalidInput> {
    i32::try_from(lines)
        .ok()
        .and_then(|lines| u32::try_from(lines).ok())
        .ok_or_else(|| {
            let most = i32::MAX;
            InvalidInput::new(format!("tail {lines} is above the agent's limit, {most}"))
        })
}

/// The filter of an item. An empty one matches every line.
///
/// The fields are private so that the operator side can only build valid filters. A filter read from
/// the wire is validated when it is applied: the shipped agent also leaves times and counts to
/// `aziot-edged`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LogFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    tail: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    loglevel: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regex: Option<String>,
    #[serde(
        rename = "includeTimestamp",
        skip_serializing_if = "std::ops::Not::not"
    )]
    include_timestamp: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skip: Option<i32>,
}

impl LogFilter {
    /// Keeps the last `lines` lines that match the rest of the filter.
    ///
    /// # Errors
    /// The number is too large for a 32-bit integer.
    pub fn with_tail(mut self, lines: u64) -> Result<Self, InvalidInput> {
        checked_tail(lines)?;
        self.tail = i32::try_from(lines).ok();
        Ok(self)
    }

    /// Keeps the lines in a time window, which may be open at either end.
    ///
    /// # Errors
    /// `since` is not before `until`.
    pub fn with_window(
        mut self,
        since: Option<TimeBound>,
        until: Option<TimeBound>,
    ) -> Result<Self, InvalidInput> {
        check_order(since.as_ref(), until.as_ref())?;
        self.since = since.map(|bound| bound.to_send(Duration::ZERO));
        self.until = until.map(|bound| bound.to_send_as_end(Duration::ZERO));
        Ok(self)
    }

    /// Keeps the lines in a time window, without the check of [`with_window`](Self::with_window):
    /// bounds taken from a device's timestamps follow the device's clock, not ours.
    #[must_use]
    pub(crate) fn between(mut self, since: Option<String>, until: Option<String>) -> Self {
        self.since = since;
        self.until = until;
        self
    }

    /// Ends before the first line that is stamped later than `before`, if any, whatever follows it, and leaves
    /// out the last `skip` lines of that. So a log is read page by page although its stamps are equal or out of
    /// order. Only our own device module knows this; other agents ignore it.
    ///
    /// # Errors
    /// The number is too large for a 32-bit integer.
    pub(crate) fn ending_at(
        mut self,
        before: Option<String>,
        skip: u64,
    ) -> Result<Self, InvalidInput> {
        checked_tail(skip)?;
        self.before = before;
        self.skip = i32::try_from(skip).ok().filter(|skip| *skip > 0);
        Ok(self)
    }

    /// Keeps the lines with this level, which may be 8 or 9: the shipped agent accepts any digit in a
    /// line.
    #[must_use]
    pub(crate) fn with_level_number(mut self, level: u8) -> Self {
        self.loglevel = Some(i32::from(level));
        self
    }

    /// Keeps the lines with this level. The documentation says "and more severe", but edgeAgent 1.6
    /// matches the level exactly.
    #[must_use]
    pub fn with_loglevel(mut self, level: Severity) -> Self {
        self.loglevel = Some(i32::from(level.number()));
        self
    }

    /// Keeps the lines whose text, without level and timestamp, matches a .NET regular expression.
    #[must_use]
    pub fn with_regex(mut self, regex: String) -> Self {
        self.regex = Some(regex);
        self
    }

    /// Prefixes each line with the container engine's timestamp. Undocumented, but supported since
    /// edgeAgent 1.2.
    #[must_use]
    pub fn with_timestamps(mut self) -> Self {
        self.include_timestamp = true;
        self
    }

    /// The number of lines to keep. Negative numbers are rejected when the filter is applied.
    pub fn tail(&self) -> Option<i32> {
        self.tail
    }

    /// The start of the window, as sent.
    pub fn since(&self) -> Option<&str> {
        self.since.as_deref()
    }

    /// The end of the window, as sent.
    pub fn until(&self) -> Option<&str> {
        self.until.as_deref()
    }

    /// Ends before the first line that is stamped later. Only our own device module knows this.
    pub fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// How many of the last lines to leave out. Only our own device module knows this; negative numbers
    /// are rejected when the filter is applied.
    pub fn skip(&self) -> Option<i32> {
        self.skip
    }

    /// The syslog severity; numbers outside 0 to 7 match no line or every line.
    pub fn loglevel(&self) -> Option<i32> {
        self.loglevel
    }

    /// The .NET regular expression; an empty one matches every line.
    pub fn regex(&self) -> Option<&str> {
        self.regex.as_deref()
    }

    /// Whether each line starts with the container engine's timestamp.
    pub fn include_timestamp(&self) -> bool {
        self.include_timestamp
    }
}

impl FromWire for LogFilter {
    fn from_wire(fields: &Fields) -> Result<Self, WireError> {
        Ok(Self {
            tail: fields.integer("tail")?,
            since: fields.text("since")?,
            until: fields.text("until")?,
            loglevel: fields.integer("loglevel")?,
            regex: fields.text("regex")?,
            include_timestamp: fields.boolean("includeTimestamp")?.unwrap_or(false),
            before: fields.text("before")?,
            skip: fields.integer("skip")?,
        })
    }
}

/// One item of a log request.
///
/// If several items match a module, the first one counts. `filter` is always sent: edgeAgent 1.6 shares
/// one mutable default filter among all requests without one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogItem {
    /// The modules.
    pub id: ModulePattern,
    /// The filter for their logs.
    pub filter: LogFilter,
}

impl FromWire for LogItem {
    fn from_wire(fields: &Fields) -> Result<Self, WireError> {
        let id = ModulePattern(fields.required_text("id")?);
        let filter = match fields.value("filter") {
            None => LogFilter::default(),
            Some(Value::String(text)) if text.is_empty() => LogFilter::default(),
            Some(value) => LogFilter::from_wire(&Fields::of(value)?)?,
        };
        Ok(Self { id, filter })
    }
}

impl LogItem {
    /// Reads `items`: an array or a single item.
    ///
    /// # Errors
    /// The field is missing or null, or contains something else.
    pub(super) fn list_from_wire(fields: &Fields) -> Result<Vec<Self>, WireError> {
        match fields.value("items") {
            None => Err(WireError(
                "Value cannot be null. (Parameter 'items')".to_owned(),
            )),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| Self::from_wire(&Fields::of(item)?))
                .collect(),
            Some(item) => Ok(vec![Self::from_wire(&Fields::of(item)?)?]),
        }
    }
}

/// The .NET expression that matches exactly this text.
pub(crate) fn literal(text: &str) -> String {
    let mut expression = String::with_capacity(text.len());
    for character in text.chars() {
        // The characters that .NET's `Regex.Escape` escapes. `-` and `]` are only special in a class.
        if matches!(
            character,
            '\\' | '*' | '+' | '?' | '|' | '{' | '[' | '(' | ')' | '^' | '$' | '.' | '#' | ' '
        ) {
            expression.push('\\');
        }
        expression.push(character);
    }
    expression
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_exact_name_is_anchored_and_escaped() {
        assert_eq!(
            ModulePattern::exact("edge.Hub+1").unwrap().as_str(),
            r"^edge\.Hub\+1$"
        );
    }

    #[test]
    fn an_empty_filter_is_sent_as_an_empty_object() {
        let item = LogItem {
            id: ModulePattern::all(),
            filter: LogFilter::default(),
        };
        assert_eq!(
            serde_json::to_value(item).unwrap(),
            json!({"id": "all", "filter": {}})
        );
    }

    #[test]
    fn a_single_item_is_accepted_without_an_array() {
        let value = json!({"Items": {"ID": 5, "filter": {"SINCE": 1569600000, "LogLevel": "3"}}});
        let items = LogItem::list_from_wire(&Fields::of(&value).unwrap()).unwrap();
        assert_eq!(items[0].id.as_str(), "5");
        assert_eq!(items[0].filter.since(), Some("1569600000"));
        assert_eq!(items[0].filter.loglevel(), Some(3));
    }

    #[test]
    fn an_array_of_strings_is_rejected() {
        let value = json!({"items": ["edgeAgent"]});
        assert!(LogItem::list_from_wire(&Fields::of(&value).unwrap()).is_err());
    }
}
