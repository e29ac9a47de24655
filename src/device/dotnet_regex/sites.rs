//! Where groups are set and read in a pattern, and which events can come first.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::Node;

/// How a node runs its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// One after the other.
    Sequence,
    /// One after the other from right to left, where .NET does so.
    Backward,
    /// Only one of them.
    Choice,
    /// A test, then one of two.
    Test,
    /// The same several times.
    Loop,
    /// A negative lookaround: what it captures is lost.
    Hidden,
}

/// One step on the path from the pattern to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    /// The parent, by its number in the tree.
    node: usize,
    way: Way,
    /// Which of its children comes next.
    child: usize,
}

/// The place of a node in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site {
    /// The number of the node, counted from the start of the pattern.
    pub(super) id: usize,
    path: Vec<Step>,
}

impl Site {
    /// Whether the node is inside a repetition.
    pub(super) fn is_repeated(&self) -> bool {
        self.path.iter().any(|step| step.way == Way::Loop)
    }

    /// Whether there is a repetition that both nodes are in.
    pub(super) fn shares_repetition(&self, other: &Site) -> bool {
        self.common(other).any(|step| step.way == Way::Loop)
    }

    /// Whether the other node is this one, or is inside it.
    pub(super) fn holds(&self, other: &Site) -> bool {
        other.id == self.id || other.path.iter().any(|step| step.node == self.id)
    }

    /// The steps that the paths to the two nodes share.
    fn common<'a>(&'a self, other: &'a Site) -> impl Iterator<Item = &'a Step> {
        let pairs = self.path.iter().zip(&other.path);
        pairs.take_while(|(a, b)| a == b).map(|(a, _)| a)
    }

    /// Whether this node can have set a group before the reader reads it.
    fn can_precede(&self, reader: &Reader) -> bool {
        let (wants, reader) = (reader.wants, &reader.site);
        let shared = self.common(reader).count();
        if self.path[shared..].iter().any(|s| s.way == Way::Hidden) {
            return false;
        }
        // A balancing group takes a capture where it closes.
        let is_inside = wants == Wants::Capture && reader.id != self.id && reader.holds(self);
        if is_inside || self.shares_repetition(reader) {
            return true;
        }
        match (self.path.get(shared), reader.path.get(shared)) {
            (Some(a), Some(b)) if a.node == b.node => match a.way {
                Way::Choice => false,
                Way::Test => a.child == 0 && b.child == 1,
                Way::Backward => true,
                _ => a.child < b.child,
            },
            // The reader is inside this group, which is still open.
            _ => false,
        }
    }
}

/// A node that sets a group, or removes its last capture.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) site: Site,
    /// The group that it captures into.
    pub(super) sets: Option<u32>,
    /// The group that it takes a capture from.
    pub(super) takes: Option<u32>,
}

/// What a reader needs from a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    /// The text that was captured last.
    Text,
    /// Whether anything was captured.
    Test,
    /// To take the last capture.
    Capture,
}

/// A node that reads a group.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub(super) site: Site,
    pub(super) slot: u32,
    pub(super) wants: Wants,
}

/// All events and readers of the groups of a pattern.
#[derive(Debug, Clone, Default)]
pub(super) struct Sites {
    /// In the order in which the groups close.
    pub(super) events: Vec<Event>,
    /// By the number of the node.
    pub(super) readers: BTreeMap<usize, Reader>,
    /// The groups that a reader may find set.
    read: BTreeSet<usize>,
    count: usize,
}

impl Sites {
    pub(super) fn new(node: &Node) -> Sites {
        let mut sites = Sites::default();
        sites.visit(node, &mut Vec::new(), false);
        let read = sites.readers.values().flat_map(|reader| {
            let events = sites.before(reader);
            events.filter(|event| event.sets == Some(reader.slot))
        });
        sites.read = read.map(|event| event.site.id).collect();
        sites
    }

    /// What can have happened to the group before a reader, in order.
    pub(super) fn before<'a>(&'a self, reader: &'a Reader) -> impl Iterator<Item = &'a Event> {
        self.events.iter().filter(|event| {
            (event.sets == Some(reader.slot) || event.takes == Some(reader.slot))
                && event.site.can_precede(reader)
        })
    }

    /// Whether the reader could find its group set.
    pub(super) fn can_be_set(&self, reader: usize) -> bool {
        self.readers.get(&reader).is_some_and(|reader| {
            self.before(reader)
                .any(|event| event.sets == Some(reader.slot))
        })
    }

    /// Whether anything can read what a node captures.
    pub(super) fn is_read(&self, id: usize) -> bool {
        self.read.contains(&id)
    }

    /// How many groups share a number.
    pub(super) fn setters(&self, slot: u32) -> usize {
        let sets = |event: &&Event| event.sets == Some(slot);
        self.events.iter().filter(sets).count()
    }

    fn visit(&mut self, node: &Node, path: &mut Vec<Step>, backward: bool) {
        let id = self.count;
        self.count += 1;
        let way = match node {
            Node::Alternation(_) | Node::IfCaptured { .. } => Way::Choice,
            Node::IfMatches { .. } => Way::Test,
            Node::Repeat { max, .. } if *max != Some(1) => Way::Loop,
            Node::Lookaround { negative: true, .. } => Way::Hidden,
            Node::Concat(_) if backward => Way::Backward,
            _ => Way::Sequence,
        };
        let backward = match node {
            Node::Lookaround { behind, .. } => *behind,
            _ => backward,
        };
        for (child, inner) in node.children().into_iter().enumerate() {
            path.push(Step {
                node: id,
                way,
                child,
            });
            self.visit(inner, path, backward);
            path.pop();
        }
        let site = || Site {
            id,
            path: path.clone(),
        };
        let (sets, takes) = match node {
            Node::Capture { slot, .. } => (Some(*slot), None),
            Node::Balancing {
                slot, taken_from, ..
            } => (*slot, Some(*taken_from)),
            _ => (None, None),
        };
        if sets.is_some() || takes.is_some() {
            let site = site();
            self.events.push(Event { site, sets, takes });
        }
        let reads = match node {
            Node::Reference { slot, .. } => Some((*slot, Wants::Text)),
            Node::IfCaptured { slot, .. } => Some((*slot, Wants::Test)),
            Node::Balancing { taken_from, .. } => Some((*taken_from, Wants::Capture)),
            _ => None,
        };
        if let Some((slot, wants)) = reads {
            let site = site();
            self.readers.insert(id, Reader { site, slot, wants });
        }
    }
}
