//! The syntax tree of a .NET regular expression.
//!
//! Options have no nodes: like .NET, the parser applies them while it reads the pattern. Under
//! `IgnoreCase` a literal becomes the set of its case variants; `.` becomes a set, and `^` and `$`
//! become anchors.

use super::unit_set::UnitSet;

/// One node of the tree. Text is counted in UTF-16 code units throughout.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Node {
    /// Matches the empty string.
    #[default]
    Empty,
    /// One code unit.
    Literal(u16),
    /// One code unit out of a set.
    Set(UnitSet),
    /// A position.
    Anchor(Anchor),
    /// The last capture of a group. It fails if there is none.
    Reference { slot: u32, ignore_case: bool },
    /// A capturing group, `(…)`.
    Capture { slot: u32, inner: Box<Node> },
    /// `(?<a-b>…)`: a group that removes the last capture of another, and, if it has a slot of its
    /// own, captures the text between the two.
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
    /// `(?(1)yes|no)`: tests whether the group has captured anything.
    IfCaptured {
        slot: u32,
        yes: Box<Node>,
        no: Box<Node>,
    },
    /// `(?(test)yes|no)`: tests whether an expression matches here.
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
    /// Nodes in sequence.
    Concat(Vec<Node>),
    /// Alternatives, tried in order.
    Alternation(Vec<Node>),
}

/// A zero-width test of the position alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// `\A`, `^` without `Multiline`, and `\G`: every search here starts at the start of the text.
    Start,
    /// `^` under `Multiline`: the start, or after a line feed.
    LineStart,
    /// `\z`: the end.
    End,
    /// `\Z`, and `$` without `Multiline`: the end, or before a final line feed.
    EndOrFinalNewline,
    /// `$` under `Multiline`: the end, or before a line feed.
    LineEnd,
    /// `\b`.
    WordBoundary,
    /// `\B`.
    NotWordBoundary,
}

impl Node {
    /// A sequence of nodes, without the empty ones.
    pub(super) fn concat(mut nodes: Vec<Node>) -> Node {
        nodes.retain(|node| *node != Node::Empty);
        match nodes.len() {
            0 => Node::Empty,
            1 => nodes.remove(0),
            _ => Node::Concat(nodes),
        }
    }

    /// Alternatives; a single one is returned as it is.
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
