//! Text as .NET counts it, in UTF-16 code units.

use std::borrow::Cow;

/// The character that stands for a code unit: itself, or for a surrogate a
/// private-use character, from near the end of all characters.
pub(super) fn stand_in(unit: u16) -> char {
    const FIRST: u32 = 0x0010_F000;
    let code = u32::from(unit);
    char::from_u32(code)
        .or_else(|| char::from_u32(FIRST + (code - 0xD800)))
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The text with one character for every code unit. In the result only stand-ins are beyond the
/// BMP, so no other character is mistaken for one.
pub(super) fn unit_characters(text: &str) -> Cow<'_, str> {
    // Characters beyond the BMP are those of four bytes.
    if text.bytes().all(|byte| byte < 0xF0) {
        Cow::Borrowed(text)
    } else {
        text.encode_utf16().map(stand_in).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_beyond_the_bmp_is_two() {
        assert_eq!(unit_characters("a😀").chars().count(), 3);
        assert_eq!(unit_characters("\u{10F000}").chars().count(), 2);
        assert!(matches!(unit_characters("é漢"), Cow::Borrowed("é漢")));
    }

    #[test]
    fn stand_ins_are_distinct() {
        let units: std::collections::HashSet<char> = (0..=u16::MAX).map(stand_in).collect();
        assert_eq!(units.len(), 0x10000);
    }
}
