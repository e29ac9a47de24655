//! Every expected failure, as one sentence.

use std::time::Duration;

use super::hub_sentences::{call_sentence, hub_sentence};
use crate::download::DownloadError;
use crate::exit::Exit;
use crate::hub::{ConnectionStringError, HubError, HubErrorKind};
use crate::invalid_input::InvalidInput;
use crate::logs::DecodeError;
use crate::methods::{CorrelationId, TaskStatus};

/// An expected failure. `Display` is one lower-case sentence; causes, hint and exit code have methods
/// of their own. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences show what the fields are")]
pub enum Error {
    /// An invalid value; nothing was sent.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
    /// The connection string can't be used.
    #[error("{origin} can't be used")]
    Connection {
        origin: String,
        source: ConnectionStringError,
    },
    /// No identity got a token; nothing was sent to the hub.
    #[error("signing in to Entra ID for hub `{hub}` failed")]
    SignIn {
        hub: String,
        /// What was tried and why it failed.
        source: Box<HubError>,
    },
    /// The settings file, or a value in it, can't be used.
    #[error("{message}")]
    Settings {
        message: String,
        cause: Option<String>,
        /// What to write or type instead.
        hint: Option<String>,
    },
    /// A check, such as one of `doctor`, found a problem.
    #[error("{message}")]
    Check {
        message: String,
        /// Possible causes, one per line.
        cause: Option<String>,
        hint: Option<String>,
        exit: Exit,
    },
    /// Neither a flag nor the environment names a hub.
    #[error("no hub given")]
    NoHub,
    /// Neither a flag nor the environment names a device.
    #[error("no device given")]
    NoDevice,
    /// The selection is empty.
    #[error("no device selected by {selection}")]
    NoDeviceSelected { selection: String },
    /// More devices than `--max-devices` allows.
    #[error("{selected} devices selected, more than the {allowed} that --max-devices allows")]
    TooManyDevices {
        selected: usize,
        allowed: usize,
        /// Whether the limit was typed, so that `--yes` does not lift it.
        typed: bool,
    },
    /// The HTTP client can't be built.
    #[error("can't set up a connection to hub `{hub}`")]
    NoClient { hub: String, source: Box<HubError> },
    /// The query that lists devices failed.
    #[error("the device query to hub `{hub}` failed")]
    Query { hub: String, source: Box<HubError> },
    /// The hub rejected a query that the operator wrote out in full.
    #[error("the device query to hub `{hub}` failed")]
    BadQuery { hub: String, source: Box<HubError> },
    /// No device given for a task that this machine did not start.
    #[error("no device given for task {id}, which this machine did not start")]
    UnknownTask { id: CorrelationId },
    /// The task was started through another hub.
    #[error("task {id} on device `{device}` belongs to hub `{hub}`, not to `{current}`")]
    OtherHub {
        id: CorrelationId,
        /// The device that runs it.
        device: String,
        /// The hub that the task was started through.
        hub: String,
        /// The hub of this run.
        current: String,
    },
    /// The file exists and must not be overwritten.
    #[error("`{path}` already exists")]
    WouldOverwrite { path: String },
    /// A file or folder can't be written.
    #[error("`{path}` can't be written")]
    Unwritable {
        path: String,
        source: std::io::Error,
    },
    /// A file named by a flag can't be read.
    #[error("`{path}` can't be read")]
    File {
        path: String,
        source: std::io::Error,
    },
    /// The hub did not relay an answer.
    #[error("{}", hub_sentence(.source, .device, .module, .hub))]
    Hub {
        hub: String,
        device: String,
        /// The module that was called.
        module: String,
        source: Box<HubError>,
    },
    /// The method ran, and the device answered with a failure.
    #[error("device `{device}` refused {method}")]
    Refused {
        device: String,
        method: &'static str,
        /// The method's status: 400 for bad arguments, 500 for everything else.
        status: i32,
        message: String,
    },
    /// A call that must not be repeated got no answer; it may have run.
    #[error("{}", call_sentence(.source, .device, .module, .method, .hub))]
    Call {
        hub: String,
        device: String,
        module: String,
        method: String,
        source: Box<HubError>,
    },
    /// A module answered with a failure status, whose meaning only the module knows.
    #[error("module `{module}` of device `{device}` answered {method} with status {status}")]
    Status {
        device: String,
        module: String,
        method: String,
        status: i32,
        message: String,
    },
    /// The answer's payload breaks the method's contract.
    #[error("can't read the answer of device `{device}` to {method}")]
    BadPayload {
        device: String,
        method: &'static str,
        cause: String,
    },
    /// A module's log can't be fully decoded; what came before was printed.
    #[error("the log of module `{module}` on device `{device}` can't be fully decoded")]
    Undecodable {
        device: String,
        module: String,
        source: DecodeError,
    },
    /// One module's log can't be fetched; others may still arrive.
    #[error("the log of module `{module}` on device `{device}` can't be fetched")]
    Module {
        device: String,
        module: String,
        source: Box<Error>,
    },
    /// The edgelogs device module reports that a log is missing or cut short.
    #[error("the log of module `{module}` on device `{device}` is incomplete")]
    BrokenLog {
        device: String,
        module: String,
        message: String,
    },
    /// A module wrote more within one second than one answer can carry.
    #[error(
        "module `{module}` on device `{device}` wrote more in the second from {second} than one answer can carry; the start of that second is missing"
    )]
    SecondTooFull {
        device: String,
        module: String,
        second: jiff::Timestamp,
    },
    /// The answer ignores part of the requested filter.
    #[error("the edge agent of device `{device}` is too old: it ignores `{lacks}`")]
    AgentTooOld {
        device: String,
        /// The ignored field of the filter.
        lacks: &'static str,
    },
    /// No module matched.
    #[error("no module of device `{device}` matches {patterns}")]
    NoModule { device: String, patterns: String },
    /// Some names or patterns matched no module, and the names that there are.
    #[error("no module of {of} matches {}", quoted(.typed))]
    NoSuchModule {
        /// The device, or how many.
        of: String,
        typed: Vec<String>,
        /// The names of a device's modules; none if they are not known.
        modules: Vec<String>,
        /// Those of the typed names that are devices.
        devices: Vec<String>,
    },
    /// The same failure of several targets; the first one stands for the others.
    #[error("{}", several_sentence(.noun, .label, .ids, *.shown))]
    Several {
        /// What a target is called.
        noun: &'static str,
        label: &'static str,
        ids: Vec<String>,
        /// How many ids to show.
        shown: usize,
        first: Box<Error>,
    },
    /// A failure of which more is known than its kind tells.
    #[error("{source}")]
    Hinted { source: Box<Error>, hint: String },
    /// A task failed, was cancelled or is unknown.
    #[error("{}", task_sentence(.status, .device, .id))]
    Task {
        device: String,
        id: CorrelationId,
        status: TaskStatus,
        /// The device's message; often empty.
        message: String,
    },
    /// A task's blobs can't be fetched, or are damaged.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// We stopped waiting; the task continues.
    #[error("task {id} on device `{device}` is still running after {}", humantime::format_duration(*.waited))]
    StillRunning {
        device: String,
        id: CorrelationId,
        waited: Duration,
    },
    /// Ctrl-C, SIGTERM or SIGHUP.
    #[error("interrupted")]
    Interrupted {
        /// The hint: usually the command that continues from here.
        resume: Option<String>,
    },
    /// The reader of stdout is gone, as after `| head`.
    #[error("stdout is closed")]
    ClosedPipe,
    /// A system call failed unexpectedly.
    #[error("{action} failed")]
    System {
        action: String,
        source: std::io::Error,
    },
    /// The device side could not start.
    #[cfg(feature = "device")]
    #[error("the device module can't start")]
    Device(#[from] crate::device::StartError),
}

