//! Prints log records in the forms that people and programs read.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use super::capabilities::Capabilities;
use super::colors::{DIM, HIGHLIGHT, name, paint, severity};
use super::console::write_error;
use super::json_line::{JsonParts, push_json};
use super::log_style::{Format, JsonLogs, LevelFrom, LogStyle, Prefix};
use super::message::error_object;
use super::text_line::push_line;
use super::time::{LineTime, ShortTime};
use crate::control_characters::{escape_control_characters, escape_in_json, push_escaped};
use crate::error::Error;
use crate::logs::{Inherited, LogRecord, LogStream, Reading, Record, Severity};

/// Whose line it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The hub's name.
    pub iothub: String,
    /// The device's id.
    pub device: String,
    /// The module's name.
    pub module: String,
}

/// Prints records in one format. Call [`finish`](Self::finish) at the end, also after errors.
#[derive(Debug)]
pub struct LogPrinter<W> {
    out: W,
    style: LogStyle,
    /// Whether text lines carry their module, and before it their device.
    prefixed: bool,
    names_devices: bool,
    capabilities: Capabilities,
    /// A buffer for lines that are not written as they came.
    line: String,
    records: u64,
    errors: Vec<String>,
    /// The severity of the last line of each stream, where lines tell it themselves.
    inherited: HashMap<(String, String, Option<LogStream>), Inherited>,
}

/// A record with what its line says of its severity.
#[derive(Serialize)]
struct WithSeverity<'a> {
    #[serde(flatten)]
    record: &'a LogRecord,
    severity: Option<u8>,
}

impl<W: Write> LogPrinter<W> {
    /// `capabilities` are those of `out`.
    pub fn new(out: W, style: LogStyle, capabilities: Capabilities) -> Self {
        Self {
            out,
            prefixed: style.is_prefixed(false),
            // A prefix that was asked for tells the whole source.
            names_devices: style.prefix == Prefix::Always,
            style,
            inherited: HashMap::new(),
            capabilities,
            line: String::new(),
            records: 0,
            errors: Vec::new(),
        }
    }

    /// The lines are of several sources: text lines carry their module, and of several devices their
    /// device as well, `[device/module]`, unless the style says otherwise.
    pub fn mixes_sources(&mut self, of_devices: bool) {
        self.prefixed = self.style.is_prefixed(true);
        self.names_devices |= of_devices;
    }

