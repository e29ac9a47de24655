//! Which groups a pattern has, and their numbers.
//!
//! A .NET pattern may refer to groups that come later, and whether `\12` is a reference or an octal
//! escape depends on how many there are. So .NET reads every pattern twice; this is the first,
//! coarser reading. The numbers are the same as in .NET: unnamed groups from left to right, then the named ones
//! in order of appearance, in the gaps between explicit numbers.

use std::collections::{BTreeSet, HashMap};

use super::error::DotNetRegexError;
use super::scanner::{Options, Scanner, is_word};

/// The groups of a pattern.
#[derive(Debug, Clone, Default)]
pub(super) struct Captures {
    slots: BTreeSet<u32>,
    names: HashMap<String, u32>,
}

impl Captures {
    /// Whether there is a group of this number. Zero is the whole match.
    pub(super) fn has(&self, slot: u32) -> bool {
        self.slots.contains(&slot)
    }

    /// The number of the group of this name.
    pub(super) fn named(&self, name: &str) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// Counts the groups of a pattern.
    pub(super) fn count(scanner: Scanner) -> Result<Captures, DotNetRegexError> {
        let mut counter = Counter {
            scanner,
            slots: BTreeSet::from([0]),
            next_slot: 1,
            names: Vec::new(),
            outer_options: Vec::new(),
            skip_next_paren: false,
        };
        counter.run()?;
        Ok(counter.assign_names())
    }
}

struct Counter {
    scanner: Scanner,
    slots: BTreeSet<u32>,
    next_slot: u32,
    /// The names in order of appearance.
    names: Vec<String>,
    outer_options: Vec<Options>,
    /// The parenthesis around the test of a conditional does not capture.
    skip_next_paren: bool,
}

impl Counter {
    fn run(&mut self) -> Result<(), DotNetRegexError> {
        while let Some(unit) = self.scanner.next() {
            match u8::try_from(unit) {
                Ok(b'\\') if !self.scanner.is_at_end() => self.scanner.skip_escape()?,
                Ok(b'#') if self.scanner.options.ignore_whitespace => {
                    self.scanner.at -= 1;
                    self.scanner.skip_blank()?;
                }
                Ok(b'[') => self.scanner.skip_class()?,
                Ok(b')') => {
                    if let Some(options) = self.outer_options.pop() {
                        self.scanner.options = options;
                    }
                }
                Ok(b'(') => self.open_group()?,
                _ => {}
            }
        }
        Ok(())
    }

    fn open_group(&mut self) -> Result<(), DotNetRegexError> {
        if self.scanner.is(0, b'?') && self.scanner.is(1, b'#') {
            self.scanner.at -= 1;
            self.scanner.skip_blank()?;
            self.skip_next_paren = false;
            return Ok(());
        }
        self.outer_options.push(self.scanner.options);
        if !self.scanner.eat(b'?') {
            if !self.scanner.options.explicit_capture && !self.skip_next_paren {
                self.slots.insert(self.next_slot);
                self.next_slot += 1;
            }
            self.skip_next_paren = false;
            return Ok(());
        }
        let quoted = self.scanner.is(0, b'<') || self.scanner.is(0, b'\'');
        if quoted && self.scanner.peek_at(1).is_some() {
            self.scanner.at += 1;
            match self.scanner.peek() {
                Some(unit) if (0x31..=0x39).contains(&unit) => {
                    let slot = self.scanner.decimal()?;
                    self.slots.insert(slot);
                }
                Some(unit) if unit != 0x30 && is_word(unit) => {
                    let name = self.scanner.name();
                    if !self.names.contains(&name) {
                        self.names.push(name);
                    }
                }
                _ => {}
            }
        } else {
            self.scanner.scan_options();
            if self.scanner.eat(b')') {
                // The options stay in force after such a group.
                self.outer_options.pop();
            } else if self.scanner.is(0, b'(') {
                self.skip_next_paren = true;
                return Ok(());
            }
        }
        self.skip_next_paren = false;
        Ok(())
    }

    fn assign_names(mut self) -> Captures {
        let mut names = HashMap::new();
        for name in self.names {
            while self.slots.contains(&self.next_slot) {
                self.next_slot += 1;
            }
            self.slots.insert(self.next_slot);
            names.insert(name, self.next_slot);
            self.next_slot += 1;
        }
        Captures {
            slots: self.slots,
            names,
        }
    }
}
