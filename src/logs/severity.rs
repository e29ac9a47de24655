//! Syslog severities.

use std::fmt;
use std::str::FromStr;

/// A syslog severity: 0 is the worst, 7 the least.
///
/// The IoT Edge runtime itself writes 0, 3, 4, 6 and 7. A line without a tag counts as 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity(u8);

/// A text that is neither a number from 0 to 7 nor a syslog name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a severity: give 0 to 7 or one of {names}", names = NAMES.join(", "))]
pub struct UnknownSeverity(String);

/// The names by number.
const NAMES: [&str; 8] = [
    "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
];

/// Other spellings in use.
const OTHER_NAMES: [(&str, u8); 8] = [
    ("emergency", 0),
    ("panic", 0),
    ("critical", 2),
    ("error", 3),
    ("warn", 4),
    ("informational", 6),
    ("information", 6),
    ("fatal", 0),
];

impl Severity {
    /// The severity of a number; none above 7.
    pub fn from_number(number: u8) -> Option<Self> {
        (number <= 7).then_some(Self(number))
    }

    /// 0 to 7.
    pub fn number(self) -> u8 {
        self.0
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
    fn numbers_and_names_are_the_same_severities() {
        for (text, number) in [
            ("0", 0),
            ("7", 7),
            ("emerg", 0),
            ("Error", 3),
            ("err", 3),
            ("WARN", 4),
            ("debug", 7),
        ] {
            assert_eq!(
                text.parse::<Severity>().map(Severity::number),
                Ok(number),
                "{text}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused_with_the_choices() {
        for text in ["8", "-1", "", "loud", "256"] {
            assert!(
                text.parse::<Severity>()
                    .unwrap_err()
                    .to_string()
                    .contains("emerg, alert"),
                "{text}"
            );
        }
    }
}
