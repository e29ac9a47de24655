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
    let wider = without_assertions(node.clone(), kind);
    if wider == *node {
        return None;
    }
    Some(resolve(wider)).filter(|wider| *wider != Node::Empty)
}

fn without_assertions(mut node: Node, kind: TextKind) -> Node {
    for child in node.children_mut() {
        *child = without_assertions(std::mem::take(child), kind);
    }
    match node {
        Node::Anchor(Anchor::EndOrFinalNewline) if kind.final_newline => {
            Node::Anchor(Anchor::LineEnd)
        }
        Node::Anchor(Anchor::WordBoundary | Anchor::NotWordBoundary) if !kind.ascii => Node::Empty,
        Node::Lookaround { .. } => Node::Empty,
        Node::Reference { .. } => {
            Node::repeat(Node::Set(UnitSet::default().complement()), 0, None, false)
        }
        Node::Capture { inner, .. } | Node::Balancing { inner, .. } | Node::Atomic(inner) => *inner,
        Node::IfCaptured { yes, no, .. } | Node::IfMatches { yes, no, .. } => {
            Node::Alternation(vec![*yes, *no])
        }
        node => node,
    }
}
