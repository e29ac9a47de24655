//! From a payload's text to a request, as forgiving as the shipped agent's parser.

use serde_json::Value;

use super::method_error::MethodError;
use crate::methods::{Fields, FromWire};

/// What edgeAgent 1.6 puts in front of everything that goes wrong while it parses.
const PREFIX: &str = "Error parsing command payload because of error - ";

/// Reads a request. The shipped agent takes single quotes, bare names, comments and trailing commas
/// as well, so JSON5 is tried where JSON fails.
///
/// # Errors
/// Status 400, in the agent's words.
pub(super) fn parse<R: FromWire>(payload: Option<&str>) -> Result<R, MethodError> {
    let text = payload.ok_or_else(|| MethodError::bad_request("Request payload not found"))?;
    let failed =
        |words: &dyn std::fmt::Display| MethodError::bad_request(format!("{PREFIX}{words}"));
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
