//! What can be said about a node without matching it.

use super::ast::{Anchor, Node};

/// The nodes directly inside a node, in the order of the pattern, by which nodes are numbered.
macro_rules! children {
    ($node:expr, $iter:ident) => {
        match $node {
            Node::Empty
            | Node::Literal(_)
            | Node::Set(_)
            | Node::Anchor(_)
            | Node::Reference { .. } => Vec::new(),
            Node::Capture { inner, .. }
            | Node::Balancing { inner, .. }
            | Node::Atomic(inner)
            | Node::Lookaround { inner, .. }
            | Node::Repeat { inner, .. } => vec![inner],
            Node::IfCaptured { yes, no, .. } => vec![yes, no],
            Node::IfMatches { test, yes, no } => vec![test, yes, no],
            Node::Concat(nodes) | Node::Alternation(nodes) => nodes.$iter().collect(),
        }
    };
}

impl Node {
    /// The nodes directly inside this one, in the order of the pattern.
    pub(super) fn children(&self) -> Vec<&Node> {
        children!(self, iter)
    }

    /// Like [`Self::children`], but mutable.
    pub(super) fn children_mut(&mut self) -> Vec<&mut Node> {
        children!(self, iter_mut)
    }

    /// Whether `test` holds for the node or for any node inside it.
    pub(super) fn any(&self, test: &impl Fn(&Node) -> bool) -> bool {
        test(self) || self.children().into_iter().any(|child| child.any(test))
    }

    /// The fewest and the most code units that the node can match. Both are bounds: not every
    /// length in between is possible.
    pub(super) fn length(&self) -> (usize, Option<usize>) {
        match self {
            Node::Empty | Node::Anchor(_) | Node::Lookaround { .. } => (0, Some(0)),
            Node::Literal(_) | Node::Set(_) => (1, Some(1)),
            Node::Reference { .. } => (0, None),
            Node::Capture { inner, .. } | Node::Balancing { inner, .. } | Node::Atomic(inner) => {
                inner.length()
            }
            Node::IfCaptured { yes, no, .. } | Node::IfMatches { yes, no, .. } => {
                either(yes.length(), no.length())
            }
            Node::Repeat {
                inner, min, max, ..
            } => {
                let (least, most) = inner.length();
                let most = match (most, max) {
                    (Some(0), _) => Some(0),
                    (Some(most), Some(max)) => Some(most.saturating_mul(*max as usize)),
                    _ => None,
                };
                (least.saturating_mul(*min as usize), most)
            }
            Node::Concat(nodes) => {
                nodes
                    .iter()
                    .map(Node::length)
                    .fold((0, Some(0)), |(least, most), (low, high)| {
                        let most = most.zip(high).map(|(most, high)| most.saturating_add(high));
                        (least.saturating_add(low), most)
                    })
            }
            Node::Alternation(nodes) => nodes
                .iter()
                .map(Node::length)
                .reduce(either)
                .unwrap_or((0, Some(0))),
        }
    }

    /// Whether the node may match the empty string, at least somewhere.
    pub(super) fn may_be_empty(&self) -> bool {
        self.length().0 == 0
    }

    /// Whether the node matches the empty string wherever it is tried.
    pub(super) fn is_optional(&self) -> bool {
        match self {
            Node::Empty => true,
            Node::Capture { inner, .. } => inner.is_optional(),
            Node::Repeat { inner, min, .. } => *min == 0 || inner.is_optional(),
            Node::Concat(nodes) => nodes.iter().all(Node::is_optional),
            Node::Alternation(nodes) => nodes.iter().any(Node::is_optional),
            _ => false,
        }
    }

    /// Whether all matches of the node have the same length.
    pub(super) fn has_one_length(&self) -> bool {
        match self {
            Node::Repeat {
                inner, min, max, ..
            } => *max == Some(*min) && inner.has_one_length(),
            Node::Alternation(nodes) => {
                let first = nodes.first().map(Node::length);
                nodes
                    .iter()
                    .all(|node| node.has_one_length() && Some(node.length()) == first)
            }
            Node::Reference { .. } | Node::IfCaptured { .. } | Node::IfMatches { .. } => false,
            Node::Lookaround { .. } => true,
            _ => self.children().into_iter().all(Node::has_one_length),
        }
    }

    /// Whether there is only one way to match the node at a position, read from either end.
    pub(super) fn has_one_way(&self) -> bool {
        match self {
            Node::Repeat {
                inner, min, max, ..
            } => *max == Some(*min) && inner.has_one_way(),
            Node::Alternation(_)
            | Node::Reference { .. }
            | Node::IfCaptured { .. }
            | Node::IfMatches { .. } => false,
            Node::Lookaround { .. } => true,
            _ => self.children().into_iter().all(Node::has_one_way),
        }
    }

    /// Whether the node is or contains a capturing or balancing group.
    pub(super) fn holds_group(&self) -> bool {
        self.any(&|node| matches!(node, Node::Capture { .. } | Node::Balancing { .. }))
    }

    /// Whether the node is or contains an assertion that needs a backtracking engine.
    pub(super) fn holds_assertion(&self) -> bool {
        self.any(&|node| {
            matches!(
                node,
                Node::Lookaround { .. }
                    | Node::Anchor(
                        Anchor::EndOrFinalNewline | Anchor::WordBoundary | Anchor::NotWordBoundary
                    )
            )
        })
    }
}

/// The bounds on the length of either of two nodes.
fn either(
    (a_least, a_most): (usize, Option<usize>),
    (b_least, b_most): (usize, Option<usize>),
) -> (usize, Option<usize>) {
    let most = a_most.zip(b_most).map(|(a, b)| a.max(b));
    (a_least.min(b_least), most)
}
