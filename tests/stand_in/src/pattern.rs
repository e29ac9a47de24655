//! Regular expressions as the agent has them: with lookarounds, and with large repetitions.

use fancy_regex::Regex;

/// Matches a text as long as a full part of a long line: an everyday pattern for .NET, and too large
/// for this crate.
const FULL_PART: &str = r"[\s\S]{16304}";
const FULL_PART_CHARACTERS: usize = 16_304;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    rest: Regex,
}

impl Pattern {
    /// # Errors
    /// The pattern is invalid.
    pub fn new(text: &str) -> Result<Self, String> {
        let rest = text.replace(FULL_PART, "").replace(r"\ ", " ");
        let rest = Regex::new(&rest).map_err(|error| error.to_string())?;
        let text = text.to_owned();
        Ok(Self { text, rest })
    }

    /// Whether the pattern matches somewhere.
    pub fn is_match(&self, text: &str) -> bool {
        let is_long = || text.chars().nth(FULL_PART_CHARACTERS - 1).is_some();
        (!self.text.contains(FULL_PART) || is_long()) && self.rest.is_match(text).unwrap_or(false)
    }

    /// The pattern.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
