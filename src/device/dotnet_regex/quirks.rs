//! Defects of .NET's own engine, which the edge agent shares.
//!
//! .NET 10 rewrites patterns for speed, and some rewritten patterns match differently. Which ones
//! are rewritten depends on much of the pattern, so every pattern that might be affected is refused by
//! name.

use std::collections::BTreeSet;

use super::ast::{Anchor, Node};
use super::error::DotNetRegexError;
use super::resolve::{needs_group, never};
use super::sites::Sites;
use super::unit_set::UnitSet;

/// Refuses a pattern, as it was parsed, that .NET's engine may run wrongly.
pub(super) fn check(node: &Node) -> Result<(), DotNetRegexError> {
    let unsupported = |construct| Err(DotNetRegexError::unsupported(construct));
    if node.any(&repeats_atomic_loop) {
        return unsupported("a repeated atomic group around the repetition of a character");
    }
    if starts_with_atomic_lazy_loop(node, false) {
        return unsupported("a leading atomic group that starts with a lazy repetition");
    }
    if keeps_loop_before_boundary(node, false) {
        return unsupported(r"a \B after a repetition of non-word characters");
    }
    let sites = Sites::new(node);
    let read = sites.readers.values().map(|reader| reader.slot).collect();
    let reached = without_unset(node.clone(), &sites, &mut 0);
    if loses_state(&reached, &read, Around::default()) {
        return unsupported("a lazy repetition of what may match nothing, inside another group");
    }
    Ok(())
}

/// Whether the node matches exactly one code unit, to .NET too.
fn is_one_unit(node: &Node) -> bool {
    match node {
        Node::Literal(_) | Node::Set(_) => true,
        Node::Atomic(inner) => is_one_unit(inner),
        Node::Alternation(nodes) => nodes.iter().all(is_one_unit),
        _ => false,
    }
}

/// Whether the node is a repetition of one code unit, in any number of layers.
fn is_loop(node: &Node) -> bool {
    match node {
        Node::Repeat { inner, .. } => is_one_unit(inner) || is_loop(inner),
        Node::Atomic(inner) => is_loop(inner),
        _ => false,
    }
}

/// `(?>a?)*`: .NET merges the two repetitions into one.
fn repeats_atomic_loop(node: &Node) -> bool {
    matches!(node, Node::Repeat { inner, .. } if is_loop(inner)
        && inner.any(&|node| matches!(node, Node::Atomic(inner) if is_loop(inner))))
}

/// `(?>.+?a)`: .NET does not try again from where the first attempt has been.
fn starts_with_atomic_lazy_loop(node: &Node, atomic: bool) -> bool {
    match node {
        // Alone in the group, the repetition takes as little as it can.
        Node::Atomic(inner) => {
            !matches!(**inner, Node::Repeat { .. }) && starts_with_atomic_lazy_loop(inner, true)
        }
        Node::Capture { inner, .. } => starts_with_atomic_lazy_loop(inner, atomic),
        Node::Concat(nodes) => nodes
            .first()
            .is_some_and(|node| starts_with_atomic_lazy_loop(node, atomic)),
        Node::Repeat {
            inner,
            max: None,
            lazy: true,
            ..
        } => atomic && is_one_unit(inner),
        _ => false,
    }
}

/// `\W+\B`: .NET does not give back what the repetition took. `preceded` tells that something
/// comes before, which .NET may merge with a repetition that need not match.
fn keeps_loop_before_boundary(node: &Node, preceded: bool) -> bool {
    let Node::Concat(nodes) = node else {
        let inside = preceded || matches!(node, Node::Repeat { .. });
        return node
            .children()
            .into_iter()
            .any(|child| keeps_loop_before_boundary(child, inside));
    };
    nodes.iter().enumerate().any(|(index, node)| {
        let preceded = preceded || index > 0;
        keeps_loop_before_boundary(node, preceded)
            || ends_with_loop_outside_words(node, preceded)
                && reached(nodes[index + 1..].iter()).any(starts_with_boundary)
    })
}

fn ends_with_loop_outside_words(node: &Node, preceded: bool) -> bool {
    match node {
        Node::Repeat {
            inner, min, max, ..
        } => {
            let varies = *max != Some(*min) && (*min > 0 || preceded);
            varies && is_outside_words(inner) || ends_with_loop_outside_words(inner, true)
        }
        Node::Concat(nodes) => {
            let backward = reached(nodes.iter().rev());
            backward.enumerate().any(|(after, node)| {
                ends_with_loop_outside_words(node, preceded || after + 1 < nodes.len())
            })
        }
        Node::Lookaround { .. } => false,
        _ => node
            .children()
            .into_iter()
            .any(|child| ends_with_loop_outside_words(child, preceded)),
    }
}

