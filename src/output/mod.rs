//! What reaches the operator: the only place that writes to stdout or stderr.
//!
//! stdout is data and nothing else; everything else goes to stderr, with secrets taken out.

mod console;
mod logs;
mod progress;
mod redact;
mod safe;

pub use console::{Console, DataOut};
pub use logs::{Format, LogPrinter, Prefix, Source};
pub use progress::Progress;
pub use redact::redact;
