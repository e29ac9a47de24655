//! Simplifies a pattern without changing what it matches.
//!
//! A reference to a group that can't have captured yet never matches, a conditional on such a group
//! always takes its second branch, and a group that nothing reads need not capture. The result is
//! simpler, and the engine supports more of it.

use super::ast::Node;
use super::sites::Sites;
use super::unit_set::UnitSet;

/// The maximum number of passes. One pass may enable more in the next, but rarely more than once.
const MAX_PASSES: usize = 8;

/// Simplifies a pattern.
pub(super) fn resolve(mut node: Node) -> Node {
    for _ in 0..MAX_PASSES {
        let sites = Sites::new(&node);
        let mut resolver = Resolver {
            sites: &sites,
            count: 0,
        };
        let resolved = trim_start(trim_end(resolver.resolve(node.clone())));
        if resolved == node {
            break;
        }
        node = resolved;
    }
    node
}

struct Resolver<'a> {
    sites: &'a Sites,
    /// How many nodes have been visited: the numbering of sites.
    count: usize,
}

impl Resolver<'_> {
    fn resolve(&mut self, mut node: Node) -> Node {
        let id = self.count;
        self.count += 1;
        for child in node.children_mut() {
            *child = self.resolve(std::mem::take(child));
        }
        match node {
            Node::Reference { .. } | Node::Balancing { .. } if !self.sites.can_be_set(id) => {
                never()
            }
            Node::Capture { slot, inner } => self.capture(id, slot, inner),
            Node::Balancing {
                slot,
                taken_from,
                inner,
            } => Node::Balancing {
                slot: slot.filter(|_| self.sites.is_read(id)),
                taken_from,
                inner,
            },
            Node::Atomic(inner) if inner.has_one_way() && !inner.holds_group() => *inner,
            Node::Lookaround {
                behind,
                negative,
                inner,
            } => look(behind, negative, inner),
            Node::IfCaptured { no, .. } if !self.sites.can_be_set(id) => *no,
            Node::IfMatches { test, no, .. } if is_never(&test) => *no,
            Node::Repeat {
                inner,
                min,
                max,
                lazy,
            } => repeat(*inner, min, max, lazy),
            Node::Concat(nodes) if nodes.iter().any(is_never) => never(),
            Node::Concat(nodes) => Node::concat(nodes),
            Node::Alternation(mut nodes) => {
                nodes.retain(|node| !is_never(node));
                if nodes.is_empty() {
                    never()
                } else {
                    Node::alternation(nodes)
                }
            }
            node => node,
        }
    }

    fn capture(&self, id: usize, slot: u32, inner: Box<Node>) -> Node {
        if !self.sites.is_read(id) {
            return *inner;
        }
        let is_only_setter = self.sites.setters(slot) == 1;
        if is_never(&inner) || (is_only_setter && needs_group(&inner, slot)) {
            return never();
        }
        Node::Capture { slot, inner }
    }
}

/// Whether a node only matches where a group has captured.
pub(super) fn needs_group(node: &Node, group: u32) -> bool {
    match node {
        Node::Reference { slot, .. } => *slot == group,
        Node::IfCaptured { slot, no, .. } => *slot == group && needs_group(no, group),
        Node::Balancing {
            taken_from, inner, ..
        } => *taken_from == group || needs_group(inner, group),
        Node::Capture { inner, .. } | Node::Atomic(inner) => needs_group(inner, group),
        Node::Lookaround {
            negative: false,
            inner,
            ..
        } => needs_group(inner, group),
        Node::Repeat { inner, min, .. } => *min > 0 && needs_group(inner, group),
        Node::Concat(nodes) => nodes.iter().any(|node| needs_group(node, group)),
        Node::Alternation(nodes) => nodes
            .iter()
            .all(|node| is_never(node) || needs_group(node, group)),
        _ => is_never(node),
    }
}

fn look(behind: bool, negative: bool, inner: Box<Node>) -> Node {
    match (is_never(&inner), negative) {
        (true, true) => Node::Empty,
        (true, false) => never(),
        // The empty string always matches.
        _ if *inner == Node::Empty && !negative => Node::Empty,
        _ if *inner == Node::Empty => never(),
        _ => Node::Lookaround {
            behind,
            negative,
            inner: match behind {
                _ if inner.holds_group() => inner,
                true => Box::new(trim_start(*inner)),
                false => Box::new(trim_end(*inner)),
            },
        },
    }
}

fn repeat(inner: Node, min: u32, max: Option<u32>, lazy: bool) -> Node {
    if is_never(&inner) {
        return if min == 0 { Node::Empty } else { never() };
    }
    // Another iteration that neither consumes nor captures changes nothing.
    if inner.length().1 == Some(0) && !inner.holds_group() {
        return if min == 0 { Node::Empty } else { inner };
    }
    Node::repeat(inner, min, max, lazy)
}

/// Drops from the end what need not match, if nothing follows.
fn trim_end(mut node: Node) -> Node {
    let trim = |inner: Box<Node>| Box::new(trim_end(*inner));
    match node {
        _ if node.is_optional() => Node::Empty,
        Node::Concat(mut nodes) => {
            let last = std::iter::from_fn(|| nodes.pop())
                .map(trim_end)
                .find(|node| *node != Node::Empty);
            nodes.extend(last);
            Node::concat(nodes)
        }
        Node::Alternation(nodes) => Node::Alternation(nodes.into_iter().map(trim_end).collect()),
        Node::Capture { .. } | Node::IfCaptured { .. } => {
            for child in node.children_mut() {
                *child = trim_end(std::mem::take(child));
            }
            node
        }
        Node::IfMatches { test, yes, no } => Node::IfMatches {
            test,
            yes: trim(yes),
            no: trim(no),
        },
        Node::Repeat { inner, min: 1, .. } => trim_end(*inner),
        Node::Repeat {
            inner, min, lazy, ..
        } => Node::repeat(*inner, min, Some(min), lazy),
        node => node,
    }
}

/// Drops from the start what need not match, if nothing refers to it.
fn trim_start(node: Node) -> Node {
    match node {
        node if node.is_optional() && !node.holds_group() => Node::Empty,
        Node::Concat(nodes) => {
            let mut nodes = nodes.into_iter();
            let first = nodes
                .by_ref()
                .map(trim_start)
                .find(|node| *node != Node::Empty);
            Node::concat(first.into_iter().chain(nodes).collect())
        }
        Node::Alternation(nodes) => Node::Alternation(nodes.into_iter().map(trim_start).collect()),
        node if node.holds_group() => node,
        Node::Repeat { inner, min: 1, .. } => trim_start(*inner),
        Node::Repeat {
            inner, min, lazy, ..
        } => Node::repeat(*inner, min, Some(min), lazy),
        node => node,
    }
}

/// A node that matches nowhere.
pub(super) fn never() -> Node {
    Node::Set(UnitSet::default())
}

fn is_never(node: &Node) -> bool {
    matches!(node, Node::Set(set) if set.ranges().is_empty())
}
