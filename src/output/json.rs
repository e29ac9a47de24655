//! A device's JSON: indented for people, on one line for programs.

use serde_json::Value;

use super::console::DataOut;
use crate::control_characters::escape_in_json;
use crate::error::Error;

/// Prints JSON: indented on a terminal, otherwise on one line with numbers and names unchanged.
///
/// # Errors
/// stdout is closed or full.
pub fn print_json(out: &mut DataOut, json: &str) -> Result<(), Error> {
    if !out.is_terminal() {
        return out.line(&compact_json(json));
    }
    // JSON nested too deeply to parse is printed as it is.
    let pretty = serde_json::from_str::<Value>(json)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| compact_json(json));
    pretty
        .lines()
        .try_for_each(|line| out.line(&escape_in_json(line)))
}

/// JSON without whitespace between its tokens. Unlike parsing, this keeps every number as it is.
pub fn compact_json(json: &str) -> String {
    let mut compact = String::with_capacity(json.len());
    let (mut in_string, mut escaped) = (false, false);
    for character in json.chars() {
        if in_string {
            in_string = escaped || character != '"';
            escaped = character == '\\' && !escaped;
        } else if matches!(character, ' ' | '\t' | '\r' | '\n') {
            continue;
        } else {
            in_string = character == '"';
        }
        compact.push(character);
    }
    compact
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whitespace_is_removed_except_within_strings() {
        for (json, compact) in [
            (
                "{ \"a b\" : [ 1.50 ,\r\n\tnull ] }",
                "{\"a b\":[1.50,null]}",
            ),
            (
                r#"{"a": "\" : x\\", "b": ""}"#,
                r#"{"a":"\" : x\\","b":""}"#,
            ),
            ("null", "null"),
        ] {
            assert_eq!(compact_json(json), compact);
        }
    }
}