fn several_sentence(noun: &str, label: &str, ids: &[String], shown: usize) -> String {
    let named = ids[..ids.len().min(shown)].join(", ");
    let more = match ids.len().saturating_sub(shown) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{} {noun}s {label}: {named}{more}", ids.len())
}

fn task_sentence(status: &TaskStatus, device: &str, id: &CorrelationId) -> String {
    match status {
        TaskStatus::Failed => format!("task {id} on device `{device}` failed"),
        TaskStatus::Cancelled => format!("task {id} on device `{device}` was cancelled"),
        _ => format!("device `{device}` does not know task {id}"),
    }
}

impl Error {
    /// The same with a better hint.
    #[must_use]
    pub(crate) fn with_hint(self, hint: String) -> Self {
        Self::Hinted {
            source: Box::new(self),
            hint,
        }
    }

    /// The device that the hub does not know, if that is the failure.
    pub(crate) fn unknown_device(&self) -> Option<&str> {
        match self {
            Self::Hub { source, device, .. } | Self::Call { source, device, .. }
                if source.kind == HubErrorKind::DeviceNotFound =>
            {
                Some(device)
            }
            _ => None,
        }
    }

    /// Whether a device has none of the modules that were asked for.
    pub(crate) fn is_without_module(&self) -> bool {
        matches!(self, Self::NoModule { .. } | Self::NoSuchModule { .. })
    }

    /// Marks the failure of a query that the operator wrote out in full, which gets its own hint.
    #[must_use]
    pub(crate) fn of_custom_query(self) -> Self {
        match self {
            Self::Query { hub, source } if source.kind == HubErrorKind::Rejected => {
                Self::BadQuery { hub, source }
            }
            other => other,
        }
    }
}

/// Names in backticks.
fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_rejected_custom_query_is_a_bad_one() {
        let failed = |kind| Error::Query {
            hub: "plant-a".to_owned(),
            source: Box::new(HubError {
                kind,
                http_status: None,
                code: None,
                name: None,
                message: "no".to_owned(),
                tracking_id: None,
                retry_after: None,
                signed_in: None,
            }),
        };
        for (kind, is_bad) in [
            (HubErrorKind::Rejected, true),
            (HubErrorKind::Throttled, false),
        ] {
            let error = failed(kind).of_custom_query();
            assert_eq!(matches!(error, Error::BadQuery { .. }), is_bad, "{error:?}");
        }
    }
}