/// The nodes up to the first that cannot be empty.
fn reached<'n>(nodes: impl Iterator<Item = &'n Node>) -> impl Iterator<Item = &'n Node> {
    let mut blocked = false;
    nodes.take_while(move |node| {
        let is_reached = !blocked;
        blocked |= !node.may_be_empty();
        is_reached
    })
}

/// A literal outside words, `\W` or `\D`.
fn is_outside_words(node: &Node) -> bool {
    match node {
        Node::Literal(unit) => !UnitSet::boundary_word().contains(*unit),
        Node::Set(set) => {
            *set == UnitSet::word().complement() || *set == UnitSet::digits().complement()
        }
        Node::Atomic(inner) => is_outside_words(inner),
        Node::Alternation(nodes) => nodes.iter().any(is_outside_words),
        _ => false,
    }
}

fn starts_with_boundary(node: &Node) -> bool {
    match node {
        Node::Anchor(anchor) => *anchor == Anchor::NotWordBoundary,
        Node::Concat(nodes) => reached(nodes.iter()).any(starts_with_boundary),
        _ => node.children().into_iter().any(starts_with_boundary),
    }
}

/// Of the groups around a node, those whose state .NET may lose.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    /// A repetition with a count, or a capture that is read.
    fragile: bool,
    /// Any group that stores a position.
    any: bool,
    /// Whether nothing follows the node in its group, and its first match is the only one.
    last: bool,
}

/// `(?:a()*?){2}`: after an empty iteration of a lazy repetition, .NET mistakes a position for what
/// the group around it has stored. An iteration beyond the required ones only comes after a failure,
/// and then fails again, unless a count or a capture has changed.
fn loses_state(node: &Node, read: &BTreeSet<u32>, around: Around) -> bool {
    let mut inside = around;
    match node {
        // As the last item, a lazy repetition takes no more than the required iterations.
        Node::Repeat { inner, min, .. } if may_empty(node) && !around.last => {
            let depends = *min > 0 || inner.any(&|node| captures(node, read));
            if around.fragile || around.any && depends {
                return true;
            }
            inside.any = true;
        }
        Node::Repeat {
            inner, min, max, ..
        } if !is_one_unit(inner) => {
            inside.fragile |= max.is_some() || *min > 1;
            inside.any = true;
            inside.last = false;
        }
        Node::Atomic(_) => (inside.any, inside.last) = (true, true),
        Node::IfMatches { .. } => inside.any = true,
        Node::Lookaround { behind, .. } => (inside.any, inside.last) = (true, !behind),
        Node::Concat(nodes) => {
            return nodes.iter().enumerate().any(|(index, node)| {
                inside.last = around.last && index + 1 == nodes.len();
                loses_state(node, read, inside)
            });
        }
        _ if captures(node, read) => inside.fragile = true,
        _ => {}
    }
    node.children()
        .into_iter()
        .any(|child| loses_state(child, read, inside))
}

/// Whether the node is a lazy repetition without a count that may have an empty iteration.
fn may_empty(node: &Node) -> bool {
    matches!(
        node,
        Node::Repeat { inner, min: 0 | 1, max: None, lazy: true }
            if inner.may_be_empty() && !is_assertion(inner)
    )
}

/// Whether the node is an assertion, which .NET does not repeat.
fn is_assertion(node: &Node) -> bool {
    match node {
        Node::Empty | Node::Anchor(_) | Node::Lookaround { negative: true, .. } => true,
        Node::Lookaround { inner, .. } => !inner.holds_group(),
        _ => false,
    }
}

fn captures(node: &Node, read: &BTreeSet<u32>) -> bool {
    match node {
        Node::Capture { slot, .. } => read.contains(slot),
        Node::Balancing { .. } => true,
        _ => false,
    }
}

/// The pattern without references to groups that have never captured where they are read, and
/// without groups that refer to themselves.
fn without_unset(mut node: Node, sites: &Sites, count: &mut usize) -> Node {
    let id = *count;
    *count += 1;
    for child in node.children_mut() {
        *child = without_unset(std::mem::take(child), sites, count);
    }
    match node {
        Node::Reference { .. } if !sites.can_be_set(id) => never(),
        Node::Capture { slot, inner } if sites.setters(slot) == 1 && needs_group(&inner, slot) => {
            never()
        }
        node => node,
    }
}
