//! .NET regular expressions.
//!
//! The edge agent hands the regular expressions of a log request to
//! System.Text.RegularExpressions: the ids of modules under
//! `RegexOptions.IgnoreCase`, the filter of lines under `RegexOptions.None`
//! (edgeAgent 1.6, `LogsRequestToOptionsMapper` and `LogsProvider`). What such
//! a pattern means is therefore what .NET makes of it, and that differs from
//! every engine in Rust: in its syntax, in its classes, in that it counts
//! UTF-16 code units, and in constructs that no other engine has.
//!
//! So a pattern is read here by the rules of .NET into a tree, or refused by
//! them, and the tree is written again in the syntax of [`fancy_regex`]. That
//! engine takes linear time where a pattern is regular, which is nearly
//! always, and backtracks within limits where it is not. The few constructs
//! that it has no faithful counterpart of are refused by name.
//!
//! Characters beyond the BMP are two code units to .NET, and `.` matches one
//! of them. Every surrogate has a stand-in, a private-use character: a text
//! with such characters is matched with stand-ins in their place, and patterns
//! are written with them from the outset.

use std::sync::OnceLock;

use crate::device::dotnet_regex::ast::Node;
use crate::device::dotnet_regex::casing::has_irregular_case;
use crate::device::dotnet_regex::code_units::unit_characters;
use crate::device::dotnet_regex::engine::Engine;
use crate::device::dotnet_regex::plan::Plan;
use crate::device::dotnet_regex::resolve::resolve;
use crate::device::dotnet_regex::translate::TextKind;

mod ast;
mod blocks;
mod captures;
mod casing;
mod class_parser;
mod class_text;
mod code_units;
mod engine;
mod error;
mod escapes;
mod groups;
mod limits;
mod lookbehind;
mod parser;
mod plan;
mod resolve;
mod scanner;
mod shape;
mod sites;
mod translate;
mod unit_set;
mod widen;

pub use error::DotNetRegexError;

/// A .NET regular expression, ready to be matched.
///
/// ```
/// # use edgelogs::device::DotNetRegex;
/// let regex = DotNetRegex::new(r"^edge(Agent|Hub)$", true)?;
/// assert!(regex.is_match("EDGEHUB")?);
/// # Ok::<(), edgelogs::device::DotNetRegexError>(())
/// ```
#[derive(Debug, Clone)]
pub struct DotNetRegex {
    node: Node,
    plan: Plan,
    /// The engines for each kind of text. All but that for plain text are made
    /// when they are first needed; most are never.
    engines: [OnceLock<Result<Engine, DotNetRegexError>>; 4],
}

impl DotNetRegex {
    /// Reads a pattern as .NET does under the invariant culture, with
    /// `RegexOptions.IgnoreCase` if `ignore_case`, with no option otherwise.
    ///
    /// # Errors
    ///
    /// [`DotNetRegexError::Invalid`] if .NET would refuse the pattern,
    /// [`DotNetRegexError::Unsupported`] if it uses something that there is no
    /// faithful counterpart of here, [`DotNetRegexError::TooComplex`] if it is
    /// too long, too large or nested too deeply.
    pub fn new(pattern: &str, ignore_case: bool) -> Result<DotNetRegex, DotNetRegexError> {
        let node = parser::parse(pattern, ignore_case)?;
        let node = lookbehind::rewrite(resolve(node))?;
        let plan = Plan::new(&node)?;
        let regex = DotNetRegex {
            node,
            plan,
            engines: Default::default(),
        };
        regex.engine(TextKind {
            ascii: true,
            final_newline: false,
        })?;
        Ok(regex)
    }

    /// Whether the pattern matches anywhere in the text.
    ///
    /// # Errors
    ///
    /// [`DotNetRegexError::TooComplex`] if deciding it takes too many steps,
    /// or if the pattern is too large for text of this kind.
    /// [`DotNetRegexError::Unsupported`] if a reference that ignores case
    /// meets letters that .NET compares in a way of its own.
    pub fn is_match(&self, text: &str) -> Result<bool, DotNetRegexError> {
        let kind = TextKind {
            ascii: text.is_ascii(),
            final_newline: text.ends_with('\n'),
        };
        if self.plan.compares_ignoring_case && !kind.ascii && has_irregular_case(text) {
            return Err(DotNetRegexError::Unsupported {
                construct: "a backreference that ignores case, on letters with irregular forms",
            });
        }
        self.engine(kind)?.is_match(&unit_characters(text))
    }

    fn engine(&self, kind: TextKind) -> Result<&Engine, DotNetRegexError> {
        let index = usize::from(kind.ascii) * 2 + usize::from(kind.final_newline);
        self.engines[index]
            .get_or_init(|| Engine::new(&self.node, &self.plan, kind))
            .as_ref()
            .map_err(Clone::clone)
    }
}

#[cfg(test)]
mod tests;
