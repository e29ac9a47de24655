//! `--download`: what the tasks of `upload` and `bundle` wrote, fetched to this machine.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::run::task_report::{Task, TaskReport};
use crate::download::{BlobsBefore, DownloadError, DownloadTarget, Downloads, Fetched};
use crate::error::Error;
use crate::fetch::completed;
use crate::methods::{SasUrl, TaskStatus, TaskStatusResponse};
use crate::output::Console;

/// Whether and where to.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct DownloadArgs {
    /// Wait, fetch what the task wrote into DIR/device/, and verify it
    ///
    /// The SAS must also grant reading and listing (`r` and `l`). The agent does not name its blobs:
    /// they are found by the device's folder in the container, by their names and by when they were
    /// made, so that those of another task that the device runs at the same time may be among them.
    /// What is damaged is kept as NAME.damaged, exit 8.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "no_wait")]
    download: Option<PathBuf>,

    /// Replace files that exist; without it, what arrives is written beside them
    #[arg(long, requires = "download")]
    force: bool,
}

impl DownloadArgs {
    /// Checks that a download could work. `unpack` says whether `.gz` is to be unpacked.
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

    /// Checks what can be checked without touching anything.
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

/// Fetches what a task that has ended left, tells of the files, and judges the task. A task that
/// failed may have left something, too.
///
/// # Errors
/// The task ended other than Completed, or its blobs are not there, or not whole.
pub(crate) async fn fetch(
    console: Console,
    report: &TaskReport,
    downloads: &Downloads,
    before: &BlobsBefore,
    task: &Task,
    response: TaskStatusResponse,
) -> Result<(), Error> {
    let device = &task.device;
    let progress = report.target(&format!("looking for the blobs of {device}"));
    let fetched = downloads
        .fetch(device, before, &response.blobs, &progress)
        .await;
    drop(progress);
    let (fetched, trouble) = match fetched {
        Ok(mut fetched) => {
            let trouble = trouble(downloads, task, &mut fetched);
            (fetched, trouble)
        }
        Err(error) => (Fetched::default(), Some(error)),
    };
    for (meant, path) in &fetched.moved {
        report.beside(|| {
            console.warn(&format!(
                "`{}` exists; what arrived is in `{}`",
                meant.display(),
                path.display()
            ));
        });
    }
    report.files(&fetched.files);
    let files = Some(&fetched.files[..]);
    report.ended_with(task, response.status, &response.message, files)?;
    if response.status != TaskStatus::Completed
        && let Some(trouble) = &trouble
        && !matches!(trouble, DownloadError::NoBlob { .. })
    {
        // The task's own failure is what counts.
        let words = [vec![trouble.to_string()], trouble.causes()].concat();
        report.beside(|| console.warn(&words.join(": ")));
    }
    completed(device, &task.id, response)?;
    trouble.map_or(Ok(()), |trouble| Err(trouble.into()))
}

/// What is wrong with what was fetched.
fn trouble(downloads: &Downloads, task: &Task, fetched: &mut Fetched) -> Option<DownloadError> {
    if !fetched.failures.is_empty() {
        let failures = std::mem::take(&mut fetched.failures);
        return Some(downloads.not_whole(&task.device, failures, fetched.blobs));
    }
    fetched
        .files
        .is_empty()
        .then(|| downloads.no_blob(&task.device, task.id.clone()))
}
