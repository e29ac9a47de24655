//! Reading a .NET pattern into its tree.
//!
//! The grammar and the errors are those of System.Text.RegularExpressions under `RegexOptions.None`
//! or `IgnoreCase`.

use super::ast::{Anchor, Node};
use super::captures::Captures;
use super::error::DotNetRegexError;
use super::groups::{Group, GroupReader};
use super::scanner::{Options, Scanner};
use super::unit_set::UnitSet;

/// The maximum length of a pattern, in code units.
const MAX_PATTERN: usize = 10_000;

/// The maximum nesting of groups.
const MAX_DEPTH: usize = 100;

/// Reads a pattern.
pub(super) fn parse(pattern: &str, ignore_case: bool) -> Result<Node, DotNetRegexError> {
    let options = Options {
        ignore_case,
        ..Options::default()
    };
    let scanner = Scanner::new(pattern, options);
    if scanner.len() > MAX_PATTERN {
        return Err(DotNetRegexError::too_complex("the pattern is too long"));
    }
    let captures = Captures::count(scanner.clone())?;
    Parser {
        scanner,
        groups: GroupReader::new(captures),
        group: OpenGroup::new(Group::Plain, options),
        outer: Vec::new(),
    }
    .run()
}

/// The second, full reading of a pattern.
struct Parser {
    scanner: Scanner,
    groups: GroupReader,
    /// The innermost open group; the whole pattern is one.
    group: OpenGroup,
    /// The groups around it, outermost first.
    outer: Vec<OpenGroup>,
}

/// A group that has not been closed yet.
struct OpenGroup {
    kind: Group,
    /// The options to return to when it closes.
    outer_options: Options,
    /// The condition, if this is a conditional that tests an expression.
    test: Option<Node>,
    /// The complete alternatives.
    branches: Vec<Node>,
    /// The alternative being read.
    branch: Vec<Node>,
}

impl OpenGroup {
    fn new(kind: Group, outer_options: Options) -> OpenGroup {
        OpenGroup {
            kind,
            outer_options,
            test: None,
            branches: Vec::new(),
            branch: Vec::new(),
        }
    }

    /// The node of the group, once its last alternative has ended.
    fn close(self) -> Node {
        self.kind.node(self.test, self.branches)
    }
}

impl Parser {
    fn run(mut self) -> Result<Node, DotNetRegexError> {
        loop {
            self.scanner.skip_blank()?;
            let Some(unit) = self.scanner.peek() else {
                break;
            };
            let node = match u8::try_from(unit) {
                Ok(b'[') => {
                    self.scanner.at += 1;
                    Node::Set(self.scanner.class()?)
                }
                Ok(b'(') => {
                    self.open_group()?;
                    continue;
                }
                Ok(b'|') => {
                    self.scanner.at += 1;
                    self.end_branch();
                    continue;
                }
                Ok(b')') => match self.close_group()? {
                    Some(node) => node,
                    None => continue,
                },
                Ok(b'\\') => {
                    self.scanner.at += 1;
                    self.scanner.escape(&self.groups.captures)?
                }
                Ok(b'^') => self.anchor(Anchor::Start, Anchor::LineStart),
                Ok(b'$') => self.anchor(Anchor::EndOrFinalNewline, Anchor::LineEnd),
                Ok(b'.') => {
                    self.scanner.at += 1;
                    Node::Set(if self.scanner.options.singleline {
                        UnitSet::default().complement()
                    } else {
                        UnitSet::range(0x0A, 0x0A).complement()
                    })
                }
                _ if self.scanner.is_at_quantifier() => {
                    return Err(self
                        .scanner
                        .invalid("a quantifier follows nothing, or another quantifier"));
                }
                _ => {
                    self.scanner.at += 1;
                    self.scanner.literal(unit)
                }
            };
            self.push_quantified(node)?;
        }
        if !self.outer.is_empty() {
            return Err(self.scanner.invalid("not enough )'s"));
        }
        self.end_branch();
        Ok(self.group.close())
    }

    fn anchor(&mut self, single: Anchor, multi: Anchor) -> Node {
        self.scanner.at += 1;
        Node::Anchor(if self.scanner.options.multiline {
            multi
        } else {
            single
        })
    }

    /// Whether the innermost open group is a conditional with a test.
    fn is_in_test(&self) -> bool {
        self.group.kind == Group::IfMatches
    }

    fn open_group(&mut self) -> Result<(), DotNetRegexError> {
        self.scanner.at += 1;
        let outer_options = self.scanner.options;
        let is_in_test = self.is_in_test();
        if let Some(kind) = self.groups.head(&mut self.scanner, is_in_test)? {
            if self.outer.len() == MAX_DEPTH {
                return Err(DotNetRegexError::too_complex(
                    "groups are nested too deeply",
                ));
            }
            let group = OpenGroup::new(kind, outer_options);
            self.outer.push(std::mem::replace(&mut self.group, group));
        }
        Ok(())
    }

    fn end_branch(&mut self) {
        let branch = std::mem::take(&mut self.group.branch);
        self.group.branches.push(Node::concat(branch));
    }

    /// Closes the innermost group. Returns no node if the group was the test of a conditional.
    fn close_group(&mut self) -> Result<Option<Node>, DotNetRegexError> {
        self.end_branch();
        let Some(outer) = self.outer.pop() else {
            return Err(self.scanner.invalid("too many )'s"));
        };
        let group = std::mem::replace(&mut self.group, outer);
        let is_conditional = matches!(group.kind, Group::IfCaptured(_) | Group::IfMatches);
        if is_conditional && group.branches.len() > 2 {
            return Err(self.scanner.invalid("too many | in (?()|)"));
        }
        self.scanner.at += 1;
        self.scanner.options = group.outer_options;
        let node = group.close();
        if self.is_in_test() && self.group.test.is_none() {
            self.group.test = Some(node);
            return Ok(None);
        }
        Ok(Some(node))
    }

    /// Adds a node to the alternative being read, with the quantifier that may
    /// follow it.
    fn push_quantified(&mut self, node: Node) -> Result<(), DotNetRegexError> {
        self.scanner.skip_blank()?;
        if !self.scanner.is_at_quantifier() {
            self.group.branch.push(node);
            return Ok(());
        }
        let unbounded = i32::MAX as u32;
        let (min, max) = match self.scanner.next().and_then(|unit| u8::try_from(unit).ok()) {
            Some(b'*') => (0, unbounded),
            Some(b'+') => (1, unbounded),
            Some(b'?') => (0, 1),
            _ => {
                let min = self.scanner.decimal()?;
                let max = if !self.scanner.eat(b',') {
                    min
                } else if self.scanner.is(0, b'}') {
                    unbounded
                } else {
                    self.scanner.decimal()?
                };
                self.scanner.at += 1;
                (min, max)
            }
        };
        self.scanner.skip_blank()?;
        let lazy = self.scanner.eat(b'?');
        if min > max {
            return Err(self.scanner.invalid("illegal {x,y} with x > y"));
        }
        let max = Some(max).filter(|max| *max != unbounded);
        let repeat = Node::repeat(node, min, max, lazy);
        self.group.branch.push(repeat);
        Ok(())
    }
}
