//! The encoding and the content type of logs.

use serde::{Deserialize, Serialize};

/// The `encoding` of a log request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Uncompressed, in `payload`.
    None,
    /// Gzip in base64, in `payloadBytes`: about a tenth of the size.
    Gzip,
}

/// The `contentType` of a log request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ContentType {
    /// A JSON array of records, each with its stream, level and timestamp.
    Json,
    /// The lines as the module wrote them.
    Text,
}

/// The file extension of a blob with a module's log, without the first dot.
pub(crate) fn blob_extension(content_type: ContentType, encoding: Encoding) -> &'static str {
    match (content_type, encoding) {
        (ContentType::Text, Encoding::None) => "log",
        (ContentType::Text, Encoding::Gzip) => "log.gz",
        (ContentType::Json, Encoding::None) => "json",
        (ContentType::Json, Encoding::Gzip) => "json.gz",
    }
}
