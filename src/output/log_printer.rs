//! Prints log records in the forms that people and programs read.

use std::io::Write;

use super::capabilities::Capabilities;
use super::colors::{DIM, name, paint};
use super::console::write_error;
use super::log_style::{Format, JsonLogs, LogStyle};
use super::message::error_object;
use super::text_line::push_line;
use super::time::LineTime;
use crate::control_characters::{escape_control_characters, escape_in_json, push_escaped};
use crate::error::Error;
use crate::logs::{LogRecord, Record};

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
}

impl<W: Write> LogPrinter<W> {
    /// `capabilities` are those of `out`.
    pub fn new(out: W, style: LogStyle, capabilities: Capabilities) -> Self {
        Self {
            out,
            style,
            prefixed: style.is_prefixed(false),
            names_devices: false,
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
        self.names_devices = of_devices;
    }

    /// Prints one record.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub fn record(&mut self, source: &Source, record: &Record) -> Result<(), Error> {
        let json = || record.to_log_record(&source.iothub, &source.device, &source.module);
        let written = match self.style.format {
            Format::Raw if self.capabilities.for_people() => self.escaped_line(record),
            // A record's text has no line end of its own.
            Format::Raw => self
                .out
                .write_all(record.line())
                .and_then(|()| match record {
                    Record::Parsed(_) => self.out.write_all(b"\n"),
                    Record::Line(_) | Record::Stamped { .. } => Ok(()),
                }),
            Format::Text if self.capabilities.interprets_escapes() => self.shown(source, record),
            Format::Text => self.text(source, record),
            Format::Jsonl => self
                .object(&json())
                .and_then(|()| self.out.write_all(b"\n")),
            Format::Json => {
                let separator: &[u8] = if self.records == 0 {
                    b"{\"records\":["
                } else {
                    b","
                };
                self.out
                    .write_all(separator)
                    .and_then(|()| self.object(&json()))
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

    fn object(&mut self, record: &LogRecord) -> std::io::Result<()> {
        if !self.capabilities.for_people() {
            return serde_json::to_writer(&mut self.out, record).map_err(std::io::Error::from);
        }
        let json = serde_json::to_string(record)?;
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
    fn shown(&mut self, source: &Source, record: &Record) -> std::io::Result<()> {
        let color = self.capabilities.has_color();
        let for_people = self.capabilities.for_people();
        let reads_json = for_people && self.style.json_logs == JsonLogs::Auto;
        self.line.clear();
        let in_json = push_line(&mut self.line, record, reads_json, color);
        self.line.push('\n');
        if self.style.timestamps {
            let time = record.timestamp().or(in_json);
            let time = LineTime { time, for_people };
            write!(self.out, "{} ", paint(time, DIM, color))?;
        }
        if self.prefixed {
            let module = paint(
                escape_control_characters(&source.module),
                name(&source.module),
                color,
            );
            if self.names_devices {
                let device = paint(
                    escape_control_characters(&source.device),
                    name(&source.device),
                    color,
                );
                write!(self.out, "[{device}/{module}] ")?;
            } else {
                write!(self.out, "[{module}] ")?;
            }
        }
        self.out.write_all(self.line.as_bytes())
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
        }
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
            format!("[{color}m{color:#}] \u{1b}[33m<4> x\u{1b}[0m\n")
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
