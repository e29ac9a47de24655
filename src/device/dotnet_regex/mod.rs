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
mod regex;
mod resolve;
mod scanner;
mod shape;
mod sites;
#[cfg(test)]
mod tests;
mod translate;
mod unit_set;
mod widen;

pub use error::DotNetRegexError;
pub use regex::DotNetRegex;
