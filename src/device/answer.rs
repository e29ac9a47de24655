//! A log in the form that travels: text or records, compressed or not.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;

use super::identity::DeviceIdentity;
use super::sources::LogEntry;
use crate::logs::{LogLine, LogRecord, LogStream, engine_time, record_timestamp};
use crate::methods::{ContentType, Encoding, MAX_LOG_BYTES, ModuleLogs};

/// Turns entries into the bytes of a content type: what is uploaded, and what answers hold.
pub(super) struct LogWriter<W> {
    out: W,
    form: Form,
}

enum Form {
    Text { stamps: bool },
    Json(Box<JsonForm>),
}

struct JsonForm {
    identity: DeviceIdentity,
    module: String,
    /// Whether a record was written.
    any: bool,
    /// For each stream, the line that goes on.
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
        let form = match content_type {
            ContentType::Text => Form::Text { stamps },
            ContentType::Json => Form::Json(Box::new(JsonForm {
                identity: identity.clone(),
                module: module.to_owned(),
                any: false,
                open: [Vec::new(), Vec::new()],
                stamp: None,
            })),
        };
        Self { out, form }
    }

    /// Writes one entry.
    pub(super) fn entry(&mut self, entry: &LogEntry) -> std::io::Result<()> {
        match &mut self.form {
            Form::Text { stamps } => {
                if *stamps && let Some(stamp) = entry.stamp {
                    write!(self.out, "{} ", engine_stamp(stamp))?;
                }
                self.out.write_all(&entry.bytes)
            }
            Form::Json(form) => form.entry(&mut self.out, entry),
        }
    }

    /// Ends the log and gives back what was written to.
    pub(super) fn finish(mut self) -> std::io::Result<W> {
        if let Form::Json(form) = &mut self.form {
            // A log can end within a long line; what there is of it counts.
            for stream in [LogStream::Stdout, LogStream::Stderr] {
                let rest = std::mem::take(&mut form.open[usize::from(stream == LogStream::Stderr)]);
                if !rest.is_empty() {
                    let rest = LogEntry {
                        stream,
                        stamp: form.stamp,
                        bytes: rest.into(),
                        continues: false,
                    };
                    form.entry(&mut self.out, &rest)?;
                }
            }
            self.out.write_all(if form.any { b"]" } else { b"[]" })?;
        }
        Ok(self.out)
    }

    /// What is written to.
    pub(super) fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }
}

impl JsonForm {
    fn entry<W: Write>(&mut self, out: &mut W, entry: &LogEntry) -> std::io::Result<()> {
        self.stamp = entry.stamp.or(self.stamp);
        let open = &mut self.open[usize::from(entry.stream == LogStream::Stderr)];
        // The parts of a long line become one record; what can't be one line is cut there.
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
            iothub: self.identity.hub.clone(),
            device: self.identity.device.clone(),
            id: self.module.clone(),
            stream: Some(entry.stream),
            loglevel: line.loglevel,
            text: line.text.to_owned(),
            timestamp: entry
                .stamp
                .map(engine_time)
                .or(line.timestamp)
                .map(record_timestamp),
        };
        out.write_all(if self.any { b"," } else { b"[" })?;
        self.any = true;
        serde_json::to_writer(out, &record).map_err(std::io::Error::from)
    }
}

/// A stamp as Docker writes it: nine digits always, 30 characters in all.
fn engine_stamp(stamp: Timestamp) -> impl std::fmt::Display {
    stamp.strftime("%Y-%m-%dT%H:%M:%S.%9fZ")
}

/// One module's part of an answer while it is made. It counts on when the limit is passed, so that
/// the refusal can say how much there was, but keeps nothing more.
pub(super) struct AnswerPart {
    encoding: Encoding,
    packed: GzEncoder<Kept>,
    plain: Kept,
}

/// Bytes up to the limit, and the number of all of them.
#[derive(Default)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    all: u64,
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.all += bytes.len() as u64;
        // Plain text is counted in UTF-16 units, of which three bytes make one at the most.
        if self.bytes.len() <= MAX_LOG_BYTES * 3 {
            self.bytes.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl AnswerPart {
    pub(super) fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            packed: GzEncoder::new(Kept::default(), Compression::default()),
            plain: Kept::default(),
        }
    }

    /// How many bytes there are so far. Of a compressed part, up to a block may be on its way.
    pub(super) fn size(&self) -> u64 {
        match self.encoding {
            Encoding::Gzip => self.packed.get_ref().all,
            Encoding::None => self.plain.all,
        }
    }

    /// The finished part and its size as the limit counts: gzip bytes before base64, or UTF-16
    /// units.
    pub(super) fn finish(self, id: String) -> std::io::Result<(ModuleLogs, u64)> {
        match self.encoding {
            Encoding::Gzip => {
                let kept = self.packed.finish()?;
                let payload = STANDARD.encode(&kept.bytes);
                Ok((
                    ModuleLogs {
                        payload_bytes: Some(payload),
                        ..ModuleLogs::of(id)
                    },
                    kept.all,
                ))
            }
            Encoding::None => {
                let whole = self.plain.bytes.len() as u64 == self.plain.all;
                let text = String::from_utf8_lossy(&self.plain.bytes).into_owned();
                let size = if whole {
                    text.encode_utf16().count() as u64
                } else {
                    self.plain.all
                };
                Ok((
                    ModuleLogs {
                        payload: Some(text),
                        ..ModuleLogs::of(id)
                    },
                    size,
                ))
            }
        }
    }
}

impl Write for AnswerPart {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.encoding {
            Encoding::Gzip => self.packed.write(bytes),
            Encoding::None => self.plain.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
