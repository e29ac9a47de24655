//! The requests of the agent's methods, as its constructors take them.
//!
//! Ids and log patterns are .NET regular expressions. Rust's `regex` stands in for them, which is
//! close enough for what the tests send: literals, classes, anchors, alternatives. It has no
//! lookaround and no backreferences, its `$` does not match before a last newline, and it folds
//! case by Unicode's rules; a test of .NET's syntax does not belong here.

use serde_json::Value;

use super::fields::{Fields, cannot_read};
use crate::pattern::Pattern;

/// The prefix of every message about a payload that can't be read.
const PARSE_ERROR: &str = "Error parsing command payload because of error - ";

/// `GetModuleLogs` and `UploadModuleLogs`.
#[derive(Debug, Clone)]
pub(crate) struct LogsRequest {
    /// As received; checked after parsing.
    pub schema_version: String,
    /// Absent for `GetModuleLogs`.
    pub sas_url: Option<String>,
    /// `None` is the `null` that the parser lets through and the handler trips over.
    pub items: Vec<Option<Item>>,
    /// 1 is gzip; everything else works as none.
    pub encoding: i64,
    /// 0 is json; `GetModuleLogs` takes everything else as text. `None`: not given.
    pub content_type: Option<i64>,
}

/// Which modules, and which of their lines.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// A pattern on module names; `all` means every module.
    pub id: String,
    /// What to keep.
    pub filter: Filter,
}

/// The filter of an item.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// The last so many.
    pub tail: Option<i32>,
    /// Sent on as it came.
    pub since: Option<String>,
    /// Likewise.
    pub until: Option<String>,
    /// Compared for equality by the shipped agent.
    pub level: Option<i32>,
    /// Matched on the stripped text.
    pub regex: Option<Pattern>,
    /// Undocumented: the engine's stamp in front of each entry.
    pub include_timestamp: bool,
    /// Whether this is the one filter object that all requests without a filter share.
    pub is_shared: bool,
}

/// `UploadSupportBundle`; its window and `edgeRuntimeOnly` change nothing that the stand-in shows.
#[derive(Debug, Clone)]
pub(crate) struct BundleRequest {
    /// Where to.
    pub sas_url: String,
}

/// Reads the payload of a method with `read`.
///
/// # Errors
/// The messages of status 400.
pub(crate) fn parse<T>(
    payload: Option<&str>,
    read: impl FnOnce(Fields<'_>) -> Result<T, String>,
) -> Result<T, String> {
    let Some(text) = payload else {
        return Err("Request payload not found".to_owned());
    };
    let parsed = match serde_json::from_str(text) {
        Err(error) => Err(error.to_string()),
        Ok(Value::Null) => Err("Value cannot be null. (Parameter 'value')".to_owned()),
        Ok(value) => Fields::of(&value).and_then(read),
    };
    parsed.map_err(|message| format!("{PARSE_ERROR}{message}"))
}

impl LogsRequest {
    /// Reads either request; `uploads` makes the SAS URL required.
    ///
    /// # Errors
    /// The constructor's own messages.
    pub(crate) fn read(fields: Fields<'_>, uploads: bool) -> Result<Self, String> {
        let items = match fields.get("items") {
            None => None,
            // The converter for "single or array" makes `[null]` of a null.
            Some(Value::Array(items)) => {
                Some(items.iter().map(Item::read).collect::<Result<_, _>>()?)
            }
            Some(single) => Some(vec![Item::read(single)?]),
        };
        let sas_url = fields.text("sasUrl")?;
        let encoding = fields.enumeration("encoding", &["none", "gzip"])?;
        let content_type = fields.enumeration("contentType", &["json", "text"])?;
        let schema_version = fields.required("schemaVersion")?;
        if uploads && sas_url.is_none() {
            return Err("Value cannot be null. (Parameter 'sasUrl')".to_owned());
        }
        Ok(Self {
            schema_version,
            sas_url,
            items: items.ok_or("Value cannot be null. (Parameter 'items')")?,
            encoding: encoding.unwrap_or(0),
            content_type,
        })
    }
}

impl Item {
    fn read(value: &Value) -> Result<Option<Self>, String> {
        if value.is_null() {
            return Ok(None);
        }
        let fields = Fields::of(value)?;
        let filter = match fields.get("filter") {
            None | Some(Value::Null) => Filter::shared(),
            Some(value @ Value::Object(_)) => Filter::read(Fields::of(value)?)?,
            Some(other) => return Err(cannot_read(other, "log filter")),
        };
        let id = fields.required("id")?;
        Ok(Some(Self { id, filter }))
    }
}

impl Filter {
    fn shared() -> Self {
        Self {
            is_shared: true,
            ..Self::default()
        }
    }

    fn read(fields: Fields<'_>) -> Result<Self, String> {
        let regex = match fields.text("regex")? {
            None => None,
            Some(pattern) => Some(
                Pattern::new(&pattern)
                    .map_err(|_| format!("Invalid pattern '{pattern}' at offset 0."))?,
            ),
        };
        Ok(Self {
            tail: fields.integer("tail")?,
            since: fields.text("since")?,
            until: fields.text("until")?,
            level: fields.integer("loglevel")?,
            regex,
            include_timestamp: fields.boolean("includeTimestamp")?.unwrap_or(false),
            is_shared: false,
        })
    }
}

impl BundleRequest {
    /// Reads the request. The version must not be blank, and is looked at no further.
    ///
    /// # Errors
    /// The constructor's own messages.
    pub(crate) fn read(fields: Fields<'_>) -> Result<Self, String> {
        fields.text("since")?;
        fields.text("until")?;
        fields.boolean("edgeRuntimeOnly")?;
        fields.required("schemaVersion")?;
        let sas_url = fields.text("sasUrl")?;
        Ok(Self {
            sas_url: sas_url.ok_or("Value cannot be null. (Parameter 'sasUrl')")?,
        })
    }
}

/// Checks a version as `System.Version` and the agent do.
///
/// # Errors
/// The messages of status 500. A blank version never gets here.
pub(crate) fn check_version(version: &str, context: &str) -> Result<(), String> {
    let parts: Vec<_> = version.trim().split('.').collect();
    let numbers: Option<Vec<u32>> = parts
        .iter()
        .map(|part| part.trim().parse::<u32>().ok())
        .collect();
    match numbers.as_deref() {
        Some([1, ..]) if (2..=4).contains(&parts.len()) => Ok(()),
        Some(_) if (2..=4).contains(&parts.len()) => Err(format!(
            "The {context} version {version} is not compatible with the expected version 1.0"
        )),
        _ => Err(format!("Invalid {context} version {version}")),
    }
}
