//! What a line says of itself, in the forms of common loggers: its severity, its time, its message.
//!
//! There is one reading, for what is shown, what is filtered and what JSON says.

use std::borrow::Cow;

use jiff::Timestamp;

use super::json_line::{JsonLine, since_1970};
use super::record::Record;
use super::severity::Severity;
use super::written_time::{date_time, time_of_day, zoned_time};

/// How far into a line its severity is looked for, in bytes.
const MAX_HEAD_BYTES: usize = 256;

/// How many words may stand before the severity of a line that begins with a time: a thread, a logger.
const MAX_WORDS_BEFORE: usize = 5;

/// How long a text may be that stands before a JSON object.
const MAX_BEFORE_JSON: usize = 80;

/// What stands between the words of a line.
const BLANKS: [char; 2] = [' ', '\t'];

/// A line, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<'a> {
    /// The severity that it names, 0 to 7; none where it names none.
    pub severity: Option<u8>,
    /// The time that it names, if its offset stands there too.
    pub time: Option<Timestamp>,
    /// Whether it names a time of any form.
    pub has_time: bool,
    /// What remains without tag, time and severity.
    pub message: Cow<'a, str>,
    /// The fields of a JSON line.
    pub json: Option<JsonLine>,
}

impl<'a> Reading<'a> {
    /// Reads one line, without its end.
    #[must_use]
    pub fn of(line: &'a str) -> Self {
        let (tag, text) = tag(line);
        if let Some(json) = JsonLine::parse(text) {
            return Self {
                severity: json.severity().or(tag),
                time: json.instant(),
                has_time: json.time.is_some(),
                message: json.message.clone().unwrap_or_default().into(),
                json: Some(json),
            };
        }
        let mut reading = match without_colour(text) {
            Cow::Borrowed(text) => Self::of_text(text),
            Cow::Owned(text) => {
                let reading = Reading::of_text(&text);
                Self {
                    severity: reading.severity,
                    time: reading.time,
                    has_time: reading.has_time,
                    message: reading.message.into_owned().into(),
                    json: None,
                }
            }
        };
        // An object behind a text may be what the text is about, so it only fills in.
        let in_json = || json_behind(text).and_then(|json| json.severity());
        reading.severity = tag.or(reading.severity).or_else(in_json);
        reading
    }

    /// Whether the line goes on with what the one before says, such as that of a stack trace.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.severity.is_none() && !self.has_time
    }

    fn of_text(text: &'a str) -> Self {
        if let Some(reading) = logfmt(text).or_else(|| klog(text)) {
            return reading;
        }
        let (time, rest) = match written_time(text) {
            Some((time, rest)) => (Some(time), rest),
            None => (None, text),
        };
        let found = level(rest, time.is_some());
        // A word within the message stays there: it may mean something else.
        let named = found.and_then(|(_, before, after)| {
            let is_cut = before.ends_with(['[', '(']) && !after.starts_with([']', ')']);
            let brackets = only_brackets(before).filter(|_| !is_cut)?;
            Some((brackets, after))
        });
        let message = match named {
            Some(("", after)) => Cow::Borrowed(behind(after)),
            Some((brackets, after)) => Cow::Owned(format!("{brackets} {}", behind(after))),
            None if time.is_some() => Cow::Borrowed(behind(rest)),
            None => Cow::Borrowed(text),
        };
        Self {
            severity: found.map(|(severity, ..)| severity),
            time: time.flatten(),
            has_time: time.is_some(),
            message,
            json: None,
        }
    }
}

/// The severity of each line of a log in turn: a line that goes on has that of the one before.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inherited(Option<u8>);

impl Inherited {
    /// The severity of the next line of the same stream; none where no line before named one.
    pub fn next(&mut self, record: &Record) -> Option<u8> {
        let line = record.line();
        let head = &line[..line.len().min(JsonLine::MAX_BYTES)];
        let text = String::from_utf8_lossy(head);
        let reading = Reading::of(text.trim_end_matches(['\n', '\r']));
        // The agent has taken the tag off a record; 6 stands for none as well.
        let tag = match record {
            Record::Parsed(record) if record.loglevel != 6 && record.loglevel <= 7 => {
                Some(record.loglevel)
            }
            _ => None,
        };
        let own = match &reading.json {
            Some(_) => reading.severity.or(tag),
            None => tag.or(reading.severity),
        };
        match own {
            None if reading.goes_on() => {}
            own => self.0 = own,
        }
        self.0
    }
}

