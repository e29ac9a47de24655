//! The modules of a log request, and the filter for each.

use crate::invalid_input::InvalidInput;
use serde::Serialize;
use serde_json::Value;

use super::time_bound::{TimeBound, check_order};
use super::wire::{Fields, FromWire, WireError};
use crate::logs::Severity;

/// The `id` of an item: an unanchored, case-insensitive .NET regular expression on module names;
/// `all` in any case means every module.
///
/// It is never judged on Rust's terms; the agent does that, with status 400.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ModulePattern(String);

impl ModulePattern {
    /// Takes a .NET regular expression as it is.
    ///
    /// # Errors
    /// A blank text, which the agent refuses.
    pub fn regex(text: &str) -> Result<Self, InvalidInput> {
        if text.trim().is_empty() {
            return Err(InvalidInput::new("a module id is blank")
                .hint("omit the id to select every module"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The pattern that matches the module of this name and no other.
    ///
    /// # Errors
    /// A blank name.
    pub fn exact(name: &str) -> Result<Self, InvalidInput> {
        Self::regex(name)?;
        let mut pattern = String::with_capacity(name.len() + 2);
        pattern.push('^');
        for character in name.chars() {
            // What .NET's own `Regex.Escape` escapes; `-` and `]` need it only inside a class.
            if matches!(
                character,
                '\\' | '*' | '+' | '?' | '|' | '{' | '[' | '(' | ')' | '^' | '$' | '.' | '#' | ' '
            ) {
                pattern.push('\\');
            }
            pattern.push(character);
        }
        pattern.push('$');
        Ok(Self(pattern))
    }

    /// Every module.
    pub fn all() -> Self {
        Self("all".to_owned())
    }

    /// The pattern as it goes over the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A number of lines that the agent can hold.
///
/// # Errors
/// More than a 32-bit integer holds.
pub fn tail_that_fits(lines: u64) -> Result<u32, InvalidInput> {
    i32::try_from(lines)
        .ok()
        .and_then(|lines| u32::try_from(lines).ok())
        .ok_or_else(|| {
            let most = i32::MAX;
            InvalidInput::new(format!("tail {lines} is above the agent's limit, {most}"))
        })
}

/// The filter of an item. An empty one lets everything through.
///
/// The fields are private so that an operator's filter can only be made of validated parts. What a
/// device reads from the wire is checked by whoever applies it, as the shipped agent leaves times
/// and counts to `aziot-edged`.
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
}

impl LogFilter {
    /// Keeps the last `lines` lines of what passes the rest of the filter.
    ///
    /// # Errors
    /// More than a 32-bit integer holds.
    pub fn with_tail(mut self, lines: u64) -> Result<Self, InvalidInput> {
        tail_that_fits(lines)?;
        self.tail = i32::try_from(lines).ok();
        Ok(self)
    }

    /// Keeps the lines between two ends, either of which may be open.
    ///
    /// # Errors
    /// A start that is not before the end.
    pub fn with_window(
        mut self,
        since: Option<TimeBound>,
        until: Option<TimeBound>,
    ) -> Result<Self, InvalidInput> {
        check_order(since.as_ref(), until.as_ref())?;
        self.since = since.map(|bound| bound.as_str().to_owned());
        self.until = until.map(|bound| bound.as_str().to_owned());
        Ok(self)
    }

    /// Keeps the lines between two ends as they are to be sent. Unlike
    /// [`with_window`](Self::with_window), nothing is checked against this machine's clock: ends
    /// that come out of a device's own stamps are right by the device's clock.
    #[must_use]
    pub(crate) fn between(mut self, since: Option<String>, until: Option<String>) -> Self {
        self.since = since;
        self.until = until;
        self
    }

    /// Sends a level as a number, which may be 8 or 9: the shipped agent takes any digit that a
    /// line has.
    #[must_use]
    pub(crate) fn with_level_number(mut self, level: u8) -> Self {
        self.loglevel = Some(i32::from(level));
        self
    }

    /// Sends this level. The documentation says that it means "and more severe"; edgeAgent 1.6
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

    /// Asks for the engine's own stamp in front of each line. Undocumented; edgeAgent 1.2 and later
    /// know it.
    #[must_use]
    pub fn with_timestamps(mut self) -> Self {
        self.include_timestamp = true;
        self
    }

    /// The last N lines. Applying the filter refuses numbers below 0.
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

    /// The syslog severity; numbers outside 0 to 7 match no line or every line.
    pub fn loglevel(&self) -> Option<i32> {
        self.loglevel
    }

    /// The .NET regular expression; an empty one matches every line.
    pub fn regex(&self) -> Option<&str> {
        self.regex.as_deref()
    }

    /// Whether the engine's stamp goes in front of each line.
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
        })
    }
}

/// One item of a log request.
///
/// Of several items that match a module the first one counts. `filter` is always sent, as an
/// object: edgeAgent 1.6 shares one filter among all requests without one, and changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogItem {
    /// Which modules.
    pub id: ModulePattern,
    /// What of their logs.
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
    /// Reads `items`: an array, or a single item in its place.
    ///
    /// # Errors
    /// A missing or null field and anything that is not an item.
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
    fn an_empty_filter_is_still_an_object_on_the_wire() {
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
    fn a_single_object_stands_for_a_list_of_one() {
        let value = json!({"Items": {"ID": 5, "filter": {"SINCE": 1569600000, "LogLevel": "3"}}});
        let items = LogItem::list_from_wire(&Fields::of(&value).unwrap()).unwrap();
        assert_eq!(items[0].id.as_str(), "5");
        assert_eq!(items[0].filter.since(), Some("1569600000"));
        assert_eq!(items[0].filter.loglevel(), Some(3));
    }

    #[test]
    fn a_list_of_texts_is_refused() {
        let value = json!({"items": ["edgeAgent"]});
        assert!(LogItem::list_from_wire(&Fields::of(&value).unwrap()).is_err());
    }
}
