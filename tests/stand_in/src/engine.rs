//! The container engine behind `aziot-edged`: which entries of a log a query returns.
//!
//! Measured on Docker 20.10 with both of its local drivers: `tail` comes first, over the whole log
//! and counting entries; `until` stops at the first later entry, `since` is asked of each entry;
//! both ends are inclusive and have whole seconds.

use super::log::{Entry, SECOND, Stream};

/// The query that the agent sends for one module: text, because the agent checks nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineQuery {
    /// The module.
    pub module: String,
    /// How many entries from the end; `None` means all.
    pub tail: Option<String>,
    /// The start, in any of the forms of `parse_since`.
    pub since: Option<String>,
    /// The end, likewise.
    pub until: Option<String>,
    /// Whether each entry carries its stamp in front.
    pub timestamps: bool,
}

/// Why there is no log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EngineError {
    /// 400: `aziot-edged` did not understand this parameter.
    InvalidParameter(&'static str),
    /// The engine's own status, passed on: 404, 500, 501 when the log driver can't be read.
    Runtime(u16),
    /// A container with a terminal: its log has no frames, which nothing tells the agent.
    NoFrames,
}

impl EngineError {
    /// The body: the same useless text for every failure of the engine.
    pub(crate) fn body(&self) -> String {
        let message = match self {
            Self::InvalidParameter(name) => format!("invalid parameter: {name}"),
            Self::Runtime(_) | Self::NoFrames => "container runtime error".to_owned(),
        };
        serde_json::json!({ "message": message }).to_string()
    }
}

/// What a query asks for, once its text is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Window {
    tail: usize,
    since: i64,
    until: i64,
}

impl Window {
    /// Understands a query at `now`, the present by the device's clock.
    ///
    /// # Errors
    /// A parameter that `aziot-edged` refuses.
    pub(crate) fn of(query: &EngineQuery, now: i64) -> Result<Self, EngineError> {
        let tail: u64 = match query.tail.as_deref() {
            None | Some("all") => u64::MAX,
            Some(text) => text
                .parse()
                .map_err(|_| EngineError::InvalidParameter("tail"))?,
        };
        Ok(Self {
            tail: usize::try_from(tail).unwrap_or(usize::MAX),
            since: bound("since", query.since.as_deref(), now)?.unwrap_or(i64::MIN),
            until: bound("until", query.until.as_deref(), now)?.unwrap_or(i64::MAX),
        })
    }

    /// The entries that the engine returns, in its order.
    pub(crate) fn read(self, log: &[Entry]) -> impl Iterator<Item = &Entry> {
        log.iter()
            .skip(log.len().saturating_sub(self.tail))
            .take_while(move |entry| entry.stamp <= self.until && entry.stream != Stream::Damaged)
            .filter(move |entry| entry.stamp >= self.since)
    }
}

/// A bound in nanoseconds. Zero means "none" at either end.
fn bound(name: &'static str, text: Option<&str>, now: i64) -> Result<Option<i64>, EngineError> {
    let Some(text) = text else { return Ok(None) };
    let seconds = parse_since(text, now).ok_or(EngineError::InvalidParameter(name))?;
    Ok((seconds != 0).then(|| i64::from(seconds) * SECOND))
}

/// `parse_since` of edgelet-core: RFC 3339 with an offset, then whole epoch seconds, then a
/// humantime duration before `now`; seconds of 32 bits, fractions cut off.
pub(crate) fn parse_since(text: &str, now: i64) -> Option<i32> {
    let seconds = if let Some(instant) = rfc3339(text) {
        instant.as_nanosecond().div_euclid(i128::from(SECOND))
    } else if let Ok(seconds) = text.parse::<i32>() {
        i128::from(seconds)
    } else {
        let ago = humantime::parse_duration(text).ok()?;
        let ago = i128::try_from(ago.as_nanos()).ok()?;
        (i128::from(now) - ago).div_euclid(i128::from(SECOND))
    };
    i32::try_from(seconds).ok()
}

fn rfc3339(text: &str) -> Option<jiff::Timestamp> {
    let bytes = text.as_bytes();
    let dated = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    let timed = matches!(bytes.get(10), Some(b'T' | b't' | b' ')) && bytes.get(16) == Some(&b':');
    if !dated || !timed || text.contains(['[', ',']) {
        return None;
    }
    // jiff wants an offset as chrono does, and takes the same separators.
    text.parse().ok()
}
