//! The engine that matches, with its limits.

use fancy_regex::{Error, ParseError, Regex, RegexBuilder};

use super::ast::Node;
use super::budget;
use super::error::DotNetRegexError;
use super::limits;
use super::plan::Plan;
use super::translate::{TextKind, translate};
use super::widen::widen;

/// The maximum number of backtracks in one search.
const BACKTRACK_LIMIT: usize = 500_000;

/// The maximum number of instructions of a backtracking program.
const PROGRAM_LIMIT: usize = 20_000;

/// The maximum memory of each part that is matched without backtracking, in bytes.
const AUTOMATON_LIMIT: usize = 8 << 20;

/// A pattern, ready to be matched against texts of one kind.
#[derive(Debug, Clone)]
pub(super) struct Engine {
    regex: Regex,
    /// A wider pattern that rules out most texts, if the pattern is not regular.
    filter: Option<Regex>,
    /// How many copies the repetitions of the pattern make of their parts.
    copies: usize,
}

impl Engine {
    /// Translates and compiles a pattern.
    pub(super) fn new(
        node: &Node,
        plan: &Plan,
        kind: TextKind,
    ) -> Result<Engine, DotNetRegexError> {
        limits::check(node, kind)?;
        let regex = compile(&translate(node, plan, kind)?, kind)?;
        let filter = match widen(node, kind) {
            Some(wider) => Some(compile(&translate(&wider, &Plan::default(), kind)?, kind)?),
            None => None,
        };
        Ok(Engine {
            regex,
            filter,
            copies: limits::copies(node),
        })
    }

    /// Whether the pattern matches anywhere in a text of this kind.
    pub(super) fn is_match(&self, text: &str) -> Result<bool, DotNetRegexError> {
        limits::check_text(self.copies, text)?;
        if let Some(filter) = &self.filter
            && !is_match(filter, text)?
        {
            return Ok(false);
        }
        is_match(&self.regex, text)
    }
}

/// Compiles a translated pattern. Since the translator writes valid patterns, it fails only at a
/// limit.
fn compile(translated: &str, kind: TextKind) -> Result<Regex, DotNetRegexError> {
    RegexBuilder::new(translated)
        // In ASCII text this only changes the word boundary, to that of .NET.
        .unicode_mode(!kind.ascii)
        // What it rewrites does not always keep its meaning.
        .optimize(false)
        .backtrack_limit(BACKTRACK_LIMIT)
        .max_prog_size(PROGRAM_LIMIT)
        .delegate_size_limit(AUTOMATON_LIMIT)
        .build()
        .map_err(|error| {
            DotNetRegexError::too_complex(match error {
                Error::ParseError(_, ParseError::RecursionExceeded) => {
                    "groups are nested too deeply"
                }
                _ => "its program is too large",
            })
        })
}

fn is_match(regex: &Regex, text: &str) -> Result<bool, DotNetRegexError> {
    budget::is_match(regex, text).map_err(DotNetRegexError::too_complex)
}
