//! Regular expressions that this program applies itself, with the syntax of Rust's `regex`.

use regex::{Regex, RegexBuilder};

use crate::invalid_input::InvalidInput;

/// Compiles the values of a flag.
///
/// # Errors
/// One is not a regular expression, or is empty, which would match every line.
pub(crate) fn regexes(
    flag: &str,
    patterns: &[String],
    ignore_case: bool,
) -> Result<Vec<Regex>, InvalidInput> {
    let compile = |pattern: &String| {
        if pattern.is_empty() {
            return Err(InvalidInput::new(format!(
                "{flag} is empty, which would match every line"
            )));
        }
        let regex = RegexBuilder::new(pattern)
            .case_insensitive(ignore_case)
            .build();
        regex.map_err(|error| {
            let message = error.to_string();
            let reason = message
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ");
            InvalidInput::new(format!(
                "{flag} `{pattern}` is not a regular expression: {reason}"
            ))
        })
    };
    patterns.iter().map(compile).collect()
}