    /// Prints one record.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub fn record(&mut self, source: &Source, record: &Record) -> Result<(), Error> {
        let json = || record.to_log_record(&source.iothub, &source.device, &source.module);
        let severity = self.own_severity(source, record);
        let written = match self.style.format {
            _ if self.style.template.is_some() => self.templated(source, record, severity),
            Format::Short => self.short(source, record, severity),
            Format::Raw if self.capabilities.for_people() => self.escaped_line(record),
            // A record's text has no line end of its own.
            Format::Raw => self
                .out
                .write_all(record.line())
                .and_then(|()| match record {
                    Record::Parsed(_) => self.out.write_all(b"\n"),
                    Record::Line(_) | Record::Stamped { .. } => Ok(()),
                }),
            Format::Text if self.capabilities.interprets_escapes() => {
                self.shown(source, record, severity)
            }
            Format::Text => self.text(source, record),
            Format::Jsonl => self
                .object(&json(), severity)
                .and_then(|()| self.out.write_all(b"\n")),
            Format::Json => {
                let separator: &[u8] = if self.records == 0 {
                    b"{\"records\":["
                } else {
                    b","
                };
                self.out
                    .write_all(separator)
                    .and_then(|()| self.object(&json(), severity))
            }
        };
        self.records += 1;
        written.map_err(write_error)
    }

    /// Flushes.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.out.flush().map_err(write_error)
    }

    /// Records a failure for the JSON document; other formats report it on stderr only.
    /// `device` is the one that failed.
    pub fn failure(&mut self, device: Option<&str>, error: &Error) {
        if self.style.format == Format::Json {
            let error = error_object(device, error);
            self.errors.push(match self.capabilities.for_people() {
                true => escape_in_json(&error).into_owned(),
                false => error,
            });
        }
    }

    /// What has been printed since the last time, of a printer that writes to memory.
    pub fn take(&mut self) -> W
    where
        W: Default,
    {
        std::mem::take(&mut self.out)
    }

    /// Ends the document, flushes, and returns what was written to.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub fn finish(mut self) -> Result<W, Error> {
        let mut end = || {
            if self.style.format == Format::Json {
                if self.records == 0 {
                    self.out.write_all(b"{\"records\":[")?;
                }
                writeln!(self.out, "],\"errors\":[{}]}}", self.errors.join(","))?;
            }
            self.out.flush()
        };
        end().map_err(write_error)?;
        Ok(self.out)
    }

    /// What a line says of its own severity, if that is asked for.
    fn own_severity(&mut self, source: &Source, record: &Record) -> Option<u8> {
        if self.style.level_from == LevelFrom::Tag {
            return None;
        }
        let stream = match record {
            Record::Parsed(record) => record.stream,
            Record::Line(_) | Record::Stamped { .. } => None,
        };
        let log = (source.device.clone(), source.module.clone(), stream);
        self.inherited.entry(log).or_default().next(record)
    }

    fn object(&mut self, record: &LogRecord, severity: Option<u8>) -> std::io::Result<()> {
        let is_plain = self.style.level_from == LevelFrom::Tag;
        let with_severity = WithSeverity { record, severity };
        if !self.capabilities.for_people() {
            let written = match is_plain {
                true => serde_json::to_writer(&mut self.out, record),
                false => serde_json::to_writer(&mut self.out, &with_severity),
            };
            return written.map_err(std::io::Error::from);
        }
        let json = match is_plain {
            true => serde_json::to_string(record)?,
            false => serde_json::to_string(&with_severity)?,
        };
        self.out.write_all(escape_in_json(&json).as_bytes())
    }

    /// A text line for programs, written unparsed, since there may be millions.
    fn text(&mut self, source: &Source, record: &Record) -> std::io::Result<()> {
        if self.style.timestamps {
            let (time, for_people) = (record.timestamp(), false);
            write!(self.out, "{} ", LineTime { time, for_people })?;
        }
        if self.prefixed && self.names_devices {
            write!(self.out, "[{}/{}] ", source.device, source.module)?;
        } else if self.prefixed {
            write!(self.out, "[{}] ", source.module)?;
        }
        let line = record.line();
        self.out
            .write_all(line.strip_suffix(b"\n").unwrap_or(line))?;
        self.out.write_all(b"\n")
    }

    /// A text line for a terminal.
    fn shown(
        &mut self,
        source: &Source,
        record: &Record,
        severity: Option<u8>,
    ) -> std::io::Result<()> {
        let color = self.capabilities.has_color();
        let for_people = self.capabilities.for_people();
        let reads_json = for_people && self.style.json_logs == JsonLogs::Auto;
        self.line.clear();
        let in_json = push_line(&mut self.line, record, severity, reads_json, color);
        if self.style.timestamps {
            let time = record.timestamp().or(in_json);
            let time = LineTime { time, for_people };
            write!(self.out, "{} ", paint(time, DIM, color))?;
        }
        self.prefix(source)?;
        self.marked_line()
    }

    /// Time, severity and message.
    fn short(
        &mut self,
        source: &Source,
        record: &Record,
        severity_of_line: Option<u8>,
    ) -> std::io::Result<()> {
        let color = self.capabilities.has_color();
        let for_people = self.capabilities.for_people();
        let escapes = self.capabilities.interprets_escapes();
        let line = String::from_utf8_lossy(record.line());
        let line = line.trim_end_matches(['\n', '\r']);
        let reading = Reading::of(line);
        let tag = match record {
            Record::Parsed(record) if record.loglevel != 6 => Some(record.loglevel),
            _ => None,
        };
        let level = severity_of_line.or(reading.severity).or(tag);
        let time: Option<Timestamp> = record.timestamp().or(reading.time);
        let style = severity(level.unwrap_or(6));
        let time = ShortTime { time, for_people };
        let word = level
            .and_then(Severity::from_number)
            .map_or("   ", Severity::short_name);
        let word_style = match level {
            Some(level) if level <= 4 => style.bold(),
            _ => style,
        };
        write!(
            self.out,
            "{} {} ",
            paint(time, DIM, color),
            paint(word, word_style, color)
        )?;
        self.prefix(source)?;
        self.line.clear();
        match &reading.json {
            Some(json) if self.style.json_logs == JsonLogs::Auto => {
                push_json(&mut self.line, json, JsonParts::Message, style, color);
            }
            json => {
                let message = match json {
                    Some(_) => line,
                    None => &*reading.message,
                };
                // Writing into a String can't fail.
                let _ = write!(self.line, "{}", paint("", style, false));
                if color {
                    let _ = write!(self.line, "{style}");
                }
                match escapes {
                    true => push_escaped(&mut self.line, message),
                    false => self.line.push_str(message),
                }
                if color {
                    let _ = write!(self.line, "{style:#}");
                }
            }
        }
        self.marked_line()
    }

    /// A line as the template says.
    fn templated(
        &mut self,
        source: &Source,
        record: &Record,
        severity: Option<u8>,
    ) -> std::io::Result<()> {
        let for_people = self.capabilities.for_people();
        let escapes = self.capabilities.interprets_escapes();
        self.line.clear();
        if let Some(template) = &self.style.template {
            template.push(
                &mut self.line,
                source,
                record,
                severity,
                for_people,
                escapes,
            );
        }
        self.marked_line()
    }

    /// Whose line it is.
    fn prefix(&mut self, source: &Source) -> std::io::Result<()> {
        if !self.prefixed {
            return Ok(());
        }
        let color = self.capabilities.has_color();
        let shown = |text: &str| match self.capabilities.interprets_escapes() {
            true => escape_control_characters(text),
            false => text.to_owned(),
        };
        let module = paint(shown(&source.module), name(&source.module), color);
        if self.names_devices {
            let device = paint(shown(&source.device), name(&source.device), color);
            write!(self.out, "[{device}/{module}] ")
        } else {
            write!(self.out, "[{module}] ")
        }
    }

    /// Writes the buffered line with its end, with what is to be highlighted marked.
    fn marked_line(&mut self) -> std::io::Result<()> {
        self.line.push('\n');
        if self.style.highlight.is_empty() || !self.capabilities.has_color() {
            return self.out.write_all(self.line.as_bytes());
        }
        let marked = marked(&self.line, &self.style.highlight);
        self.out.write_all(marked.as_bytes())
    }

    /// A raw line for a terminal, with control characters escaped.
    fn escaped_line(&mut self, record: &Record) -> std::io::Result<()> {
        let bytes = record.line();
        let line = bytes.strip_suffix(b"\n");
        let ends = line.is_some() || matches!(record, Record::Parsed(_));
        let line = line.unwrap_or(bytes);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.line.clear();
        push_escaped(&mut self.line, &String::from_utf8_lossy(line));
        if ends {
            self.line.push('\n');
        }
        self.out.write_all(self.line.as_bytes())
    }
}

