//! From a query's tokens to what it asks.

use super::condition::{Comparison, Condition, Constant};
use super::lexer::Token;
use super::{Collection, Path, Query, QueryError, Selection};

/// How deep conditions may be nested. The service's own limit is not known; ours keeps a hostile
/// query from exhausting the stack.
const MAX_DEPTH: usize = 64;

/// Reads the tokens of a query.
///
/// # Errors
/// Whatever is not of the language that [`super`] describes.
pub(super) fn parse(tokens: &[Token], fingerprint: u64) -> Result<Query, QueryError> {
    let mut parser = Parser { tokens, depth: 0 };
    parser.keyword("SELECT")?;
    let selection = parser.selection()?;
    parser.keyword("FROM")?;
    let collection = parser.collection()?;
    let condition = if parser.takes_keyword("WHERE") {
        Some(parser.any_of()?)
    } else {
        None
    };
    if !parser.tokens.is_empty() {
        return Err(parser.unexpected("its end"));
    }
    Ok(Query {
        selection,
        collection,
        condition,
        fingerprint,
    })
}

struct Parser<'a> {
    /// What is left.
    tokens: &'a [Token],
    depth: usize,
}

impl<'a> Parser<'a> {
    fn selection(&mut self) -> Result<Selection, QueryError> {
        if self.takes_sign("*") {
            return Ok(Selection::Everything);
        }
        if let [Token::Word(word), Token::Sign("("), ..] = self.tokens {
            if !word.eq_ignore_ascii_case("COUNT") {
                return Err(self.unexpected("`*`, properties or `COUNT()`"));
            }
            self.tokens = &self.tokens[2..];
            self.sign(")", "`)`")?;
            let name = self
                .alias()?
                .unwrap_or_else(|| "numberOfDevices".to_owned());
            return Ok(Selection::Count(name));
        }
        let mut fields = Vec::new();
        loop {
            let path = self.path()?;
            let name = match self.alias()? {
                Some(name) => name,
                None => path.last().cloned().unwrap_or_default(),
            };
            fields.push((path, name));
            if !self.takes_sign(",") {
                return Ok(Selection::Fields(fields));
            }
        }
    }

    fn alias(&mut self) -> Result<Option<String>, QueryError> {
        if self.takes_keyword("AS") {
            self.word().map(Some)
        } else {
            Ok(None)
        }
    }

