//! Expected failures: the message, the hint, the exit code and the label in a summary.

mod causes;
mod exit_code;
mod hints;
mod hub_sentences;
mod kinds;
mod storage_hints;
mod summary_label;

pub(crate) use causes::{PART, without_tracking_id};
pub(crate) use hints::{CONNECTION_HINT, resume_command, resume_last_command, untrusted_hint};
pub use kinds::Error;
