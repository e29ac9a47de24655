//! The stamp that the Engine puts before an entry.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimeParser;

/// The stamp and the blank after it: `2026-11-22T08:44:44.668656901Z `. Always nine digits and `Z`
/// (Docker 20.10, Go's `RFC3339NanoFixed`).
pub(super) const STAMP_BYTES: usize = 31;

const SHAPE: &[u8; STAMP_BYTES] = b"dddd-dd-ddTdd:dd:dd.dddddddddZ ";

static PARSER: DateTimeParser = DateTimeParser::new();

/// The stamp at the start.
pub(super) fn leading_stamp(bytes: &[u8]) -> Option<Timestamp> {
    let stamp = bytes.first_chunk::<STAMP_BYTES>()?;
    if !may_become_stamp(stamp) {
        return None;
    }
    PARSER.parse_timestamp(&stamp[..STAMP_BYTES - 1]).ok()
}

/// Whether these bytes can be the start of a stamp.
pub(super) fn may_become_stamp(bytes: &[u8]) -> bool {
    bytes.iter().zip(SHAPE).all(|(byte, want)| match want {
        b'd' => byte.is_ascii_digit(),
        other => byte == other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_has_nine_digits_and_a_blank() {
        let stamp = leading_stamp(b"2026-11-22T08:44:44.668656901Z text");
        assert_eq!(
            stamp,
            Some("2026-11-22T08:44:44.668656901Z".parse().unwrap())
        );
        for text in [
            &b"2026-11-22T08:44:44.668656901Z"[..],
            b"2026-11-22T08:44:44.66865690Z  text",
            b"2026-11-22T08:44:44.668656901+ text",
            b"2026-13-22T08:44:44.668656901Z text",
            b"",
        ] {
            assert_eq!(leading_stamp(text), None, "{text:?}");
        }
    }
}
