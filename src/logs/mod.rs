//! Log lines: decoding responses, parsing lines, severity, timestamps. Works in memory only.

mod decode;
mod json_line;
mod line;
#[cfg(any(test, fuzzing))]
pub(crate) mod probes;
mod reading;
mod record;
mod severity;
mod written_time;

#[cfg(test)]
pub(crate) use decode::UNPACKED;
pub use decode::{DecodeError, MAX_LINE_BYTES, MAX_UNPACKED_BYTES, Records};
pub(crate) use decode::{Unpacked, read_error, unpacked};
pub use json_line::JsonLine;
pub(crate) use line::dotnet_ticks;
pub use line::{LogLine, dotnet_timestamp};
pub use reading::{Inherited, Reading};
pub use record::{LogRecord, LogStream, Record, engine_time, record_timestamp};
pub use severity::{Severity, UnknownSeverity};
#[cfg(feature = "device")]
pub(crate) use written_time::{date_time, utc_offset, zoned_time};
