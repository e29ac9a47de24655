//! Reading a character class, `[…]`.

use super::error::DotNetRegexError;
use super::scanner::Scanner;
use super::unit_set::UnitSet;

/// How deep subtractions may be nested, `[a-[b-[c]]]`.
const MAX_SUBTRACTIONS: usize = 50;

/// What has been read of a class.
#[derive(Default)]
struct ClassParts {
    /// Single characters and ranges. Under `IgnoreCase`, their case variants are added.
    listed: Vec<(u16, u16)>,
    /// Categories.
    sets: UnitSet,
    /// Subtracted after negation.
    subtracted: Option<UnitSet>,
}

/// The two readings of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Counts groups; classes are skipped by .NET's slightly coarser rules.
    First,
    /// Builds the tree.
    Second,
}

impl Scanner {
    /// Reads a class after its opening bracket.
    pub(super) fn class(&mut self) -> Result<UnitSet, DotNetRegexError> {
        self.class_at_depth(0, Reading::Second)
    }

    /// Skips a class while the groups are still being counted.
    pub(super) fn skip_class(&mut self) -> Result<(), DotNetRegexError> {
        self.class_at_depth(0, Reading::First).map(drop)
    }

    fn class_at_depth(
        &mut self,
        depth: usize,
        reading: Reading,
    ) -> Result<UnitSet, DotNetRegexError> {
        if depth > MAX_SUBTRACTIONS {
            return Err(DotNetRegexError::too_complex(
                "character classes are nested too deeply",
            ));
        }
        let (open, close, dash) = (u16::from(b'['), u16::from(b']'), u16::from(b'-'));
        let mut parts = ClassParts::default();
        let negated = self.eat(b'^');
        let mut range_start = None;
        let mut is_first = true;
        loop {
            let Some(mut unit) = self.next() else {
                return Err(self.invalid("unterminated [] set"));
            };
            let was_first = std::mem::replace(&mut is_first, false);
            let mut escaped = false;
            if unit == close && !was_first {
                break;
            }
            if unit == u16::from(b'\\') && !self.is_at_end() {
                if self.class_shorthand(&mut parts, range_start, reading)? {
                    continue;
                }
                if self.eat(b'-') {
                    // An escaped dash may end a range, but does not start one.
                    if reading == Reading::Second {
                        let first = range_start.take().unwrap_or(dash);
                        self.push_range(&mut parts, first, dash)?;
                    }
                    continue;
                }
                unit = self.char_escape()?;
                escaped = true;
            }
            if let Some(first) = range_start.take() {
                if reading == Reading::First {
                    // Here .NET treats the bracket of a subtraction as the end of the range.
                } else if unit == open && !escaped && !was_first {
                    parts.listed.push((first, first));
                    self.subtraction(&mut parts, depth, reading)?;
                } else {
                    self.push_range(&mut parts, first, unit)?;
                }
            } else if self.is(0, b'-') && self.peek_at(1).is_some_and(|unit| unit != close) {
                range_start = Some(unit);
                self.at += 1;
            } else if unit == dash && !escaped && !was_first && self.eat(b'[') {
                self.subtraction(&mut parts, depth, reading)?;
            } else {
                parts.listed.push((unit, unit));
            }
        }
        if reading == Reading::First {
            return Ok(UnitSet::default());
        }
        let mut set = UnitSet::new(parts.listed);
        if self.options.ignore_case {
            set = set.with_case_variants();
        }
        set = set.union(&parts.sets);
        if negated {
            set = set.complement();
        }
        Ok(match parts.subtracted {
            Some(subtracted) => set.difference(&subtracted),
            None => set,
        })
    }

    /// Reads a shorthand such as `\w` inside a class, after the backslash.
    fn class_shorthand(
        &mut self,
        parts: &mut ClassParts,
        range_start: Option<u16>,
        reading: Reading,
    ) -> Result<bool, DotNetRegexError> {
        let Some(unit) = self.peek() else {
            return Ok(false);
        };
        if reading == Reading::First && (self.is(0, b'p') || self.is(0, b'P')) {
            self.at += 1;
            self.property_name()?;
            return Ok(true);
        }
        let Some(set) = self.shorthand(unit)? else {
            return Ok(false);
        };
        if range_start.is_some() && reading == Reading::Second {
            return Err(self.invalid(r"a class such as \w cannot bound a range"));
        }
        parts.sets = parts.sets.union(&set);
        Ok(true)
    }

    fn push_range(
        &self,
        parts: &mut ClassParts,
        first: u16,
        last: u16,
    ) -> Result<(), DotNetRegexError> {
        if first > last {
            return Err(self.invalid("[x-y] range in reverse order"));
        }
        parts.listed.push((first, last));
        Ok(())
    }

    /// Reads the class to subtract, after its opening bracket. It must be the last element of the
    /// class around it.
    fn subtraction(
        &mut self,
        parts: &mut ClassParts,
        depth: usize,
        reading: Reading,
    ) -> Result<(), DotNetRegexError> {
        parts.subtracted = Some(self.class_at_depth(depth + 1, reading)?);
        if reading == Reading::Second && self.peek().is_some_and(|unit| unit != u16::from(b']')) {
            return Err(self.invalid("a subtraction must be the last element in a character class"));
        }
        Ok(())
    }
}
