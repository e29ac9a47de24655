//! Escapes control characters, so that untrusted text can't control the operator's terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Replaces control characters other than tabs with escapes such as `\u{1b}`. `text` is one line.
pub(crate) fn escape_control_characters(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    push_escaped(&mut shown, text);
    shown
}

/// Appends the escaped text to `shown`.
pub(crate) fn push_escaped(shown: &mut String, text: &str) {
    // Most text needs no escape.
    let Some(first) = text.find(|c| c != '\t' && is_unsafe(c)) else {
        return shown.push_str(text);
    };
    shown.push_str(&text[..first]);
    for character in text[first..].chars() {
        if character == '\t' || !is_unsafe(character) {
            shown.push(character);
        } else {
            // Writing into a String can't fail.
            let _ = write!(shown, "{}", character.escape_default());
        }
    }
}

/// Escapes control characters in JSON without changing its value. They occur only within strings, and
/// those below U+0020 are already escaped.
pub(crate) fn escape_in_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_unsafe) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        if is_unsafe(character) {
            // All unsafe characters are in the BMP, so four digits are enough.
            let _ = write!(shown, "\\u{:04x}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character is a control character or overrides the text direction.
fn is_unsafe(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escape_sequences_are_escaped() {
        assert_eq!(
            escape_control_characters("\u{1b}[31mred\u{9b}2J\ta\u{7}é"),
            "\\u{1b}[31mred\\u{9b}2J\ta\\u{7}é"
        );
        assert_eq!(escape_control_characters("a\u{202e}b"), "a\\u{202e}b");
    }

    #[test]
    fn escaping_json_does_not_change_its_value() {
        let value = serde_json::json!({"text": "a\u{1b}b\u{9b}c\u{7f}d\u{202e}é"});
        let json = value.to_string();
        let shown = escape_in_json(&json);
        assert!(!shown.contains(is_unsafe), "{shown}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            value
        );
        assert!(matches!(escape_in_json("{}"), Cow::Borrowed(_)));
    }
}
