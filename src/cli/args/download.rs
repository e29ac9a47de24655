//! `--download`: where to put what the tasks of `upload` and `bundle` wrote.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::args::files::written_path;
use crate::download::DownloadTarget;
use crate::error::Error;
use crate::methods::SasUrl;

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct DownloadArgs {
    /// Wait, then fetch the blobs into DIR/device/
    ///
    /// The SAS must also grant read and list (`r` and `l`). The agent does not name its blobs, so
    /// they are found by the device's folder in the container, their names and their creation time.
    /// Waiting and fetching together may take --wait-timeout.
    /// Blobs of another task that runs on the device at the same time may be among them. A damaged
    /// file is kept as NAME.damaged, exit 8.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, value_parser = written_path(), conflicts_with = "no_wait")]
    download: Option<PathBuf>,

    /// Overwrite existing files; without it, new files are written beside them
    #[arg(long)]
    force: bool,
}

impl DownloadArgs {
    /// Whether existing files may be replaced.
    pub(crate) fn overwrites(&self) -> bool {
        self.force
    }

    /// Whether `--download` was given.
    pub(crate) fn is_given(&self) -> bool {
        self.download.is_some()
    }

    /// Where to put the files; none without `--download`. `unpack` says whether to unpack `.gz`.
    ///
    /// # Errors
    /// The SAS does not allow reading, or the folder can't be written.
    pub(crate) fn target(
        &self,
        sas: &SasUrl,
        unpack: bool,
    ) -> Result<Option<DownloadTarget>, Error> {
        self.check(sas)?;
        let Some(folder) = &self.download else {
            return Ok(None);
        };
        Ok(Some(DownloadTarget::open(
            folder.clone(),
            self.force,
            unpack,
        )?))
    }

    /// Checks what can be checked without touching the disk.
    ///
    /// # Errors
    /// The SAS does not allow reading.
    pub(crate) fn check(&self, sas: &SasUrl) -> Result<(), Error> {
        if self.download.is_some() {
            sas.check_reading()?;
        }
        Ok(())
    }
}
