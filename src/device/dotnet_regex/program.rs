//! The program that the backtracking matcher runs.

use std::collections::BTreeSet;

use crate::device::dotnet_regex::ast::{Anchor, Node};
use crate::device::dotnet_regex::unit_set::UnitSet;

/// One step of a program. Jumps are to indices of instructions, registers
/// hold positions in the text or heights of the stack.
#[derive(Debug)]
pub(super) enum Instruction {
    /// The pattern has matched.
    Match,
    /// Reads a code unit.
    Unit { test: UnitTest, back: bool },
    /// Reads a run of code units, as many as can be and as the rest needs.
    Run {
        test: UnitTest,
        min: u32,
        max: Option<u32>,
        lazy: bool,
        back: bool,
    },
    /// Tests the position.
    Anchor(Anchor),
    /// Reads what a group captured.
    Reference {
        slot: usize,
        ignore_case: bool,
        back: bool,
    },
    /// Goes on here, and there if that does not match.
    Fork { otherwise: usize },
    /// Goes on there.
    Jump(usize),
    /// Saves the position.
    SavePosition { register: usize },
    /// Captures from the saved position to this one.
    Capture { slot: usize, register: usize },
    /// Takes back the last capture of a group, and captures what lies between
    /// it and the group that ends here.
    Balance {
        slot: Option<usize>,
        taken_from: usize,
        register: usize,
    },
    /// Starts a loop with no turn taken yet.
    LoopStart { turns: usize, mark: usize },
    /// Starts a turn.
    TurnStart { turns: usize, mark: usize },
    /// Ends a turn: takes another from `body` on, or leaves the loop.
    TurnEnd {
        turns: usize,
        mark: usize,
        min: u32,
        max: Option<u32>,
        lazy: bool,
        body: usize,
    },
    /// Saves the height of the stack.
    SaveHeight { register: usize },
    /// Gives up all other ways found since the height was saved.
    Commit { register: usize },
    /// Returns to the saved position.
    RestorePosition { register: usize },
    /// Undoes all since the height was saved, then fails.
    FailSince { register: usize },
    /// Goes on there unless the group has captured.
    UnlessCaptured { slot: usize, otherwise: usize },
}

/// A test of one code unit.
#[derive(Debug, Clone)]
pub(super) enum UnitTest {
    /// Is it this one?
    Is(u16),
    /// Is it in the set? The mask has the ASCII part.
    In { ascii: u128, set: UnitSet },
}

impl UnitTest {
    fn of(set: &UnitSet) -> UnitTest {
        match set.single() {
            Some(unit) => UnitTest::Is(unit),
            None => UnitTest::In {
                ascii: set.ascii_mask(),
                set: set.clone(),
            },
        }
    }

    pub(super) fn holds(&self, unit: u16) -> bool {
        match self {
            UnitTest::Is(expected) => unit == *expected,
            UnitTest::In { ascii, .. } if unit < 128 => ascii >> unit & 1 == 1,
            UnitTest::In { set, .. } => set.contains(unit),
        }
    }
}

/// A pattern, compiled.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) instructions: Vec<Instruction>,
    /// How many registers it uses.
    pub(super) registers: usize,
    /// How many groups it has that matter.
    pub(super) slots: usize,
    /// Whether it can match at the start of the text only.
    pub(super) anchored: bool,
}

impl Program {
    pub(super) fn new(node: &Node) -> Program {
        let mut compiler = Compiler::default();
        node.referenced_slots(&mut compiler.referenced);
        compiler.compile(node, false);
        compiler.push(Instruction::Match);
        Program {
            instructions: compiler.instructions,
            registers: compiler.registers,
            slots: compiler.slots.len(),
            anchored: node.is_anchored(),
        }
    }
}

#[derive(Default)]
struct Compiler {
    instructions: Vec<Instruction>,
    registers: usize,
    /// The numbers of the groups met so far. Numbers may be far apart, the
    /// slots of a program are not.
    slots: Vec<u32>,
    /// The numbers of the groups that matter. No other needs to capture.
    referenced: BTreeSet<u32>,
}

impl Compiler {
    fn push(&mut self, instruction: Instruction) -> usize {
        self.instructions.push(instruction);
        self.instructions.len() - 1
    }

    fn here(&self) -> usize {
        self.instructions.len()
    }

    fn register(&mut self) -> usize {
        self.registers += 1;
        self.registers - 1
    }

    fn slot(&mut self, number: u32) -> usize {
        match self.slots.iter().position(|known| *known == number) {
            Some(slot) => slot,
            None => {
                self.slots.push(number);
                self.slots.len() - 1
            }
        }
    }

    /// Sets the target of a jump to the next instruction.
    fn land(&mut self, jump: usize) {
        let here = self.here();
        match &mut self.instructions[jump] {
            Instruction::Jump(target)
            | Instruction::Fork { otherwise: target }
            | Instruction::UnlessCaptured {
                otherwise: target, ..
            } => *target = here,
            _ => {}
        }
    }

