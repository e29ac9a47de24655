//! A text that every match of a pattern holds.

use super::ast::Node;

/// The longest run of ASCII characters that every match holds, if it is longer than one character.
/// Control characters don't count, so that it lies within one line.
pub(super) fn required(node: &Node) -> Option<String> {
    let mut runs = Runs::default();
    runs.add(node);
    runs.end();
    (runs.longest.len() > 1).then_some(runs.longest)
}

#[derive(Default)]
struct Runs {
    current: String,
    longest: String,
}

impl Runs {
    fn add(&mut self, node: &Node) {
        match node {
            Node::Literal(unit) => match u8::try_from(*unit) {
                Ok(byte) if byte == b' ' || byte.is_ascii_graphic() => {
                    self.current.push(char::from(byte));
                }
                _ => self.end(),
            },
            Node::Concat(nodes) => nodes.iter().for_each(|node| self.add(node)),
            Node::Capture { inner, .. } | Node::Atomic(inner) => self.add(inner),
            // They take no text of their own.
            Node::Empty | Node::Anchor(_) | Node::Lookaround { .. } => {}
            Node::Repeat { inner, min, .. } if *min > 0 => {
                self.end();
                self.add(inner);
                self.end();
            }
            Node::Repeat { .. }
            | Node::Set(_)
            | Node::Reference { .. }
            | Node::Balancing { .. }
            | Node::IfCaptured { .. }
            | Node::IfMatches { .. }
            | Node::Alternation(_) => self.end(),
        }
    }

    fn end(&mut self) {
        if self.current.len() > self.longest.len() {
            self.longest = std::mem::take(&mut self.current);
        }
        self.current.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::DotNetRegex;

    #[test]
    fn a_pattern_has_the_longest_text_that_every_match_holds() {
        for (pattern, literal) in [
            ("#7777[0-9] ", Some("#7777")),
            ("value 7777 .* 13$", Some("value 7777 ")),
            ("^(timeout) of (?:device )+x", Some("timeout of ")),
            (r"\bab(?=c)cd", Some("abcd")),
            ("(?:one){2}", Some("one")),
            ("one|two", None),
            ("(one|two) three", Some(" three")),
            ("(?:one)*", None),
            ("(?i)one", None),
            ("a.b", None),
            ("", None),
            ("état", Some("tat")),
        ] {
            let regex = DotNetRegex::new(pattern, false).unwrap();
            assert_eq!(regex.required_text().as_deref(), literal, "{pattern}");
        }
    }
}
