//! Widens a pattern to a regular one.
//!
//! The wider pattern matches wherever the pattern does, and takes linear time. Most lines of a log
//! match neither, so the pattern itself need not be tried on them.

use super::ast::{Anchor, Node};
use super::resolve::resolve;
use super::translate::TextKind;
use super::unit_set::UnitSet;

/// The wider pattern; none if it would match anything, or if the pattern is itself regular.
pub(super) fn widen(node: &Node, kind: TextKind) -> Option<Node> {
    let wider = without_assertions(node, kind);
    if wider == *node {
        return None;
    }
    Some(resolve(wider)).filter(|wider| *wider != Node::Empty)
}

fn without_assertions(node: &Node, kind: TextKind) -> Node {
    let inside = |inner: &Node| without_assertions(inner, kind);
    match node {
        Node::Empty | Node::Literal(_) | Node::Set(_) => node.clone(),
        Node::Anchor(Anchor::EndOrFinalNewline) if kind.final_newline => {
            Node::Anchor(Anchor::LineEnd)
        }
        Node::Anchor(Anchor::WordBoundary | Anchor::NotWordBoundary) if !kind.ascii => Node::Empty,
        Node::Anchor(_) => node.clone(),
        Node::Lookaround { .. } => Node::Empty,
        Node::Reference { .. } => Node::Repeat {
            inner: Box::new(Node::Set(UnitSet::default().complement())),
            min: 0,
            max: None,
            lazy: false,
        },
        Node::Capture { inner, .. } | Node::Balancing { inner, .. } | Node::Atomic(inner) => {
            inside(inner)
        }
        Node::IfCaptured { yes, no, .. } | Node::IfMatches { yes, no, .. } => {
            Node::Alternation(vec![inside(yes), inside(no)])
        }
        Node::Repeat {
            inner,
            min,
            max,
            lazy,
        } => Node::Repeat {
            inner: Box::new(inside(inner)),
            min: *min,
            max: *max,
            lazy: *lazy,
        },
        Node::Concat(nodes) => Node::Concat(nodes.iter().map(inside).collect()),
        Node::Alternation(nodes) => Node::Alternation(nodes.iter().map(inside).collect()),
    }
}
