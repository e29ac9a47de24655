//! A backtracking matcher with the semantics of .NET.
//!
//! It decides the patterns that are not regular. Like .NET's own it keeps a
//! stack of captures for every group, matches lookbehinds from right to left,
//! never goes back into a lookaround, an atomic group or the test of a
//! conditional, and ends a repetition after a turn that was empty. It runs on
//! a stack of its own, so that no pattern can exhaust that of the thread, and
//! counts its steps, so that none can keep it busy.

use crate::device::dotnet_regex::DotNetRegexError;
use crate::device::dotnet_regex::ast::Anchor;
use crate::device::dotnet_regex::casing::is_same_letter;
use crate::device::dotnet_regex::code_units::CodeUnits;
use crate::device::dotnet_regex::program::{Instruction, Program, UnitTest};
use crate::device::dotnet_regex::trail::{Trail, Way};
use crate::device::dotnet_regex::unit_set::UnitSet;

/// The bound on the steps of one search.
const MAX_STEPS: usize = 10_000_000;

/// How many code units are read, or entries of the trail moved, in a step.
const UNITS_PER_STEP: usize = 8;

/// Stands for no position in a register.
const NOWHERE: usize = usize::MAX;

/// Whether the program matches at `from` or anywhere behind it.
pub(super) fn search<T: CodeUnits + ?Sized>(
    program: &Program,
    text: &T,
    from: usize,
) -> Result<bool, DotNetRegexError> {
    let mut matcher = Matcher {
        program,
        text,
        position: from,
        trail: Trail::new(program.registers, program.slots),
        steps: 0,
    };
    let last = if program.anchored { 0 } else { text.len() };
    for start in from..=last {
        if matcher.matches_at(start)? {
            return Ok(true);
        }
    }
    Ok(false)
}

struct Matcher<'a, T: ?Sized> {
    program: &'a Program,
    text: &'a T,
    position: usize,
    trail: Trail,
    steps: usize,
}

