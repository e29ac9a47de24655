//! Limits on the cost of a pattern, beyond those of the engine.

use super::ast::Node;
use super::error::DotNetRegexError;
use super::translate::TextKind;

/// The maximum size of a pattern's automata, in ranges of characters.
const MAX_WEIGHT: usize = 200_000;

/// The maximum number of empty iterations of a repetition. The engine counts only backtracks, not
/// these.
const MAX_EMPTY_ITERATIONS: usize = 1_000;

/// The maximum of copies that repetitions make of their parts, times the length of the text. In the
/// worst case an automaton is in all of them at every character.
const MAX_WORK: usize = 60_000_000;

/// Refuses a text that is too long for the repetitions of a pattern.
pub(super) fn check_text(copies: usize, text: &str) -> Result<(), DotNetRegexError> {
    if copies.saturating_mul(text.len()) > MAX_WORK {
        return Err(DotNetRegexError::too_complex(
            "its repetitions add up to too much for so long a text",
        ));
    }
    Ok(())
}

/// How many copies repetitions make of their parts.
pub(super) fn copies(node: &Node) -> usize {
    parts(node, true) - parts(node, false)
}

/// The number of parts that match a code unit, or another group's text, with every repetition
/// expanded if `expanded`.
fn parts(node: &Node, expanded: bool) -> usize {
    let inside = node
        .children()
        .into_iter()
        .map(|child| parts(child, expanded))
        .fold(0, usize::saturating_add);
    match node {
        Node::Literal(_) | Node::Set(_) | Node::Reference { .. } => 1,
        Node::Repeat { min, max, .. } if expanded => {
            inside.saturating_mul(max.unwrap_or(*min).max(1) as usize)
        }
        _ => inside,
    }
}

/// Refuses a pattern that would take too much memory or time.
pub(super) fn check(node: &Node, kind: TextKind) -> Result<(), DotNetRegexError> {
    if weight(node, kind) > MAX_WEIGHT {
        return Err(DotNetRegexError::too_complex(
            "its repetitions add up to too much",
        ));
    }
    if node.any(&needs_backtracking) && empty_iterations(node) > MAX_EMPTY_ITERATIONS {
        return Err(DotNetRegexError::too_complex(
            "its repetitions can take too many empty iterations",
        ));
    }
    Ok(())
}

fn needs_backtracking(node: &Node) -> bool {
    matches!(
        node,
        Node::Reference { .. }
            | Node::Atomic(_)
            | Node::Lookaround { .. }
            | Node::IfCaptured { .. }
            | Node::IfMatches { .. }
            | Node::Anchor(_)
    )
}

/// The number of ranges of characters with every repetition expanded.
fn weight(node: &Node, kind: TextKind) -> usize {
    let inside = || {
        node.children()
            .into_iter()
            .map(|child| weight(child, kind))
            .fold(1, usize::saturating_add)
    };
    match node {
        Node::Set(set) if !kind.ascii => set.ranges().len().max(1),
        Node::Repeat { min, max, .. } => {
            let iterations = max.unwrap_or(*min).max(1) as usize;
            inside().saturating_mul(iterations)
        }
        _ => inside(),
    }
}

/// How many iterations repetitions can take at one place in the text.
fn empty_iterations(node: &Node) -> usize {
    let inside = node
        .children()
        .into_iter()
        .map(empty_iterations)
        .fold(0, usize::saturating_add);
    match node {
        Node::Repeat {
            inner, min, max, ..
        } if inner.may_be_empty() => {
            let iterations = max.unwrap_or(*min).max(1) as usize;
            inside.max(1).saturating_mul(iterations)
        }
        _ => inside,
    }
}
