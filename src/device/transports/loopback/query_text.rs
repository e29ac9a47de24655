//! Reads the text of a query:
//!
//! ```text
//! SELECT * | path [AS name], … | COUNT() AS name
//! FROM devices | devices.modules
//! [WHERE condition]
//! ```
//!
//! A condition compares properties of the twin with constants (`=`, `!=`, `<>`, `<`, `<=`, `>`,
//! `>=`, `IN […]`, `NIN […]`), tests `IS_DEFINED(path)`, and joins these with `AND`, `OR`, `NOT` and
//! parentheses. Everything else is refused by name: a part that was ignored would give a wrong
//! answer.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// The longest text that the service takes.
const MAX_CHARACTERS: usize = 8192;

/// How deep conditions may be nested. The service's own limit is not known; ours keeps a hostile
/// query from exhausting the stack.
const MAX_DEPTH: usize = 64;

/// Why a query can't be run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct QueryError(String);

/// A parsed query.
pub(super) struct ParsedQuery {
    pub(super) selection: Selection,
    pub(super) over_modules: bool,
    pub(super) condition: Option<Condition>,
}

/// What of each twin is in the result.
pub(super) enum Selection {
    Twin,
    /// Values, each with its name in the result.
    Fields(Vec<(Path, String)>),
    /// Only the number of twins, under this name.
    Count(String),
}

/// The way to a value within a twin.
pub(super) type Path = Vec<String>;

/// Whether a twin meets a condition; none where it lacks a property that the condition names. Such
/// a twin is in no result, and negating the condition does not change that.
pub(super) type Condition = Box<dyn Fn(&Value) -> Option<bool> + Send + Sync>;

/// The value at the end of a path; none where the twin has no such property.
pub(super) fn value_at<'a>(twin: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(twin, |value, name| value.get(name))
}

/// Reads a query.
///
/// # Errors
/// Anything outside the language above.
pub(super) fn parse(text: &str) -> Result<ParsedQuery, QueryError> {
    if text.chars().count() > MAX_CHARACTERS {
        return Err(QueryError(format!(
            "the query is longer than {MAX_CHARACTERS} characters"
        )));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        depth: 0,
    };
    parser.expect("SELECT")?;
    let selection = parser.selection()?;
    parser.expect("FROM")?;
    let over_modules = parser.takes("devices.modules");
    if !over_modules && !parser.takes("devices") {
        return Err(parser.unexpected("`devices` or `devices.modules`"));
    }
    let condition = match parser.takes("WHERE") {
        true => Some(parser.any_of()?),
        false => None,
    };
    if !parser.tokens.is_empty() {
        return Err(parser.unexpected(END));
    }
    Ok(ParsedQuery {
        selection,
        over_modules,
        condition,
    })
}

/// The words, quoted strings and signs of a query. A path or a number is one word.
fn tokens(text: &str) -> Result<Vec<&str>, QueryError> {
    const SIGNS: [&str; 12] = [
        "<=", ">=", "<>", "!=", "=", "<", ">", "(", ")", "[", "]", ",",
    ];
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '-' | '.');
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => quoted_length(rest).ok_or_else(|| unexpected("a closing quote", None))?,
            '*' => 1,
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => sign.len(),
                None => return Err(unexpected("a word", Some(&rest[..first.len_utf8()]))),
            },
        };
        let (token, others) = rest.split_at(length);
        tokens.push(token);
        rest = others.trim_start();
    }
    Ok(tokens)
}

/// The length of the text in quotes at the start. Within it, a doubled quote stands for one.
fn quoted_length(text: &str) -> Option<usize> {
    let mut quotes = text.match_indices('\'').map(|(at, _)| at).skip(1);
    loop {
        let at = quotes.next()?;
        if !text[at + 1..].starts_with('\'') {
            return Some(at + 1);
        }
        quotes.next();
    }
}

const END: &str = "the end of the query";

fn unexpected(expected: &str, found: Option<&str>) -> QueryError {
    let found = found.map_or_else(|| END.to_owned(), |found| format!("`{found}`"));
    QueryError(format!(
        "the loopback hub expected {expected}, but found {found}"
    ))
}

struct Parser<'a> {
    /// The tokens that have not been read.
    tokens: &'a [&'a str],
    depth: usize,
}

