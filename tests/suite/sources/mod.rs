//! The sources of logs: folders, the management API of `aziot-edged`, and a real Docker Engine.

mod dir;
mod dir_cases;
mod docker;
mod docker_modules;
mod docker_versions;
mod edged;
mod management_api;
mod windows;

use edgelogs::device::sources::{LogEntry, LogSource, LogWindow, SourceError};
use futures::StreamExt;

/// The last lines of a log.
fn last(lines: u64) -> LogWindow {
    LogWindow {
        tail: Some(lines),
        ..LogWindow::default()
    }
}

/// The entries of a log, and the error that ended it.
async fn read(
    source: &impl LogSource,
    module: &str,
    window: &LogWindow,
) -> (Vec<LogEntry>, Option<SourceError>) {
    let mut log = source.logs(module, window).await.unwrap();
    let mut entries = Vec::new();
    while let Some(item) = log.next().await {
        match item {
            Ok(entry) => entries.push(entry),
            Err(error) => {
                assert!(log.next().await.is_none(), "nothing comes after an error");
                return (entries, Some(error));
            }
        }
    }
    (entries, None)
}

/// The entries of a log that ends without an error.
async fn whole(source: &impl LogSource, module: &str, window: &LogWindow) -> Vec<LogEntry> {
    let (entries, error) = read(source, module, window).await;
    assert_eq!(error, None);
    entries
}

/// Why a log can't be opened.
async fn refusal(source: &impl LogSource, module: &str) -> SourceError {
    let log = source.logs(module, &LogWindow::default()).await;
    log.err().expect("an error")
}

/// The bytes of entries, one after the other.
fn joined(entries: &[LogEntry]) -> Vec<u8> {
    let bytes = entries.iter().flat_map(|entry| entry.bytes.to_vec());
    bytes.collect()
}
