//! The SAS URL that a device shall write with.

use std::path::Path;

use clap::Args;
use jiff::Timestamp;

use super::connection::read_text;
use crate::Error;
use crate::methods::{InvalidRequest, SasPurpose, SasUrl, StorageScheme};

/// Where the SAS URL comes from. It is judged only after parsing, since clap repeats what it
/// refuses.
#[derive(Debug, Args)]
#[command(next_help_heading = "Storage")]
pub(super) struct SasArgs {
    /// The container's SAS URL, @FILE to read it from a file, or - for stdin
    ///
    /// It must be for a container (`sr=c`) and grant writing: `w`, or `c` and `a` for text logs,
    /// `c` for json logs and bundles.
    #[arg(
        long,
        value_name = "URL",
        env = "EDGELOGS_SAS",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    sas: Option<String>,
}

impl SasArgs {
    /// Whether stdin is read for the URL.
    pub(super) fn reads_stdin(&self) -> bool {
        matches!(self.sas.as_deref(), Some("-" | "@-"))
    }

    /// The URL, checked for what will be written with it. `loopback` says whether the hub is one,
    /// or will not be called.
    ///
    /// # Errors
    /// No URL, a file that can't be read, or a URL that every write would fail with.
    pub(super) fn url(&self, purpose: SasPurpose, loopback: bool) -> Result<SasUrl, Error> {
        let typed = self
            .sas
            .as_deref()
            .filter(|text| !text.is_empty())
            .ok_or_else(|| {
                InvalidRequest::new("no SAS URL is given")
                    .hint("give one with --sas URL, --sas @FILE or EDGELOGS_SAS")
            })?;
        let text = match typed.strip_prefix('@') {
            Some(path) => read_text(Path::new(path))?,
            None if typed == "-" => read_text(Path::new("-"))?,
            None => typed.to_owned(),
        };
        let url = SasUrl::parse(&text)?;
        if matches!(url.scheme(), StorageScheme::Directory(_)) && !loopback {
            return Err(
                InvalidRequest::new("a file:// URL is for a hub on this machine only").into(),
            );
        }
        url.check(purpose, Timestamp::now())?;
        Ok(url)
    }
}
