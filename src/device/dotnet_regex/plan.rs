//! How the groups of a pattern are translated, and which can't be.
//!
//! .NET keeps a stack of captures for every group, the engine only the last capture. After each
//! group whose success matters, the translation has a marker: an empty group, which a reference can
//! test. Unless a repetition mixes up their order, markers are enough for groups of the same name
//! and for balancing groups. Everything else is refused by name, since an answer could be wrong.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::Node;
use super::error::DotNetRegexError;
use super::sites::{Event, Reader, Sites, Wants};

/// The maximum number of ways in which a reader can find a capture.
const MAX_WAYS: usize = 16;

/// The decisions about the groups of a pattern. Nodes are identified by their numbers, counted from
/// the start of the pattern.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// Where each reader finds a capture.
    ways: BTreeMap<usize, Vec<Found>>,
    /// The numbers of the groups that capture text.
    texts: BTreeMap<usize, usize>,
    /// The numbers of the markers.
    markers: BTreeMap<usize, usize>,
    /// Whether any reference ignores case.
    pub(super) compares_ignoring_case: bool,
}

/// One way to find a capture.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// What must have happened for it, or must not have.
    pub(super) conditions: Vec<(usize, bool)>,
    /// The group that has captured.
    pub(super) group: usize,
}

impl Plan {
    /// Makes a plan for a pattern, if possible.
    pub(super) fn new(node: &Node) -> Result<Plan, DotNetRegexError> {
        check(node, Surroundings::default())?;
        let sites = Sites::new(node);
        let mut plan = Plan {
            compares_ignoring_case: node.any(&|node| {
                matches!(
                    node,
                    Node::Reference {
                        ignore_case: true,
                        ..
                    }
                )
            }),
            ..Plan::default()
        };
        let mut texts = BTreeSet::new();
        let mut markers = BTreeSet::new();
        for (id, reader) in &sites.readers {
            let events: Vec<&Event> = sites.before(reader).collect();
            check_reader(reader, &events)?;
            let mut ways = Vec::new();
            find(reader.slot, &events, 0, Found::default(), &mut ways);
            if ways.len() > MAX_WAYS {
                return Err(DotNetRegexError::unsupported(
                    "a group name used very often",
                ));
            }
            for way in &mut ways {
                if reader.wants == Wants::Text {
                    texts.insert(way.group);
                } else {
                    way.conditions.push((way.group, true));
                }
                markers.extend(way.conditions.iter().map(|(id, _)| *id));
            }
            plan.ways.insert(*id, ways);
        }
        plan.number(node, &mut 0, &texts, &markers);
        Ok(plan)
    }