/// A severity tag, `<3>`, or the priority of syslog, `<165>1 `, and the rest.
fn tag(line: &str) -> (Option<u8>, &str) {
    let trimmed = line.trim_start();
    let found = trimmed.strip_prefix('<').and_then(|rest| {
        let (digits, text) = rest.split_once('>')?;
        let is_number =
            (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let number: u8 = is_number.then(|| digits.parse().ok())??;
        let text = text.trim_start();
        match digits.len() {
            1 => Some((Some(number).filter(|number| *number <= 7), text)),
            _ if number <= 191 => Some((Some(number % 8), text.strip_prefix("1 ").unwrap_or(text))),
            _ => None,
        }
    });
    found.unwrap_or((None, line))
}

/// The time at the start of a text, with its instant if that is known, and the rest. It may stand in a
/// bracket, which the severity may close.
fn written_time(text: &str) -> Option<(Option<Timestamp>, &str)> {
    let inner = text.strip_prefix(['[', '(']).unwrap_or(text);
    let bytes = inner.as_bytes();
    let rest = |rest: &[u8]| inner.get(inner.len() - rest.len()..);
    if let Some((time, after)) = zoned_time(bytes) {
        return Some((Some(time), rest(after)?));
    }
    if let Some((_, after)) = date_time(bytes) {
        return Some((None, rest(after)?));
    }
    if let Some((_, after)) = time_of_day(bytes) {
        return Some((None, rest(after)?));
    }
    // `Nov 29 06:42:54 host app[12]: text`.
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    if let Some(month) = inner.get(..3)
        && MONTHS.contains(&month)
        && let Some(day) = bytes.get(3..7)
        && day[0] == b' '
        && day[3] == b' '
        && let Some((_, after)) = time_of_day(&bytes[7..])
    {
        return Some((None, rest(after)?));
    }
    // Seconds since 1970, as in `1796000000: text` and `1796000000.123<TAB>INFO`.
    let digits = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
        .count();
    if inner.len() == text.len()
        && (10..=20).contains(&digits)
        && matches!(bytes.get(digits), Some(b':' | b'\t'))
        && bytes[..10].iter().all(u8::is_ascii_digit)
    {
        return Some((since_1970(&inner[..digits]), &inner[digits..]));
    }
    None
}

/// The severity in a text: what stands before it, and what after. Without a time, only the first word
/// can be one.
fn level(text: &str, after_time: bool) -> Option<(u8, &str, &str)> {
    let mut end = text.len().min(MAX_HEAD_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    let is_edge = |c: char| c.is_whitespace() || "[]()|:,".contains(c);
    let mut at = 0;
    let mut words = 0;
    while at < head.len() {
        let start = at + head[at..].find(|c: char| !is_edge(c))?;
        let length = head[start..].find(is_edge).unwrap_or(head.len() - start);
        let word = &head[start..start + length];
        at = start + length;
        let before = head[..start].chars().next_back();
        let after = text[at..].chars().next();
        let is_bracketed = matches!(before, Some('[' | '(')) && matches!(after, Some(']' | ')'));
        // `info: Category[0]` and `ERROR:root:text`.
        let is_labelled = words == 0 && !after_time && after == Some(':');
        let closes_time = after_time && after == Some(']');
        let is_capital = word.bytes().all(|b| b.is_ascii_uppercase());
        let counts = is_bracketed
            || is_labelled
            || closes_time
            || is_capital && (after_time || words == 0 && start == 0);
        if counts
            && word.len() >= 3
            && word.bytes().all(|b| b.is_ascii_alphabetic())
            && let Ok(severity) = word.parse::<Severity>()
        {
            return Some((severity.number(), &text[..start], &text[at..]));
        }
        words += usize::from(word != "-");
        let most = match after_time || text.starts_with('[') {
            true => MAX_WORDS_BEFORE,
            false => 1,
        };
        if words >= most {
            return None;
        }
    }
    None
}

/// What stands between a time and a severity, if it is nothing but words in brackets, such as a thread.
fn only_brackets(before: &str) -> Option<&str> {
    let between = before.strip_prefix([']', ')']).unwrap_or(before);
    let is_separator = |c: char| BLANKS.contains(&c) || "-|:,".contains(c);
    // The bracket that opens last is that of the severity.
    let between = between.trim_end_matches(['[', '(']);
    let between = between.trim_matches(is_separator);
    let mut rest = between;
    while !rest.is_empty() {
        let end = match rest.chars().next()? {
            '[' => rest.find(']')?,
            '(' => rest.find(')')?,
            _ => return None,
        };
        rest = rest[end + 1..].trim_start_matches(is_separator);
    }
    Some(between)
}

/// What follows a time or a severity, without the bracket that it closes, and without blanks and the one
/// separator behind it. What else looks like one belongs to the message, such as the sign of a number.
fn behind(text: &str) -> &str {
    let text = text.strip_prefix([']', ')']).unwrap_or(text);
    let rest = text.trim_start_matches(BLANKS);
    let mut chars = rest.chars();
    let separator = chars.next();
    let after = chars.as_str();
    let is_alone = after.starts_with(BLANKS);
    let is_separator = match separator {
        Some('-') => is_alone,
        Some('|' | ':' | ',') => is_alone || rest.len() == text.len(),
        _ => false,
    };
    match is_separator {
        true => after.trim_start_matches(BLANKS),
        false => rest,
    }
}

/// `E1129 06:42:54.123456   12345 file.go:12] text`, as Kubernetes' klog writes.
fn klog(text: &str) -> Option<Reading<'_>> {
    let bytes = text.as_bytes();
    let severity = match bytes.first()? {
        b'I' => 6,
        b'W' => 4,
        b'E' => 3,
        b'F' => 0,
        _ => return None,
    };
    let date = bytes.get(1..6)?;
    if !date[..4].iter().all(u8::is_ascii_digit) || date[4] != b' ' {
        return None;
    }
    let (_, rest) = time_of_day(&bytes[6..])?;
    Some(Reading {
        severity: Some(severity),
        time: None,
        has_time: true,
        message: text[text.len() - rest.len()..].trim_start().into(),
        json: None,
    })
}

/// `time=2026-11-29T06:42:54Z level=error msg="text" key=value`.
fn logfmt(text: &str) -> Option<Reading<'_>> {
    // Most other lines end here.
    let first = text.split([' ', '=']).next()?;
    if text.len() > JsonLine::MAX_BYTES || !text[first.len()..].starts_with('=') {
        return None;
    }
    let (mut severity, mut time, mut has_time) = (None, None, false);
    let (mut message, mut others) = (None, String::new());
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        let is_key = |c: char| c.is_alphanumeric() || "_.-@/".contains(c);
        if key.is_empty() || !key.chars().all(is_key) {
            return None;
        }
        let length = match after.starts_with('"') {
            true => {
                let mut is_escaped = false;
                let end = after[1..].find(|c| {
                    let ends = c == '"' && !is_escaped;
                    is_escaped = c == '\\' && !is_escaped;
                    ends
                })?;
                end + 2
            }
            false => after.find(' ').unwrap_or(after.len()),
        };
        let written = &after[..length];
        let value = match written.starts_with('"') {
            true => serde_json::from_str(written).unwrap_or_else(|_| written.to_owned()),
            false => written.to_owned(),
        };
        match key.to_ascii_lowercase().as_str() {
            "level" | "lvl" | "severity" if severity.is_none() => {
                severity = Some(value.parse::<Severity>().ok()?.number());
            }
            "time" | "ts" | "t" | "timestamp" if !has_time => {
                has_time = true;
                let zoned = zoned_time(value.as_bytes()).map(|(time, _)| time);
                time = zoned.or_else(|| since_1970(&value));
            }
            "msg" | "message" if message.is_none() => message = Some(value),
            _ => {
                others.push(' ');
                others.push_str(key);
                others.push('=');
                others.push_str(written);
            }
        }
        rest = after[length..].trim_start();
    }
    if !rest.is_empty() || severity.is_none() && (message.is_none() || !has_time) {
        return None;
    }
    let message = format!("{}{others}", message.unwrap_or_default());
    Some(Reading {
        severity,
        time,
        has_time,
        message: message.trim_start().to_owned().into(),
        json: None,
    })
}

