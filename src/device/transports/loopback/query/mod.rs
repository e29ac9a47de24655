//! IoT Hub's query language, as far as fleets are asked about with it:
//!
//! ```text
//! SELECT * | path [AS name], … | COUNT() AS name
//! FROM devices | devices.modules
//! [WHERE condition]
//! ```
//!
//! A condition compares properties of the twin with constants (`=`, `!=`, `<>`, `<`, `<=`, `>`,
//! `>=`, `IN`, `NIN`), asks `IS_DEFINED(path)`, and joins these by `AND`, `OR`, `NOT` and
//! parentheses. Everything else of the language (`GROUP BY`, jobs, arithmetic) is refused by name.

mod condition;
mod lexer;
mod parser;

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::registry::{Modules, Registry, module_ids};
use super::twin;
use condition::Condition;

/// The longest text that the service takes.
const MAX_CHARACTERS: usize = 8192;

/// Why a query can't be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum QueryError {
    /// The text is longer than the service takes.
    #[error("the query is longer than {MAX_CHARACTERS} characters")]
    TooLong,
    /// The text is none of the query language, or of a part of it that is not known here.
    #[error("the loopback hub expects {expected} where the query has {found}")]
    Unexpected {
        /// What could stand there.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// Parentheses within parentheses, and on.
    #[error("the condition is nested too deeply")]
    TooDeep,
}

/// A query that is understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    selection: Selection,
    collection: Collection,
    condition: Option<Condition>,
    /// Tells the continuations of one query from those of another.
    fingerprint: u64,
}

/// What is selected of each twin.
#[derive(Debug, Clone, PartialEq)]
enum Selection {
    Everything,
    /// Paths, and the names that their values get.
    Fields(Vec<(Path, String)>),
    /// The number of twins, under this name.
    Count(String),
}

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Collection {
    Devices,
    Modules,
}

/// The way to a value within a twin.
type Path = Vec<String>;

/// Which part of the result is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// How many twins to pass over, whether they match or not.
    pub(super) start: usize,
    /// The most items to give.
    pub(super) size: usize,
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// A text that is no query, or one of a kind that is not known here.
    pub(super) fn parse(text: &str) -> Result<Self, QueryError> {
        if text.chars().count() > MAX_CHARACTERS {
            return Err(QueryError::TooLong);
        }
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        parser::parse(&lexer::tokens(text)?, hasher.finish())
    }

    /// Whether the modules of the devices must be known.
    pub(super) fn is_about_modules(&self) -> bool {
        self.collection == Collection::Modules
    }

    /// The value of `x-ms-item-type`.
    pub(super) fn item_type(&self) -> &'static str {
        match self.selection {
            Selection::Everything => "Twin",
            Selection::Fields(_) | Selection::Count(_) => "Raw",
        }
    }

    /// Where a continuation of this query goes on; none for any other text.
    pub(super) fn start_of(&self, continuation: &str) -> Option<usize> {
        let bytes = URL_SAFE_NO_PAD.decode(continuation).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (start, fingerprint) = text.split_once(' ')?;
        (fingerprint == self.fingerprint.to_string()).then(|| start.parse().ok())?
    }

    /// A page of the result, an array, and the continuation where there may be more.
    pub(super) fn run(
        &self,
        registry: &Registry,
        modules: &Modules,
        page: Page,
    ) -> (Value, Option<String>) {
        let ids: Vec<Option<String>> = match self.collection {
            Collection::Devices => vec![None],
            Collection::Modules => module_ids(modules).into_iter().map(Some).collect(),
        };
        let pairs = registry
            .devices()
            .flat_map(|device| ids.iter().map(move |id| (device, id.as_deref())));
        // A twin is made when it is its turn: most pages pass over more of them than they look at.
        let twin = |(device, id)| match id {
            None => twin::device_twin(device, registry.started),
            Some(id) => twin::module_twin(device, id, modules, registry.started),
        };
        let matches = |twin: &Value| {
            let condition = self.condition.as_ref();
            condition.is_none_or(|condition| condition.holds(twin) == Some(true))
        };
        if let Selection::Count(name) = &self.selection {
            let count = pairs.map(twin).filter(matches).count();
            return (json!([{ name: count }]), None);
        }
        let mut matching = pairs
            .enumerate()
            .skip(page.start)
            .map(|(index, pair)| (index, twin(pair)))
            .filter(|(_, twin)| matches(twin));
        let items: Vec<(usize, Value)> = matching.by_ref().take(page.size).collect();
        let next = items.last().map_or(0, |(index, _)| index + 1);
        // One more is looked for, so that the last page does not promise another one.
        let more = matching.next().is_some();
        let continuation =
            more.then(|| URL_SAFE_NO_PAD.encode(format!("{next} {}", self.fingerprint)));
        let items = items.into_iter().map(|(_, twin)| self.selected(twin));
        (items.collect(), continuation)
    }

    fn selected(&self, twin: Value) -> Value {
        let Selection::Fields(fields) = &self.selection else {
            return twin;
        };
        let found = fields
            .iter()
            .filter_map(|(path, name)| Some((name.clone(), value_at(&twin, path)?.clone())));
        Value::Object(found.collect::<Map<_, _>>())
    }
}

/// The value at the end of a path; none where the twin has no such property.
fn value_at<'a>(twin: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(twin, |value, name| value.get(name))
}

#[cfg(test)]
mod tests;
