//! Reads the JSON of a request as leniently as edgeAgent 1.6 does, since clients rely on it.
//!
//! Names match in any case, and the last of several wins. Strings may be numbers and vice versa.
//! Unknown names are ignored.

use serde_json::Value;

use crate::invalid_input::InvalidInput;

/// A request, or a part of one, that can be read from a client's JSON.
pub trait FromWire: Sized {
    /// Reads the object's fields.
    ///
    /// # Errors
    /// The agent would reject the JSON with status 400.
    fn from_wire(fields: &Fields) -> Result<Self, WireError>;
}

/// Why a request can't be read: the agent's message without its prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WireError(pub String);

impl From<InvalidInput> for WireError {
    fn from(error: InvalidInput) -> Self {
        Self(error.to_string())
    }
}

/// The fields of a JSON object, looked up case-insensitively.
#[derive(Debug, Clone)]
pub struct Fields<'a>(&'a serde_json::Map<String, Value>);

impl<'a> Fields<'a> {
    /// The fields of `value`.
    ///
    /// # Errors
    /// `value` is not an object.
    pub fn of(value: &'a Value) -> Result<Self, WireError> {
        match value {
            Value::Object(map) => Ok(Self(map)),
            other => Err(WireError(format!(
                "Cannot deserialize {} into an object",
                json_type(other)
            ))),
        }
    }

    /// The value of a field; `None` if it is missing or null.
    pub fn value(&self, name: &str) -> Option<&'a Value> {
        self.0
            .iter()
            .rev()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    }

    /// A string; numbers and booleans are converted.
    ///
    /// # Errors
    /// The value is an object or an array.
    pub fn text(&self, name: &str) -> Result<Option<String>, WireError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::Bool(true)) => Ok(Some("True".to_owned())),
            Some(Value::Bool(false)) => Ok(Some("False".to_owned())),
            Some(other) => Err(WireError(format!(
                "Error reading string. Unexpected token: {}. Path '{name}'",
                json_type(other)
            ))),
        }
    }

    /// A required string.
    ///
    /// # Errors
    /// The value is missing, null or blank. The message is the agent's.
    pub fn required_text(&self, name: &str) -> Result<String, WireError> {
        match self.text(name)? {
            Some(text) if !text.trim().is_empty() => Ok(text),
            _ => Err(WireError(format!("{name} is null or whitespace."))),
        }
    }

    /// A 32-bit integer; strings are parsed and fractions rounded.
    ///
    /// # Errors
    /// The value is anything else or out of range.
    pub fn integer(&self, name: &str) -> Result<Option<i32>, WireError> {
        let out_of_range = |text: String| {
            WireError(format!(
                "Value {text} was either too large or too small for an Int32"
            ))
        };
        match self.value(name) {
            None => Ok(None),
            Some(Value::Number(number)) => match number.as_i64() {
                Some(whole) => i32::try_from(whole)
                    .map(Some)
                    .map_err(|_| out_of_range(whole.to_string())),
                None => {
                    // .NET rounds half to even.
                    let rounded = number.as_f64().unwrap_or(f64::NAN).round_ties_even();
                    if rounded.abs() <= f64::from(i32::MAX) {
                        Ok(Some(rounded as i32))
                    } else {
                        Err(out_of_range(number.to_string()))
                    }
                }
            },
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => text.trim().parse().map(Some).map_err(|_| {
                WireError(format!(
                    "Could not convert string to integer: {text}. Path '{name}'"
                ))
            }),
            Some(other) => Err(WireError(format!(
                "Error reading integer. Unexpected token: {}. Path '{name}'",
                json_type(other)
            ))),
        }
    }

    /// A boolean; strings are parsed, and any number but 0 is true.
    ///
    /// # Errors
    /// The value is anything else.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, WireError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(Value::Number(number)) => Ok(Some(number.as_f64() != Some(0.0))),
            Some(Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
                "" => Ok(None),
                "true" => Ok(Some(true)),
                "false" => Ok(Some(false)),
                _ => Err(WireError(format!(
                    "Could not convert string to boolean: {text}. Path '{name}'"
                ))),
            },
            Some(other) => Err(WireError(format!(
                "Error reading boolean. Unexpected token: {}. Path '{name}'",
                json_type(other)
            ))),
        }
    }

    /// The number of an enum value, given as a number, a name in any case, or comma-separated names,
    /// which .NET combines with a bitwise or.
    ///
    /// # Errors
    /// An unknown name, a fraction, an object or an array.
    pub fn enumeration(&self, name: &str, names: &[(&str, i64)]) -> Result<Option<i64>, WireError> {
        let unknown =
            |text: &str| WireError(format!("Error converting value \"{text}\". Path '{name}'"));
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(i64::from(*value))),
            Some(Value::Number(number)) => number
                .as_i64()
                .map(Some)
                .ok_or_else(|| unknown(&number.to_string())),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => {
                let part = |part: &str| {
                    let part = part.trim();
                    names
                        .iter()
                        .find(|(known, _)| known.eq_ignore_ascii_case(part))
                        .map(|(_, number)| *number)
                        .or_else(|| part.parse().ok())
                };
                text.split(',')
                    .map(part)
                    .try_fold(0, |sum, number| number.map(|number| sum | number))
                    .map(Some)
                    .ok_or_else(|| unknown(text))
            }
            Some(other) => Err(unknown(json_type(other))),
        }
    }
}

fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_match_in_any_case_and_the_last_wins() {
        let value = json!({"tail": 1, "TAIL": 2});
        assert_eq!(Fields::of(&value).unwrap().integer("tail"), Ok(Some(2)));
    }

    #[test]
    fn integers_are_read_from_strings_and_fractions() {
        let value = json!({"a": " 10 ", "b": 10.7, "c": "", "d": null, "e": "x", "f": true, "g": 3_000_000_000_i64, "h": 2.5});
        let fields = Fields::of(&value).unwrap();
        assert_eq!(fields.integer("a"), Ok(Some(10)));
        assert_eq!(fields.integer("b"), Ok(Some(11)));
        assert_eq!(fields.integer("c"), Ok(None));
        assert_eq!(fields.integer("d"), Ok(None));
        assert_eq!(fields.integer("h"), Ok(Some(2)));
        for name in ["e", "f", "g"] {
            assert!(fields.integer(name).is_err(), "{name}");
        }
    }

    #[test]
    fn enum_values_are_names_numbers_or_lists() {
        let names = [("none", 0), ("gzip", 1)];
        let value = json!({"a": "GZIP", "b": "1", "c": true, "d": "none, gzip", "e": "zip", "f": 1.5, "g": 7, "h": ""});
        let fields = Fields::of(&value).unwrap();
        for name in ["a", "b", "c", "d"] {
            assert_eq!(fields.enumeration(name, &names), Ok(Some(1)), "{name}");
        }
        assert!(fields.enumeration("e", &names).is_err());
        assert!(fields.enumeration("f", &names).is_err());
        assert_eq!(fields.enumeration("g", &names), Ok(Some(7)));
        assert_eq!(fields.enumeration("h", &names), Ok(None));
    }
}
