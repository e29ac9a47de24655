//! Fetching what the tasks of `upload` and `bundle` wrote.

use tokio::time::Instant;

use crate::cli::run::task_report::{Task, TaskReport};
use crate::download::{BlobsBefore, DownloadError, Downloads, Fetched};
use crate::error::Error;
use crate::fetch::completed;
use crate::methods::{TaskStatus, TaskStatusResponse};
use crate::output::Console;

/// Fetches what an ended task wrote, and reports the files and the task. A task that failed may have
/// written something, too. The waiting began at `start`.
///
/// # Errors
/// The task did not end Completed, or its blobs are missing or damaged.
pub(crate) async fn fetch(
    console: Console,
    report: &TaskReport,
    downloads: &Downloads,
    before: &BlobsBefore,
    task: &Task,
    response: TaskStatusResponse,
    start: Instant,
) -> Result<(), Error> {
    let device = &task.device;
    let progress = report.target(&format!("looking for the blobs of {device}"));
    let fetched = downloads
        .fetch(
            device,
            before,
            &response.blobs,
            start,
            |message, arrived, total| {
                progress.bytes(message, arrived, total);
            },
        )
        .await;
    drop(progress);
    let (fetched, failure) = match fetched {
        Ok(mut fetched) => {
            let failure = failure(downloads, task, &mut fetched);
            (fetched, failure)
        }
        Err(error) => (Fetched::default(), Some(error)),
    };
    for (intended, path) in &fetched.moved {
        report.suspend(|| {
            console.warn(&format!(
                "`{}` already exists; the new file is `{}`",
                intended.display(),
                path.display()
            ));
        });
    }
    report.files(&fetched.files)?;
    let files = Some(&fetched.files[..]);
    report.ended_with(task, response.status, &response.message, files)?;
    if response.status != TaskStatus::Completed
        && let Some(failure) = &failure
        && !matches!(failure, DownloadError::NoBlob { .. })
    {
        // The command fails with the task's own failure; this one is only a warning.
        let chain = [vec![failure.to_string()], failure.causes()].concat();
        report.suspend(|| console.warn(&chain.join(": ")));
    }
    completed(device, &task.id, response)?;
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}

/// The failure of a task whose blobs did not arrive intact, or that wrote none.
fn failure(downloads: &Downloads, task: &Task, fetched: &mut Fetched) -> Option<DownloadError> {
    if !fetched.failures.is_empty() {
        let failures = std::mem::take(&mut fetched.failures);
        return Some(downloads.not_intact(&task.device, failures, fetched.blobs));
    }
    fetched
        .files
        .is_empty()
        .then(|| downloads.no_blob(&task.device, task.id.clone()))
}
