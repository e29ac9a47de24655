//! Log lines: decoding responses, parsing lines, severity, timestamps. Works in memory only.

mod decode;
mod line;
mod record;
mod severity;

#[cfg(test)]
pub(crate) use decode::UNPACKED;
pub use decode::{DecodeError, MAX_LINE_BYTES, MAX_UNPACKED_BYTES};
pub(crate) use decode::{Records, Unpacked, read_error, unpacked};
pub use line::{LogLine, dotnet_timestamp};
pub use record::{LogRecord, LogStream, Record, engine_time, record_timestamp};
pub use severity::{Severity, UnknownSeverity};
