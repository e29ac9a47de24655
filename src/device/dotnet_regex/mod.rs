//! .NET regular expressions.
//!
//! The edge agent passes the regular expressions of a log request to System.Text.RegularExpressions:
//! the ids of modules under `RegexOptions.IgnoreCase`, the filter of lines under
//! `RegexOptions.None` (edgeAgent 1.6, `LogsRequestToOptionsMapper` and `LogsProvider`). So a
//! pattern must mean here what it means to .NET, which differs from every engine in Rust: in
//! syntax, in classes, in counting UTF-16 code units, and in constructs that no other engine has.
//!
//! A pattern is therefore parsed by the rules of .NET into a tree, or refused, and the tree is
//! written out in the syntax of [`fancy_regex`]. That engine takes linear time if a pattern is
//! regular, as nearly all are, and otherwise backtracks within limits. The few constructs without a
//! faithful counterpart are refused by name.
//!
//! Characters beyond the BMP are two code units to .NET, and `.` matches one of them. Every
//! surrogate has a stand-in, a private-use character: in texts, surrogates are replaced by
//! stand-ins before matching, and patterns are written with them.

mod ast;
mod blocks;
mod budget;
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
mod literal;
mod lookbehind;
mod parser;
mod plan;
mod quirks;
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
