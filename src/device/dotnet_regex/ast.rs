//! The syntax tree of a .NET regular expression.
//!
//! Options have no nodes: like .NET, the parser resolves them while it reads the pattern. A literal
//! read under `IgnoreCase` arrives as the set of its case variants, `.` as a set, `^` and `$` as
//! the anchor they stand for.

use super::unit_set::UnitSet;

/// One node of the tree. Text is counted in UTF-16 code units throughout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Matches the empty string.
    Empty,
    /// One code unit.
    Literal(u16),
    /// One code unit out of a set.
    Set(UnitSet),
    /// A position.
    Anchor(Anchor),
    /// What the group captured last. It fails while there is no capture.
    Reference { slot: u32, ignore_case: bool },
    /// A capturing group, `(…)`.
    Capture { slot: u32, inner: Box<Node> },
    /// A group that takes back the last capture of another, `(?<a-b>…)`, and
    /// captures what lies between the two if it has a slot of its own.
    Balancing {
        slot: Option<u32>,
        taken_from: u32,
        inner: Box<Node>,
    },
    /// A group that is not backtracked into, `(?>…)`.
    Atomic(Box<Node>),
    /// One of the four lookarounds.
    Lookaround {
        behind: bool,
        negative: bool,
        inner: Box<Node>,
    },
    /// `(?(1)yes|no)`: has the group captured anything?
    IfCaptured {
        slot: u32,
        yes: Box<Node>,
        no: Box<Node>,
    },
    /// `(?(test)yes|no)`: does the test match here?
    IfMatches {
        test: Box<Node>,
        yes: Box<Node>,
        no: Box<Node>,
    },
    /// A quantified node; `max` is `None` without an upper bound.
    Repeat {
        inner: Box<Node>,
        min: u32,
        max: Option<u32>,
        lazy: bool,
    },
    /// One node after the other.
    Concat(Vec<Node>),
    /// The first alternative that lets the rest match.
    Alternation(Vec<Node>),
}

/// A zero-width test of the position alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// `\A`, `^` without `Multiline`, and `\G`: a search starts at the start of
    /// the text here.
    Start,
    /// `^` under `Multiline`: the start, or behind a line feed.
    LineStart,
    /// `\z`: the end.
    End,
    /// `\Z`, and `$` without `Multiline`: the end, or in front of a final line
    /// feed.
    EndOrFinalNewline,
    /// `$` under `Multiline`: the end, or in front of a line feed.
    LineEnd,
    /// `\b`.
    WordBoundary,
    /// `\B`.
    NotWordBoundary,
}

impl Node {
    /// Joins nodes, without the empty ones.
    pub(super) fn concat(mut nodes: Vec<Node>) -> Node {
        nodes.retain(|node| *node != Node::Empty);
        match nodes.len() {
            0 => Node::Empty,
            1 => nodes.remove(0),
            _ => Node::Concat(nodes),
        }
    }

    /// Offers alternatives; a single one stands for itself.
    pub(super) fn alternation(mut nodes: Vec<Node>) -> Node {
        match nodes.len() {
            0 => Node::Empty,
            1 => nodes.remove(0),
            _ => Node::Alternation(nodes),
        }
    }

    /// Quantifies a node.
    pub(super) fn repeat(inner: Node, min: u32, max: Option<u32>, lazy: bool) -> Node {
        match (min, max) {
            (_, Some(0)) => Node::Empty,
            (1, Some(1)) => inner,
            _ => Node::Repeat {
                inner: Box::new(inner),
                min,
                max,
                lazy,
            },
        }
    }
}
