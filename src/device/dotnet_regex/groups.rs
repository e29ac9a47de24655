//! What an opening parenthesis introduces.

use crate::device::dotnet_regex::DotNetRegexError;
use crate::device::dotnet_regex::ast::Node;
use crate::device::dotnet_regex::parser::Parser;
use crate::device::dotnet_regex::scanner::{decimal_digit, is_word};

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
    LogStyle { behind: bool, negative: bool },
    /// `(?(1)…)`.
    IfCaptured(u32),
    /// `(?(…)…)`.
    IfMatches,
}

impl Group {
    /// The node of a group of this kind around its alternatives. Only a
    /// conditional can have a test.
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
            Group::LogStyle { behind, negative } => Node::LogStyle {
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

/// The two ways of a conditional; one that is not written is empty.
fn two(branches: Vec<Node>) -> [Box<Node>; 2] {
    let mut branches = branches.into_iter();
    [(); 2].map(|()| Box::new(branches.next().unwrap_or(Node::Empty)))
}

impl Parser {
    /// Reads the head of a group behind its parenthesis. There is none where
    /// the parentheses only held options.
    pub(super) fn group_head(&mut self) -> Result<Option<Group>, DotNetRegexError> {
        let scanner = &mut self.scanner;
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
            Some(b'=') => Group::LogStyle {
                behind: false,
                negative: false,
            },
            Some(b'!') => Group::LogStyle {
                behind: false,
                negative: true,
            },
            Some(b'>') => Group::Atomic,
            Some(b'<') if scanner.eat(b'=') => Group::LogStyle {
                behind: true,
                negative: false,
            },
            Some(b'<') if scanner.eat(b'!') => Group::LogStyle {
                behind: true,
                negative: true,
            },
            Some(b'<') => self.capture_head(b'>')?,
            Some(b'\'') => self.capture_head(b'\'')?,
            Some(b'(') => self.conditional_head()?,
            _ => {
                scanner.at -= 1;
                return self.options_head();
            }
        };
        Ok(Some(group))
    }

    /// Reads `(?i)` or `(?i:`, from the letters on.
    fn options_head(&mut self) -> Result<Option<Group>, DotNetRegexError> {
        // .NET takes no options directly inside a conditional with a test.
        if !self.is_in_test() {
            self.scanner.scan_options();
        }
        if self.scanner.eat(b')') {
            Ok(None)
        } else if self.scanner.eat(b':') {
            Ok(Some(Group::Plain))
        } else {
            Err(self.unrecognized())
        }
    }

    fn unrecognized(&self) -> DotNetRegexError {
        self.scanner.invalid("unrecognized grouping construct")
    }

    /// Reads `name>`, `name-other>` or `-other>`.
    fn capture_head(&mut self, close: u8) -> Result<Group, DotNetRegexError> {
        let Some(unit) = self.scanner.peek() else {
            return Err(self.unrecognized());
        };
        let mut slot = None;
        if unit != u16::from(b'-') {
            slot = self.named_slot(unit)?;
            if !self.scanner.is(0, close) && !self.scanner.is(0, b'-') && !self.scanner.is_at_end()
            {
                return Err(self.invalid_name());
            }
            if slot == Some(0) {
                return Err(self.scanner.invalid("a group cannot have the number 0"));
            }
        }
        let balances = (slot.is_some() || unit == u16::from(b'-'))
            && self.scanner.is(0, b'-')
            && self.scanner.peek_at(1).is_some();
        let mut taken_from = None;
        if balances {
            self.scanner.at += 1;
            let unit = self.scanner.peek().unwrap_or_default();
            taken_from = self.named_slot(unit)?;
            if taken_from.is_none() {
                return Err(self.scanner.invalid("reference to an undefined group"));
            }
            if !self.scanner.is(0, close) && !self.scanner.is_at_end() {
                return Err(self.invalid_name());
            }
        }
        match (slot, taken_from) {
            (slot, Some(taken_from)) if self.scanner.eat(close) => {
                Ok(Group::Balancing { slot, taken_from })
            }
            (Some(slot), None) if self.scanner.eat(close) => Ok(Group::Capture(slot)),
            _ => Err(self.unrecognized()),
        }
    }

    /// Reads the number or the name of a group, if the pattern has it.
    fn named_slot(&mut self, first: u16) -> Result<Option<u32>, DotNetRegexError> {
        if decimal_digit(first).is_some() {
            let slot = self.scanner.decimal()?;
            Ok(Some(slot).filter(|slot| self.captures.has(*slot)))
        } else if is_word(first) {
            let name = self.scanner.name();
            Ok(self.captures.named(&name))
        } else {
            Err(self.invalid_name())
        }
    }

    fn invalid_name(&self) -> DotNetRegexError {
        self.scanner
            .invalid("invalid group name: group names must begin with a word character")
    }

    /// Reads the condition of `(?(…)yes|no)`, behind the second parenthesis.
    fn conditional_head(&mut self) -> Result<Group, DotNetRegexError> {
        let paren = self.scanner.at - 1;
        let first = self.scanner.peek().unwrap_or_default();
        if decimal_digit(first).is_some() {
            let slot = self.scanner.decimal()?;
            if !self.scanner.eat(b')') {
                return Err(self.scanner.invalid("malformed reference in a conditional"));
            }
            if !self.captures.has(slot) {
                return Err(self
                    .scanner
                    .invalid("a conditional refers to an undefined group"));
            }
            return Ok(Group::IfCaptured(slot));
        }
        if is_word(first) {
            let name = self.scanner.name();
            if let Some(slot) = self.captures.named(&name)
                && self.scanner.eat(b')')
            {
                return Ok(Group::IfCaptured(slot));
            }
        }
        // Not a group, so the condition is an expression. Its parenthesis is
        // read again as a group of its own, one that does not capture.
        self.scanner.at = paren;
        self.skip_next_paren = true;
        if self.scanner.is(1, b'?') {
            if self.scanner.is(2, b'#') {
                return Err(self.scanner.invalid("a conditional cannot be a comment"));
            }
            let is_look = self.scanner.is(3, b'=') || self.scanner.is(3, b'!');
            let is_named =
                self.scanner.is(2, b'<') && self.scanner.peek_at(3).is_some() && !is_look;
            if self.scanner.is(2, b'\'') || is_named {
                return Err(self
                    .scanner
                    .invalid("a conditional cannot capture into a named group"));
            }
        }
        Ok(Group::IfMatches)
    }
}
