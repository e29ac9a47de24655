//! The SAS URL that the device writes with.

use clap::Args;
use jiff::Timestamp;

use crate::cli::args::sas_source::SasSource;
use crate::cli::environment;
use crate::error::Error;
use crate::invalid_input::InvalidInput;
use crate::methods::{SasPurpose, SasUrl, StorageScheme};
use crate::output::Console;

/// Where the SAS URL comes from. It is checked after parsing, since clap's errors repeat the value.
#[derive(Debug, Args)]
#[command(next_help_heading = "Storage")]
pub(crate) struct SasArgs {
    /// SAS URL of the container, @FILE to read it from a file, or - for stdin
    ///
    /// It must be for a container (`sr=c`) and allow writing: `w`, or `c` and `a` for text logs, or
    /// `c` for json logs and bundles.
    #[arg(
        long,
        value_name = "URL",
        env = environment::SAS,
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    sas: Option<String>,
}

impl SasArgs {
    /// Whether stdin is read for the URL.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.source() == SasSource::Stdin
    }

    /// Warns once that a URL on the command line stays in the shell's history.
    pub(crate) fn note_history(&self, console: Console) {
        self.source().note_history(console);
    }

    fn source(&self) -> SasSource<'_> {
        SasSource::of(self.sas.as_deref())
    }

    /// The URL, checked for its purpose. `loopback` is whether the hub is on this machine or isn't
    /// called.
    ///
    /// # Errors
    /// No URL, a file that can't be read, or a URL that can't be used for writing.
    pub(crate) async fn url(
        &self,
        purpose: SasPurpose,
        loopback: bool,
        console: Console,
    ) -> Result<SasUrl, Error> {
        let url = SasUrl::parse(&self.source().text().await?)?;
        if matches!(url.scheme(), StorageScheme::Directory(_)) && !loopback {
            return Err(
                InvalidInput::new("a file:// URL only works with a hub on this machine").into(),
            );
        }
        url.check(purpose, Timestamp::now())?;
        if let Some(warning) = url.plain_http_warning() {
            console.warn(&warning);
        }
        Ok(url)
    }
}
