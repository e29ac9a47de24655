//! Writes a log as text or JSON records.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::encoder::{Encoder, SMALL};
use super::identity::DeviceIdentity;
use super::sources::LogEntry;
use crate::logs::{LogLine, LogRecord, LogStream, engine_time, record_timestamp};
use crate::methods::{ContentType, Encoding, MAX_LOG_BYTES, ModuleLogs};

/// Writes entries in a content type, for uploads and answers.
pub(super) struct LogWriter<W> {
    out: W,
    format: Format,
}

enum Format {
    Text { stamps: bool },
    Json(Box<JsonRecords>),
}

struct JsonRecords {
    identity: DeviceIdentity,
    module: String,
    /// Whether a record was written.
    any: bool,
    /// By stream, the parts so far of a line that continues.
    open: [Vec<u8>; 2],
    /// The latest stamp.
    stamp: Option<Timestamp>,
}

impl<W: Write> LogWriter<W> {
    /// A writer for one module's log. `stamps` puts the engine's stamp in front of each entry of
    /// text, as `includeTimestamp` asks.
    pub(super) fn new(
        out: W,
        content_type: ContentType,
        stamps: bool,
        identity: &DeviceIdentity,
        module: &str,
    ) -> Self {
        let format = match content_type {
            ContentType::Text => Format::Text { stamps },
            ContentType::Json => Format::Json(Box::new(JsonRecords {
                identity: identity.clone(),
                module: module.to_owned(),
                any: false,
                open: [Vec::new(), Vec::new()],
                stamp: None,
            })),
        };
        Self { out, format }
    }

    /// Writes one entry.
    pub(super) fn entry(&mut self, entry: &LogEntry) -> io::Result<()> {
        match &mut self.format {
            // The driver `local` ends a line whose last part is full with an empty entry. Its stamp
            // alone would look like the start of the next line.
            Format::Text { .. } if entry.bytes.is_empty() => Ok(()),
            Format::Text { stamps } => {
                if *stamps && let Some(stamp) = entry.stamp {
                    // As Docker writes it: nine digits always, 30 characters in all.
                    write!(self.out, "{stamp:.9} ")?;
                }
                self.out.write_all(&entry.bytes)
            }
            Format::Json(json) => json.entry(&mut self.out, entry),
        }
    }

    /// Ends the log and returns the writer.
    pub(super) fn finish(mut self) -> io::Result<W> {
        if let Format::Json(json) = &mut self.format {
            // A log can end within a long line: write the parts that arrived.
            for stream in [LogStream::Stdout, LogStream::Stderr] {
                let rest = std::mem::take(&mut json.open[stream as usize]);
                if !rest.is_empty() {
                    let rest = LogEntry {
                        stream,
                        stamp: json.stamp,
                        bytes: rest.into(),
                        continues: false,
                    };
                    json.entry(&mut self.out, &rest)?;
                }
            }
            self.out.write_all(if json.any { b"]" } else { b"[]" })?;
        }
        Ok(self.out)
    }

    /// The writer.
    pub(super) fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }
}

impl JsonRecords {
    fn entry<W: Write>(&mut self, out: &mut W, entry: &LogEntry) -> io::Result<()> {
        self.stamp = entry.stamp.or(self.stamp);
        let open = &mut self.open[entry.stream as usize];
        // The parts of a long line become one record, up to the limit of a line.
        if entry.continues && open.len() + entry.bytes.len() < crate::logs::MAX_LINE_BYTES {
            open.extend_from_slice(&entry.bytes);
            return Ok(());
        }
        let joined;
        let bytes: &[u8] = if open.is_empty() {
            &entry.bytes
        } else {
            open.extend_from_slice(&entry.bytes);
            joined = std::mem::take(open);
            &joined
        };
        let text = String::from_utf8_lossy(bytes);
        let line = LogLine::parse(&text);
        let record = LogRecord {
            iothub: self.identity.hub.as_str(),
            device: self.identity.device.as_str(),
            id: self.module.as_str(),
            stream: Some(entry.stream),
            loglevel: line.loglevel,
            text: line.text,
            timestamp: entry
                .stamp
                .map(engine_time)
                .or(line.timestamp)
                .map(record_timestamp),
        };
        out.write_all(if self.any { b"," } else { b"[" })?;
        self.any = true;
        serde_json::to_writer(out, &record).map_err(io::Error::from)
    }
}

/// One module's part of an answer. Beyond the limit it stores nothing more but keeps counting, so
/// that the refusal can say how much there was.
pub(super) struct AnswerPart {
    encoding: Encoding,
    bytes: Encoder<CappedBytes>,
}

/// Bytes up to a limit, and the number of all of them.
#[derive(Default)]
struct CappedBytes {
    bytes: Vec<u8>,
    total: u64,
}

impl Write for CappedBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.total += bytes.len() as u64;
        // Plain text is counted in UTF-16 units, each of which is at most three bytes.
        if self.bytes.len() <= MAX_LOG_BYTES * 3 {
            self.bytes.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AnswerPart {
    pub(super) fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            bytes: Encoder::new(encoding, SMALL, CappedBytes::default()),
        }
    }

    /// How many bytes there are so far.
    pub(super) fn size(&mut self) -> u64 {
        self.bytes.get_mut().total
    }

    /// The finished part, and its size as the limit counts it: gzip bytes before base64, or UTF-16
    /// units.
    pub(super) fn finish(self, id: String) -> io::Result<(ModuleLogs, u64)> {
        let CappedBytes { bytes, total } = self.bytes.finish()?;
        let mut part = ModuleLogs {
            as_documented: true,
            ..ModuleLogs::of(id)
        };
        if self.encoding == Encoding::Gzip {
            part.payload_bytes = Some(STANDARD.encode(&bytes));
            return Ok((part, total));
        }
        let is_whole = bytes.len() as u64 == total;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let size = if is_whole {
            text.encode_utf16().count() as u64
        } else {
            total
        };
        part.payload = Some(text);
        Ok((part, size))
    }
}

impl Write for AnswerPart {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
