//! Writing a pattern in the syntax of the engine.
//!
//! The output does not depend on the engine's meaning of shorthands or options: sets and anchors
//! are written out, and groups have numbers assigned here. Where the engine differs from .NET, the
//! pattern is either rewritten or has been refused by the [`Plan`].

use std::fmt::Write as _;

use super::ast::{Anchor, Node};
use super::class_text::{NOTHING, write_ascii_set, write_set};
use super::error::DotNetRegexError;
use super::plan::Plan;
use super::unit_set::UnitSet;

/// What is known of a text before it is matched. A pattern for one kind of text is simpler than one
/// for all texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextKind {
    /// The text has ASCII characters only.
    pub(super) ascii: bool,
    /// The text ends in a line feed.
    pub(super) final_newline: bool,
}

/// The maximum length of the output, in bytes.
const MAX_LENGTH: usize = 1 << 20;

/// Writes a pattern for texts of one kind.
pub(super) fn translate(
    node: &Node,
    plan: &Plan,
    kind: TextKind,
) -> Result<String, DotNetRegexError> {
    let mut writer = Writer {
        plan,
        kind,
        count: 0,
        repeated: false,
        ordered: false,
        muted: false,
        out: String::new(),
    };
    writer.write(node, Place::Branch)?;
    Ok(writer.out)
}

type Written = Result<(), DotNetRegexError>;

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

struct Writer<'a> {
    plan: &'a Plan,
    kind: TextKind,
    /// How many nodes have been written: the numbering of the plan.
    count: usize,
    /// Whether the current node is inside a repetition.
    repeated: bool,
    /// Whether it matters which match of the current node is found first.
    ordered: bool,
    /// Whether groups must not capture.
    muted: bool,
    out: String,
}

