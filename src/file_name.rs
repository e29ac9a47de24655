//! Turns any name into a safe file name.

use std::fmt::Write as _;

use flate2::Crc;

/// Maximum length in bytes: file systems allow 255, which must include the extension.
const MAX_NAME_BYTES: usize = 200;

/// A single path component, unique to this name.
///
/// Keeps ASCII letters, digits, `-`, `_` and inner dots. Percent-encodes everything else, and the first
/// letter of a name reserved by Windows. Truncates a long name and appends its checksum.
pub(crate) fn file_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for (at, byte) in name.bytes().enumerate() {
        let at_edge = at == 0 || at + 1 == name.len();
        match byte {
            _ if at == 0 && is_reserved(name) => {
                let _ = write!(safe, "%{byte:02X}");
            }
            b'.' if !at_edge => safe.push('.'),
            b'-' | b'_' => safe.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => safe.push(char::from(byte)),
            // Writing into a String can't fail.
            _ => {
                let _ = write!(safe, "%{byte:02X}");
            }
        }
    }
    if safe.is_empty() {
        return "%".to_owned();
    }
    if safe.len() > MAX_NAME_BYTES {
        let mut crc = Crc::new();
        crc.update(name.as_bytes());
        safe.truncate(MAX_NAME_BYTES);
        let _ = write!(safe, "~{:08x}", crc.sum());
    }
    safe
}

/// Whether Windows reserves the name for a device. It ignores everything after the first dot.
fn is_reserved(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    match stem.as_str() {
        "con" | "prn" | "aux" | "nul" => true,
        _ => {
            let port = stem
                .strip_prefix("com")
                .or_else(|| stem.strip_prefix("lpt"));
            port.is_some_and(|port| port.len() == 1 && ("1"..="9").contains(&port))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn unsafe_characters_and_reserved_names_are_encoded() {
        for (name, safe) in [
            ("press-07", "press-07"),
            ("a.b_c", "a.b_c"),
            ("..", "%2E%2E"),
            (".", "%2E"),
            ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
            ("a/b\\c", "a%2Fb%5Cc"),
            ("a%2Fb", "a%252Fb"),
            ("", "%"),
            ("C:", "C%3A"),
            ("é\n", "%C3%A9%0A"),
            ("nul.txt", "%6Eul.txt"),
            ("COM1", "%43OM1"),
            ("com10", "com10"),
            ("a\0b", "a%00b"),
        ] {
            assert_eq!(file_name(name), safe, "{name}");
        }
    }

    #[test]
    fn long_names_stay_distinct_and_fit() {
        let long = "x".repeat(300);
        let names = [format!("{long}a"), format!("{long}b"), "/".repeat(128)];
        let safe: HashSet<String> = names.iter().map(|name| file_name(name)).collect();
        assert_eq!(safe.len(), names.len());
        assert!(safe.iter().all(|name| name.len() <= 255 - ".log".len()));
    }
}
