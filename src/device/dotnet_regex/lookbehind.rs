//! Rewrites lookbehinds so that the engine evaluates them faithfully.
//!
//! .NET matches any lookbehind from right to left. The engine goes back by a
//! fixed length and matches from there, or runs an automaton backward, which can't evaluate
//! assertions. So a lookbehind of variable length around an assertion is split: into one for each
//! length, or into nested lookbehinds.

use std::collections::BTreeSet;

use super::ast::Node;
use super::error::DotNetRegexError;

/// The maximum number of alternatives that a lookbehind is split into.
const MAX_PARTS: usize = 200;

/// Rewrites every lookbehind in a pattern.
pub(super) fn rewrite(mut node: Node) -> Result<Node, DotNetRegexError> {
    for child in node.children_mut() {
        *child = rewrite(std::mem::take(child))?;
    }
    match node {
        Node::Lookaround {
            behind: true,
            negative,
            inner,
        } => lookbehind(negative, *inner),
        node => Ok(node),
    }
}

fn lookbehind(negative: bool, inner: Node) -> Result<Node, DotNetRegexError> {
    let unsupported = |construct| Err(DotNetRegexError::unsupported(construct));
    if inner.any(&|node| matches!(node, Node::Reference { .. })) {
        return unsupported("a backreference inside a lookbehind");
    }
    if inner.any(&|node| matches!(node, Node::IfCaptured { .. } | Node::IfMatches { .. })) {
        return unsupported("a conditional inside a lookbehind");
    }
    if inner.any(&|node| matches!(node, Node::Atomic(inner) if !inner.has_one_way())) {
        return unsupported("an atomic group inside a lookbehind");
    }
    if inner.holds_group() && !captures_alike(&inner) {
        return unsupported("a reference to a group inside a lookbehind");
    }
    let mut parts = 0;
    match behind(inner, &mut parts) {
        None => unsupported("a lookbehind of variable length around another assertion"),
        Some(positive) if !negative => Ok(positive),
        Some(Node::Lookaround { behind, inner, .. }) => Ok(Node::Lookaround {
            behind,
            negative: true,
            inner,
        }),
        Some(positive) => Ok(Node::Lookaround {
            behind: false,
            negative: true,
            inner: Box::new(positive),
        }),
    }
}

/// Whether the groups of a node capture the same, read from either end.
fn captures_alike(node: &Node) -> bool {
    let mut slots = BTreeSet::new();
    node.has_one_length()
        && node.has_one_way()
        && !node.any(&|node| matches!(node, Node::Balancing { .. } | Node::Lookaround { .. }))
        && !node.any(&|node| matches!(node, Node::Repeat { inner, .. } if inner.holds_group()))
        && all_new(node, &mut slots)
}

/// Whether no two groups of a node have the same number.
fn all_new(node: &Node, slots: &mut BTreeSet<u32>) -> bool {
    let is_new = match node {
        Node::Capture { slot, .. } => slots.insert(*slot),
        _ => true,
    };
    is_new
        && node
            .children()
            .into_iter()
            .all(|child| all_new(child, slots))
}

/// The assertion that a node matches just before this position.
fn behind(node: Node, parts: &mut usize) -> Option<Node> {
    *parts += 1;
    if *parts > MAX_PARTS {
        return None;
    }
    if node.has_one_length() || !node.holds_assertion() {
        return Some(Node::Lookaround {
            behind: true,
            negative: false,
            inner: Box::new(node),
        });
    }
    match node {
        Node::Alternation(nodes) => nodes
            .into_iter()
            .map(|node| behind(node, parts))
            .collect::<Option<_>>()
            .map(Node::alternation),
        Node::Atomic(inner) => behind(*inner, parts),
        Node::Concat(mut nodes) => {
            let last = nodes.pop()?;
            if last.has_one_length() {
                let before = behind(Node::concat(nodes), parts)?;
                return behind(Node::Concat(vec![before, last]), parts);
            }
            forms(last, parts)?
                .into_iter()
                .map(|form| {
                    let mut nodes = nodes.clone();
                    match form {
                        Node::Concat(last) => nodes.extend(last),
                        form => nodes.push(form),
                    }
                    behind(Node::concat(nodes), parts)
                })
                .collect::<Option<_>>()
                .map(Node::alternation)
        }
        node => forms(node, parts)?
            .into_iter()
            .map(|form| behind(form, parts))
            .collect::<Option<_>>()
            .map(Node::alternation),
    }
}

/// The alternatives that a node can be split into.
fn forms(node: Node, parts: &mut usize) -> Option<Vec<Node>> {
    match node {
        Node::Alternation(nodes) => Some(nodes),
        Node::Atomic(inner) => Some(vec![*inner]),
        Node::Concat(_) => Some(vec![node]),
        Node::Repeat {
            inner,
            min,
            max: Some(max),
            ..
        } => {
            *parts = parts.saturating_add((max - min) as usize);
            if *parts > MAX_PARTS {
                return None;
            }
            (min..=max)
                .map(|iterations| match iterations {
                    0 => Some(Node::Empty),
                    1 => Some((*inner).clone()),
                    iterations if inner.has_one_length() => Some(Node::repeat(
                        (*inner).clone(),
                        iterations,
                        Some(iterations),
                        false,
                    )),
                    iterations => {
                        *parts = parts.saturating_add(iterations as usize);
                        (*parts <= MAX_PARTS).then(|| {
                            Node::concat(
                                std::iter::repeat_n((*inner).clone(), iterations as usize)
                                    .collect(),
                            )
                        })
                    }
                })
                .collect()
        }
        _ => None,
    }
}
