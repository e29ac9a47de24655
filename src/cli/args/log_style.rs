//! How to show log lines.

use clap::Args;

use crate::cli::args::regexes::regexes;
use crate::invalid_input::InvalidInput;
use crate::output::{Console, Format, JsonLogs, LevelFrom, LogStyle, Order, Prefix};

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct LogStyleArgs {
    /// Output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    output: Format,

    /// Print each line as a template says, such as '{time} {module} {text}'
    ///
    /// The fields are {time}, {device}, {module}, {severity}, {text} (without tag and time), {line} (as
    /// the module wrote it), {stream} and {json.FIELD} of a JSON line; {{ and }} are braces.
    #[arg(
        long,
        value_name = "TEMPLATE",
        allow_hyphen_values = true,
        conflicts_with_all = ["prefix", "timestamps", "json_logs"]
    )]
    format: Option<String>,

    /// Mark what matches a regular expression, in colour only; repeatable
    #[arg(long, value_name = "RE", allow_hyphen_values = true)]
    highlight: Vec<String>,

    /// In which order lines of several sources are printed [default: time]
    #[arg(long, value_name = "ORDER", value_enum)]
    order: Option<Order>,

    /// When to prefix lines with their module; always names the device too
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
    /// Applies only to -o text and short on a terminal. Objects without level and message, and lines
    /// over 64 KB, are not changed.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = JsonLogs::Auto)]
    json_logs: JsonLogs,
}

impl LogStyleArgs {
    /// Whether something is to be highlighted.
    pub(crate) fn highlights(&self) -> bool {
        !self.highlight.is_empty()
    }

    /// The order that was typed.
    pub(crate) fn order(&self) -> Option<Order> {
        self.order
    }

    /// # Errors
    /// A form that can't be had with something else that was typed.
    pub(crate) fn resolve(
        &self,
        console: Console,
        ignore_case: bool,
        level_from: LevelFrom,
    ) -> Result<LogStyle, InvalidInput> {
        let is_raw = self.output == Format::Raw;
        let added = match (self.timestamps, self.prefix) {
            (true, _) => Some("--timestamps"),
            (false, Prefix::Always) => Some("--prefix always"),
            (false, Prefix::Auto | Prefix::Never) => None,
        };
        if let Some(added) = added.filter(|_| is_raw) {
            return Err(InvalidInput::new(format!(
                "-o raw prints only the modules' bytes, so it can't have {added}"
            ))
            .hint("use -o text"));
        }
        if self.timestamps && self.output == Format::Short {
            return Err(InvalidInput::new(
                "-o short has its own time, so it can't have --timestamps",
            )
            .hint("use -o text, or omit --timestamps"));
        }
        let template = self.format.as_ref().map(|text| text.parse()).transpose()?;
        if template.is_some() && self.output != Format::Text {
            return Err(InvalidInput::new(
                "--format is a form of text, so it can't be used with --output",
            )
            .hint("omit -o, or omit --format"));
        }
        if let Some(order) = self.order.filter(|order| is_raw && *order != Order::Device) {
            let order = match order {
                Order::Arrival => "arrival",
                _ => "time",
            };
            return Err(InvalidInput::new(format!(
                "-o raw prints one module after the other, so it can't have --order {order}"
            ))
            .hint("use -o text"));
        }
        let is_text = matches!(self.output, Format::Text | Format::Short);
        if self.highlights() && !is_text {
            return Err(InvalidInput::new("--highlight is for -o text and -o short")
                .hint("select lines with --grep RE"));
        }
        let highlight = regexes("--highlight", &self.highlight, ignore_case)?;
        if self.highlights() && !console.data().capabilities().has_color() {
            console.note("--highlight needs colour, which --color always forces");
        }
        Ok(LogStyle {
            format: self.output,
            prefix: self.prefix,
            timestamps: self.timestamps,
            json_logs: self.json_logs,
            template,
            highlight,
            level_from,
        })
    }
}
