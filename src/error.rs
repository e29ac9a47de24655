//! Every expected failure: what it says, what to try, and how the program ends.

#[cfg(test)]
mod catalogue;
mod ends;
mod hints;
mod hub_words;

use crate::invalid_input::InvalidInput;
use std::time::Duration;

use crate::download::DownloadError;
use crate::error_chain::error_chain;
use crate::exit::Exit;
use crate::hub::{ConnectionStringError, HubError};
use crate::logs::DecodeError;
use crate::methods::{CorrelationId, TaskStatus};
pub(crate) use hints::{resume_command, resume_last_command};
pub(crate) use hub_words::CONNECTION_HINT;
use hub_words::{call_sentence, hub_causes, hub_sentence};

/// An expected failure. `Display` is one lower-case sentence that names the thing; the causes, the
/// hint and the exit code come beside it. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value that can't be valid; nothing was sent.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
    /// The connection string can't be used.
    #[error("{origin} can't be used")]
    Connection {
        /// Where the connection string came from.
        origin: String,
        /// What is wrong with it.
        source: ConnectionStringError,
    },
    /// No identity gets a token; nothing was sent to the hub.
    #[error("signing in to Entra ID for hub `{hub}` failed")]
    SignIn {
        /// The hub's name.
        hub: String,
        /// What was tried, and why it failed.
        source: Box<HubError>,
    },
    /// The settings file or one of its values can't be used.
    #[error("{message}")]
    Settings {
        /// What can't be used, with file, profile and key.
        message: String,
        /// What is wrong with it.
        cause: Option<String>,
        /// What to write or type instead.
        hint: Option<String>,
    },
    /// A check of `doctor`, or a request that is made for nothing else, found something wrong.
    #[error("{message}")]
    Check {
        /// What was found.
        message: String,
        /// Why it may be so; a line each.
        cause: Option<String>,
        /// What to try.
        hint: Option<String>,
        /// How the program ends.
        exit: Exit,
    },
    /// Neither flag nor environment names a hub.
    #[error("no hub is given")]
    NoHub,
    /// No device is given.
    #[error("no device is given")]
    NoDevice,
    /// What selects devices selects none.
    #[error("no device is selected by {selection}")]
    NoDeviceSelected {
        /// The arguments that select.
        selection: String,
    },
    /// More devices than one run is meant for.
    #[error("{selected} devices are selected, more than the {allowed} of --max-devices")]
    TooManyDevices {
        /// How many are selected.
        selected: usize,
        /// How many would pass.
        allowed: usize,
    },
    /// Nothing can call a hub from here.
    #[error("no connection to hub `{hub}` can be set up")]
    NoClient {
        /// The hub's name.
        hub: String,
        /// Why not.
        source: Box<HubError>,
    },
    /// The hub can't be asked which devices there are.
    #[error("hub `{hub}` does not answer the device query")]
    Query {
        /// The hub's name.
        hub: String,
        /// What the hub said.
        source: Box<HubError>,
    },
    /// The hub refuses a query that the operator wrote as a whole.
    #[error("hub `{hub}` does not answer the device query")]
    BadQuery {
        /// The hub's name.
        hub: String,
        /// What the hub said.
        source: Box<HubError>,
    },
    /// A task that this machine did not start, and no device to ask after it.
    #[error("no device is given for task {id}, and this machine did not start it")]
    UnknownTask {
        /// The task.
        id: CorrelationId,
    },
    /// A task of another hub than the one at hand.
    #[error("task {id} on device `{device}` belongs to hub `{hub}`, not to `{current}`")]
    OtherHub {
        /// The task.
        id: CorrelationId,
        /// The device that runs it.
        device: String,
        /// The hub that the task was started through.
        hub: String,
        /// The hub that would be asked.
        current: String,
    },
    /// A file that is there already.
    #[error("`{path}` exists")]
    WouldOverwrite {
        /// The file's path.
        path: String,
    },
    /// A file or folder can't be written.
    #[error("`{path}` can't be written")]
    Unwritable {
        /// Its path.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file that a flag names can't be read.
    #[error("`{path}` can't be read")]
    File {
        /// The file's path.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The hub did not relay an answer.
    #[error("{}", hub_sentence(.source, .device, .hub))]
    Hub {
        /// The hub's name.
        hub: String,
        /// The device that was called.
        device: String,
        /// What the hub said.
        source: Box<HubError>,
    },
    /// The method ran and the device said no.
    #[error("device `{device}` refused {method}")]
    Refused {
        /// The device that was called.
        device: String,
        /// The method.
        method: &'static str,
        /// The method's status: 400 for bad arguments, 500 for everything else.
        status: i32,
        /// The device's own words.
        message: String,
    },
    /// A call that is not sent twice was not answered, so that what became of it may be open.
    #[error("{}", call_sentence(.source, .device, .module, .method, .hub))]
    Call {
        /// The hub's name.
        hub: String,
        /// The device that was called.
        device: String,
        /// The module that was called, such as `$edgeAgent`.
        module: String,
        /// The method.
        method: String,
        /// What the hub said.
        source: Box<HubError>,
    },
    /// A module answered, and not with success. What its status means is known to it alone.
    #[error("module `{module}` of device `{device}` answered {method} with status {status}")]
    Status {
        /// The device that was called.
        device: String,
        /// The module that was called, such as `$edgeAgent`.
        module: String,
        /// The method.
        method: String,
        /// The method's status.
        status: i32,
        /// The module's own words.
        message: String,
    },
    /// The answer's payload is not what the method promises.
    #[error("the answer of device `{device}` to {method} can't be read")]
    BadPayload {
        /// The device that was called.
        device: String,
        /// The method.
        method: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// A module's part of an answer can't be unpacked to its end; what came before was printed.
    #[error("the log of module `{module}` on device `{device}` can't be read to its end")]
    Undecodable {
        /// The device that was called.
        device: String,
        /// The module.
        module: String,
        /// Where it breaks off.
        source: DecodeError,
    },
    /// One module's log can't be had; that of others may.
    #[error("the log of module `{module}` on device `{device}` can't be fetched")]
    Module {
        /// The device that was called.
        device: String,
        /// The module.
        module: String,
        /// Why.
        source: Box<Error>,
    },
    /// The device's own module says that a log is missing or breaks off.
    #[error("the log of module `{module}` on device `{device}` is not whole")]
    BrokenLog {
        /// The device that was called.
        device: String,
        /// The module.
        module: String,
        /// The device's words.
        message: String,
    },
    /// A module wrote more within one second than one answer can carry, whatever is asked.
    #[error(
        "module `{module}` on device `{device}` wrote more in the second from {second} than one answer carries; the beginning of that second is missing"
    )]
    SecondTooFull {
        /// The device that was called.
        device: String,
        /// The module.
        module: String,
        /// The second.
        second: jiff::Timestamp,
    },
    /// The answer breaks the filter that was asked for.
    #[error("the edge agent of device `{device}` is too old: it ignores `{lacks}`")]
    AgentTooOld {
        /// The device that was called.
        device: String,
        /// The field of the filter.
        lacks: &'static str,
    },
    /// No module matched.
    #[error("no module of device `{device}` matches {patterns}")]
    NoModule {
        /// The device that was called.
        device: String,
        /// The ids that were asked for.
        patterns: String,
    },
    /// A task ended other than well.
    #[error("{}", task_sentence(.status, .device, .id))]
    Task {
        /// The device that ran the task.
        device: String,
        /// The task.
        id: CorrelationId,
        /// How it ended.
        status: TaskStatus,
        /// The device's own words; often none.
        message: String,
    },
    /// What a task wrote can't be fetched, or is not whole.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// The task goes on, and we stopped waiting.
    #[error("task {id} on device `{device}` still runs after {}", humantime::format_duration(*.waited))]
    StillRunning {
        /// The device that runs the task.
        device: String,
        /// The task.
        id: CorrelationId,
        /// How long we waited.
        waited: Duration,
    },
    /// Ctrl-C, or another signal that ends programs.
    #[error("interrupted")]
    Interrupted {
        /// The command that goes on where this one ended, or what else helps, if anything does.
        resume: Option<String>,
    },
    /// The reader of stdout has gone, which is how `head` ends a program.
    #[error("stdout is closed")]
    ClosedPipe,
    /// The system refused something that always works.
    #[error("{action} failed")]
    System {
        /// What was tried.
        action: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The device side could not start.
    #[cfg(feature = "device")]
    #[error("the device module can't start")]
    Device(#[from] crate::device::StartError),
}

fn task_sentence(status: &TaskStatus, device: &str, id: &CorrelationId) -> String {
    match status {
        TaskStatus::Failed => format!("task {id} on device `{device}` failed"),
        TaskStatus::Cancelled => format!("task {id} on device `{device}` was cancelled"),
        _ => format!("device `{device}` does not know task {id}"),
    }
}

impl Error {
    /// What lies behind it, outermost first.
    pub fn causes(&self) -> Vec<String> {
        match self {
            Self::Hub { source, .. }
            | Self::Call { source, .. }
            | Self::Query { source, .. }
            | Self::BadQuery { source, .. }
            | Self::SignIn { source, .. } => hub_causes(source),
            Self::Refused {
                status, message, ..
            } => vec![format!("status {status}: {message}")],
            Self::Status { message, .. } => vec![message.clone()],
            Self::Settings { cause, .. } => cause.iter().cloned().collect(),
            // Each source that was tried has a line.
            Self::Check { cause, .. } => cause
                .iter()
                .flat_map(|cause| cause.lines())
                .map(str::to_owned)
                .collect(),
            Self::BadPayload { cause, .. } => vec![cause.clone()],
            Self::BrokenLog { message, .. } => vec![message.clone()],
            Self::Download(error) => error.causes(),
            Self::Module { source, .. } => {
                let mut causes = vec![source.to_string()];
                causes.extend(source.causes());
                causes
            }
            Self::Task {
                status: TaskStatus::Cancelled,
                message,
                ..
            } if message.is_empty() => {
                vec!["the agent gives no reason; edgeAgent cancels when `aziot-edged` takes too long".to_owned()]
            }
            Self::Task {
                status: TaskStatus::Unknown,
                message,
                ..
            } if message.is_empty() => {
                vec!["edgeAgent forgets its tasks when it restarts".to_owned()]
            }
            Self::Task { message, .. } if message.is_empty() => Vec::new(),
            Self::Task { message, .. } => vec![message.clone()],
            other => {
                let causes = error_chain(other).skip(1);
                causes.map(ToString::to_string).collect()
            }
        }
    }
}
