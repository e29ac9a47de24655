//! Decodes the payload of a response into records: base64, gzip and JSON, streamed and bounded.

use std::io::{BufRead, BufReader, Cursor, Read};

use base64::engine::general_purpose::STANDARD;
use base64::read::DecoderReader;
use flate2::read::MultiGzDecoder;
use memchr::memchr2;

use super::record::{LogRecord, Record};

/// The maximum unpacked size of one module's log. A response carries at most 128 KB, and gzip shrinks
/// data to a thousandth at best, so only a malicious response exceeds this.
pub const MAX_UNPACKED_BYTES: u64 = 32 << 20;

/// The maximum length of a line or record.
pub const MAX_LINE_BYTES: usize = 16 << 20;

/// Why a module's log can't be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// `payloadBytes` is not base64.
    #[error("the payload is not base64: {0}")]
    Base64(String),
    /// The gzip stream ends too early. What it holds up to there is right.
    #[error("the gzip stream is damaged: {0}")]
    Gzip(String),
    /// The gzip stream is corrupt. Nothing tells which of its bytes are right.
    #[error("the gzip stream is damaged: {0}")]
    Corrupt(String),
    /// The log unpacks to more than [`MAX_UNPACKED_BYTES`].
    #[error("the payload unpacks to more than {} MiB", MAX_UNPACKED_BYTES >> 20)]
    TooMuch,
    /// A line is longer than [`MAX_LINE_BYTES`].
    #[error("a line is longer than {} MiB", MAX_LINE_BYTES >> 20)]
    LineTooLong,
    /// With `contentType` json: the text is not an array of records.
    #[error("the payload is not a list of records: {0}")]
    Json(String),
}

/// The unpacked bytes of a module's log, at most [`MAX_UNPACKED_BYTES`].
pub(crate) type Unpacked<'a> = BufReader<Box<dyn Read + Send + 'a>>;

/// Unpacks a payload while it is read: `gzip_base64` unless it is empty, else `text`; an empty log if
/// both are missing. Convert errors with [`read_error`].
pub(crate) fn unpacked<'a, T: AsRef<[u8]> + Send + 'a>(
    gzip_base64: Option<T>,
    text: Option<T>,
) -> Unpacked<'a> {
    #[cfg(test)]
    UNPACKED.set(UNPACKED.get() + 1);
    let plain: Box<dyn Read + Send + 'a> = match (gzip_base64, text) {
        (Some(base64), _) if !base64.as_ref().is_empty() => {
            let packed = BufReader::new(DecoderReader::new(Cursor::new(base64), &STANDARD));
            Box::new(MultiGzDecoder::new(packed))
        }
        (_, Some(text)) => Box::new(Cursor::new(text)),
        _ => Box::new(std::io::empty()),
    };
    BufReader::new(Box::new(Limited::new(plain)))
}

#[cfg(test)]
thread_local! {
    /// How many payloads this thread has unpacked.
    pub(crate) static UNPACKED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Reads the next record; `None` at the end.
type ReadRecord<'a> = fn(&mut Records<'a>) -> Result<Option<Record>, DecodeError>;

/// An iterator over the records of one module's log. It ends after the first error; the records before
/// it are complete.
pub struct Records<'a> {
    input: Unpacked<'a>,
    read: ReadRecord<'a>,
    /// For json: whether the opening bracket has been read.
    opened: bool,
    ended: bool,
}

impl<'a> Records<'a> {
    /// Reads lines, for `contentType` text.
    pub(crate) fn lines(input: Unpacked<'a>) -> Self {
        Self::new(input, Self::next_line)
    }

    /// Reads a JSON array of records, for `contentType` json.
    pub(crate) fn json(input: Unpacked<'a>) -> Self {
        Self::new(input, Self::next_element)
    }

    fn new(input: Unpacked<'a>, read: ReadRecord<'a>) -> Self {
        Self {
            input,
            read,
            opened: false,
            ended: false,
        }
    }

