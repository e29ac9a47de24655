//! The fields of a request, converted as Newtonsoft converts them.

use super::json::Json;

/// The members of an object. Names are compared without case, and the last of like names wins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a>(&'a [(String, Json)]);

impl<'a> Fields<'a> {
    /// The fields of an object.
    ///
    /// # Errors
    /// Any other value.
    pub(crate) fn of(value: &'a Json) -> Result<Self, String> {
        match value {
            Json::Object(members) => Ok(Self(members)),
            other => Err(cannot_convert(other, "a request object")),
        }
    }

    /// A field's value, `null` included.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Json> {
        let mut same = self.0.iter().rev();
        same.find(|(key, _)| key.to_lowercase() == name.to_lowercase())
            .map(|(_, value)| value)
    }

    /// A string; numbers and booleans become their text.
    ///
    /// # Errors
    /// An object or an array.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, String> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Text(text) | Json::Number(text)) => Ok(Some(text.clone())),
            Some(Json::Bool(true)) => Ok(Some("True".to_owned())),
            Some(Json::Bool(false)) => Ok(Some("False".to_owned())),
            Some(other) => Err(reading_error(other, "string")),
        }
    }

    /// A string that must be there and hold more than blanks.
    ///
    /// # Errors
    /// Absent, null or blank.
    pub(crate) fn required(&self, name: &str) -> Result<String, String> {
        match self.text(name)? {
            Some(text) if !text.trim().is_empty() => Ok(text),
            _ => Err(format!("{name} is null or whitespace.")),
        }
    }

    /// A 32-bit integer: numbers, rounded, and strings that hold one; an empty string is absent.
    ///
    /// # Errors
    /// Anything else.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<i32>, String> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Number(text)) => rounded(text)
                .map(Some)
                .ok_or_else(|| format!("Value was either too large or too small: {text}.")),
            Some(Json::Text(text)) if text.is_empty() => Ok(None),
            Some(Json::Text(text)) => match text.trim().parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(format!(
                    "Could not convert string to integer: {text}. Path '{name}'."
                )),
            },
            Some(other) => Err(reading_error(other, "integer")),
        }
    }

    /// A boolean: `true`, `"true"` in any case, or a number other than 0.
    ///
    /// # Errors
    /// Anything else.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, String> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Bool(value)) => Ok(Some(*value)),
            Some(Json::Number(text)) => Ok(Some(text.parse() != Ok(0.0))),
            Some(Json::Text(text)) => match text.trim().to_ascii_lowercase().as_str() {
                "true" => Ok(Some(true)),
                "false" => Ok(Some(false)),
                "" => Ok(None),
                _ => Err(format!(
                    "Could not convert string to boolean: {text}. Path '{name}'."
                )),
            },
            Some(other) => Err(reading_error(other, "boolean")),
        }
    }

    /// An enumeration: names in any case, several with commas, and integers, known or not. `true`
    /// is 1, an empty string the default.
    ///
    /// # Errors
    /// Unknown names, and numbers with a fraction.
    pub(crate) fn enumeration(&self, name: &str, names: &[&str]) -> Result<Option<i64>, String> {
        let failed = |text: &str| {
            format!("Error converting value \"{text}\" to the type of '{name}'. Path '{name}'.")
        };
        match self.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Bool(value)) => Ok(Some(i64::from(*value))),
            Some(Json::Number(text)) => text.parse().map(Some).map_err(|_| failed(text)),
            Some(Json::Text(text)) if text.is_empty() => Ok(None),
            Some(Json::Text(text)) => {
                let mut combined = 0;
                for word in text.split(',').map(str::trim) {
                    let known = names
                        .iter()
                        .position(|name| name.eq_ignore_ascii_case(word));
                    combined |= match (known, word.parse::<i64>()) {
                        (Some(value), _) => i64::try_from(value).unwrap_or(i64::MAX),
                        (None, Ok(number)) => number,
                        (None, Err(_)) => return Err(failed(text)),
                    };
                }
                Ok(Some(combined))
            }
            Some(other) => Err(reading_error(other, name)),
        }
    }
}

/// .NET rounds halves to the even neighbour.
fn rounded(text: &str) -> Option<i32> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let number = text.parse::<f64>().ok()?.round_ties_even();
    let fits = (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
    // The range was checked and the fraction is gone, so that the cast keeps the number.
    fits.then_some(number as i32)
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "Null",
        Json::Bool(_) => "Boolean",
        Json::Number(_) => "Number",
        Json::Text(_) => "String",
        Json::Array(_) => "StartArray",
        Json::Object(_) => "StartObject",
    }
}

fn reading_error(value: &Json, wanted: &str) -> String {
    format!("Error reading {wanted}. Unexpected token: {}.", kind(value))
}

/// The message for a value of the wrong kind.
pub(crate) fn cannot_convert(value: &Json, wanted: &str) -> String {
    format!(
        "Cannot deserialize the current JSON value ({}) because the type requires {wanted}.",
        kind(value)
    )
}
