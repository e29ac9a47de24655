//! Makes the words of others harmless on a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Replaces control characters by a visible form, so that no log line can drive the operator's
/// terminal. Tabs stay; a line end is not part of `text`.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    push_harmless(&mut shown, text);
    shown
}

/// Adds a text that is made harmless.
pub(super) fn push_harmless(shown: &mut String, text: &str) {
    // Most texts need nothing, which is quickly seen.
    let Some(first) = text.find(|c| c != '\t' && is_harmful(c)) else {
        return shown.push_str(text);
    };
    shown.push_str(&text[..first]);
    for character in text[first..].chars() {
        if character == '\t' || !is_harmful(character) {
            shown.push(character);
        } else {
            // Writing into a String can't fail.
            let _ = write!(shown, "{}", character.escape_default());
        }
    }
}

/// The same for a JSON text, which stays the same JSON: control characters can only be within its
/// strings, and those below the blank are escaped already.
pub(super) fn harmless_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_harmful) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        if is_harmful(character) {
            // All of them are one code unit.
            let _ = write!(shown, "\\u{:04x}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Control characters, and those that turn the order of the others around.
fn is_harmful(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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
        assert_eq!(harmless("a\u{202e}b"), "a\\u{202e}b");
    }

    #[test]
    fn json_stays_the_same_json() {
        let value = serde_json::json!({"text": "a\u{1b}b\u{9b}c\u{7f}d\u{202e}é"});
        let json = value.to_string();
        let shown = harmless_json(&json);
        assert!(!shown.contains(is_harmful), "{shown}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            value
        );
        assert!(matches!(harmless_json("{}"), Cow::Borrowed(_)));
    }
}
