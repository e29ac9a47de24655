//! The fields of a request.
//!
//! The agent's library converts between types, which the program under test never needs: it sends
//! each field in its own type. `agent_behaviour` has the conversions, for the device module.

use serde_json::{Map, Value};

/// The members of an object. Names are compared without case, and the last of like names wins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// The fields of an object.
    ///
    /// # Errors
    /// Any other value.
    pub(crate) fn of(value: &'a Value) -> Result<Self, String> {
        let object = value.as_object();
        object.map(Self).ok_or_else(|| cannot_read(value, "object"))
    }

    /// A field's value, `null` included.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        let mut same = self.0.iter().rev();
        same.find(|(key, _)| key.to_lowercase() == name.to_lowercase())
            .map(|(_, value)| value)
    }

    /// A value that is neither absent nor null, read with `read`.
    fn read<T>(
        &self,
        name: &str,
        wanted: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, String> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match read(value) {
                Some(read) => Ok(Some(read)),
                None => Err(cannot_read(value, wanted)),
            },
        }
    }

    /// A string.
    ///
    /// # Errors
    /// Any other value.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, String> {
        self.read(name, "string", |value| Some(value.as_str()?.to_owned()))
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

    /// A 32-bit integer.
    ///
    /// # Errors
    /// Any other value.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<i32>, String> {
        self.read(name, "integer", |value| i32::try_from(value.as_i64()?).ok())
    }

    /// A boolean.
    ///
    /// # Errors
    /// Any other value.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, String> {
        self.read(name, "boolean", Value::as_bool)
    }

    /// The place of a name among `names`, in any case.
    ///
    /// # Errors
    /// An unknown name.
    pub(crate) fn enumeration(&self, name: &str, names: &[&str]) -> Result<Option<i64>, String> {
        self.read(name, name, |value| {
            let word = value.as_str()?;
            let position = names
                .iter()
                .position(|name| name.eq_ignore_ascii_case(word))?;
            i64::try_from(position).ok()
        })
    }
}

/// The message for a value of the wrong type.
pub(crate) fn cannot_read(value: &Value, wanted: &str) -> String {
    format!("Error reading {wanted}. Unexpected token: {value}.")
}
