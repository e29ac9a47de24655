//! What an opening parenthesis introduces.

use super::ast::Node;
use super::captures::Captures;
use super::error::DotNetRegexError;
use super::scanner::{Scanner, decimal_digit, is_word};

/// The kinds of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Group {
    /// `(?:…)`, and the whole pattern.
    Plain,
    /// `(…)` and `(?<name>…)`.
    Capture(u32),
    /// `(?<a-b>…)`.
    Balancing { slot: Option<u32>, taken_from: u32 },
    /// `(?>…)`.
    Atomic,
    /// `(?=…)`, `(?!…)`, `(?<=…)` and `(?<!…)`.
    Lookaround { behind: bool, negative: bool },
    /// `(?(1)…)`.
    IfCaptured(u32),
    /// `(?(…)…)`.
    IfMatches,
}

impl Group {
    /// The node of such a group around its alternatives. Only a conditional has a test.
    pub(super) fn node(self, test: Option<Node>, branches: Vec<Node>) -> Node {
        match self {
            Group::Plain => Node::alternation(branches),
            Group::Capture(slot) => Node::Capture {
                slot,
                inner: Box::new(Node::alternation(branches)),
            },
            Group::Balancing { slot, taken_from } => Node::Balancing {
                slot,
                taken_from,
                inner: Box::new(Node::alternation(branches)),
            },
            Group::Atomic => Node::Atomic(Box::new(Node::alternation(branches))),
            Group::Lookaround { behind, negative } => Node::Lookaround {
                behind,
                negative,
                inner: Box::new(Node::alternation(branches)),
            },
            Group::IfCaptured(slot) => {
                let [yes, no] = two(branches);
                Node::IfCaptured { slot, yes, no }
            }
            Group::IfMatches => {
                let [yes, no] = two(branches);
                Node::IfMatches {
                    test: Box::new(test.unwrap_or(Node::Empty)),
                    yes,
                    no,
                }
            }
        }
    }
}

/// The two branches of a conditional; a missing one is empty.
fn two(branches: Vec<Node>) -> [Box<Node>; 2] {
    let mut branches = branches.into_iter();
    [(); 2].map(|()| Box::new(branches.next().unwrap_or(Node::Empty)))
}

/// Reads the heads of groups, and numbers those without a name.
pub(super) struct GroupReader {
    pub(super) captures: Captures,
    /// The number of the next group without a name.
    next_slot: u32,
    /// Set after the head of a conditional: the next plain parenthesis does not capture. As in
    /// .NET, this stays set until there is one, even if the condition itself was a lookaround.
    skip_next_paren: bool,
}

impl GroupReader {
    pub(super) fn new(captures: Captures) -> GroupReader {
        GroupReader {
            captures,
            next_slot: 1,
            skip_next_paren: false,
        }
    }

    /// Reads the head of a group after its parenthesis. There is none if the parentheses only hold
    /// options.
    pub(super) fn head(
        &mut self,
        scanner: &mut Scanner,
        is_in_test: bool,
    ) -> Result<Option<Group>, DotNetRegexError> {
        // `(?)` is a group that starts with a stray quantifier.
        if !scanner.is(0, b'?') || scanner.is(1, b')') {
            if scanner.options.explicit_capture || self.skip_next_paren {
                self.skip_next_paren = false;
                return Ok(Some(Group::Plain));
            }
            self.next_slot += 1;
            return Ok(Some(Group::Capture(self.next_slot - 1)));
        }
        scanner.at += 1;
        let group = match scanner.next().and_then(|unit| u8::try_from(unit).ok()) {
            Some(b':') => Group::Plain,
            Some(b'=') => Group::Lookaround {
                behind: false,
                negative: false,
            },
            Some(b'!') => Group::Lookaround {
                behind: false,
                negative: true,
            },
            Some(b'>') => Group::Atomic,
            Some(b'<') if scanner.eat(b'=') => Group::Lookaround {
                behind: true,
                negative: false,
            },
            Some(b'<') if scanner.eat(b'!') => Group::Lookaround {
                behind: true,
                negative: true,
            },
            Some(b'<') => self.capture_head(scanner, b'>')?,
            Some(b'\'') => self.capture_head(scanner, b'\'')?,
            Some(b'(') => self.conditional_head(scanner)?,
            _ => {
                scanner.at -= 1;
                return options_head(scanner, is_in_test);
            }
        };
        Ok(Some(group))
    }

