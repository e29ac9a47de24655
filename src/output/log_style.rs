//! How log records are printed.

use regex::Regex;

use super::template::Template;

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Lines as the modules wrote them, with a prefix if there are several sources
    Text,
    /// Time, severity and message
    Short,
    /// Exactly the modules' bytes, one module after another
    Raw,
    /// One JSON document
    Json,
    /// One JSON object per line
    Jsonl,
    /// OpenTelemetry: one OTLP/JSON LogsData per line
    Otlp,
}

/// When text lines carry their source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Prefix {
    /// When lines of several sources mix
    Auto,
    /// On every line
    Always,
    /// On no line
    Never,
}

/// In which order lines of several sources are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Order {
    /// By time, once all devices have answered
    Time,
    /// One device after the other
    Device,
    /// Each line as soon as it is here
    Arrival,
}

/// What tells the severity of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LevelFrom {
    /// The tag at its start, as agents read it
    Tag,
    /// The line itself, in the forms of common loggers
    Line,
}

/// How log lines that are JSON are shown on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum JsonLogs {
    /// Time, level and message first, then the other fields
    Auto,
    /// As they are
    Off,
}

/// How lines are printed.
#[derive(Debug, Clone)]
pub struct LogStyle {
    /// The form of the output.
    pub format: Format,
    /// When text lines carry their source.
    pub prefix: Prefix,
    /// Whether text lines begin with their time.
    pub timestamps: bool,
    /// How JSON lines are shown to people.
    pub json_logs: JsonLogs,
    /// What text lines look like, if not as usual.
    pub template: Option<Template>,
    /// What to mark on a terminal.
    pub highlight: Vec<Regex>,
    /// What tells the severity of a line.
    pub level_from: LevelFrom,
}

impl LogStyle {
    /// Whether text lines carry their source; `mixed` means there are several.
    pub fn is_prefixed(&self, mixed: bool) -> bool {
        match self.prefix {
            Prefix::Auto => mixed,
            Prefix::Always => true,
            Prefix::Never => false,
        }
    }
}
