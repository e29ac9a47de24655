//! What a backslash introduces.

use super::ast::{Anchor, Node};
use super::blocks::named_block;
use super::captures::Captures;
use super::casing::case_variants;
use super::error::DotNetRegexError;
use super::scanner::{Scanner, decimal_digit, is_word};
use super::unit_set::UnitSet;

impl Scanner {
    /// Reads what follows a backslash outside a class.
    pub(super) fn escape(&mut self, captures: &Captures) -> Result<Node, DotNetRegexError> {
        let Some(unit) = self.peek() else {
            return Err(self.invalid("the pattern ends in a backslash"));
        };
        match u8::try_from(unit) {
            Ok(b'b') => return self.anchor(Anchor::WordBoundary),
            Ok(b'B') => return self.anchor(Anchor::NotWordBoundary),
            Ok(b'A' | b'G') => return self.anchor(Anchor::Start),
            Ok(b'Z') => return self.anchor(Anchor::EndOrFinalNewline),
            Ok(b'z') => return self.anchor(Anchor::End),
            _ => {}
        }
        if let Some(set) = self.shorthand(unit)? {
            return Ok(Node::Set(set));
        }
        if let Some(slot) = self.reference(captures)? {
            return Ok(Node::Reference {
                slot,
                ignore_case: self.options.ignore_case,
            });
        }
        let unit = self.char_escape()?;
        Ok(self.literal(unit))
    }

    /// Skips what follows a backslash outside a class, while the groups are still being counted.
    pub(super) fn skip_escape(&mut self) -> Result<(), DotNetRegexError> {
        let letter = self.peek().and_then(|unit| u8::try_from(unit).ok());
        if letter.is_some_and(|letter| b"bBAGZzwWsSdDpP".contains(&letter)) {
            self.at += 1;
        } else if self.reference_target()?.is_none() {
            self.char_escape()?;
        }
        Ok(())
    }

    /// A literal, or the set of its case variants if case is ignored.
    pub(super) fn literal(&self, unit: u16) -> Node {
        match case_variants().get(&unit) {
            Some(variants) if self.options.ignore_case => {
                Node::Set(UnitSet::new(variants.iter().map(|v| (*v, *v)).collect()))
            }
            _ => Node::Literal(unit),
        }
    }

    fn anchor(&mut self, anchor: Anchor) -> Result<Node, DotNetRegexError> {
        self.at += 1;
        Ok(Node::Anchor(anchor))
    }

    /// Reads `\w`, `\d`, `\s`, `\p{…}` or the complement of one, starting at the letter. Reads
    /// nothing for another letter.
    pub(super) fn shorthand(&mut self, unit: u16) -> Result<Option<UnitSet>, DotNetRegexError> {
        let Ok(letter) = u8::try_from(unit) else {
            return Ok(None);
        };
        let set = match letter.to_ascii_lowercase() {
            b'w' => UnitSet::word(),
            b's' => UnitSet::whitespace(),
            b'd' => UnitSet::digits(),
            b'p' => {
                self.at += 1;
                return self.property(letter.is_ascii_uppercase()).map(Some);
            }
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(if letter.is_ascii_uppercase() {
            set.complement()
        } else {
            set
        }))
    }

    /// Reads the braces of `\p{…}`.
    fn property(&mut self, negated: bool) -> Result<UnitSet, DotNetRegexError> {
        let name = self.property_name()?;
        let ignore_case = self.options.ignore_case;
        let category = match name.as_str() {
            // If case is ignored, each kind of cased letter stands for all three.
            "Lu" | "Ll" | "Lt" if ignore_case => Some(UnitSet::cased_letters()),
            name => UnitSet::category(name),
        };
        if let Some(set) = category {
            return Ok(if negated { set.complement() } else { set });
        }
        if matches!(name.as_str(), "_xmlC" | "_xmlD" | "_xmlI" | "_xmlW") {
            return Err(DotNetRegexError::unsupported(
                "a class of XML name characters",
            ));
        }
        let Some((first, last)) = named_block(&name) else {
            return Err(self.invalid(format!("unknown property '{name}'")));
        };
        let block = UnitSet::range(first, last);
        let set = if negated { block.complement() } else { block };
        // Unlike a category, a block is a list of characters to .NET, so their variants are added.
        Ok(if ignore_case {
            set.with_case_variants()
        } else {
            set
        })
    }

    /// Reads the name in the braces of `\p{…}`.
    pub(super) fn property_name(&mut self) -> Result<String, DotNetRegexError> {
        if self.peek_at(2).is_none() {
            return Err(self.invalid(r"incomplete \p{X} character escape"));
        }
        if !self.eat(b'{') {
            return Err(self.invalid(r"malformed \p{X} character escape"));
        }
        let mut name = String::new();
        loop {
            name.push_str(&self.name());
            if !self.eat(b'-') {
                break;
            }
            name.push('-');
        }
        if !self.eat(b'}') {
            return Err(self.invalid(r"incomplete \p{X} character escape"));
        }
        Ok(name)
    }