    fn collection(&mut self) -> Result<Collection, QueryError> {
        let whole = self.tokens;
        let names: Vec<String> = self.path()?;
        let names: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        match names.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["devices"] => Ok(Collection::Devices),
            ["devices", "modules"] => Ok(Collection::Modules),
            _ => {
                self.tokens = whole;
                Err(self.unexpected("`devices` or `devices.modules`"))
            }
        }
    }

    fn any_of(&mut self) -> Result<Condition, QueryError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(QueryError::TooDeep);
        }
        let mut conditions = vec![self.all_of()?];
        while self.takes_keyword("OR") {
            conditions.push(self.all_of()?);
        }
        self.depth -= 1;
        Ok(Condition::Any(conditions))
    }

    fn all_of(&mut self) -> Result<Condition, QueryError> {
        let mut conditions = vec![self.negation()?];
        while self.takes_keyword("AND") {
            conditions.push(self.negation()?);
        }
        Ok(Condition::All(conditions))
    }

    fn negation(&mut self) -> Result<Condition, QueryError> {
        let mut negated = false;
        while self.takes_keyword("NOT") {
            negated = !negated;
        }
        let condition = self.comparison()?;
        Ok(if negated {
            Condition::Not(Box::new(condition))
        } else {
            condition
        })
    }

    fn comparison(&mut self) -> Result<Condition, QueryError> {
        if self.takes_sign("(") {
            let condition = self.any_of()?;
            self.sign(")", "`)`")?;
            return Ok(condition);
        }
        if let [Token::Word(word), Token::Sign("("), ..] = self.tokens {
            if !word.eq_ignore_ascii_case("IS_DEFINED") {
                return Err(self.unexpected("a property or `IS_DEFINED`"));
            }
            self.tokens = &self.tokens[2..];
            let path = self.path()?;
            self.sign(")", "`)`")?;
            return Ok(Condition::IsDefined(path));
        }
        let path = self.path()?;
        if self.takes_keyword("IN") {
            return Ok(Condition::OneOf(path, self.constants()?));
        }
        if self.takes_keyword("NIN") {
            let one_of = Condition::OneOf(path, self.constants()?);
            return Ok(Condition::Not(Box::new(one_of)));
        }
        let comparison = match self.tokens.first() {
            Some(Token::Sign("=")) => Comparison::Equal,
            Some(Token::Sign("!=" | "<>")) => Comparison::NotEqual,
            Some(Token::Sign("<")) => Comparison::Less,
            Some(Token::Sign("<=")) => Comparison::LessOrEqual,
            Some(Token::Sign(">")) => Comparison::Greater,
            Some(Token::Sign(">=")) => Comparison::GreaterOrEqual,
            _ => return Err(self.unexpected("a comparison, `IN` or `NIN`")),
        };
        self.tokens = &self.tokens[1..];
        Ok(Condition::Compare(path, comparison, self.constant()?))
    }

    fn constants(&mut self) -> Result<Vec<Constant>, QueryError> {
        self.sign("[", "`[`")?;
        let mut constants = Vec::new();
        if self.takes_sign("]") {
            return Ok(constants);
        }
        loop {
            constants.push(self.constant()?);
            if self.takes_sign("]") {
                return Ok(constants);
            }
            self.sign(",", "`,` or `]`")?;
        }
    }

    fn constant(&mut self) -> Result<Constant, QueryError> {
        let word = |word: &str| match word.to_ascii_lowercase().as_str() {
            "true" => Some(Constant::Bool(true)),
            "false" => Some(Constant::Bool(false)),
            "null" => Some(Constant::Null),
            _ => None,
        };
        let constant = match self.tokens.first() {
            Some(Token::Text(text)) => Some(Constant::Text(text.clone())),
            Some(Token::Number(number)) => Some(Constant::Number(*number)),
            Some(Token::Word(name)) => word(name),
            _ => None,
        };
        let constant = constant.ok_or_else(|| self.unexpected("a constant"))?;
        self.tokens = &self.tokens[1..];
        Ok(constant)
    }

    fn path(&mut self) -> Result<Path, QueryError> {
        let mut path = vec![self.word()?];
        while self.takes_sign(".") {
            path.push(self.word()?);
        }
        Ok(path)
    }

    fn word(&mut self) -> Result<String, QueryError> {
        match self.tokens {
            [Token::Word(word), rest @ ..] => {
                self.tokens = rest;
                Ok(word.clone())
            }
            _ => Err(self.unexpected("a property")),
        }
    }

    fn takes_keyword(&mut self, keyword: &str) -> bool {
        match self.tokens {
            [Token::Word(word), rest @ ..] if word.eq_ignore_ascii_case(keyword) => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }

    fn keyword(&mut self, keyword: &'static str) -> Result<(), QueryError> {
        if self.takes_keyword(keyword) {
            Ok(())
        } else {
            Err(self.unexpected(keyword))
        }
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        match self.tokens {
            [Token::Sign(found), rest @ ..] if *found == sign => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }

    fn sign(&mut self, sign: &str, expected: &'static str) -> Result<(), QueryError> {
        if self.takes_sign(sign) {
            Ok(())
        } else {
            Err(self.unexpected(expected))
        }
    }

    fn unexpected(&self, expected: &'static str) -> QueryError {
        QueryError::Unexpected {
            expected,
            found: self
                .tokens
                .first()
                .map_or_else(|| "its end".to_owned(), Token::shown),
        }
    }
}
