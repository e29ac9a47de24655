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
//! them. From the tree come two programs:
//!
//! - One for the linear-time engine of the [`regex`] crate. It decides alone
//!   where the pattern is regular, which is nearly always.
//! - One for a backtracking matcher with .NET's semantics. It decides all
//!   else, on the lines that a regular approximation of the pattern lets
//!   through. Its steps are bounded, so a hostile pattern ends in an error.
//!
//! Characters beyond the BMP are two code units to .NET, and `.` matches one
//! of them. For the linear engine every surrogate has a stand-in, a
//! private-use character: a text with such characters is matched with
//! stand-ins in their place, and patterns are written with them from the
//! outset.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::device::dotnet_regex::ast::Node;
use crate::device::dotnet_regex::code_units::unit_characters;
use crate::device::dotnet_regex::linear::{Linear, TextKind};
use crate::device::dotnet_regex::program::Program;

mod ast;
mod blocks;
mod captures;
mod casing;
mod class_parser;
mod code_units;
mod error;
mod escapes;
mod groups;
mod linear;
mod matcher;
mod parser;
mod program;
mod scanner;
mod trail;
mod unit_set;

pub use error::DotNetRegexError;

/// A .NET regular expression, ready to be matched.
///
/// ```
/// # use edgelogs::device::DotNetRegex;
/// let regex = DotNetRegex::new(r"^edge(Agent|Hub)$", true)?;
/// assert!(regex.is_match("EDGEHUB")?);
/// # Ok::<(), edgelogs::device::DotNetRegexError>(())
/// ```
#[derive(Debug)]
pub struct DotNetRegex {
    node: Node,
    /// The regular part of the pattern, for each kind of text. They are made
    /// when they are first needed; most are never.
    linear: [OnceLock<Option<Linear>>; 4],
    /// The whole pattern, made when its regular part does not decide.
    program: OnceLock<Program>,
}

impl DotNetRegex {
    /// Reads a pattern as .NET does under the invariant culture, with
    /// `RegexOptions.IgnoreCase` if `ignore_case`, with no option otherwise.
    ///
    /// # Errors
    ///
    /// [`DotNetRegexError::Invalid`] if .NET would refuse the pattern,
    /// [`DotNetRegexError::Unsupported`] if it uses something that there is no
    /// counterpart of here, [`DotNetRegexError::TooComplex`] if it is too long
    /// or nested too deeply.
    pub fn new(pattern: &str, ignore_case: bool) -> Result<DotNetRegex, DotNetRegexError> {
        Ok(DotNetRegex {
            node: parser::parse(pattern, ignore_case)?,
            linear: Default::default(),
            program: OnceLock::new(),
        })
    }

    /// Whether the pattern matches anywhere in the text.
    ///
    /// # Errors
    ///
    /// [`DotNetRegexError::TooComplex`] if deciding it takes too many steps.
    pub fn is_match(&self, text: &str) -> Result<bool, DotNetRegexError> {
        let kind = TextKind {
            ascii: text.is_ascii(),
            final_newline: text.ends_with('\n'),
        };
        let characters = if kind.ascii {
            Cow::Borrowed(text)
        } else {
            unit_characters(text)
        };
        let from = match self.linear(kind) {
            None => 0,
            Some(linear) if linear.exact => return Ok(linear.regex.is_match(&characters)),
            Some(linear) => match linear.regex.find(&characters) {
                None => return Ok(false),
                Some(found) => found.start(),
            },
        };
        let program = self.program.get_or_init(|| Program::new(&self.node));
        if kind.ascii {
            return matcher::search(program, text.as_bytes(), from);
        }
        let units: Vec<u16> = text.encode_utf16().collect();
        let from = characters[..from].chars().count();
        matcher::search(program, units.as_slice(), from)
    }

    fn linear(&self, kind: TextKind) -> Option<&Linear> {
        let index = usize::from(kind.ascii) * 2 + usize::from(kind.final_newline);
        self.linear[index]
            .get_or_init(|| Linear::new(&self.node, kind))
            .as_ref()
    }
}

#[cfg(test)]
mod tests;
