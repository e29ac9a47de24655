//! `GetModuleLogs`: returns the logs of modules in the response.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::encoding::{ContentType, Encoding};
use super::items::LogItem;
use super::method_request::MethodRequest;
use super::schema::SchemaVersion;
use super::wire::{Fields, FromWire, WireError};
use crate::logs::{Records, unpacked};

/// The maximum size of the logs in one response, inclusive. edgeAgent 1.6 counts gzip bytes before
/// base64, or UTF-16 units of plain text, over all modules.
pub const MAX_LOG_BYTES: usize = 127_000;

/// The request of `GetModuleLogs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetModuleLogs {
    schema_version: SchemaVersion,
    items: Vec<LogItem>,
    encoding: Encoding,
    content_type: ContentType,
}

impl MethodRequest for GetModuleLogs {
    const NAME: &'static str = "GetModuleLogs";
    const REPEATABLE: bool = true;
}

impl GetModuleLogs {
    /// Always sends encoding and content type, since the agent's default content type is not the
    /// documented one.
    pub fn new(items: Vec<LogItem>, encoding: Encoding, content_type: ContentType) -> Self {
        Self {
            schema_version: SchemaVersion::default(),
            items,
            encoding,
            content_type,
        }
    }

    /// The version, unchecked.
    pub fn schema_version(&self) -> &SchemaVersion {
        &self.schema_version
    }

    /// The items. For each module, the first match counts.
    pub fn items(&self) -> &[LogItem] {
        &self.items
    }

    /// The encoding of the logs.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The content type of the logs.
    pub fn content_type(&self) -> ContentType {
        self.content_type
    }
}

impl FromWire for GetModuleLogs {
    /// Defaults to the documented content type, text; edgeAgent 1.6 defaults to json.
    fn from_wire(fields: &Fields) -> Result<Self, WireError> {
        Ok(Self {
            schema_version: SchemaVersion::from_text(fields.required_text("schemaVersion")?),
            items: LogItem::list_from_wire(fields)?,
            encoding: match fields.enumeration("encoding", &[("none", 0), ("gzip", 1)])? {
                Some(1) => Encoding::Gzip,
                _ => Encoding::None,
            },
            content_type: match fields.enumeration("contentType", &[("json", 0), ("text", 1)])? {
                Some(0) => ContentType::Json,
                _ => ContentType::Text,
            },
        })
    }
}

/// The log of one module. The payload of the response is an array of these.
///
/// Exactly one of the two payloads is set. With `contentType` json, it contains a JSON array of
/// records.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModuleLogs {
    /// The module's name.
    pub id: String,
    /// Gzip in base64, if `encoding` is gzip.
    #[serde(default)]
    pub payload_bytes: Option<String>,
    /// The text, if `encoding` is none.
    #[serde(default)]
    pub payload: Option<String>,
    /// Why the log is missing or incomplete. Only our device module sends this; the shipped agent fails
    /// the whole call instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether the request was understood as documented: a level with the more severe ones, `tail`
    /// after the other filters, times to the nanosecond, and long lines as a whole; and whether a filter
    /// may say [before which line](super::LogFilter::before) to end. Only our device module sends this;
    /// other clients ignore it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_documented: bool,
}

impl ModuleLogs {
    /// An empty log of a module.
    pub fn of(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            payload_bytes: None,
            payload: None,
            error: None,
            as_documented: false,
        }
    }

    /// Its records, unpacked while they are read: lines as the module wrote them, or the agent's own records
    /// of a log that was asked for as `content_type` json.
    pub fn records(&self, content_type: ContentType) -> Records<'_> {
        let input = unpacked(self.payload_bytes.as_deref(), self.payload.as_deref());
        match content_type {
            ContentType::Text => Records::lines(input),
            ContentType::Json => Records::json(input),
        }
    }

    /// Whether neither payload is set.
    pub fn is_empty(&self) -> bool {
        self.payload_bytes.is_none() && self.payload.is_none()
    }
}

impl fmt::Debug for ModuleLogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = |text: &Option<String>| text.as_ref().map(String::len);
        f.debug_struct("ModuleLogs")
            .field("id", &self.id)
            .field("payload_bytes_length", &length(&self.payload_bytes))
            .field("payload_length", &length(&self.payload))
            .field("error", &self.error)
            .finish()
    }
}

/// The agent's message if the logs are too large. The operator side recognises its first sentence.
pub fn too_large_message(bytes: u64) -> String {
    format!(
        "{TOO_LARGE} GetModuleLogs supports up to {MAX_LOG_BYTES} bytes of logs. The current request returned \
         {bytes} bytes.\nTry reducing the size of the logs with the options 'tail', 'since' and 'until', or use \
         UploadModuleLogs."
    )
}

/// The size in the agent's message about logs that are too large, in gzip bytes before base64 or UTF-16
/// units. `None` for another message, `Some(None)` if the message has no size.
pub fn too_large_bytes(message: &str) -> Option<Option<u64>> {
    let rest = message.trim_start().strip_prefix(TOO_LARGE)?;
    let number = rest
        .split_once("returned ")
        .and_then(|(_, rest)| rest.split_once(" bytes"))
        .and_then(|(number, _)| number.parse().ok());
    Some(number)
}

const TOO_LARGE: &str = "The payload is too large for a direct method.";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_size_is_read_from_the_agents_message() {
        assert_eq!(
            too_large_bytes(&too_large_message(2_000_000)),
            Some(Some(2_000_000))
        );
        assert_eq!(too_large_bytes(TOO_LARGE), Some(None));
        assert_eq!(too_large_bytes("invalid parameter: since"), None);
    }

    #[test]
    fn the_documented_default_content_type_is_text() {
        let value = json!({"schemaVersion": "1.0", "items": []});
        let request = GetModuleLogs::from_wire(&Fields::of(&value).unwrap()).unwrap();
        assert_eq!(request.content_type(), ContentType::Text);
        assert_eq!(request.encoding(), Encoding::None);
    }

    #[test]
    fn a_request_round_trips() {
        let item = LogItem {
            id: super::super::ModulePattern::all(),
            filter: super::super::LogFilter::default(),
        };
        let request = GetModuleLogs::new(vec![item], Encoding::Gzip, ContentType::Json);
        let value = serde_json::to_value(&request).unwrap();
        assert_eq!(
            GetModuleLogs::from_wire(&Fields::of(&value).unwrap()),
            Ok(request)
        );
    }
}
