//! What a backtracking match has done so far, in a form that can be undone.

use crate::device::dotnet_regex::DotNetRegexError;

/// The bound on the number of entries.
const MAX_ENTRIES: usize = 500_000;

/// Another way in which the text may match.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// Goes on with an instruction at a position.
    Resume { instruction: usize, position: usize },
    /// The other lengths of a greedy run, from the longest at `position` to
    /// the shortest at `limit`.
    Shrink {
        instruction: usize,
        position: usize,
        limit: usize,
    },
    /// The other lengths of a lazy run that has come to `position`: at most so
    /// many code units more.
    Grow {
        instruction: usize,
        position: usize,
        left: u32,
    },
}

/// An entry of the trail.
#[derive(Debug, Clone, Copy)]
enum Entry {
    /// There is another way from here.
    Way(Way),
    /// A register had another value.
    Set { register: usize, value: usize },
    /// A capture was added.
    Captured { slot: usize },
    /// A capture was taken away.
    Released {
        slot: usize,
        capture: (usize, usize),
    },
}

/// Registers and captures, with a record of every change and every way that
/// was not taken.
#[derive(Debug)]
pub(super) struct Trail {
    entries: Vec<Entry>,
    registers: Vec<usize>,
    /// The captures of every slot, the latest last, as the positions they
    /// start and end at.
    captures: Vec<Vec<(usize, usize)>>,
}

impl Trail {
    pub(super) fn new(registers: usize, slots: usize) -> Trail {
        Trail {
            entries: Vec::new(),
            registers: vec![0; registers],
            captures: vec![Vec::new(); slots],
        }
    }

    /// How many entries there are.
    pub(super) fn height(&self) -> usize {
        self.entries.len()
    }

    /// Refuses to go on once the trail is too long.
    pub(super) fn check(&self) -> Result<(), DotNetRegexError> {
        if self.entries.len() > MAX_ENTRIES {
            return Err(DotNetRegexError::TooComplex {
                limit: "matching takes too much memory",
            });
        }
        Ok(())
    }

    pub(super) fn register(&self, register: usize) -> usize {
        self.registers[register]
    }

    pub(super) fn set(&mut self, register: usize, value: usize) {
        let old = std::mem::replace(&mut self.registers[register], value);
        self.entries.push(Entry::Set {
            register,
            value: old,
        });
    }

    /// The latest capture of a slot.
    pub(super) fn capture(&self, slot: usize) -> Option<(usize, usize)> {
        self.captures[slot].last().copied()
    }

    /// Adds a capture.
    pub(super) fn add_capture(&mut self, slot: usize, capture: (usize, usize)) {
        self.captures[slot].push(capture);
        self.entries.push(Entry::Captured { slot });
    }

    /// Takes the latest capture away.
    pub(super) fn release_capture(&mut self, slot: usize) -> Option<(usize, usize)> {
        let capture = self.captures[slot].pop()?;
        self.entries.push(Entry::Released { slot, capture });
        Some(capture)
    }

    /// Leaves a way to be tried later.
    pub(super) fn leave(&mut self, way: Way) {
        self.entries.push(Entry::Way(way));
    }

    /// Goes back to the last way that was left, and takes it off the trail.
    pub(super) fn retreat(&mut self) -> Option<Way> {
        while let Some(entry) = self.entries.pop() {
            match entry {
                Entry::Way(way) => return Some(way),
                change => self.undo(change),
            }
        }
        None
    }

    /// Goes back to a height, past all ways that were left since.
    pub(super) fn retreat_to(&mut self, height: usize) {
        while self.entries.len() > height {
            if let Some(entry) = self.entries.pop() {
                self.undo(entry);
            }
        }
    }

    /// Forgets the ways that were left since a height. The changes stand, and
    /// can still be undone.
    pub(super) fn commit(&mut self, height: usize) {
        let mut kept = height;
        for index in height..self.entries.len() {
            if !matches!(self.entries[index], Entry::Way(_)) {
                self.entries[kept] = self.entries[index];
                kept += 1;
            }
        }
        self.entries.truncate(kept);
    }

    fn undo(&mut self, entry: Entry) {
        match entry {
            Entry::Way(_) => {}
            Entry::Set { register, value } => self.registers[register] = value,
            Entry::Captured { slot } => {
                self.captures[slot].pop();
            }
            Entry::Released { slot, capture } => self.captures[slot].push(capture),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAY: Way = Way::Resume {
        instruction: 7,
        position: 0,
    };

    #[test]
    fn a_retreat_undoes_what_came_behind_the_way() {
        let mut trail = Trail::new(1, 1);
        trail.set(0, 3);
        trail.leave(WAY);
        trail.set(0, 4);
        trail.add_capture(0, (1, 2));
        assert!(trail.retreat().is_some());
        assert_eq!((trail.register(0), trail.capture(0)), (3, None));
        assert!(trail.retreat().is_none());
    }

    #[test]
    fn a_commit_keeps_changes_and_forgets_ways() {
        let mut trail = Trail::new(1, 1);
        trail.add_capture(0, (1, 2));
        trail.leave(WAY);
        let height = trail.height();
        trail.leave(WAY);
        assert_eq!(trail.release_capture(0), Some((1, 2)));
        trail.commit(height);
        assert_eq!(trail.capture(0), None);
        assert!(trail.retreat().is_some());
        assert_eq!(trail.capture(0), Some((1, 2)));
    }

    #[test]
    fn a_retreat_to_a_height_passes_over_ways() {
        let mut trail = Trail::new(0, 1);
        let height = trail.height();
        trail.add_capture(0, (1, 2));
        trail.leave(WAY);
        trail.retreat_to(height);
        assert_eq!((trail.height(), trail.capture(0)), (0, None));
    }
}
