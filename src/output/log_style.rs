//! How log records are printed.

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Lines as the modules wrote them, with a prefix if there are several sources
    Text,
    /// Exactly the modules' bytes, one module after another
    Raw,
    /// One JSON document
    Json,
    /// One JSON object per line
    Jsonl,
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

/// How log lines that are JSON are shown on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum JsonLogs {
    /// Time, level and message first, then the other fields
    Auto,
    /// As they are
    Off,
}

/// How lines are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogStyle {
    /// The form of the output.
    pub format: Format,
    /// When text lines carry their source.
    pub prefix: Prefix,
    /// Whether text lines begin with their time.
    pub timestamps: bool,
    /// How JSON lines are shown to people.
    pub json_logs: JsonLogs,
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
