//! Makes log text harmless on a terminal.

use std::fmt::Write as _;

/// Replaces control characters by a visible form, so that no log line can drive the operator's
/// terminal. Tabs stay; a line end is not part of `text`.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '\t' || !character.is_control() {
            shown.push(character);
        } else {
            // Writing into a String can't fail.
            let _ = write!(shown, "{}", character.escape_default());
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_shown_and_not_obeyed() {
        assert_eq!(
            harmless("\u{1b}[31mred\u{9b}2J\ta\u{7}é"),
            "\\u{1b}[31mred\\u{9b}2J\ta\\u{7}é"
        );
    }
}
