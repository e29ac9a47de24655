//! `--match`: devices by a pattern on their ids.

use std::str::FromStr;

use regex::Regex;

use crate::invalid_input::InvalidInput;

/// A pattern on whole ids: `*` is any text, `?` one character, `[a-c]` and `[!a-c]` one of a set, and a
/// backslash takes the next character as it is. Case counts, as it does in ids.
#[derive(Debug, Clone)]
pub(crate) struct DeviceGlob(Regex);

impl DeviceGlob {
    pub(crate) fn matches(&self, id: &str) -> bool {
        self.0.is_match(id)
    }
}

impl FromStr for DeviceGlob {
    type Err = InvalidInput;

    fn from_str(glob: &str) -> Result<Self, InvalidInput> {
        if glob.trim().is_empty() {
            return Err(InvalidInput::new("--match is blank").hint("select all with --match '*'"));
        }
        let mut regex = String::from(r"\A(?s:");
        let mut rest = glob.chars();
        while let Some(c) = rest.next() {
            match c {
                '*' => regex.push_str(".*"),
                '?' => regex.push('.'),
                '[' => {
                    let text = rest.as_str();
                    let end = text.char_indices().skip(1).find(|(_, c)| *c == ']');
                    let Some((end, _)) = end else {
                        return Err(InvalidInput::new(format!(
                            "--match `{glob}` is not a pattern: a [ is not closed"
                        ))
                        .hint(r"write \[ for a bracket in an id"));
                    };
                    regex.push_str(&set(&text[..end]));
                    rest = text[end + 1..].chars();
                }
                '\\' => regex.push_str(&regex::escape(&rest.next().unwrap_or('\\').to_string())),
                literal => regex.push_str(&regex::escape(&literal.to_string())),
            }
        }
        regex.push_str(r")\z");
        Regex::new(&regex).map(Self).map_err(|_| {
            InvalidInput::new(format!("--match `{glob}` is not a pattern"))
                .hint("use * for any text, ? for a character, and [a-c] for one of a range")
        })
    }
}

/// The regular expression of a set, which has `-` and a leading `!` in common with globs.
fn set(glob: &str) -> String {
    let (negated, members) = match glob.strip_prefix(['!', '^']) {
        Some(members) => ("^", members),
        None => ("", glob),
    };
    let escape = |c: char| match c {
        '-' => "-".to_owned(),
        c => regex::escape(&c.to_string()),
    };
    let members: String = members.chars().map(escape).collect();
    format!("[{negated}{members}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_about_whole_ids_and_case() {
        let matches = |glob: &str, id: &str| glob.parse::<DeviceGlob>().unwrap().matches(id);
        for (glob, id) in [
            ("press-*", "press-0001"),
            ("*", "a"),
            ("press-000?", "press-0001"),
            ("press-[0-4]", "press-3"),
            ("press-[!0-4]", "press-5"),
            ("a.b(1)", "a.b(1)"),
            (r"a\*", "a*"),
            ("a*b", "a,#$b"),
        ] {
            assert!(matches(glob, id), "{glob} {id}");
        }
        for (glob, id) in [
            ("press", "press-0001"),
            ("ress*", "press"),
            ("Press-*", "press-0001"),
            ("a.b", "axb"),
            ("press-000?", "press-0001a"),
            (r"a\*", "ab"),
        ] {
            assert!(!matches(glob, id), "{glob} {id}");
        }
        for glob in ["", " ", "press-[1", "[z-a]"] {
            assert!(glob.parse::<DeviceGlob>().is_err(), "{glob}");
        }
    }
}
