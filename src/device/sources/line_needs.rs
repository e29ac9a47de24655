//! What a line must hold to pass a filter, judged on whole buffers before lines are cut and parsed.

use std::ops::Range;
use std::sync::Arc;

use memchr::memmem::Finder;
use memchr::{memchr, memrchr};

/// The severity of a line that says none.
const UNTAGGED: u8 = 6;

/// What a line must hold to pass a filter. A line without it can't pass; one with it may.
#[derive(Debug, Clone)]
pub struct LineNeeds {
    /// A text in the line, of ASCII characters in one line.
    literal: Option<Arc<Finder<'static>>>,
    /// The severity of its tag, from 0 to this.
    level: Option<u8>,
}

impl LineNeeds {
    /// What must be there: a text, a severity, or both; none if there is nothing to look for.
    pub(crate) fn new(literal: Option<&str>, level: Option<u8>) -> Option<Self> {
        (literal.is_some() || level.is_some()).then(|| Self {
            literal: literal.map(|text| Arc::new(Finder::new(text).into_owned())),
            level,
        })
    }

    /// The first line at or after `from`, which is a line's start, that may pass. Every line of `block`
    /// has its end.
    pub(super) fn next_line(&self, block: &[u8], mut from: usize) -> Option<Range<usize>> {
        while from < block.len() {
            let hit = match &self.literal {
                Some(literal) => from + literal.find(&block[from..])?,
                None => from,
            };
            let start = match memrchr(b'\n', &block[from..hit]) {
                Some(end) => from + end + 1,
                None => from,
            };
            let end = memchr(b'\n', &block[hit..]).map_or(block.len(), |at| hit + at + 1);
            if self.allows_level(&block[start..end]) {
                return Some(start..end);
            }
            from = end;
        }
        None
    }

    /// Whether a line may pass, by its first part if it is long.
    pub(super) fn allows(&self, line: &[u8]) -> bool {
        self.allows_level(line)
            && self
                .literal
                .as_ref()
                .is_none_or(|literal| literal.find(line).is_some())
    }

    fn allows_level(&self, line: &[u8]) -> bool {
        let Some(most) = self.level else {
            return true;
        };
        match line {
            [b'<', digit, b'>', ..] if digit.is_ascii_digit() => digit - b'0' <= most,
            // The engine's stamp, white space or another script may precede a tag.
            [first, ..]
                if first.is_ascii_digit() || *first == b'<' || !first.is_ascii_graphic() =>
            {
                true
            }
            _ => UNTAGGED <= most,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(needs: &LineNeeds, block: &str) -> Vec<String> {
        let mut lines = Vec::new();
        let mut from = 0;
        while let Some(line) = needs.next_line(block.as_bytes(), from) {
            from = line.end;
            lines.push(block[line].to_owned());
        }
        lines
    }

    const BLOCK: &str = "<3> a 7777 one\n<6> b 7777\nc 7777 7777\n\n 7777 d\n<3> e\n2026 f\n";

    #[test]
    fn lines_without_the_text_or_of_a_lesser_severity_are_passed_over() {
        let needs = |literal, level| LineNeeds::new(literal, level).unwrap();
        assert_eq!(
            found(&needs(Some("7777"), None), BLOCK),
            [
                "<3> a 7777 one\n",
                "<6> b 7777\n",
                "c 7777 7777\n",
                " 7777 d\n"
            ]
        );
        assert_eq!(
            found(&needs(Some("7777"), Some(4)), BLOCK),
            ["<3> a 7777 one\n", " 7777 d\n"]
        );
        assert_eq!(
            found(&needs(None, Some(4)), BLOCK),
            ["<3> a 7777 one\n", "\n", " 7777 d\n", "<3> e\n", "2026 f\n"]
        );
        assert_eq!(found(&needs(None, Some(6)), BLOCK).len(), 7);
        assert!(LineNeeds::new(None, None).is_none());
    }

    #[test]
    fn what_is_passed_over_never_passes() {
        let needs = LineNeeds::new(None, Some(4)).unwrap();
        for line in BLOCK
            .lines()
            .chain(["<4>x", "<5>x", "<9>", "<x> y", "\u{feff}<3> x", "a<3>"])
        {
            let level = crate::logs::LogLine::parse(line).loglevel;
            assert!(needs.allows(line.as_bytes()) || level > 4, "{line}");
        }
    }
}
