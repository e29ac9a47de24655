//! The only place that writes to stdout or stderr.
//!
//! stdout carries data only; everything else goes to stderr, with secrets redacted.

mod capabilities;
mod closed_stdout;
mod colors;
mod console;
mod hint_flags;
mod json;
mod json_line;
mod list;
mod log_printer;
mod log_style;
mod message;
mod out_dir;
mod progress;
mod progress_redraw;
#[cfg(feature = "device")]
mod service_log;
mod table;
mod template;
mod text_line;
mod time;

pub use capabilities::{Capabilities, ColorWhen};
pub use closed_stdout::stdout_closed;
pub use colors::HELP_STYLES;
pub use console::{Console, DataOut};
pub use hint_flags::HintFlags;
pub use json::{compact_json, print_json};
pub(crate) use list::or_dash;
pub use list::{ListFormat, ListRow, RowPrinter, print_list};
pub use log_printer::{LogPrinter, Source};
pub use log_style::{Format, JsonLogs, LevelFrom, LogStyle, Order, Prefix};
pub use message::error_object;
pub use out_dir::{GrowingFile, OutDir, OutFile};
pub use progress::{FleetProgress, Progress};
#[cfg(feature = "device")]
pub use service_log::LogLines;
pub use template::Template;
pub use time::{shown_minute, shown_time, zone_for_people};
