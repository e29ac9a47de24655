//! Parses a payload as leniently as the shipped agent does.

use serde_json::Value;

use super::method_error::MethodError;
use crate::methods::{Fields, FromWire};

/// How edgeAgent 1.6 begins every parse error.
const PREFIX: &str = "Error parsing command payload because of error - ";

/// How deep objects and arrays may be nested, as in the parser of edgeAgent 1.6 (Newtonsoft.Json
/// 13). Our JSON5 parser is limited only by the stack, so the limit is checked here.
const MAX_DEPTH: usize = 64;

/// Parses a request. The shipped agent also accepts single quotes, bare names, comments and
/// trailing commas, so JSON5 is tried if JSON fails.
///
/// # Errors
/// Status 400, in the agent's words.
pub(super) fn parse<R: FromWire>(payload: Option<&str>) -> Result<R, MethodError> {
    let text = payload.ok_or_else(|| MethodError::bad_request("Request payload not found"))?;
    let failed =
        |words: &dyn std::fmt::Display| MethodError::bad_request(format!("{PREFIX}{words}"));
    if is_too_deep(text) {
        return Err(failed(&format!(
            "The reader's MaxDepth of {MAX_DEPTH} has been exceeded."
        )));
    }
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) if error.to_string().starts_with("trailing characters") => {
            return Err(failed(
                &"Additional text encountered after finished reading JSON content",
            ));
        }
        Err(strict) => json5::from_str(text).map_err(|_| failed(&strict))?,
    };
    let blank = matches!(&value, Value::String(text) if text.trim().is_empty());
    if value.is_null() || blank {
        return Err(failed(&"Value cannot be null. (Parameter 'request')"));
    }
    let fields = Fields::of(&value).map_err(|error| failed(&error))?;
    R::from_wire(&fields).map_err(|error| failed(&error))
}

/// Whether brackets outside strings and comments are nested more deeply than allowed.
fn is_too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            '"' | '\'' => {
                while let Some(next) = rest.next() {
                    match next {
                        '\\' => {
                            rest.next();
                        }
                        _ if next == character => break,
                        _ => {}
                    }
                }
            }
            '/' if rest.next_if_eq(&'/').is_some() => {
                while rest
                    .next_if(|next| !matches!(next, '\n' | '\r' | '\u{2028}' | '\u{2029}'))
                    .is_some()
                {}
            }
            '/' if rest.next_if_eq(&'*').is_some() => {
                let mut before = ' ';
                for next in rest.by_ref() {
                    if before == '*' && next == '/' {
                        break;
                    }
                    before = next;
                }
            }
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brackets_of_the_syntax_are_counted() {
        let deep = "[".repeat(MAX_DEPTH + 1);
        assert!(is_too_deep(&deep));
        assert!(!is_too_deep(&deep[1..]));
        assert!(!is_too_deep(&"[]".repeat(1000)));
        for (before, after) in [
            ("\"", "\""),
            ("'", "'"),
            ("\"\\\"", "\""),
            ("//", "\n[]"),
            ("/*/", "*/"),
        ] {
            assert!(!is_too_deep(&format!("{before}{deep}{after}")), "{before}");
            assert!(
                is_too_deep(&format!("{before}{after}{deep}")),
                "{before}{after}"
            );
        }
        assert!(is_too_deep(&format!("//\n{deep}")));
        assert!(is_too_deep(&format!("'\"'{deep}")));
    }
}
