//! A .NET regular expression and its engines.

use std::sync::OnceLock;

use super::ast::Node;
use super::casing::has_irregular_case;
use super::code_units::unit_characters;
use super::engine::Engine;
use super::error::DotNetRegexError;
use super::plan::Plan;
use super::resolve::resolve;
use super::translate::TextKind;
use super::{literal, lookbehind, parser, quirks};

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
    /// The engines for each kind of text. All but the one for plain text are made on first use;
    /// most are never needed.
    engines: [OnceLock<Result<Engine, DotNetRegexError>>; 4],
}

impl DotNetRegex {
    /// Reads a pattern as .NET does under the invariant culture, with
    /// `RegexOptions.IgnoreCase` if `ignore_case`, with no option otherwise.
    ///
    /// # Errors
    ///
    /// [`DotNetRegexError::Invalid`] if .NET would refuse the pattern,
    /// [`DotNetRegexError::Unsupported`] if it uses something without a faithful counterpart here,
    /// [`DotNetRegexError::TooComplex`] if it is too long, too large or nested too deeply.
    pub fn new(pattern: &str, ignore_case: bool) -> Result<DotNetRegex, DotNetRegexError> {
        let node = parser::parse(pattern, ignore_case)?;
        quirks::check(&node)?;
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
    /// [`DotNetRegexError::TooComplex`] if matching takes too long, or if the pattern is too
    /// large for text of this kind. [`DotNetRegexError::Unsupported`] if a reference that ignores
    /// case meets letters that .NET compares differently.
    pub fn is_match(&self, text: &str) -> Result<bool, DotNetRegexError> {
        let kind = TextKind {
            ascii: text.is_ascii(),
            final_newline: text.ends_with('\n'),
        };
        if self.plan.compares_ignoring_case && !kind.ascii && has_irregular_case(text) {
            return Err(DotNetRegexError::unsupported(
                "a backreference that ignores case, on letters with irregular forms",
            ));
        }
        self.engine(kind)?.is_match(&unit_characters(text))
    }

    /// A text that every match holds, on one line; none if the pattern has none.
    pub(crate) fn required_text(&self) -> Option<String> {
        literal::required(&self.node)
    }

    fn engine(&self, kind: TextKind) -> Result<&Engine, DotNetRegexError> {
        let index = usize::from(kind.ascii) * 2 + usize::from(kind.final_newline);
        self.engines[index]
            .get_or_init(|| Engine::new(&self.node, &self.plan, kind))
            .as_ref()
            .map_err(Clone::clone)
    }
}