impl<T: CodeUnits + ?Sized> Matcher<'_, T> {
    fn matches_at(&mut self, start: usize) -> Result<bool, DotNetRegexError> {
        let program = self.program;
        self.position = start;
        let mut at = 0;
        loop {
            self.count(1)?;
            let next = match &program.instructions[at] {
                Instruction::Match => return Ok(true),
                instruction => self.step(at, instruction)?,
            };
            at = match next.or_else(|| self.retreat()) {
                Some(next) => next,
                None => return Ok(false),
            };
        }
    }

    fn count(&mut self, steps: usize) -> Result<(), DotNetRegexError> {
        self.steps += steps;
        if self.steps > MAX_STEPS {
            return Err(DotNetRegexError::TooComplex {
                limit: "matching takes too many steps",
            });
        }
        self.trail.check()
    }

    /// Takes a step: where to go on, if this way can match.
    fn step(
        &mut self,
        at: usize,
        instruction: &Instruction,
    ) -> Result<Option<usize>, DotNetRegexError> {
        let goes_on = match instruction {
            Instruction::Match => true,
            Instruction::Unit { test, back } => self.read(test, 1, *back)? == 1,
            Instruction::Run {
                test,
                min,
                max,
                lazy,
                back,
            } => {
                let most = max.unwrap_or(u32::MAX);
                self.run(at, test, (*min, most), *lazy, *back)?
            }
            Instruction::Anchor(anchor) => self.holds(*anchor),
            Instruction::Reference {
                slot,
                ignore_case,
                back,
            } => self.reference(*slot, *ignore_case, *back)?,
            Instruction::Fork { otherwise } => {
                self.leave(*otherwise);
                true
            }
            Instruction::Jump(target) => return Ok(Some(*target)),
            Instruction::SavePosition { register } => {
                self.trail.set(*register, self.position);
                true
            }
            Instruction::RestorePosition { register } => {
                self.position = self.trail.register(*register);
                true
            }
            Instruction::Capture { slot, register } => {
                self.trail.add_capture(*slot, self.span_from(*register));
                true
            }
            Instruction::Balance {
                slot,
                taken_from,
                register,
            } => self.balance(*slot, *taken_from, *register),
            Instruction::UnlessCaptured { slot, otherwise } => {
                if self.trail.capture(*slot).is_none() {
                    return Ok(Some(*otherwise));
                }
                true
            }
            Instruction::LoopStart { turns, mark } => {
                self.trail.set(*turns, 0);
                self.trail.set(*mark, NOWHERE);
                true
            }
            Instruction::TurnStart { turns, mark } => {
                self.trail.set(*turns, self.trail.register(*turns) + 1);
                self.trail.set(*mark, self.position);
                true
            }
            Instruction::TurnEnd {
                turns,
                mark,
                min,
                max,
                lazy,
                body,
            } => {
                let turns = self.trail.register(*turns);
                let is_empty = self.trail.register(*mark) == self.position;
                let is_last = max.is_some_and(|max| turns >= max as usize);
                let needs_more = turns < *min as usize;
                if !needs_more && !is_last && !is_empty {
                    self.leave(if *lazy { *body } else { at + 1 });
                }
                let again = needs_more || (!is_last && !is_empty && !lazy);
                return Ok(Some(if again { *body } else { at + 1 }));
            }
            Instruction::SaveHeight { register } => {
                // Saving it is an entry itself.
                self.trail.set(*register, self.trail.height() + 1);
                true
            }
            Instruction::Commit { register } => {
                let height = self.trail.register(*register);
                self.count((self.trail.height() - height) / UNITS_PER_STEP)?;
                self.trail.commit(height);
                true
            }
            Instruction::FailSince { register } => {
                self.trail.retreat_to(self.trail.register(*register));
                false
            }
        };
        Ok(goes_on.then_some(at + 1))
    }

    /// Leaves a way from this position.
    fn leave(&mut self, instruction: usize) {
        self.trail.leave(Way::Resume {
            instruction,
            position: self.position,
        });
    }

    /// Takes the last way that was left.
    fn retreat(&mut self) -> Option<usize> {
        loop {
            match self.trail.retreat()? {
                Way::Resume {
                    instruction,
                    position,
                } => {
                    self.position = position;
                    return Some(instruction);
                }
                Way::Shrink {
                    instruction,
                    position,
                    limit,
                } => {
                    // A run in a lookbehind grows towards the start.
                    self.position = if position > limit {
                        position - 1
                    } else {
                        position + 1
                    };
                    self.leave_shorter(instruction, limit);
                    return Some(instruction + 1);
                }
                Way::Grow {
                    instruction,
                    position,
                    left,
                } => {
                    self.position = position;
                    if self.grow(instruction, left) {
                        return Some(instruction + 1);
                    }
                }
            }
        }
    }

    /// The code unit that is read next.
    fn unit(&self, back: bool) -> Option<u16> {
        let index = if back {
            self.position.checked_sub(1)?
        } else {
            self.position
        };
        (index < self.text.len()).then(|| self.text.at(index))
    }

    /// Reads as many code units as the test holds for, up to a number.
    fn read(&mut self, test: &UnitTest, most: u32, back: bool) -> Result<u32, DotNetRegexError> {
        let mut count = 0;
        while count < most && self.unit(back).is_some_and(|unit| test.holds(unit)) {
            self.position = if back {
                self.position - 1
            } else {
                self.position + 1
            };
            count += 1;
        }
        self.count(count as usize / UNITS_PER_STEP)?;
        Ok(count)
    }

    /// Reads a run, and leaves the other lengths it could have as ways.
    fn run(
        &mut self,
        at: usize,
        test: &UnitTest,
        (min, max): (u32, u32),
        lazy: bool,
        back: bool,
    ) -> Result<bool, DotNetRegexError> {
        if self.read(test, min, back)? < min {
            return Ok(false);
        }
        if lazy {
            self.leave_longer(at, max - min);
        } else {
            let limit = self.position;
            self.read(test, max - min, back)?;
            self.leave_shorter(at, limit);
        }
        Ok(true)
    }

    fn leave_shorter(&mut self, instruction: usize, limit: usize) {
        if self.position != limit {
            self.trail.leave(Way::Shrink {
                instruction,
                position: self.position,
                limit,
            });
        }
    }

    fn leave_longer(&mut self, instruction: usize, left: u32) {
        if left > 0 {
            self.trail.leave(Way::Grow {
                instruction,
                position: self.position,
                left,
            });
        }
    }

    /// Makes a lazy run one code unit longer.
    fn grow(&mut self, at: usize, left: u32) -> bool {
        let program = self.program;
        let Instruction::Run { test, back, .. } = &program.instructions[at] else {
            return false;
        };
        let longer = matches!(self.read(test, 1, *back), Ok(1));
        if longer {
            self.leave_longer(at, left - 1);
        }
        longer
    }

    fn reference(
        &mut self,
        slot: usize,
        ignore_case: bool,
        back: bool,
    ) -> Result<bool, DotNetRegexError> {
        let Some((first, last)) = self.trail.capture(slot) else {
            return Ok(false);
        };
        let length = last - first;
        self.count(length / UNITS_PER_STEP)?;
        let start = if back {
            self.position.checked_sub(length)
        } else {
            Some(self.position).filter(|start| start + length <= self.text.len())
        };
        let Some(start) = start else {
            return Ok(false);
        };
        let is_same = (0..length).all(|index| {
            let (a, b) = (self.text.at(first + index), self.text.at(start + index));
            a == b || (ignore_case && is_same_letter(a, b))
        });
        if is_same {
            self.position = if back { start } else { start + length };
        }
        Ok(is_same)
    }

    /// What lies between a saved position and this one. In a lookbehind the
    /// saved one is the later.
    fn span_from(&self, register: usize) -> (usize, usize) {
        let saved = self.trail.register(register);
        (saved.min(self.position), saved.max(self.position))
    }

    fn balance(&mut self, slot: Option<usize>, taken_from: usize, register: usize) -> bool {
        let Some(taken) = self.trail.release_capture(taken_from) else {
            return false;
        };
        if let Some(slot) = slot {
            let (first, last) = self.span_from(register);
            // Where the two overlap, there is nothing between them, and .NET
            // takes what they share.
            let between = if first >= taken.1 {
                (taken.1, first)
            } else if last <= taken.0 {
                (last, taken.0)
            } else {
                (first.max(taken.0), last.min(taken.1))
            };
            self.trail.add_capture(slot, between);
        }
        true
    }

    fn holds(&self, anchor: Anchor) -> bool {
        const NEWLINE: u16 = 0x0A;
        let length = self.text.len();
        match anchor {
            Anchor::Start => self.position == 0,
            Anchor::LineStart => self.unit(true).is_none_or(|unit| unit == NEWLINE),
            Anchor::End => self.position == length,
            Anchor::LineEnd => self.unit(false).is_none_or(|unit| unit == NEWLINE),
            Anchor::EndOrFinalNewline => {
                self.position == length
                    || (self.position + 1 == length && self.unit(false) == Some(NEWLINE))
            }
            Anchor::WordBoundary => self.is_at_word_boundary(),
            Anchor::NotWordBoundary => !self.is_at_word_boundary(),
        }
    }

    fn is_at_word_boundary(&self) -> bool {
        let word = UnitSet::boundary_word();
        let is_word = |unit: Option<u16>| unit.is_some_and(|unit| word.contains(unit));
        is_word(self.unit(true)) != is_word(self.unit(false))
    }
}
