//! The part of a pattern that is regular, for the linear-time engine.
//!
//! A pattern of the kind that operators mostly write is regular as a whole,
//! and then the engine of the [`regex`] crate decides. Any other pattern is
//! widened to a regular one that matches wherever it does: lookarounds fall
//! away, a reference becomes anything at all. What the wider pattern does not
//! match the exact one need not be tried on, and most lines end there.

use std::fmt::Write as _;

use regex::{Regex, RegexBuilder};

use crate::device::dotnet_regex::ast::{Anchor, Node};
use crate::device::dotnet_regex::code_units::stand_in;
use crate::device::dotnet_regex::unit_set::UnitSet;

/// What is known of a text before it is matched. A program made for one kind
/// of text is simpler than one for every text would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextKind {
    /// The text has ASCII characters only.
    pub(super) ascii: bool,
    /// The text ends in a line feed.
    pub(super) final_newline: bool,
}

/// The bound on the memory of a program for ASCII text, in bytes. The time
/// that the engine takes for a character grows with it.
const MAX_ASCII_PROGRAM: usize = 1 << 18;

/// The same for any text, where a single class may take a thousand states.
const MAX_UNICODE_PROGRAM: usize = 1 << 20;

/// The bound on the length of a pattern as it is written for the engine.
const MAX_PATTERN: usize = 1 << 19;

/// A regular pattern for texts of one kind.
#[derive(Debug)]
pub(super) struct Linear {
    pub(super) regex: Regex,
    /// Whether it matches just where the .NET pattern does, and not elsewhere.
    pub(super) exact: bool,
}

impl Linear {
    /// Translates a pattern. There is no translation where it would be too
    /// large.
    pub(super) fn new(node: &Node, kind: TextKind) -> Option<Linear> {
        let mut writer = Writer {
            kind,
            exact: true,
            out: String::new(),
        };
        writer.write(node, Place::Branch);
        if writer.out.len() > MAX_PATTERN {
            return None;
        }
        let regex = RegexBuilder::new(&writer.out)
            // Only in a program for ASCII text is there anything that this
            // changes, which is the word boundary.
            .unicode(!kind.ascii)
            .size_limit(if kind.ascii {
                MAX_ASCII_PROGRAM
            } else {
                MAX_UNICODE_PROGRAM
            })
            .build()
            .ok()?;
        Some(Linear {
            regex,
            exact: writer.exact,
        })
    }
}

/// Where a node is written, which decides whether it needs a group around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A whole pattern, or the inside of a group.
    Branch,
    /// One of several in a sequence.
    Item,
    /// In front of a quantifier.
    Atom,
}

struct Writer {
    kind: TextKind,
    exact: bool,
    out: String,
}

impl Writer {
    fn write(&mut self, node: &Node, place: Place) {
        if self.out.len() > MAX_PATTERN {
            // Nothing will be made of it.
            return;
        }
        match node {
            Node::Empty => self.grouped(place == Place::Atom, |_| ()),
            Node::Literal(unit) => self.set(&UnitSet::range(*unit, *unit)),
            Node::Set(set) => self.set(set),
            Node::Anchor(anchor) => self.grouped(place == Place::Atom, |w| w.anchor(*anchor)),
            Node::Capture { inner, .. } => self.write(inner, place),
            Node::Balancing { inner, .. } | Node::Atomic(inner) => {
                self.exact = false;
                self.write(inner, place);
            }
            Node::Reference { .. } => {
                self.exact = false;
                self.grouped(place == Place::Atom, |w| {
                    w.set(&UnitSet::default().complement());
                    w.out.push('*');
                });
            }
            Node::Look { .. } => {
                self.exact = false;
                self.write(&Node::Empty, place);
            }
            Node::IfCaptured { yes, no, .. } | Node::IfMatches { yes, no, .. } => {
                self.exact = false;
                self.alternatives([&**yes, &**no], place);
            }
            Node::Repeat {
                inner,
                min,
                max,
                lazy,
            } => self.grouped(place == Place::Atom, |w| {
                w.write(inner, Place::Atom);
                w.quantifier(*min, *max, *lazy);
            }),
            Node::Concat(nodes) => self.grouped(place == Place::Atom, |w| {
                for node in nodes {
                    w.write(node, Place::Item);
                }
            }),
            Node::Alternation(nodes) => self.alternatives(nodes, place),
        }
    }

    fn grouped(&mut self, grouped: bool, write: impl FnOnce(&mut Writer)) {
        if grouped {
            self.out.push_str("(?:");
        }
        write(self);
        if grouped {
            self.out.push(')');
        }
    }

    fn alternatives<'a>(&mut self, nodes: impl IntoIterator<Item = &'a Node>, place: Place) {
        self.grouped(place != Place::Branch, |w| {
            for (i, node) in nodes.into_iter().enumerate() {
                if i > 0 {
                    w.out.push('|');
                }
                w.write(node, Place::Branch);
            }
        });
    }

    /// Writes a set as ranges of characters. Those that no text of this kind
    /// has are left out.
    fn set(&mut self, set: &UnitSet) {
        let limit = if self.kind.ascii { 0x7F } else { u16::MAX };
        let ranges: Vec<(char, char)> = set
            .ranges()
            .iter()
            .map(|(first, last)| (*first, (*last).min(limit)))
            .filter(|(first, last)| first <= last)
            .flat_map(|(first, last)| {
                // The stand-ins of surrogates are in a place of their own.
                [(0, 0xD7FF), (0xD800, 0xDFFF), (0xE000, 0xFFFF)]
                    .map(|(low, high): (u16, u16)| (first.max(low), last.min(high)))
            })
            .filter(|(first, last)| first <= last)
            .map(|(first, last)| (stand_in(first), stand_in(last)))
            .collect();
        match ranges.as_slice() {
            // The engine has no other spelling of the empty set.
            [] => self.out.push_str("[a&&b]"),
            [(first, last)] if first == last => self.character(*first),
            ranges => {
                self.out.push('[');
                for (first, last) in ranges {
                    self.character(*first);
                    if first != last {
                        self.out.push('-');
                        self.character(*last);
                    }
                }
                self.out.push(']');
            }
        }
    }

    /// Writes a character so that it stands for itself, in a class or not.
    fn character(&mut self, c: char) {
        if c.is_alphanumeric() {
            self.out.push(c);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(self.out, r"\x{{{:X}}}", u32::from(c));
        }
    }

    fn anchor(&mut self, anchor: Anchor) {
        self.out.push_str(match anchor {
            Anchor::Start => r"\A",
            Anchor::LineStart => "(?m:^)",
            Anchor::End => r"\z",
            Anchor::LineEnd => "(?m:$)",
            Anchor::EndOrFinalNewline if !self.kind.final_newline => r"\z",
            Anchor::WordBoundary if self.kind.ascii => r"\b",
            Anchor::NotWordBoundary if self.kind.ascii => r"\B",
            Anchor::EndOrFinalNewline => {
                self.exact = false;
                "(?m:$)"
            }
            Anchor::WordBoundary | Anchor::NotWordBoundary => {
                self.exact = false;
                ""
            }
        });
    }

    fn quantifier(&mut self, min: u32, max: Option<u32>, lazy: bool) {
        // Writing to a string cannot fail.
        let _ = match (min, max) {
            (0, None) => self.out.write_str("*"),
            (1, None) => self.out.write_str("+"),
            (0, Some(1)) => self.out.write_str("?"),
            (min, None) => write!(self.out, "{{{min},}}"),
            (min, Some(max)) => write!(self.out, "{{{min},{max}}}"),
        };
        if lazy {
            self.out.push('?');
        }
    }
}
