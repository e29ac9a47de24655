//! From a query's text to its tokens.

use super::QueryError;

/// A word or a sign of a query.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword. `[[name]]` is a name too, whatever characters are in it.
    Word(String),
    /// A text in quotes.
    Text(String),
    /// A number.
    Number(f64),
    /// A sign such as `=`, `<=` or `(`.
    Sign(&'static str),
}

/// Longer signs come before those that they begin with.
const SIGNS: [&str; 14] = [
    "<=", ">=", "<>", "!=", "=", "<", ">", "(", ")", "[", "]", ",", "*", ".",
];

impl Token {
    /// How an error shows it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Text(text) => format!("'{text}'"),
            Self::Number(number) => format!("`{number}`"),
            Self::Sign(sign) => format!("`{sign}`"),
        }
    }
}

/// The tokens of a query.
///
/// # Errors
/// A character that begins no token, and quotes that do not end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '\'' | '"' => {
                let (text, length) = quoted(rest, first)?;
                (Token::Text(text), length)
            }
            '[' if rest.starts_with("[[") => {
                let end = rest.find("]]").ok_or_else(|| unexpected("`]]`", ""))?;
                (Token::Word(rest[2..end].to_owned()), end + 2)
            }
            '-' | '0'..='9' => {
                let length = rest[1..]
                    .find(|c: char| !matches!(c, '0'..='9' | '.' | 'e' | 'E' | '+' | '-'))
                    .map_or(rest.len(), |end| end + 1);
                let number = rest[..length].parse();
                let number = number.map_err(|_| unexpected("a number", &rest[..length]))?;
                (Token::Number(number), length)
            }
            _ if is_word(first) => {
                let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                (Token::Word(rest[..length].to_owned()), length)
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| unexpected("a word", &first.to_string()))?;
                (Token::Sign(sign), sign.len())
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '-')
}

/// A quoted text, in which a doubled quote stands for one, and its length with the quotes.
fn quoted(rest: &str, quote: char) -> Result<(String, usize), QueryError> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != quote {
            text.push(character);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            text.push(quote);
        } else {
            return Ok((text, at + 1));
        }
    }
    Err(unexpected("the end of a text in quotes", ""))
}

fn unexpected(expected: &'static str, found: &str) -> QueryError {
    QueryError::Unexpected {
        expected,
        found: if found.is_empty() {
            "its end".to_owned()
        } else {
            format!("`{found}`")
        },
    }
}
