//! One log line for a terminal: control characters escaped, in colour, JSON made readable.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::colors::{paint, severity};
use super::json_line::{JsonParts, push_json};
use crate::control_characters::{escape_control_characters, push_escaped};
use crate::logs::{JsonLine, LogLine, Record};

/// Appends the line of a record without its line end. Returns the time in its JSON.
///
/// The colour is that of the severity that is known of the line, or of its tag, or of its JSON if
/// `reads_json`.
pub(super) fn push_line(
    shown: &mut String,
    record: &Record,
    known: Option<u8>,
    reads_json: bool,
    color: bool,
) -> Option<Timestamp> {
    let line = record.line();
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
    let (level, text) = match record {
        Record::Parsed(parsed) => (parsed.loglevel, &*line),
        Record::Line(_) | Record::Stamped { .. } => {
            let parsed = LogLine::parse(&line);
            (parsed.loglevel, parsed.text)
        }
    };
    let json = match reads_json {
        true => JsonLine::parse(text),
        false => None,
    };
    let Some(json) = json else {
        let style = severity(known.unwrap_or(level));
        if !color {
            push_escaped(shown, &line);
            return None;
        }
        // Writing into a String can't fail.
        let _ = write!(shown, "{style}");
        push_escaped(shown, &line);
        let _ = write!(shown, "{style:#}");
        return None;
    };
    let style = severity(json.severity().or(known).unwrap_or(level));
    let head = line.strip_suffix(text).unwrap_or_default();
    if !head.is_empty() {
        let head = escape_control_characters(head);
        let _ = write!(shown, "{}", paint(head, style, color));
    }
    push_json(shown, &json, JsonParts::All, style, color);
    json.instant()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, color: bool) -> String {
        let mut shown = String::new();
        let record = Record::Line(line.as_bytes().to_vec());
        push_line(&mut shown, &record, None, true, color);
        shown
    }

    #[test]
    fn a_line_has_the_colour_of_its_severity() {
        for (line, expected) in [
            ("<3> x\n", "\u{1b}[31m<3> x\u{1b}[0m"),
            ("<0> x\n", "\u{1b}[1m\u{1b}[31m<0> x\u{1b}[0m"),
            ("<4> x\r\n", "\u{1b}[38;5;130m<4> x\u{1b}[0m"),
            ("<7> x", "\u{1b}[2m<7> x\u{1b}[0m"),
            ("<6> x", "<6> x"),
            ("no tag", "no tag"),
        ] {
            assert_eq!(shown(line, true), expected);
        }
        assert_eq!(shown("<3> \u{1b}[32mx\n", false), "<3> \\u{1b}[32mx");
    }

    #[test]
    fn json_has_its_own_severity_and_keeps_its_prefix() {
        let line = "<6> {\"level\":\"error\",\"msg\":\"boom\",\"n\":1}\n";
        assert_eq!(shown(line, false), "<6> ERROR boom n=1");
        assert_eq!(
            shown(line, true),
            "\u{1b}[31m<6> \u{1b}[0m\u{1b}[1m\u{1b}[31mERROR\u{1b}[0m \
             \u{1b}[31mboom\u{1b}[0m \u{1b}[2mn=1\u{1b}[0m"
        );
    }

    #[test]
    fn a_record_of_the_agent_has_its_level_beside_it() {
        let record = Record::Line(b"<3> boom\n".to_vec());
        let record = Record::Parsed(Box::new(record.to_log_record("h", "d", "m")));
        let mut line = String::new();
        push_line(&mut line, &record, None, true, true);
        assert_eq!(line, "\u{1b}[31mboom\u{1b}[0m");
    }
}
