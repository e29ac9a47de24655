//! `--exclude`: dropping lines after they arrive.

use clap::Args;
use regex::Regex;

use crate::error::Error;
use crate::invalid_input::InvalidInput;
use crate::logs::Record;

#[derive(Debug, Args)]
#[command(next_help_heading = "Filter")]
pub(crate) struct ExcludeArgs {
    /// Drop lines whose text matches a regular expression, after they arrive
    ///
    /// Agents can't exclude lines, so this happens here, with the syntax of Rust's `regex` crate.
    /// --tail counts the dropped lines.
    #[arg(long, value_name = "RE", allow_hyphen_values = true)]
    exclude: Option<String>,
}

/// Which lines to drop.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exclude(Option<Regex>);

impl ExcludeArgs {
    /// # Errors
    /// The regular expression is invalid.
    pub(crate) fn resolve(&self) -> Result<Exclude, Error> {
        let Some(pattern) = &self.exclude else {
            return Ok(Exclude::default());
        };
        if pattern.is_empty() {
            return Err(
                InvalidInput::new("--exclude is empty, which would drop every line").into(),
            );
        }
        let regex = Regex::new(pattern).map_err(|error| {
            let message = error.to_string();
            let reason = message
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ");
            InvalidInput::new(format!(
                "--exclude `{pattern}` is not a regular expression: {reason}"
            ))
        })?;
        Ok(Exclude(Some(regex)))
    }
}

impl Exclude {
    /// Whether to drop a line.
    pub(crate) fn drops(&self, record: &Record) -> bool {
        self.0.as_ref().is_some_and(|regex| {
            let text = record.text();
            regex.is_match(text.strip_suffix('\n').unwrap_or(&text))
        })
    }
}
