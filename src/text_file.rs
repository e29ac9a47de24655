//! Text in files that people make, with editors, `az` or PowerShell.

/// The text of a file: UTF-8 with or without a mark, or UTF-16 with one, as PowerShell's `>` writes it.
/// The mark is not part of it.
///
/// # Errors
/// Why the bytes are not such a text.
pub(crate) fn decode(bytes: &[u8]) -> Result<String, &'static str> {
    let text = match bytes {
        [0xff, 0xfe, units @ ..] => utf16(units, u16::from_le_bytes)?,
        [0xfe, 0xff, units @ ..] => utf16(units, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, text @ ..] | text => {
            String::from_utf8(text.to_vec()).map_err(|_| "it is not UTF-8")?
        }
    };
    match text.contains('\0') {
        // UTF-16 without a mark looks like this.
        true => Err("it contains NUL characters; save it as UTF-8"),
        false => Ok(text),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, &'static str> {
    let pairs = bytes.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Err("it is UTF-16, cut off within a character");
    }
    let units = pairs.map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .collect::<Result<String, _>>()
        .map_err(|_| "it is not valid UTF-16")
}

/// One value without the white space and the quotes around it.
pub(crate) fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\'']).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_tells_the_encoding_and_is_taken_off() {
        let utf16 = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
            "\u{feff}aß\u{1f600}"
                .encode_utf16()
                .flat_map(unit)
                .collect()
        };
        for bytes in [
            "aß\u{1f600}".as_bytes(),
            "\u{feff}aß\u{1f600}".as_bytes(),
            &utf16(u16::to_le_bytes),
            &utf16(u16::to_be_bytes),
        ] {
            assert_eq!(decode(bytes), Ok("aß\u{1f600}".to_owned()));
        }
    }

    #[test]
    fn what_is_not_such_a_text_is_named() {
        for (bytes, reason) in [
            (&b"a\xff"[..], "not UTF-8"),
            (b"a\0b\0", "NUL"),
            (b"\xff\xfea\0b", "cut off"),
            (b"\xff\xfe\0\xd8", "not valid UTF-16"),
        ] {
            let error = decode(bytes).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn quotes_and_white_space_are_taken_off() {
        for text in ["a", " a\r\n", "\"a\"\n", "' a '"] {
            assert_eq!(unquoted(text), "a");
        }
    }
}
