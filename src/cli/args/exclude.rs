//! `--exclude`: lines that are dropped after they arrived.

use crate::invalid_input::InvalidInput;
use clap::Args;
use regex::Regex;

use crate::error::Error;
use crate::logs::Record;

/// Which lines are not wanted, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filter")]
pub(crate) struct ExcludeArgs {
    /// Drop lines whose text matches a regular expression, after they arrived
    ///
    /// No agent can leave lines out, so this is done here, with the syntax of Rust's `regex`
    /// crate. Lines that --tail has counted are dropped too.
    #[arg(long, value_name = "RE", allow_hyphen_values = true)]
    exclude: Option<String>,
}

/// Which lines are not wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exclude(Option<Regex>);

impl ExcludeArgs {
    /// Reads the regular expression.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn resolve(&self) -> Result<Exclude, Error> {
        let Some(pattern) = &self.exclude else {
            return Ok(Exclude::default());
        };
        let regex = Regex::new(pattern).map_err(|error| {
            let words = error.to_string();
            let reason = words
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ");
            InvalidInput::new(format!(
                "--exclude `{pattern}` is no regular expression: {reason}"
            ))
        })?;
        Ok(Exclude(Some(regex)))
    }
}

impl Exclude {
    /// Whether a line is dropped.
    pub(crate) fn drops(&self, record: &Record) -> bool {
        self.0.as_ref().is_some_and(|regex| {
            let text = record.text();
            regex.is_match(text.strip_suffix('\n').unwrap_or(&text))
        })
    }
}