    /// Where a reader finds a capture, in the order of trying.
    pub(super) fn ways(&self, reader: usize) -> &[Found] {
        self.ways
            .get(&reader)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The number of the group for the text of a node.
    pub(super) fn text(&self, id: usize) -> Option<usize> {
        self.texts.get(&id).copied()
    }

    /// The number of the marker of a node.
    pub(super) fn marker(&self, id: usize) -> Option<usize> {
        self.markers.get(&id).copied()
    }

    /// Numbers the groups in the order in which they open in the translation.
    fn number(
        &mut self,
        node: &Node,
        count: &mut usize,
        texts: &BTreeSet<usize>,
        markers: &BTreeSet<usize>,
    ) {
        let id = *count;
        *count += 1;
        if texts.contains(&id) {
            let number = self.next_number();
            self.texts.insert(id, number);
        }
        for child in node.children() {
            self.number(child, count, texts, markers);
        }
        if markers.contains(&id) {
            let number = self.next_number();
            self.markers.insert(id, number);
        }
    }

    fn next_number(&self) -> usize {
        self.texts.len() + self.markers.len() + 1
    }
}

/// Finds the last capture of a group, backward from the last event, for every combination of
/// events.
fn find(slot: u32, events: &[&Event], taken: usize, so_far: Found, ways: &mut Vec<Found>) {
    let Some((event, earlier)) = events.split_last() else {
        return;
    };
    if ways.len() > MAX_WAYS {
        return;
    }
    let id = event.site.id;
    let with = |happened| {
        let mut so_far = so_far.clone();
        so_far.conditions.push((id, happened));
        so_far
    };
    if event.takes == Some(slot) {
        find(slot, earlier, taken + 1, with(true), ways);
    } else if taken > 0 {
        find(slot, earlier, taken - 1, with(true), ways);
    } else {
        ways.push(Found {
            group: id,
            ..so_far.clone()
        });
    }
    find(slot, earlier, taken, with(false), ways);
}

/// Refuses a reader if the order of the events before it is not known.
fn check_reader(reader: &Reader, events: &[&Event]) -> Result<(), DotNetRegexError> {
    let slot = reader.slot;
    let is_open =
        |event: &&Event| event.site.id != reader.site.id && event.site.holds(&reader.site);
    if events.iter().any(is_open) {
        return Err(DotNetRegexError::unsupported(
            "a reference to a repeated group from inside that group",
        ));
    }
    let setters: Vec<&Event> = events
        .iter()
        .copied()
        .filter(|event| event.sets == Some(slot))
        .collect();
    let takers: Vec<&Event> = events
        .iter()
        .copied()
        .filter(|event| event.takes == Some(slot))
        .collect();
    let is_balanced = |event: &&Event| event.takes.is_some();
    if reader.wants == Wants::Text && setters.iter().any(is_balanced)
        || setters.iter().any(|event| event.takes == Some(slot))
    {
        return Err(DotNetRegexError::unsupported(
            "a reference to the capture of a balancing group",
        ));
    }
    if reader.wants == Wants::Capture || !takers.is_empty() {
        // A marker does not count how often its group captured.
        if setters.iter().any(|event| event.site.is_repeated())
            || (setters.len() > 1 && takers.iter().any(|event| event.site.is_repeated()))
        {
            return Err(DotNetRegexError::unsupported(
                "a balancing group in a repetition",
            ));
        }
    } else if setters.len() > 1 {
        for (index, setter) in setters.iter().enumerate() {
            let mut others = setters[..index].iter().map(|other| &other.site);
            if setter.site.shares_repetition(&reader.site)
                || others.any(|other| setter.site.shares_repetition(other))
            {
                return Err(DotNetRegexError::unsupported(
                    "a group name used more than once in a repetition",
                ));
            }
        }
    }
    Ok(())
}

/// What surrounds a node.
#[derive(Debug, Clone, Copy, Default)]
struct Surroundings {
    repeated: bool,
    /// Inside a lookahead that is inside a repetition.
    look_repeated: bool,
}

/// Refuses constructs that the engine runs differently.
fn check(node: &Node, place: Surroundings) -> Result<(), DotNetRegexError> {
    let mut inside = place;
    match node {
        Node::Capture { .. } | Node::Balancing { .. } if place.look_repeated => {
            // The engine expects a group to start where it last ended, or after that.
            return Err(DotNetRegexError::unsupported(
                "a repeated lookahead that captures",
            ));
        }
        Node::IfMatches { test, yes, no } => {
            if reads_own_captures(test) {
                return Err(DotNetRegexError::unsupported(
                    "a conditional whose test reads its own capture",
                ));
            }
            inside.look_repeated = place.repeated;
            check(test, inside)?;
            return check(yes, place).and_then(|()| check(no, place));
        }
        Node::Lookaround { .. } => inside.look_repeated = place.repeated,
        Node::Repeat {
            inner, min, max, ..
        } => {
            check_repetition(inner, *min, *max, place)?;
            inside.repeated |= *max != Some(1);
        }
        _ => {}
    }
    node.children()
        .into_iter()
        .try_for_each(|child| check(child, inside))
}

/// In .NET an empty iteration is the last one, while the engine goes on. The results are the same
/// unless it captured something.
fn check_repetition(
    inner: &Node,
    min: u32,
    max: Option<u32>,
    place: Surroundings,
) -> Result<(), DotNetRegexError> {
    let stops_alike = match max {
        None => min == 0,
        Some(max) => max <= 1 || max == min,
    };
    // When a repetition restarts, the engine remembers where its last iteration started, up to the
    // last required one.
    let remembers = max.is_none() && min > 1 && place.repeated;
    if !stops_alike
        && inner.may_be_empty()
        && inner.holds_group()
        && (remembers || !forgets_earlier_iterations(inner))
    {
        return Err(DotNetRegexError::unsupported(
            "a repetition of what may match nothing and yet capture",
        ));
    }
    Ok(())
}

/// Whether every iteration leaves the same captures, whatever earlier iterations captured.
fn forgets_earlier_iterations(body: &Node) -> bool {
    always_captures(body) && !reads_own_captures(body)
}

/// Whether every path through a node captures every group in it.
fn always_captures(node: &Node) -> bool {
    match node {
        Node::Alternation(_)
        | Node::IfCaptured { .. }
        | Node::IfMatches { .. }
        | Node::Balancing { .. }
        | Node::Repeat { min: 0, .. } => !node.holds_group(),
        Node::Lookaround { negative: true, .. } => true,
        _ => node.children().into_iter().all(always_captures),
    }
}

/// Whether a reader inside a node reads a group inside it.
fn reads_own_captures(node: &Node) -> bool {
    node.any(&|reader| match reader {
        Node::Reference { slot, .. }
        | Node::IfCaptured { slot, .. }
        | Node::Balancing {
            taken_from: slot, ..
        } => node.any(&|group| match group {
            Node::Capture { slot: own, .. } => own == slot,
            Node::Balancing {
                slot: own,
                taken_from,
                ..
            } => *own == Some(*slot) || taken_from == slot,
            _ => false,
        }),
        _ => false,
    })
}
