//! What reaches the operator: the only place that writes to stdout or stderr.
//!
//! stdout is data and nothing else; everything else goes to stderr, with secrets taken out.

mod console;
mod file_name;
mod json;
mod json_line;
mod list;
mod logs;
mod message;
mod out_dir;
mod pasted;
mod progress;
mod safe;
mod screen;
mod styles;
mod surface;
mod table;
mod text_line;
mod time;

pub use console::{Console, DataOut};
pub(crate) use file_name::file_name;
pub use json::{compact_json, print_json};
pub use list::{ListFormat, ListRow, RowPrinter, print_list};
pub use logs::{Format, JsonLogs, LogPrinter, LogStyle, Prefix, Source};
pub use message::error_object;
#[cfg(test)]
pub(crate) use message::shown_errors;
pub use out_dir::OutDir;
pub use pasted::TypedChoice;
pub use progress::{FleetProgress, Progress};
pub(crate) use safe::harmless;
pub use screen::{ColorWhen, Screen};
pub use styles::HELP_STYLES;
pub use time::shown_time;
