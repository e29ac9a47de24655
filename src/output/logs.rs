//! Log records in the forms that people and programs read.

use std::io::Write;

use super::console::write_error;
use super::safe::harmless;
use crate::Error;
use crate::logs::{LogRecord, Record};

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Lines as the modules wrote them, with a prefix where sources mix
    Text,
    /// Exactly the modules' bytes, one module after the other
    Raw,
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
}

/// When text lines carry their source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Prefix {
    /// When lines of several sources mix
    Auto,
    /// On every line
    Always,
    /// On no line
    Never,
}

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
    format: Format,
    /// Whether text lines carry their module, and before it their device.
    prefixed: bool,
    names_devices: bool,
    /// Whether control characters are made harmless.
    terminal: bool,
    records: u64,
    errors: Vec<String>,
}

impl<W: Write> LogPrinter<W> {
    /// A printer on `out`; `terminal` says that a person's terminal is at its end.
    pub fn new(out: W, format: Format, prefixed: bool, terminal: bool) -> Self {
        Self {
            out,
            format,
            prefixed,
            names_devices: false,
            terminal,
            records: 0,
            errors: Vec::new(),
        }
    }

    /// Puts the device into the prefix as well: `[device/module]`.
    #[must_use]
    pub fn naming_devices(self) -> Self {
        Self {
            names_devices: true,
            ..self
        }
    }

    /// Prints one record.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub fn record(&mut self, source: &Source, record: &Record) -> Result<(), Error> {
        let json = || record.to_log_record(&source.iothub, &source.device, &source.module);
        let written = match self.format {
            // A record's text has no line end of its own.
            Format::Raw => self
                .out
                .write_all(record.line())
                .and_then(|()| match record {
                    Record::Parsed(_) => self.out.write_all(b"\n"),
                    Record::Line(_) | Record::Stamped { .. } => Ok(()),
                }),
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

    /// Sends off what was printed so far.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.out.flush().map_err(write_error)
    }

    /// Remembers a failure for the document that `json` prints; the other forms have stderr only.
    pub fn failure(&mut self, device: &str, error: &Error) {
        if self.format == Format::Json {
            self.errors.push(error_object(device, error));
        }
    }

    /// Ends the document and sends everything off.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub fn finish(mut self) -> Result<(), Error> {
        let mut end = || {
            if self.format == Format::Json {
                if self.records == 0 {
                    self.out.write_all(b"{\"records\":[")?;
                }
                writeln!(self.out, "],\"errors\":[{}]}}", self.errors.join(","))?;
            }
            self.out.flush()
        };
        end().map_err(write_error)
    }

    fn object(&mut self, record: &LogRecord) -> std::io::Result<()> {
        serde_json::to_writer(&mut self.out, record).map_err(std::io::Error::from)
    }

    fn text(&mut self, source: &Source, record: &Record) -> std::io::Result<()> {
        if self.prefixed && self.names_devices {
            write!(self.out, "[{}/{}] ", source.device, source.module)?;
        } else if self.prefixed {
            write!(self.out, "[{}] ", source.module)?;
        }
        let line = record.line();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if self.terminal {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            self.out
                .write_all(harmless(&String::from_utf8_lossy(line)).as_bytes())?;
        } else {
            self.out.write_all(line)?;
        }
        self.out.write_all(b"\n")
    }
}

/// A failure as an object for the member `errors` of a JSON document.
pub fn error_object(device: &str, error: &Error) -> String {
    let redacted = |text: &String| super::redact(text);
    serde_json::json!({
        "device": super::redact(device),
        "exit": error.exit().code(),
        "message": redacted(&error.to_string()),
        "causes": error.causes().iter().map(redacted).collect::<Vec<_>>(),
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(format: Format, prefixed: bool, terminal: bool, lines: &[&str]) -> String {
        let source = Source {
            iothub: "h".to_owned(),
            device: "d".to_owned(),
            module: "m".to_owned(),
        };
        let mut out = Vec::new();
        let mut printer = LogPrinter::new(&mut out, format, prefixed, terminal);
        for line in lines {
            printer
                .record(&source, &Record::Line(line.as_bytes().to_vec()))
                .unwrap();
        }
        printer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_ends_every_line_and_raw_adds_nothing() {
        assert_eq!(print(Format::Text, false, false, &["a\n", "b"]), "a\nb\n");
        assert_eq!(print(Format::Raw, false, false, &["a\n", "b"]), "a\nb");
        assert_eq!(print(Format::Text, true, false, &["a\r\n"]), "[m] a\r\n");
        assert_eq!(
            print(Format::Text, true, true, &["\u{1b}c\r\n"]),
            "[m] \\u{1b}c\n"
        );
    }

    #[test]
    fn json_is_one_document_even_without_records() {
        assert_eq!(
            print(Format::Json, false, false, &[]),
            "{\"records\":[],\"errors\":[]}\n"
        );
        let document: serde_json::Value =
            serde_json::from_str(&print(Format::Json, false, false, &["a\n", "b\n"])).unwrap();
        assert_eq!(document["records"].as_array().map(Vec::len), Some(2));
    }
}