impl Parser<'_> {
    fn selection(&mut self) -> Result<Selection, QueryError> {
        if self.takes("*") {
            return Ok(Selection::Twin);
        }
        if let [word, "(", ")", ..] = self.tokens
            && word.eq_ignore_ascii_case("COUNT")
        {
            self.tokens = &self.tokens[3..];
            let name = self.alias()?;
            let name = name.unwrap_or_else(|| "numberOfDevices".to_owned());
            return Ok(Selection::Count(name));
        }
        let mut fields = Vec::new();
        loop {
            let path = self.path()?;
            let own_name = path.last().cloned().unwrap_or_default();
            fields.push((path, self.alias()?.unwrap_or(own_name)));
            if !self.takes(",") {
                return Ok(Selection::Fields(fields));
            }
        }
    }

    /// The name after `AS`; none without `AS`.
    fn alias(&mut self) -> Result<Option<String>, QueryError> {
        if !self.takes("AS") {
            return Ok(None);
        }
        match self.path()?.as_slice() {
            [name] => Ok(Some(name.clone())),
            _ => Err(self.unexpected("a name without a dot")),
        }
    }

    fn any_of(&mut self) -> Result<Condition, QueryError> {
        self.joined_by("OR", true, Self::all_of)
    }

    fn all_of(&mut self) -> Result<Condition, QueryError> {
        self.joined_by("AND", false, Self::negation)
    }

    /// Reads conditions joined by `word`. One whose verdict is `decisive` decides them all.
    fn joined_by(
        &mut self,
        word: &str,
        decisive: bool,
        part: fn(&mut Self) -> Result<Condition, QueryError>,
    ) -> Result<Condition, QueryError> {
        let mut conditions = vec![part(self)?];
        while self.takes(word) {
            conditions.push(part(self)?);
        }
        Ok(Box::new(move |twin| {
            let mut joined = Some(!decisive);
            for condition in &conditions {
                match condition(twin) {
                    Some(verdict) if verdict == decisive => return Some(decisive),
                    Some(_) => {}
                    None => joined = None,
                }
            }
            joined
        }))
    }

    fn negation(&mut self) -> Result<Condition, QueryError> {
        let mut negated = false;
        while self.takes("NOT") {
            negated = !negated;
        }
        let condition = self.comparison()?;
        Ok(Box::new(move |twin| {
            condition(twin).map(|met| met != negated)
        }))
    }

    fn comparison(&mut self) -> Result<Condition, QueryError> {
        if self.takes("(") {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(QueryError("the condition is nested too deeply".to_owned()));
            }
            let condition = self.any_of()?;
            self.depth -= 1;
            self.expect(")")?;
            return Ok(condition);
        }
        if let [word, "(", ..] = self.tokens {
            if !word.eq_ignore_ascii_case("IS_DEFINED") {
                return Err(self.unexpected("a property or `IS_DEFINED`"));
            }
            self.tokens = &self.tokens[2..];
            let path = self.path()?;
            self.expect(")")?;
            return Ok(Box::new(move |twin| Some(value_at(twin, &path).is_some())));
        }
        let path = self.path()?;
        let is_in = self.takes("IN");
        if is_in || self.takes("NIN") {
            let constants = self.constants()?;
            return Ok(Box::new(move |twin| {
                let value = value_at(twin, &path)?;
                Some(
                    constants
                        .iter()
                        .any(|constant| order(value, constant) == Some(Ordering::Equal))
                        == is_in,
                )
            }));
        }
        let holds: fn(Option<Ordering>) -> bool = match self.tokens.first() {
            Some(&"=") => |order| order == Some(Ordering::Equal),
            Some(&("!=" | "<>")) => |order| order != Some(Ordering::Equal),
            Some(&"<") => |order| order == Some(Ordering::Less),
            Some(&"<=") => |order| order.is_some_and(Ordering::is_le),
            Some(&">") => |order| order == Some(Ordering::Greater),
            Some(&">=") => |order| order.is_some_and(Ordering::is_ge),
            _ => return Err(self.unexpected("a comparison, `IN` or `NIN`")),
        };
        self.tokens = &self.tokens[1..];
        let constant = self.constant()?;
        Ok(Box::new(move |twin| {
            Some(holds(order(value_at(twin, &path)?, &constant)))
        }))
    }

    fn constants(&mut self) -> Result<Vec<Value>, QueryError> {
        self.expect("[")?;
        let mut constants = vec![self.constant()?];
        while self.takes(",") {
            constants.push(self.constant()?);
        }
        self.expect("]")?;
        Ok(constants)
    }

    fn constant(&mut self) -> Result<Value, QueryError> {
        let constant = match self.tokens.first() {
            Some(text) if text.starts_with('\'') => {
                Some(Value::String(text[1..text.len() - 1].replace("''", "'")))
            }
            Some(word) if word.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => word
                .parse()
                .ok()
                .and_then(Number::from_f64)
                .map(Value::Number),
            Some(word) => serde_json::from_str(&word.to_ascii_lowercase()).ok(),
            None => None,
        };
        let constant = constant.ok_or_else(|| self.unexpected("a constant"))?;
        self.tokens = &self.tokens[1..];
        Ok(constant)
    }

    fn path(&mut self) -> Result<Path, QueryError> {
        let is_name =
            |name: &str| name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$'));
        if let [_, "(", ..] = self.tokens {
            return Err(self.unexpected("a property"));
        }
        match self.tokens {
            [path, rest @ ..] if path.split('.').all(is_name) => {
                self.tokens = rest;
                Ok(path.split('.').map(str::to_owned).collect())
            }
            _ => Err(self.unexpected("a property")),
        }
    }

    /// Whether the next token is this word, in any case, or this sign.
    fn takes(&mut self, token: &str) -> bool {
        match self.tokens {
            [next, rest @ ..] if next.eq_ignore_ascii_case(token) => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, token: &str) -> Result<(), QueryError> {
        if self.takes(token) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("`{token}`")))
        }
    }

    fn unexpected(&self, expected: &str) -> QueryError {
        unexpected(expected, self.tokens.first().copied())
    }
}

/// How a property compares with a constant; none for values of different types.
fn order(value: &Value, constant: &Value) -> Option<Ordering> {
    match (value, constant) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Bool(value), Value::Bool(constant)) => Some(value.cmp(constant)),
        (Value::Number(value), Value::Number(constant)) => {
            value.as_f64()?.partial_cmp(&constant.as_f64()?)
        }
        (Value::String(value), Value::String(constant)) => Some(value.cmp(constant)),
        _ => None,
    }
}
