//! A source of logs for the device module in this process.

use std::sync::Arc;

use jiff::tz::Offset;

use crate::device::StartError;
use crate::device::sources::{self, LogSource};
use crate::error::Error;
use crate::invalid_input::InvalidInput;
use crate::logs;

/// Where logs come from, and how their times are read.
#[derive(Debug, Clone)]
pub(crate) struct SourceChoice {
    pub(crate) name: String,
    /// The offset of times that say none.
    utc_offset: Option<Offset>,
}

impl SourceChoice {
    /// Takes what was typed.
    ///
    /// # Errors
    /// There is an offset, and the times of this source say theirs.
    pub(crate) fn new(name: &str, utc_offset: Option<Offset>) -> Result<Self, InvalidInput> {
        if utc_offset.is_some() && sources::says_offsets(name) {
            return Err(InvalidInput::new(format!(
                "--source-utc-offset is for times in files, and `{name}` does not read files"
            ))
            .hint("omit --source-utc-offset, or read dir:PATH, bundle:FILE.zip or blobs:DIR"));
        }
        Ok(Self {
            name: name.to_owned(),
            utc_offset,
        })
    }

    /// Opens it.
    ///
    /// # Errors
    /// There is no such source.
    pub(crate) fn open(&self) -> Result<Arc<dyn LogSource>, Error> {
        let source = sources::open(&self.name, self.utc_offset).map_err(StartError::from)?;
        Ok(source)
    }
}

/// The offset of times that say none.
pub(crate) fn utc_offset(text: &str) -> Result<Offset, String> {
    logs::utc_offset(text)
        .ok_or_else(|| "give an offset from UTC such as +02:00, -0330, +01 or Z".to_owned())
}
