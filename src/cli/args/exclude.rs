//! `--exclude`: dropping lines after they arrive.

use clap::Args;
use regex::Regex;

use crate::cli::args::regexes::regexes;
use crate::error::Error;
use crate::logs::Record;

#[derive(Debug, Args)]
#[command(next_help_heading = "Filter")]
pub(crate) struct ExcludeArgs {
    /// Drop lines whose text matches a regular expression; repeatable
    ///
    /// Agents can't exclude lines, so this happens here, with the syntax of Rust's `regex` crate.
    /// --tail counts the dropped lines.
    #[arg(long, value_name = "RE", allow_hyphen_values = true)]
    exclude: Vec<String>,
}

/// Which lines to drop.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exclude(Vec<Regex>);

impl ExcludeArgs {
    /// Whether a regular expression is given.
    pub(crate) fn is_given(&self) -> bool {
        !self.exclude.is_empty()
    }

    /// # Errors
    /// A regular expression is invalid.
    pub(crate) fn resolve(&self, ignore_case: bool) -> Result<Exclude, Error> {
        Ok(Exclude(regexes("--exclude", &self.exclude, ignore_case)?))
    }
}

impl Exclude {
    /// Whether to drop a line.
    pub(crate) fn drops(&self, record: &Record) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let text = record.text();
        let text = text.strip_suffix('\n').unwrap_or(&text);
        self.0.iter().any(|regex| regex.is_match(text))
    }
}
