//! Tasks to be asked after, as other runs have told of them.

use crate::invalid_input::InvalidInput;
use std::collections::HashSet;

use serde::Deserialize;

use crate::cli::run::ledger::LedgerEntry;
use crate::error::Error;
use crate::methods::CorrelationId;

/// What is known of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrackedTask {
    pub(crate) id: CorrelationId,
    pub(crate) device: Option<String>,
    /// The method that started it.
    pub(crate) method: Option<String>,
    /// Host and port of the hub that it was started through.
    pub(crate) hub: Option<String>,
}

/// A record of `upload -o jsonl` or `bundle -o jsonl`, or a line of `status -o jsonl`. What else it
/// holds is left aside.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    device: String,
    correlation_id: String,
    method: Option<String>,
    hub: Option<String>,
}

impl TrackedTask {
    /// A task of which only the id is known.
    pub(crate) fn of(id: CorrelationId) -> Self {
        Self {
            id,
            device: None,
            method: None,
            hub: None,
        }
    }
}

impl From<LedgerEntry> for TrackedTask {
    fn from(entry: LedgerEntry) -> Self {
        Self {
            id: entry.correlation_id,
            device: Some(entry.device),
            method: Some(entry.method),
            hub: Some(entry.hub),
        }
    }
}

/// Reads records, one a line; blank lines are nothing, and a task counts once.
///
/// # Errors
/// A line that is no record, by its number.
pub(crate) fn tracked_tasks(text: &str) -> Result<Vec<TrackedTask>, Error> {
    let mut tasks = Vec::new();
    let mut seen = HashSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let task = tracked_task(line).map_err(|reason| {
            InvalidInput::new(format!("line {number} of stdin is no task: {reason}"))
                .hint("give what `edgelogs upload --no-wait -o jsonl` prints")
        })?;
        if seen.insert((task.device.clone(), task.id.clone())) {
            tasks.push(task);
        }
    }
    Ok(tasks)
}

fn tracked_task(line: &str) -> Result<TrackedTask, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if line.device.trim().is_empty() {
        return Err("its device is blank".to_owned());
    }
    let id = CorrelationId::parse(&line.correlation_id).map_err(|error| error.to_string())?;
    Ok(TrackedTask {
        id,
        device: Some(line.device),
        method: line.method,
        hub: line.hub,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

    #[test]
    fn records_are_read_once_each_with_whatever_else_they_hold() {
        let record = format!(
            r#"{{"device":"d","method":"UploadModuleLogs","correlationId":"{ID}","status":"Running","message":""}}"#
        );
        let tasks = tracked_tasks(&format!("{record}\r\n\n{record}\n")).unwrap();
        assert_eq!(tasks.len(), 1);
        assert_eq!(tasks[0].device.as_deref(), Some("d"));
        assert_eq!(tasks[0].hub, None);
    }

    #[test]
    fn a_bad_line_is_named() {
        let good = format!(r#"{{"device":"d","correlationId":"{ID}"}}"#);
        for bad in [
            "hello",
            "{}",
            r#"{"device":"d"}"#,
            r#"{"device":"d","correlationId":"1"}"#,
            &format!(r#"{{"device":" ","correlationId":"{ID}"}}"#),
        ] {
            let error = tracked_tasks(&format!("{good}\n\n{bad}\n")).unwrap_err();
            assert!(error.to_string().starts_with("line 3 "), "{error}");
            assert_eq!(error.exit().code(), 2);
        }
    }
}