    /// Reads `name>`, `name-other>` or `-other>`.
    fn capture_head(&self, scanner: &mut Scanner, close: u8) -> Result<Group, DotNetRegexError> {
        let Some(unit) = scanner.peek() else {
            return Err(unrecognized(scanner));
        };
        let mut slot = None;
        if unit != u16::from(b'-') {
            slot = self.named_slot(scanner, unit)?;
            if !scanner.is(0, close) && !scanner.is(0, b'-') && !scanner.is_at_end() {
                return Err(invalid_name(scanner));
            }
            if slot == Some(0) {
                return Err(scanner.invalid("a group cannot have the number 0"));
            }
        }
        let balances = (slot.is_some() || unit == u16::from(b'-'))
            && scanner.is(0, b'-')
            && scanner.peek_at(1).is_some();
        let mut taken_from = None;
        if balances {
            scanner.at += 1;
            let unit = scanner.peek().unwrap_or_default();
            taken_from = self.named_slot(scanner, unit)?;
            if taken_from.is_none() {
                return Err(scanner.invalid("reference to an undefined group"));
            }
            if !scanner.is(0, close) && !scanner.is_at_end() {
                return Err(invalid_name(scanner));
            }
        }
        match (slot, taken_from) {
            (slot, Some(taken_from)) if scanner.eat(close) => {
                Ok(Group::Balancing { slot, taken_from })
            }
            (Some(slot), None) if scanner.eat(close) => Ok(Group::Capture(slot)),
            _ => Err(unrecognized(scanner)),
        }
    }

    /// Reads the number or the name of a group, if the pattern has it.
    fn named_slot(
        &self,
        scanner: &mut Scanner,
        first: u16,
    ) -> Result<Option<u32>, DotNetRegexError> {
        if decimal_digit(first).is_some() {
            let slot = scanner.decimal()?;
            Ok(Some(slot).filter(|slot| self.captures.has(*slot)))
        } else if is_word(first) {
            let name = scanner.name();
            Ok(self.captures.named(&name))
        } else {
            Err(invalid_name(scanner))
        }
    }

    /// Reads the condition of `(?(…)yes|no)`, after the second parenthesis.
    fn conditional_head(&mut self, scanner: &mut Scanner) -> Result<Group, DotNetRegexError> {
        let paren = scanner.at - 1;
        let first = scanner.peek().unwrap_or_default();
        if decimal_digit(first).is_some() {
            let slot = scanner.decimal()?;
            if !scanner.eat(b')') {
                return Err(scanner.invalid("malformed reference in a conditional"));
            }
            if !self.captures.has(slot) {
                return Err(scanner.invalid("a conditional refers to an undefined group"));
            }
            return Ok(Group::IfCaptured(slot));
        }
        if is_word(first) {
            let name = scanner.name();
            if let Some(slot) = self.captures.named(&name)
                && scanner.eat(b')')
            {
                return Ok(Group::IfCaptured(slot));
            }
        }
        // Not a group, so the condition is an expression. Its parenthesis is read again, as a group
        // that does not capture.
        scanner.at = paren;
        self.skip_next_paren = true;
        if scanner.is(1, b'?') {
            if scanner.is(2, b'#') {
                return Err(scanner.invalid("a conditional cannot be a comment"));
            }
            let is_look = scanner.is(3, b'=') || scanner.is(3, b'!');
            let is_named = scanner.is(2, b'<') && scanner.peek_at(3).is_some() && !is_look;
            if scanner.is(2, b'\'') || is_named {
                return Err(scanner.invalid("a conditional cannot capture into a named group"));
            }
        }
        Ok(Group::IfMatches)
    }
}

/// Reads `(?i)` or `(?i:`, starting at the letters.
fn options_head(
    scanner: &mut Scanner,
    is_in_test: bool,
) -> Result<Option<Group>, DotNetRegexError> {
    // .NET accepts no options directly inside a conditional with a test.
    if !is_in_test {
        scanner.scan_options();
    }
    if scanner.eat(b')') {
        Ok(None)
    } else if scanner.eat(b':') {
        Ok(Some(Group::Plain))
    } else {
        Err(unrecognized(scanner))
    }
}

fn unrecognized(scanner: &Scanner) -> DotNetRegexError {
    scanner.invalid("unrecognized grouping construct")
}

fn invalid_name(scanner: &Scanner) -> DotNetRegexError {
    scanner.invalid("invalid group name: group names must begin with a word character")
}