    /// Reads a reference to a group, if one follows.
    fn reference(&mut self, captures: &Captures) -> Result<Option<u32>, DotNetRegexError> {
        let start = self.at;
        match self.reference_target()? {
            None => Ok(None),
            Some(Target::Number(slot) | Target::Digits(slot)) if captures.has(slot) => {
                Ok(Some(slot))
            }
            Some(Target::Digits(slot)) if slot > 9 => {
                // Digits that don't name a group are an octal escape.
                self.at = start;
                Ok(None)
            }
            Some(Target::Number(slot) | Target::Digits(slot)) => {
                Err(self.invalid(format!("reference to undefined group {slot}")))
            }
            Some(Target::Name(name)) => match captures.named(&name) {
                Some(slot) => Ok(Some(slot)),
                None => Err(self.invalid(format!("reference to undefined group '{name}'"))),
            },
        }
    }

    /// Reads `1`, `k<name>`, `k'name'`, `<name>` or `'name'`.
    fn reference_target(&mut self) -> Result<Option<Target>, DotNetRegexError> {
        let start = self.at;
        let close = if self.eat(b'k') {
            let open = self.next();
            match open.and_then(quote) {
                Some(close) if !self.is_at_end() => Some(close),
                _ => return Err(self.invalid(r"malformed \k<...> named back reference")),
            }
        } else if self.peek_at(1).is_some() {
            let close = self.peek().and_then(quote);
            self.at += usize::from(close.is_some());
            close
        } else {
            None
        };
        let first = self.peek().unwrap_or_default();
        let target = match close {
            None if (0x31..=0x39).contains(&first) => {
                return Ok(Some(Target::Digits(self.decimal()?)));
            }
            None => None,
            Some(close) if decimal_digit(first).is_some() => {
                let slot = self.decimal()?;
                self.eat(close).then_some(Target::Number(slot))
            }
            Some(close) if is_word(first) => {
                let name = self.name();
                self.eat(close).then_some(Target::Name(name))
            }
            Some(_) => None,
        };
        if target.is_none() {
            self.at = start;
        }
        Ok(target)
    }

    /// Reads an escape of one code unit.
    pub(super) fn char_escape(&mut self) -> Result<u16, DotNetRegexError> {
        let Some(unit) = self.next() else {
            return Err(self.invalid("the pattern ends in a backslash"));
        };
        let unit = match u8::try_from(unit) {
            Ok(b'0'..=b'7') => {
                self.at -= 1;
                self.octal()
            }
            Ok(b'x') => self.hex(2)?,
            Ok(b'u') => self.hex(4)?,
            Ok(b'a') => 0x07,
            Ok(b'b') => 0x08,
            Ok(b'e') => 0x1B,
            Ok(b'f') => 0x0C,
            Ok(b'n') => 0x0A,
            Ok(b'r') => 0x0D,
            Ok(b't') => 0x09,
            Ok(b'v') => 0x0B,
            Ok(b'c') => self.control()?,
            _ if is_word(unit) => return Err(self.invalid("unrecognized escape sequence")),
            _ => unit,
        };
        Ok(unit)
    }

    /// Reads up to three octal digits, of which .NET keeps the low eight bits.
    fn octal(&mut self) -> u16 {
        let mut value = 0;
        for _ in 0..3 {
            match self.peek() {
                Some(unit @ 0x30..=0x37) => value = value * 8 + (unit - 0x30),
                _ => break,
            }
            self.at += 1;
        }
        value & 0xFF
    }

    fn hex(&mut self, digits: usize) -> Result<u16, DotNetRegexError> {
        let mut value: u16 = 0;
        for _ in 0..digits {
            let digit = self
                .peek()
                .and_then(|unit| char::from_u32(u32::from(unit)))
                .and_then(|c| c.to_digit(16))
                .and_then(|digit| u16::try_from(digit).ok())
                .ok_or_else(|| self.invalid("insufficient hexadecimal digits"))?;
            self.at += 1;
            value = (value << 4) | digit;
        }
        Ok(value)
    }

    /// Reads the letter of `\cA`.
    fn control(&mut self) -> Result<u16, DotNetRegexError> {
        let letter = self
            .next()
            .ok_or_else(|| self.invalid("missing control character"))?;
        u8::try_from(letter)
            .ok()
            .and_then(|letter| letter.to_ascii_uppercase().checked_sub(b'@'))
            .filter(|control| *control < b' ')
            .map(u16::from)
            .ok_or_else(|| self.invalid("unrecognized control character"))
    }
}

/// What a reference is to.
enum Target {
    /// Bare digits, `\1`.
    Digits(u32),
    /// A quoted number, `\k<1>`.
    Number(u32),
    /// A quoted name, `\k<n>`.
    Name(String),
}

/// The character that closes a name opened by `unit`.
fn quote(unit: u16) -> Option<u8> {
    match u8::try_from(unit) {
        Ok(b'<') => Some(b'>'),
        Ok(b'\'') => Some(b'\''),
        _ => None,
    }
}
