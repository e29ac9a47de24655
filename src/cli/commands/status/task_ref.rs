//! Tasks whose status is wanted, as the ledger, the arguments or the records on stdin name them.

use std::collections::HashSet;

use serde::Deserialize;

use crate::cli::args::target::default_device;
use crate::cli::run::ledger::{Ledger, LedgerEntry};
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::invalid_input::InvalidInput;
use crate::methods::CorrelationId;
use crate::output::Console;

/// A task's id, and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TaskRef {
    pub(crate) id: CorrelationId,
    pub(crate) device: Option<String>,
    /// The method that started the task.
    pub(crate) method: Option<String>,
    /// Host and port of the hub through which it was started.
    pub(crate) hub: Option<String>,
    /// The module that runs it; none for the edge agent, or an unknown one.
    pub(crate) module: Option<String>,
}

/// A record that `upload`, `bundle` or `status` prints with `-o jsonl`. Other fields are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    device: String,
    correlation_id: String,
    method: Option<String>,
    hub: Option<String>,
    module: Option<String>,
}

impl TaskRef {
    /// A task of which at most the device is known.
    pub(crate) fn new(id: CorrelationId, device: Option<String>) -> Self {
        Self {
            id,
            device,
            method: None,
            hub: None,
            module: None,
        }
    }

    /// Whether nothing tells which module runs it: neither the ledger nor a record.
    pub(crate) fn is_unknown(&self) -> bool {
        self.method.is_none() && self.module.is_none()
    }

    /// The task with this id on the typed device, as this machine remembers it. A task that it doesn't
    /// remember is on the typed device, or else on the default one.
    ///
    /// # Errors
    /// The ledger can't be read, and no device was typed.
    pub(crate) fn find(
        id: CorrelationId,
        typed: Option<&str>,
        settings: &Settings,
        console: Console,
    ) -> Result<Self, Error> {
        let entries = match Ledger::entries(console) {
            // The ledger would only add the hub.
            Err(_) if typed.is_some() => Vec::new(),
            entries => entries?,
        };
        let remembered = entries.into_iter().rev().find(|entry| {
            entry.correlation_id == id && typed.is_none_or(|device| device == entry.device)
        });
        Ok(match (remembered, typed) {
            (Some(entry), _) => entry.into(),
            (None, Some(device)) => Self::new(id, Some(device.to_owned())),
            (None, None) => Self::new(id, default_device(settings)),
        })
    }
}

impl From<LedgerEntry> for TaskRef {
    fn from(entry: LedgerEntry) -> Self {
        Self {
            id: entry.correlation_id,
            device: Some(entry.device),
            method: Some(entry.method),
            hub: Some(entry.hub),
            module: entry.module,
        }
    }
}

/// Reads one record per line. Blank lines and repeated tasks are skipped.
///
/// # Errors
/// A line is not a record; the error names its number.
pub(crate) fn parse_records(text: &str) -> Result<Vec<TaskRef>, Error> {
    let mut tasks = Vec::new();
    let mut seen = HashSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let task = parse_record(line).map_err(|reason| {
            InvalidInput::new(format!("line {number} of stdin is not a task: {reason}"))
                .hint("pipe the output of `edgelogs upload --no-wait -o jsonl`")
        })?;
        if seen.insert((task.device.clone(), task.id.clone())) {
            tasks.push(task);
        }
    }
    Ok(tasks)
}

fn parse_record(line: &str) -> Result<TaskRef, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if line.device.trim().is_empty() {
        return Err("its device is blank".to_owned());
    }
    let id = CorrelationId::parse(&line.correlation_id).map_err(|error| error.to_string())?;
    Ok(TaskRef {
        id,
        device: Some(line.device),
        method: line.method,
        hub: line.hub,
        module: line.module,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

    #[test]
    fn repeated_records_and_other_fields_are_ignored() {
        let record = format!(
            r#"{{"device":"d","method":"UploadModuleLogs","correlationId":"{ID}","status":"Running","message":""}}"#
        );
        let tasks = parse_records(&format!("{record}\r\n\n{record}\n")).unwrap();
        assert_eq!(tasks.len(), 1);
        assert_eq!(tasks[0].device.as_deref(), Some("d"));
        assert_eq!(tasks[0].hub, None);
    }
}