    /// Compiles a node to be matched forward or, in a lookbehind, backward.
    fn compile(&mut self, node: &Node, back: bool) {
        match node {
            Node::Empty => {}
            Node::Literal(unit) => {
                let test = UnitTest::Is(*unit);
                self.push(Instruction::Unit { test, back });
            }
            Node::Set(set) => {
                let test = UnitTest::of(set);
                self.push(Instruction::Unit { test, back });
            }
            Node::Anchor(anchor) => {
                self.push(Instruction::Anchor(*anchor));
            }
            Node::Reference { slot, ignore_case } => {
                let slot = self.slot(*slot);
                self.push(Instruction::Reference {
                    slot,
                    ignore_case: *ignore_case,
                    back,
                });
            }
            Node::Capture { slot, inner } if !self.referenced.contains(slot) => {
                self.compile(inner, back);
            }
            Node::Capture { slot, inner } => {
                let slot = self.slot(*slot);
                let register = self.save_position();
                self.compile(inner, back);
                self.push(Instruction::Capture { slot, register });
            }
            Node::Balancing {
                slot,
                taken_from,
                inner,
            } => {
                let slot = slot.map(|slot| self.slot(slot));
                let taken_from = self.slot(*taken_from);
                let register = self.save_position();
                self.compile(inner, back);
                self.push(Instruction::Balance {
                    slot,
                    taken_from,
                    register,
                });
            }
            Node::Atomic(inner) => {
                let height = self.save_height();
                self.compile(inner, back);
                self.push(Instruction::Commit { register: height });
            }
            Node::Look {
                behind,
                negative: false,
                inner,
            } => self.test(inner, *behind),
            Node::Look {
                behind,
                negative: true,
                inner,
            } => {
                let register = self.save_height();
                let fork = self.push(Instruction::Fork { otherwise: 0 });
                self.compile(inner, *behind);
                self.push(Instruction::FailSince { register });
                self.land(fork);
            }
            Node::IfCaptured { slot, yes, no } => {
                let slot = self.slot(*slot);
                let unless = self.push(Instruction::UnlessCaptured { slot, otherwise: 0 });
                self.either(unless, yes, no, back);
            }
            Node::IfMatches { test, yes, no } => {
                let height = self.save_height();
                let fork = self.push(Instruction::Fork { otherwise: 0 });
                self.test(test, back);
                self.push(Instruction::Commit { register: height });
                self.either(fork, yes, no, back);
            }
            Node::Repeat {
                inner,
                min,
                max,
                lazy,
            } => self.repeat(inner, *min, *max, *lazy, back),
            Node::Concat(nodes) if back => {
                for node in nodes.iter().rev() {
                    self.compile(node, back);
                }
            }
            Node::Concat(nodes) => {
                for node in nodes {
                    self.compile(node, back);
                }
            }
            Node::Alternation(nodes) => self.alternation(nodes, back),
        }
    }

    fn save_position(&mut self) -> usize {
        let register = self.register();
        self.push(Instruction::SavePosition { register });
        register
    }

    fn save_height(&mut self) -> usize {
        let register = self.register();
        self.push(Instruction::SaveHeight { register });
        register
    }

    /// Compiles a node that must match here, but consumes nothing and is not
    /// matched in another way later on.
    fn test(&mut self, node: &Node, back: bool) {
        let position = self.save_position();
        let height = self.save_height();
        self.compile(node, back);
        self.push(Instruction::Commit { register: height });
        self.push(Instruction::RestorePosition { register: position });
    }

    /// Compiles the two ways of a conditional, of which `jump` leads to the
    /// second.
    fn either(&mut self, jump: usize, yes: &Node, no: &Node, back: bool) {
        self.compile(yes, back);
        let end = self.push(Instruction::Jump(0));
        self.land(jump);
        self.compile(no, back);
        self.land(end);
    }

    fn alternation(&mut self, nodes: &[Node], back: bool) {
        let Some((last, others)) = nodes.split_last() else {
            return;
        };
        let mut ends = Vec::with_capacity(others.len());
        for node in others {
            let fork = self.push(Instruction::Fork { otherwise: 0 });
            self.compile(node, back);
            ends.push(self.push(Instruction::Jump(0)));
            self.land(fork);
        }
        self.compile(last, back);
        for end in ends {
            self.land(end);
        }
    }

    fn repeat(&mut self, inner: &Node, min: u32, max: Option<u32>, lazy: bool, back: bool) {
        let test = match inner {
            Node::Literal(unit) => Some(UnitTest::Is(*unit)),
            Node::Set(set) => Some(UnitTest::of(set)),
            _ => None,
        };
        if let Some(test) = test {
            self.push(Instruction::Run {
                test,
                min,
                max,
                lazy,
                back,
            });
            return;
        }
        let (turns, mark) = (self.register(), self.register());
        self.push(Instruction::LoopStart { turns, mark });
        let entry = (min == 0).then(|| self.push(Instruction::Jump(0)));
        let body = self.push(Instruction::TurnStart { turns, mark });
        self.compile(inner, back);
        if let Some(entry) = entry {
            self.land(entry);
        }
        self.push(Instruction::TurnEnd {
            turns,
            mark,
            min,
            max,
            lazy,
            body,
        });
    }
}
