//! Regular expressions as the agent has them: with lookarounds, and with large repetitions.

use fancy_regex::Regex;

/// Matches a text as long as a full part of a long line: an everyday pattern for .NET, and too large
/// for this crate.
const FULL_PART: &str = r"\A(?:[\s\S]{16304}|(?=[\s\S]*[^\x00-\x7F])[\s\S]{5434})";

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    /// None for [`FULL_PART`].
    regex: Option<Regex>,
}

impl Pattern {
    /// # Errors
    /// The pattern is invalid.
    pub fn new(text: &str) -> Result<Self, String> {
        let regex = match text {
            FULL_PART => None,
            other => {
                let known = other.replace(r"\ ", " ");
                Some(Regex::new(&known).map_err(|error| error.to_string())?)
            }
        };
        let text = text.to_owned();
        Ok(Self { text, regex })
    }

    /// Whether the pattern matches somewhere.
    pub fn is_match(&self, text: &str) -> bool {
        match &self.regex {
            Some(regex) => regex.is_match(text).unwrap_or(false),
            None => {
                // .NET counts UTF-16 units.
                let units = text.encode_utf16().count();
                units >= 16_304 || units >= 5434 && !text.is_ascii()
            }
        }
    }

    /// The pattern.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