impl Writer<'_> {
    fn write(&mut self, node: &Node, place: Place) -> Written {
        if self.out.len() > MAX_LENGTH {
            return Err(DotNetRegexError::too_complex("its translation is too long"));
        }
        let id = self.count;
        self.count += 1;
        match node {
            Node::Empty => self.grouped(place == Place::Atom, |_| Ok(())),
            Node::Literal(unit) => self.set(&UnitSet::range(*unit, *unit)),
            Node::Set(set) => self.set(set),
            Node::Anchor(anchor) => self.grouped(place == Place::Atom, |w| w.anchor(*anchor)),
            Node::Reference { ignore_case, .. } => self.reference(id, *ignore_case),
            Node::Capture { inner, .. } => self.capture(id, inner, false),
            Node::Balancing { inner, .. } => self.capture(id, inner, true),
            Node::Atomic(inner) => self.enclosed("(?>", inner, true),
            Node::Lookaround {
                behind,
                negative,
                inner,
            } => self.look(*behind, *negative, inner, place),
            Node::IfCaptured { yes, no, .. } => self.if_captured(id, yes, no),
            Node::IfMatches { test, yes, no } => self.if_matches(test, yes, no),
            Node::Repeat {
                inner,
                min,
                max,
                lazy,
            } => self.repeat(inner, (*min, *max), *lazy, place),
            Node::Concat(nodes) => self.grouped(place == Place::Atom, |w| {
                nodes.iter().try_for_each(|node| w.write(node, Place::Item))
            }),
            Node::Alternation(nodes) => self.grouped(place != Place::Branch, |w| {
                for (index, node) in nodes.iter().enumerate() {
                    if index > 0 {
                        w.out.push('|');
                    }
                    w.write(node, Place::Branch)?;
                }
                Ok(())
            }),
        }
    }

    fn grouped(&mut self, grouped: bool, write: impl FnOnce(&mut Self) -> Written) -> Written {
        if grouped {
            self.out.push_str("(?:");
        }
        write(self)?;
        if grouped {
            self.out.push(')');
        }
        Ok(())
    }

    /// Writes a node inside a group of some kind.
    fn enclosed(&mut self, open: &str, inner: &Node, ordered: bool) -> Written {
        let outside = self.ordered;
        self.ordered |= ordered;
        self.out.push_str(open);
        self.write(inner, Place::Branch)?;
        self.out.push(')');
        self.ordered = outside;
        Ok(())
    }

    fn set(&mut self, set: &UnitSet) -> Written {
        if self.kind.ascii {
            write_ascii_set(&mut self.out, set);
        } else {
            write_set(&mut self.out, set);
        }
        Ok(())
    }

    fn anchor(&mut self, anchor: Anchor) -> Written {
        let text = match anchor {
            Anchor::Start => r"\A",
            Anchor::LineStart => "(?m:^)",
            Anchor::End => r"\z",
            Anchor::LineEnd => "(?m:$)",
            Anchor::EndOrFinalNewline if self.kind.final_newline => r"(?:\z|(?=\n\z))",
            Anchor::EndOrFinalNewline => r"\z",
            Anchor::WordBoundary if self.kind.ascii => r"\b",
            Anchor::NotWordBoundary if self.kind.ascii => r"\B",
            Anchor::WordBoundary => return self.boundary(["(?!", "(?="]),
            Anchor::NotWordBoundary => return self.boundary(["(?=", "(?!"]),
        };
        self.out.push_str(text);
        Ok(())
    }

    /// Writes a boundary by what must follow a word character, and what must follow anything else.
    fn boundary(&mut self, [inside, outside]: [&str; 2]) -> Written {
        let word = UnitSet::boundary_word();
        for part in ["(?:(?<=", inside, "|(?<!", outside] {
            self.out.push_str(part);
            write_set(&mut self.out, word);
            self.out.push(')');
        }
        self.out.push(')');
        Ok(())
    }

    /// Writes a group: what it matches, what a balancing group must find, and the marker that shows
    /// that it has captured.
    fn capture(&mut self, id: usize, inner: &Node, balances: bool) -> Written {
        let (text, marker) = (self.plan.text(id), self.plan.marker(id));
        self.out.push_str("(?:");
        let captures = text.is_some() && !self.muted;
        // The engine merges a group of one repetition with another around it.
        self.enclosed(if captures { "(" } else { "(?:" }, inner, captures)?;
        if balances {
            self.captured(id, "(?:");
        }
        if marker.is_some() && !self.muted {
            self.out.push_str("()");
        }
        self.out.push(')');
        Ok(())
    }

    /// Writes a reference to a marker.
    fn marker(&mut self, id: usize) {
        // Writing to a string cannot fail.
        let _ = match self.plan.marker(id) {
            Some(number) => write!(self.out, r"(?:\{number})"),
            None => self.out.write_str(NOTHING),
        };
    }

    /// Writes which events must have happened, or must not have.
    fn conditions(&mut self, conditions: &[(usize, bool)]) {
        for (id, happened) in conditions {
            self.out.push_str(if *happened { "(?:" } else { "(?!" });
            self.marker(*id);
            self.out.push(')');
        }
    }

    /// Writes the test whether a group has a capture, inside a group.
    fn captured(&mut self, reader: usize, open: &str) {
        self.out.push_str(open);
        if self.plan.ways(reader).is_empty() {
            self.out.push_str(NOTHING);
        }
        for (index, way) in self.plan.ways(reader).iter().enumerate() {
            if index > 0 {
                self.out.push('|');
            }
            self.conditions(&way.conditions);
        }
        self.out.push(')');
    }

    fn reference(&mut self, id: usize, ignore_case: bool) -> Written {
        let ways = self.plan.ways(id);
        if ways.is_empty() {
            self.out.push_str(NOTHING);
            return Ok(());
        }
        self.out.push_str(if ignore_case { "(?i:" } else { "(?:" });
        for (index, way) in ways.iter().enumerate() {
            if index > 0 {
                self.out.push('|');
            }
            self.conditions(&way.conditions);
            if let Some(number) = self.plan.text(way.group) {
                let _ = write!(self.out, r"(?:\{number})");
            }
        }
        self.out.push(')');
        Ok(())
    }

    fn if_captured(&mut self, id: usize, yes: &Node, no: &Node) -> Written {
        self.out.push_str("(?:");
        self.captured(id, "(?:");
        self.write(yes, Place::Item)?;
        self.out.push('|');
        self.captured(id, "(?!");
        self.write(no, Place::Item)?;
        self.out.push(')');
        Ok(())
    }

    /// Writes a conditional as two alternatives that exclude each other. The engine's own
    /// conditionals can be backtracked into, even inside an atomic group.
    fn if_matches(&mut self, test: &Node, yes: &Node, no: &Node) -> Written {
        self.out.push_str("(?:(?=");
        let before = self.count;
        self.enclosed("(?>", test, true)?;
        self.out.push(')');
        self.write(yes, Place::Item)?;
        self.out.push('|');
        let outside = (self.muted, self.count);
        (self.muted, self.count) = (true, before);
        self.enclosed("(?!", test, false)?;
        (self.muted, self.count) = outside;
        self.write(no, Place::Item)?;
        self.out.push(')');
        Ok(())
    }

    fn look(&mut self, behind: bool, negative: bool, inner: &Node, place: Place) -> Written {
        let open = match (behind, negative) {
            (false, false) => "(?=",
            (false, true) => "(?!",
            (true, false) => "(?<=",
            (true, true) => "(?<!",
        };
        self.grouped(place == Place::Atom, |w| {
            if !behind && !negative && inner.holds_group() {
                // The engine would backtrack into the lookahead for another capture.
                w.out.push_str(open);
                w.enclosed("(?>", inner, true)?;
                w.out.push(')');
            } else {
                w.enclosed(open, inner, false)?;
            }
            if place == Place::Atom {
                // The engine does not repeat bare assertions.
                w.out.push('|');
                w.out.push_str(NOTHING);
            }
            Ok(())
        })
    }

    fn repeat(
        &mut self,
        inner: &Node,
        (min, max): (u32, Option<u32>),
        lazy: bool,
        place: Place,
    ) -> Written {
        let captures = inner.holds_group() && !self.muted;
        // If a first match or a capture counts, the engine must not merge this repetition with an
        // adjacent one, as it does for speed. An empty item after it prevents that.
        let apart = self.ordered || captures;
        let outside = self.repeated;
        self.repeated |= max != Some(1);
        self.grouped(place == Place::Atom || apart, |w| {
            let mut min = min;
            if !apart && max.is_none() && inner.is_optional() {
                min = 0;
            } else if !captures && max.is_none() && min > 0 && outside && inner.may_be_empty() {
                // When a repetition restarts, the engine remembers where the last iteration
                // started, unless it may match zero times.
                let before = w.count;
                w.write(inner, Place::Atom)?;
                w.quantifier(min, Some(min), false);
                (w.count, min) = (before, 0);
            }
            w.write(inner, Place::Atom)?;
            w.quantifier(min, max, lazy);
            if apart {
                w.out.push_str("(?:|)");
            }
            Ok(())
        })?;
        self.repeated = outside;
        Ok(())
    }

    fn quantifier(&mut self, min: u32, max: Option<u32>, lazy: bool) {
        // Writing to a string cannot fail.
        let _ = match (min, max) {
            (1, Some(1)) => return,
            (0, None) => self.out.write_str("*"),
            (1, None) => self.out.write_str("+"),
            (0, Some(1)) => self.out.write_str("?"),
            (min, None) => write!(self.out, "{{{min},}}"),
            (min, Some(max)) if min == max => write!(self.out, "{{{min}}}"),
            (min, Some(max)) => write!(self.out, "{{{min},{max}}}"),
        };
        if lazy {
            self.out.push('?');
        }
    }
}
