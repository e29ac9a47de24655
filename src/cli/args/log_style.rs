//! How to show log lines.

use clap::Args;

use crate::invalid_input::InvalidInput;
use crate::output::{Format, JsonLogs, LogStyle, Prefix};

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct LogStyleArgs {
    /// Output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    output: Format,

    /// When to prefix lines with their module
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Prefix::Auto)]
    prefix: Prefix,

    /// Begin each line with its time: local on a terminal, UTC otherwise
    ///
    /// The time is when the container engine received the line, or else the one in the line's text,
    /// which stays there. For -o text; the JSON formats always have the time.
    #[arg(short, long)]
    timestamps: bool,

    /// How to show JSON lines on a terminal
    ///
    /// Applies only to -o text on a terminal. Objects without level and message, and lines over
    /// 64 KB, are not changed.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = JsonLogs::Auto)]
    json_logs: JsonLogs,
}

impl LogStyleArgs {
    /// # Errors
    /// `raw`, which prints only the modules' bytes, with times or prefixes.
    pub(crate) fn resolve(&self) -> Result<LogStyle, InvalidInput> {
        let added = match (self.timestamps, self.prefix) {
            (true, _) => Some("--timestamps"),
            (false, Prefix::Always) => Some("--prefix always"),
            (false, Prefix::Auto | Prefix::Never) => None,
        };
        if let Some(added) = added.filter(|_| self.output == Format::Raw) {
            return Err(InvalidInput::new(format!(
                "-o raw prints only the modules' bytes, so it can't have {added}"
            ))
            .hint("use -o text"));
        }
        Ok(LogStyle {
            format: self.output,
            prefix: self.prefix,
            timestamps: self.timestamps,
            json_logs: self.json_logs,
        })
    }
}
