//! Where a device's logs come from: one trait, and one file for each source.
//!
//! A source lists modules and returns their entries; it knows nothing of methods or filters.

mod body;
mod deadline;
mod dir;
mod docker;
mod edged;
mod entries;
mod frames;
mod line_needs;
mod log_end;
mod log_source;
mod module_info;
mod open;
mod parts;
#[cfg(any(test, fuzzing))]
pub(super) mod probes;
mod sample;
mod source_error;
mod stamp;
mod tail;
mod tty;
mod unix_http;
mod unpacked;

pub(super) use deadline::answered_within;
pub use dir::DirSource;
pub use docker::DockerSource;
pub use edged::EdgedSource;
pub use line_needs::LineNeeds;
pub use log_source::{EntryStream, LogEntry, LogSource, LogWindow};
pub use module_info::{ModuleInfo, ModuleState};
pub use open::{KINDS, check_place, open, says_offsets};
pub use sample::SampleSource;
pub use source_error::{SourceError, SourceErrorKind};
pub(super) use tail::{LastLines, RereadableLog, last_lines};
