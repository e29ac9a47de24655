//! A cursor over the code units of a pattern. It reads what all parts of the parser need: numbers,
//! names, blanks and options.

use super::error::DotNetRegexError;
use super::unit_set::UnitSet;

/// The options that can be changed inside a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Options {
    /// `i`, `IgnoreCase`.
    pub(super) ignore_case: bool,
    /// `m`, `Multiline`.
    pub(super) multiline: bool,
    /// `n`, `ExplicitCapture`.
    pub(super) explicit_capture: bool,
    /// `s`, `Singleline`.
    pub(super) singleline: bool,
    /// `x`, `IgnorePatternWhitespace`.
    pub(super) ignore_whitespace: bool,
}

/// The pattern, how far it has been read, and the options in force there.
#[derive(Debug, Clone)]
pub(super) struct Scanner {
    units: Vec<u16>,
    pub(super) at: usize,
    pub(super) options: Options,
}

impl Scanner {
    pub(super) fn new(pattern: &str, options: Options) -> Scanner {
        Scanner {
            units: pattern.encode_utf16().collect(),
            at: 0,
            options,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.units.len()
    }

    /// The code unit this far ahead of the cursor.
    pub(super) fn peek_at(&self, ahead: usize) -> Option<u16> {
        self.units.get(self.at + ahead).copied()
    }

    pub(super) fn peek(&self) -> Option<u16> {
        self.peek_at(0)
    }

    /// Whether the unit `ahead` of the cursor is the ASCII character `c`.
    pub(super) fn is(&self, ahead: usize, c: u8) -> bool {
        self.peek_at(ahead) == Some(u16::from(c))
    }

    /// Reads one code unit.
    pub(super) fn next(&mut self) -> Option<u16> {
        let unit = self.peek()?;
        self.at += 1;
        Some(unit)
    }

    /// Reads the ASCII character `c` if it comes next.
    pub(super) fn eat(&mut self, c: u8) -> bool {
        let found = self.is(0, c);
        self.at += usize::from(found);
        found
    }

    /// The error that the pattern is invalid at the cursor.
    pub(super) fn invalid(&self, reason: impl Into<String>) -> DotNetRegexError {
        DotNetRegexError::Invalid {
            offset: self.at.min(self.units.len()),
            reason: reason.into(),
        }
    }

    /// Reads a decimal number. As in .NET, no digits mean zero, and a number beyond 32 signed bits
    /// is an error.
    pub(super) fn decimal(&mut self) -> Result<u32, DotNetRegexError> {
        let mut value: u32 = 0;
        while let Some(digit) = self.peek().and_then(decimal_digit) {
            self.at += 1;
            value = value
                .checked_mul(10)
                .and_then(|v| v.checked_add(digit))
                .filter(|v| *v <= i32::MAX as u32)
                .ok_or_else(|| self.invalid("a number is out of range"))?;
        }
        Ok(value)
    }

    /// Reads the word characters that form a group name.
    pub(super) fn name(&mut self) -> String {
        let start = self.at;
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
        String::from_utf16_lossy(&self.units[start..self.at])
    }

    /// Skips comments and, under `x`, white space.
    pub(super) fn skip_blank(&mut self) -> Result<(), DotNetRegexError> {
        loop {
            if self.options.ignore_whitespace {
                while self.peek().is_some_and(is_blank) {
                    self.at += 1;
                }
            }
            if self.options.ignore_whitespace && self.is(0, b'#') {
                while !self.is_at_end() && !self.is(0, b'\n') {
                    self.at += 1;
                }
            } else if self.is(0, b'(') && self.is(1, b'?') && self.is(2, b'#') {
                while !self.is_at_end() && !self.is(0, b')') {
                    self.at += 1;
                }
                if !self.eat(b')') {
                    return Err(self.invalid("unterminated (?#...) comment"));
                }
            } else {
                return Ok(());
            }
        }
    }

    /// Reads option letters such as `im-sx` and applies them, up to the first
    /// character that is not one.
    pub(super) fn scan_options(&mut self) {
        let mut on = true;
        while let Some(unit) = self.peek() {
            let Ok(letter) = u8::try_from(unit) else {
                return;
            };
            match letter.to_ascii_lowercase() {
                b'-' => on = false,
                b'+' => on = true,
                b'i' => self.options.ignore_case = on,
                b'm' => self.options.multiline = on,
                b'n' => self.options.explicit_capture = on,
                b's' => self.options.singleline = on,
                b'x' => self.options.ignore_whitespace = on,
                _ => return,
            }
            self.at += 1;
        }
    }

    /// Whether a quantifier starts at the cursor. A brace starts one only as a complete `{n}`,
    /// `{n,}` or `{n,m}`; any other is a literal.
    pub(super) fn is_at_quantifier(&self) -> bool {
        match self.peek().and_then(|unit| u8::try_from(unit).ok()) {
            Some(b'*' | b'+' | b'?') => true,
            Some(b'{') => {
                let digits = |from: usize| {
                    (from..)
                        .take_while(|at| self.peek_at(*at).and_then(decimal_digit).is_some())
                        .count()
                };
                let least = digits(1);
                if least == 0 {
                    return false;
                }
                let end = 1 + least;
                self.is(end, b'}')
                    || (self.is(end, b',') && {
                        let end = end + 1;
                        self.is(end + digits(end), b'}')
                    })
            }
            _ => false,
        }
    }
}

/// The value of an ASCII digit.
pub(super) fn decimal_digit(unit: u16) -> Option<u32> {
    char::from_u32(u32::from(unit)).and_then(|c| c.to_digit(10))
}

/// White space under `x`: ASCII only, without the vertical tab.
pub(super) fn is_blank(unit: u16) -> bool {
    matches!(unit, 0x09 | 0x0A | 0x0C | 0x0D | 0x20)
}

/// Whether `\b` treats a code unit as a word character. Names consist of these, and a backslash
/// before one must form a known escape.
pub(super) fn is_word(unit: u16) -> bool {
    UnitSet::boundary_word().contains(unit)
}
