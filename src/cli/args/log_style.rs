//! How log lines are to look: the arguments, and nothing of the printing.

use crate::invalid_input::InvalidInput;
use clap::Args;

use crate::output::{Format, JsonLogs, LogStyle, Prefix};

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct LogStyleArgs {
    /// The form of the output
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    output: Format,

    /// When lines carry their module
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Prefix::Auto)]
    prefix: Prefix,

    /// Begin each line with its time: yours on a terminal, UTC otherwise
    ///
    /// It is when the container engine took the line, or else the time that stands in the line. A
    /// time in the line's text stays where it is. For -o text; the JSON forms always have it.
    #[arg(short, long)]
    timestamps: bool,

    /// How lines that are JSON are shown on a terminal
    ///
    /// Only -o text on a terminal shows them so; otherwise nothing is changed. Objects without
    /// level and message, and lines over 64 KB, are left as they are.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = JsonLogs::Auto)]
    json_logs: JsonLogs,
}

impl LogStyleArgs {
    /// The look.
    ///
    /// # Errors
    /// `raw`, which is the modules' bytes and nothing else, with times.
    pub(crate) fn resolve(&self) -> Result<LogStyle, InvalidInput> {
        if self.timestamps && self.output == Format::Raw {
            return Err(InvalidInput::new(
                "--timestamps has no place in -o raw, which prints the modules' bytes alone",
            )
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