/// A line with the matches of patterns marked. Colours stand between the matches, never in them: the
/// patterns see the text between two of them.
fn marked(line: &str, patterns: &[regex::Regex]) -> String {
    let mut marked = String::with_capacity(line.len() + 16);
    let mut rest = line;
    while !rest.is_empty() {
        let (text, sequence) = match rest.find('\u{1b}') {
            Some(at) => {
                let length = rest[at..].find('m').map_or(rest.len() - at, |end| end + 1);
                (&rest[..at], &rest[at..at + length])
            }
            None => (rest, ""),
        };
        rest = &rest[text.len() + sequence.len()..];
        let mut found: Vec<(usize, usize)> = patterns
            .iter()
            .flat_map(|pattern| pattern.find_iter(text))
            .map(|found| (found.start(), found.end()))
            .filter(|(start, end)| start < end)
            .collect();
        found.sort_unstable();
        let mut at = 0;
        for (start, end) in found {
            if start < at {
                continue;
            }
            marked.push_str(&text[at..start]);
            // Only the mark ends here, not the colour around it.
            let _ = write!(marked, "{HIGHLIGHT}{}\u{1b}[27m", &text[start..end]);
            at = end;
        }
        marked.push_str(&text[at..]);
        marked.push_str(sequence);
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Prefix;

    fn style(format: Format) -> LogStyle {
        LogStyle {
            format,
            prefix: Prefix::Auto,
            timestamps: false,
            json_logs: JsonLogs::Auto,
            template: None,
            highlight: Vec::new(),
            level_from: LevelFrom::Tag,
        }
    }

    #[test]
    fn a_short_line_is_time_severity_and_message() {
        let lines = [
            "<3> 2026-11-22 12:05:09.123 +00:00 [ERR] - boom\n",
            "{\"level\":\"warn\",\"msg\":\"slow\",\"ms\":3}\n",
            "   at x\n",
        ];
        assert_eq!(
            piped(Format::Short, true, &lines),
            "2026-11-22T12:05:09.123Z ERR [m] boom\n- WRN [m] slow ms=3\n-     [m]    at x\n"
        );
        let seen = print(
            style(Format::Short),
            true,
            Capabilities::terminal(false, None),
            &lines,
        );
        let first = seen.lines().next().unwrap();
        assert!(
            first.starts_with("11-2") && first.ends_with(" ERR [m] boom"),
            "{first}"
        );
    }

    #[test]
    fn a_prefix_that_was_asked_for_names_the_device() {
        let always = LogStyle {
            prefix: Prefix::Always,
            ..style(Format::Text)
        };
        assert_eq!(
            print(always, false, Capabilities::PLAIN, &["a\n"]),
            "[d/m] a\n"
        );
    }

    #[test]
    fn records_carry_the_severity_that_their_lines_name() {
        let style = LogStyle {
            level_from: LevelFrom::Line,
            ..style(Format::Jsonl)
        };
        let shown = print(
            style,
            false,
            Capabilities::PLAIN,
            &["ERROR: x\n", "  at y\n", "[1] z\n"],
        );
        let severities: Vec<serde_json::Value> = shown
            .lines()
            .map(|line| {
                serde_json::from_str::<serde_json::Value>(line).unwrap()["severity"].clone()
            })
            .collect();
        assert_eq!(severities, [3, 3, 3]);
    }

    #[test]
    fn what_matches_is_marked_and_colours_stay() {
        let style = LogStyle {
            highlight: ["bo+m", "x"]
                .map(|re| regex::Regex::new(re).unwrap())
                .into(),
            ..style(Format::Text)
        };
        let capabilities = Capabilities::terminal(true, None);
        assert_eq!(
            print(style, false, capabilities, &["<3> a boom x\n"]),
            "\u{1b}[31m<3> a \u{1b}[7mboom\u{1b}[27m \u{1b}[7mx\u{1b}[27m\u{1b}[0m\n"
        );
    }

    fn timed() -> LogStyle {
        LogStyle {
            timestamps: true,
            ..style(Format::Text)
        }
    }

    fn print(
        style: LogStyle,
        prefixed: bool,
        capabilities: Capabilities,
        lines: &[&str],
    ) -> String {
        let source = Source {
            iothub: "h".to_owned(),
            device: "d".to_owned(),
            module: "m".to_owned(),
        };
        let mut out = Vec::new();
        let mut printer = LogPrinter::new(&mut out, style, capabilities);
        if prefixed {
            printer.mixes_sources(false);
        }
        for line in lines {
            printer
                .record(&source, &Record::Line(line.as_bytes().to_vec()))
                .unwrap();
        }
        printer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    fn piped(format: Format, prefixed: bool, lines: &[&str]) -> String {
        print(style(format), prefixed, Capabilities::PLAIN, lines)
    }

    #[test]
    fn text_ends_every_line_and_raw_adds_nothing() {
        assert_eq!(piped(Format::Text, false, &["a\n", "b"]), "a\nb\n");
        assert_eq!(piped(Format::Raw, false, &["a\n", "b"]), "a\nb");
        assert_eq!(piped(Format::Text, true, &["a\r\n"]), "[m] a\r\n");
    }

    #[test]
    fn the_time_precedes_the_source() {
        assert_eq!(
            print(
                timed(),
                true,
                Capabilities::PLAIN,
                &["<6> 2026-11-22 13:05:09.123 +01:00 x\n", "no time\n"]
            ),
            "2026-11-22T12:05:09.123000000Z [m] <6> 2026-11-22 13:05:09.123 +01:00 x\n\
             - [m] no time\n"
        );
    }

    #[test]
    fn a_line_without_a_stamp_has_the_time_of_its_json_for_people() {
        let line = "{\"level\":\"info\",\"time\":\"2026-11-22T13:05:09Z\",\"msg\":\"up\"}\n";
        let seen = print(timed(), false, Capabilities::terminal(false, None), &[line]);
        let (time, rest) = seen.split_at(23);
        assert!(
            time.starts_with("2026-11-2") && time.ends_with("09.000"),
            "{seen}"
        );
        assert!(rest.ends_with(" 2026-11-22T13:05:09Z INFO up\n"), "{seen}");
        let piped = print(timed(), false, Capabilities::PLAIN, &[line]);
        assert_eq!(piped, format!("- {line}"));
    }

    #[test]
    fn a_source_has_its_own_colour_and_a_line_that_of_its_severity() {
        let capabilities = Capabilities::terminal(true, None);
        let color = name("m");
        assert_eq!(
            print(style(Format::Text), true, capabilities, &["<4> x\n"]),
            format!("[{color}m{color:#}] \u{1b}[38;5;130m<4> x\u{1b}[0m\n")
        );
    }

    #[test]
    fn json_is_one_document_even_without_records() {
        assert_eq!(
            piped(Format::Json, false, &[]),
            "{\"records\":[],\"errors\":[]}\n"
        );
        let document: serde_json::Value =
            serde_json::from_str(&piped(Format::Json, false, &["a\n", "b\n"])).unwrap();
        assert_eq!(document["records"].as_array().map(Vec::len), Some(2));
    }
}