    fn next_line(&mut self) -> Result<Option<Record>, DecodeError> {
        let mut line = Vec::new();
        let limit = MAX_LINE_BYTES as u64 + 1;
        self.input
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut line)
            .map_err(read_error)?;
        if line.len() > MAX_LINE_BYTES {
            return Err(DecodeError::LineTooLong);
        }
        Ok((!line.is_empty()).then_some(Record::Line(line)))
    }

    /// Reads the next element of a JSON array without reading the rest of the array.
    fn next_element(&mut self) -> Result<Option<Record>, DecodeError> {
        let json = |message: &str| DecodeError::Json(message.to_owned());
        let Some(mut byte) = self.skip_whitespace()? else {
            return if self.opened {
                Err(json("it ends in the middle of the list"))
            } else {
                Ok(None)
            };
        };
        if !self.opened {
            if byte != b'[' {
                return Err(json("it is not a list"));
            }
            self.opened = true;
            byte = self
                .skip_whitespace()?
                .ok_or_else(|| json("it ends in the middle of the list"))?;
        } else if byte == b',' {
            byte = self
                .skip_whitespace()?
                .ok_or_else(|| json("it ends in the middle of the list"))?;
        } else if byte != b']' {
            return Err(json("a comma between two records is missing"));
        }
        if byte == b']' {
            // Read to the end: gzip's checksum follows the data.
            return match self.skip_whitespace()? {
                None => Ok(None),
                Some(_) => Err(json("there is more after the end of the list")),
            };
        }
        let mut element = vec![byte];
        let (mut depth, mut in_string, mut escaped) =
            (usize::from(byte == b'{'), byte == b'"', false);
        while depth > 0 || in_string {
            let buffer = self.input.fill_buf().map_err(read_error)?;
            if buffer.is_empty() {
                return Err(json("it ends in the middle of a record"));
            }
            let mut end = 0;
            while end < buffer.len() && (depth > 0 || in_string) {
                if in_string && !escaped {
                    // Most of a record is text, in which only these two matter.
                    match memchr2(b'"', b'\\', &buffer[end..]) {
                        Some(found) => end += found,
                        None => {
                            end = buffer.len();
                            break;
                        }
                    }
                }
                match buffer[end] {
                    _ if escaped => escaped = false,
                    b'\\' if in_string => escaped = true,
                    b'"' => in_string = !in_string,
                    b'{' | b'[' if !in_string => depth += 1,
                    b'}' | b']' if !in_string => depth -= 1,
                    _ => {}
                }
                end += 1;
            }
            element.extend_from_slice(&buffer[..end]);
            self.input.consume(end);
            if element.len() > MAX_LINE_BYTES {
                return Err(DecodeError::LineTooLong);
            }
        }
        let record: LogRecord = serde_json::from_slice(&element)
            .map_err(|error| DecodeError::Json(error.to_string()))?;
        Ok(Some(Record::Parsed(Box::new(record))))
    }

    fn skip_whitespace(&mut self) -> Result<Option<u8>, DecodeError> {
        loop {
            match self.next_byte()? {
                Some(byte) if byte.is_ascii_whitespace() => {}
                other => return Ok(other),
            }
        }
    }

    fn next_byte(&mut self) -> Result<Option<u8>, DecodeError> {
        let byte = self.input.fill_buf().map_err(read_error)?.first().copied();
        self.input.consume(usize::from(byte.is_some()));
        Ok(byte)
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = (self.read)(self);
        self.ended = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

/// Reads at most [`MAX_UNPACKED_BYTES`], then returns an error.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R> Limited<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            left: MAX_UNPACKED_BYTES,
        }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| std::io::Error::other(DecodeError::TooMuch))?;
        Ok(read)
    }
}

/// Converts an error of a reader from [`unpacked`].
pub(crate) fn read_error(error: std::io::Error) -> DecodeError {
    let message = error.to_string();
    let kind = error.kind();
    match error.downcast::<DecodeError>() {
        Ok(error) => error,
        Err(error) => match error.get_ref() {
            Some(source) if source.is::<base64::DecodeError>() => DecodeError::Base64(message),
            _ if kind == std::io::ErrorKind::UnexpectedEof => DecodeError::Gzip(message),
            _ => DecodeError::Corrupt(message),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use base64::Engine;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn packed(bytes: &[u8]) -> Unpacked<'_> {
        unpacked(Some(STANDARD.encode(bytes)), None)
    }

    fn plain(text: &str) -> Unpacked<'_> {
        unpacked(None, Some(text))
    }

    /// The lines read, and the error at the end, if any.
    fn read(records: Records) -> (Vec<String>, Option<DecodeError>) {
        let mut lines = Vec::new();
        for record in records {
            match record {
                Ok(record) => lines.push(String::from_utf8_lossy(record.line()).into_owned()),
                Err(error) => return (lines, Some(error)),
            }
        }
        (lines, None)
    }

    #[test]
    fn a_list_that_is_json_but_not_what_was_packed_is_damaged() {
        let list = format!(
            r#"[{{"iothub":"h","device":"d","id":"m","stream":"stdout","loglevel":6,"text":"{}","timestamp":null}}]"#,
            "x".repeat(500)
        );
        let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(list.as_bytes()).unwrap();
        let whole = encoder.finish().unwrap();
        let middle = whole.len() / 2;
        let mut changed = whole.clone();
        changed[middle] ^= 1;
        let (_, error) = read(Records::json(packed(&changed)));
        assert!(matches!(error, Some(DecodeError::Corrupt(_))), "{error:?}");
        let mut shorter = whole;
        shorter.drain(middle..middle + 5);
        let (_, error) = read(Records::json(packed(&shorter)));
        assert!(error.is_some());
    }

    #[test]
    fn nothing_follows_a_list() {
        let last = Records::json(unpacked(None::<&str>, Some("[] []")))
            .last()
            .unwrap();
        assert!(matches!(last, Err(DecodeError::Json(_))), "{last:?}");
    }

    #[test]
    fn several_gzip_members_are_one_log() {
        let mut bytes = gzip(b"a\nb\n");
        bytes.extend(gzip(b"\nc"));
        let (lines, error) = read(Records::lines(packed(&bytes)));
        assert_eq!(lines, ["a\n", "b\n", "\n", "c"]);
        assert!(error.is_none());
    }

    #[test]
    fn an_empty_or_missing_payload_is_an_empty_log() {
        for form in [Records::lines, Records::json] {
            for logs in [packed(b""), plain(""), unpacked::<&str>(None, None)] {
                let (lines, error) = read(form(logs));
                assert!(lines.is_empty() && error.is_none());
            }
        }
    }

    #[test]
    fn records_before_a_truncation_are_kept() {
        let record = r#"{"iothub":"h","device":"d","id":"m","stream":"stderr","loglevel":3,"text":"a ] \" } b","timestamp":null}"#;
        let (lines, error) = read(Records::json(plain(&format!("[{record}, {record}]"))));
        assert_eq!(lines.len(), 2);
        assert!(error.is_none());
        let (lines, error) = read(Records::json(plain(&format!("[{record},{record}"))));
        assert_eq!(lines, ["a ] \" } b", "a ] \" } b"]);
        assert!(matches!(error, Some(DecodeError::Json(_))));
        for garbage in ["hello", "{}", "[1]", "[{]", "[{}]"] {
            assert!(
                matches!(
                    read(Records::json(plain(garbage))).1,
                    Some(DecodeError::Json(_))
                ),
                "{garbage}"
            );
        }
    }
}