/// A JSON object behind a short text, such as the number of a worker.
fn json_behind(text: &str) -> Option<JsonLine> {
    if !text.ends_with('}') {
        return None;
    }
    let at = text
        .find('{')
        .filter(|at| *at > 0 && *at <= MAX_BEFORE_JSON)?;
    JsonLine::parse(&text[at..])
}

/// A text without sequences that colour it.
fn without_colour(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..at]);
        let sequence = &rest[at + 2..];
        let is_parameter = |c: char| c.is_ascii_digit() || c == ';';
        let end = sequence
            .find(|c| !is_parameter(c))
            .unwrap_or(sequence.len());
        rest = match sequence[end..].strip_prefix('m') {
            Some(after) => after,
            // Another sequence stays.
            None => {
                plain.push_str(&rest[at..at + 2]);
                sequence
            }
        };
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_common_loggers_are_read() {
        for (line, severity, time, message) in [
            // The IoT Edge runtime.
            (
                "<3> 2026-11-29 06:42:54.123 +00:00 [ERR] - coolant low",
                Some(3),
                "06:42:54.123",
                "coolant low",
            ),
            (
                "<6> 2026-10-22 06:42:54.402 +00:00 [INFO] - [mqttd::broker] loading",
                Some(6),
                "06:42:54.402",
                "[mqttd::broker] loading",
            ),
            // Serilog.
            ("[06:42:54 INF] Now listening", Some(6), "", "Now listening"),
            (
                "[2026-11-29 06:42:54.123 +00:00 WRN] slow",
                Some(4),
                "06:42:54.123",
                "slow",
            ),
            (
                "2026-11-29 06:42:54.123 +01:00 [Fatal] gone",
                Some(0),
                "05:42:54.123",
                "gone",
            ),
            // .NET's console.
            (
                "info: Microsoft.Hosting.Lifetime[0]",
                Some(6),
                "",
                "Microsoft.Hosting.Lifetime[0]",
            ),
            ("fail: Plant.Reader[3]", Some(3), "", "Plant.Reader[3]"),
            // log4j, logback, Spring Boot.
            (
                "2026-11-29 06:42:54,760 ERROR [worker-0] plc.reader - read failed",
                Some(3),
                "",
                "[worker-0] plc.reader - read failed",
            ),
            (
                "06:42:54.123 [main] WARN  com.foo.Bar - slow",
                Some(4),
                "",
                "[main] com.foo.Bar - slow",
            ),
            (
                "2026-11-29T06:42:54.123+00:00  INFO 1 --- [main] c.e.App : up",
                Some(6),
                "06:42:54.123",
                "1 --- [main] c.e.App : up",
            ),
            // Python.
            (
                "2026-11-29 06:42:54,760 - plc.reader - CRITICAL - stop",
                Some(2),
                "",
                "plc.reader - CRITICAL - stop",
            ),
            ("ERROR:root:boom", Some(3), "", "root:boom"),
            (
                "[2026-11-29 06:42:54 +0000] [7] [INFO] Booting",
                Some(6),
                "06:42:54",
                "[7] Booting",
            ),
            // zap's console, Rust.
            (
                "2026-11-29T06:42:54.123Z\tERROR\tc/c.go:10\trequeue",
                Some(3),
                "06:42:54.123",
                "c/c.go:10\trequeue",
            ),
            (
                "\u{1b}[2m2026-11-29T06:42:54.123Z\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m app: slow",
                Some(4),
                "06:42:54.123",
                "app: slow",
            ),
            (
                "[2026-11-29T06:42:54Z DEBUG app] poll",
                Some(7),
                "06:42:54",
                "app] poll",
            ),
            // klog, logfmt, syslog, nginx, mosquitto.
            (
                "E1129 06:42:54.123456   12345 file.go:12] lost",
                Some(3),
                "",
                "12345 file.go:12] lost",
            ),
            (
                "time=2026-11-29T06:42:54.123Z level=warning msg=\"slow \\\"disk\\\"\" ms=12",
                Some(4),
                "06:42:54.123",
                "slow \"disk\" ms=12",
            ),
            (
                "<165>1 2026-11-29T06:42:54.123Z host app 12 - - text",
                Some(5),
                "06:42:54.123",
                "host app 12 - - text",
            ),
            (
                "<34>Nov 29 06:42:54 host su: failed",
                Some(2),
                "",
                "host su: failed",
            ),
            (
                "2026/11/29 06:42:54 [error] 7#7: upstream",
                Some(3),
                "",
                "7#7: upstream",
            ),
            (
                "1795934574: New connection",
                None,
                "06:42:54",
                "New connection",
            ),
            // JSON, behind something too.
            (
                "[1] {\"level\":30,\"msg\":\"prefixed\"}",
                Some(6),
                "",
                "[1] {\"level\":30,\"msg\":\"prefixed\"}",
            ),
            (
                "{\"level\":50,\"time\":1795934574123,\"msg\":\"boom\"}",
                Some(3),
                "06:42:54.123",
                "boom",
            ),
            (
                "<3> cannot parse {\"level\":6}",
                Some(3),
                "",
                "cannot parse {\"level\":6}",
            ),
            (
                "<3> worker 1 {\"msg\":\"boom\"}",
                Some(3),
                "",
                "worker 1 {\"msg\":\"boom\"}",
            ),
            (
                "2026-11-29 06:42:54 WARN got {\"level\":\"error\",\"msg\":\"x\"}",
                Some(4),
                "",
                "got {\"level\":\"error\",\"msg\":\"x\"}",
            ),
            // Signs, and words that a logger could also have put there.
            (
                "<6> 2026-11-29 06:42:54.123 +00:00 [INF] - -12.5 bar",
                Some(6),
                "06:42:54.123",
                "-12.5 bar",
            ),
            ("2026-11-29 06:42:54 -5.2 C", None, "", "-5.2 C"),
            ("2026-11-29 06:42:54 -1234 units", None, "", "-1234 units"),
            ("2026-11-29 06:42:54 -1200 units", None, "", "-1200 units"),
            ("2026-11-29 06:42:54 Zone 3 open", None, "", "Zone 3 open"),
            ("2026-11-29 06:42:54: --dry-run", None, "", "--dry-run"),
            (
                "2026-11-29 06:42:54 :memory: used",
                None,
                "",
                ":memory: used",
            ),
            (
                "2026-11-29 06:42:54 state FAIL count 3",
                Some(3),
                "",
                "state FAIL count 3",
            ),
            ("06:42:54 (FAIL count 3) x", Some(3), "", "(FAIL count 3) x"),
            ("[ERROR] - - x", Some(3), "", "- x"),
            (
                "2026-11-29 06:42:54.1234|INFO|App|text",
                Some(6),
                "",
                "App|text",
            ),
            ("2026-11-29 06:42:54 -0800 up", None, "14:42:54", "up"),
            (
                "[2026-11-29 06:42:54 -1000] [7] [INFO] up",
                Some(6),
                "16:42:54",
                "[7] up",
            ),
            ("2026-11-29T06:42:54-1000 up", None, "16:42:54", "up"),
            // What names neither.
            (
                "\tat plant.Reader(Reader.java:545)",
                None,
                "",
                "\tat plant.Reader(Reader.java:545)",
            ),
            (
                "java.lang.IllegalStateException: no ERROR",
                None,
                "",
                "java.lang.IllegalStateException: no ERROR",
            ),
            (
                "Hosting environment: Production",
                None,
                "",
                "Hosting environment: Production",
            ),
            ("the INFO desk", None, "", "the INFO desk"),
            ("[12] third floor", None, "", "[12] third floor"),
            ("a=b", None, "", "a=b"),
            ("", None, "", ""),
        ] {
            let reading = Reading::of(line);
            assert_eq!(reading.severity, severity, "{line}");
            assert_eq!(reading.message, message, "{line}");
            let own = reading
                .time
                .map(|time| time.strftime("%H:%M:%S%.f").to_string());
            assert_eq!(own.unwrap_or_default(), time, "{line}");
        }
    }

    #[test]
    fn no_text_is_too_odd() {
        for line in [
            "<",
            "<>",
            "[",
            "[é",
            "E1129 é",
            "é=\"",
            "level=",
            "=",
            "\u{1b}[",
            "\u{1b}[3é",
            "<999>x",
            "{",
        ] {
            let _ = Reading::of(line);
            let _ = Reading::of(&format!("2026-11-29T06:42:54Z {line}"));
            let _ = Reading::of(&line.repeat(300));
        }
    }

    #[test]
    fn a_line_that_goes_on_has_the_severity_before_it() {
        let mut inherited = Inherited::default();
        let severities = [
            "no level yet",
            "2026-11-29 06:42:54,760 ERROR [w] a - failed",
            "java.lang.IllegalStateException: x",
            "\tat plant.Reader(Reader.java:545)",
            "2026-11-29 06:42:54,760 without a level",
            "more of it",
            "<6> 2026-11-29 06:42:54.123 +00:00 [INF] - up",
        ]
        .map(|line| inherited.next(&Record::Line(format!("{line}\n").into_bytes())));
        let none = None;
        assert_eq!(
            severities,
            [none, Some(3), Some(3), Some(3), none, none, Some(6)]
        );
    }

    #[test]
    fn a_record_of_the_agent_has_its_tag_beside_it() {
        let record = |line: &str| {
            let line = Record::Line(line.as_bytes().to_vec());
            Record::Parsed(Box::new(line.to_log_record("h", "d", "m")))
        };
        let mut inherited = Inherited::default();
        assert_eq!(inherited.next(&record("<3> boom\n")), Some(3));
        assert_eq!(inherited.next(&record("at x\n")), Some(3));
        assert_eq!(
            inherited.next(&record("{\"level\":\"warn\",\"msg\":\"x\"}")),
            Some(4)
        );
    }
}
