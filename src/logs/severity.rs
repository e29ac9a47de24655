//! Syslog severities.

use std::fmt;
use std::str::FromStr;

/// A syslog severity from 0, the most severe, to 7.
///
/// The IoT Edge runtime writes 0, 3, 4, 6 and 7. A line without a tag counts as 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity(u8);

/// The text is neither a number from 0 to 7 nor a syslog name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a severity: give 0 to 7 or one of {names}", names = NAMES.join(", "))]
pub struct UnknownSeverity(String);

/// The names, indexed by number.
const NAMES: [&str; 8] = [
    "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
];

/// What loggers call them.
const OTHER_NAMES: [(&str, u8); 31] = [
    ("emergency", 0),
    ("emg", 0),
    ("panic", 0),
    ("fatal", 0),
    ("ftl", 0),
    ("dpanic", 0),
    ("alr", 1),
    ("critical", 2),
    ("crt", 2),
    ("error", 3),
    ("eror", 3),
    ("severe", 3),
    ("fail", 3),
    ("warn", 4),
    ("wrn", 4),
    ("ntc", 5),
    ("informational", 6),
    ("information", 6),
    ("inf", 6),
    ("config", 6),
    ("dbg", 7),
    ("dbug", 7),
    ("trace", 7),
    ("trce", 7),
    ("trc", 7),
    ("verbose", 7),
    ("vrb", 7),
    ("fine", 7),
    ("finer", 7),
    ("finest", 7),
    ("silly", 7),
];

impl Severity {
    /// The severity with this number; `None` above 7.
    pub fn from_number(number: u8) -> Option<Self> {
        (number <= 7).then_some(Self(number))
    }

    /// The number, 0 to 7.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Three letters, as the IoT Edge runtime writes them.
    pub fn short_name(self) -> &'static str {
        ["FTL", "ALR", "CRT", "ERR", "WRN", "NTC", "INF", "DBG"][usize::from(self.0)]
    }

    /// The syslog name.
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }
}

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Ok(number) = text.parse() {
            return Self::from_number(number).ok_or_else(|| UnknownSeverity(text.to_owned()));
        }
        let known = NAMES.iter().copied().zip(0..).chain(OTHER_NAMES);
        known
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
            .map(|(_, number)| Self(number))
            .ok_or_else(|| UnknownSeverity(text.to_owned()))
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_parsed() {
        for (text, number) in [
            ("0", 0),
            ("7", 7),
            ("emerg", 0),
            ("Error", 3),
            ("err", 3),
            ("WARN", 4),
            ("debug", 7),
            ("wrn", 4),
            ("INF", 6),
            ("ftl", 0),
            ("Verbose", 7),
            ("trace", 7),
        ] {
            assert_eq!(
                text.parse::<Severity>().map(Severity::number),
                Ok(number),
                "{text}"
            );
        }
    }
}
