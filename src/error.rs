//! Every expected failure: what it says, what to try, and how the program ends.

use std::time::Duration;

use crate::exit::Exit;
use crate::hub::{ConnectionStringError, HubError, HubErrorKind, InvalidEndpoint};
use crate::logs::DecodeError;
use crate::methods::{CorrelationId, InvalidRequest, TaskStatus};

/// An expected failure. `Display` is one lower-case sentence that names the thing; the causes, the
/// hint and the exit code come beside it. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value that can't be valid; nothing was sent.
    #[error(transparent)]
    Invalid(#[from] InvalidRequest),
    /// The connection string can't be used.
    #[error("{origin} can't be used")]
    Connection {
        /// Where the connection string came from.
        origin: String,
        /// What is wrong with it.
        source: ConnectionStringError,
    },
    /// Neither flag nor environment names a hub.
    #[error("no hub is given")]
    NoHub,
    /// No device is given.
    #[error("no device is given")]
    NoDevice,
    /// A file that a flag names can't be read.
    #[error("`{path}` can't be read")]
    Unreadable {
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
    /// Ctrl-C while a task runs.
    #[error("interrupted")]
    Interrupted {
        /// The command that goes on where this one ended, if there is one.
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

fn hub_sentence(error: &HubError, device: &str, hub: &str) -> String {
    match error.kind {
        HubErrorKind::NotAuthorized | HubErrorKind::Forbidden => {
            format!("hub `{hub}` refuses the call: not authorised")
        }
        HubErrorKind::BasicTier => {
            format!("hub `{hub}` is of the Basic tier, which has no direct methods")
        }
        HubErrorKind::DeviceNotFound => {
            format!("device `{device}` is not known to {hub}, or it is disabled")
        }
        HubErrorKind::ModuleNotFound => format!("device `{device}` has no edge agent in {hub}"),
        HubErrorKind::NotConnected => format!("device `{device}` is not connected to {hub}"),
        HubErrorKind::NoAnswer => format!("device `{device}` did not answer in time"),
        HubErrorKind::Throttled => format!("hub `{hub}` throttles the calls"),
        HubErrorKind::TooLarge => {
            format!("the request to device `{device}` is larger than the hub takes")
        }
        HubErrorKind::Rejected => format!("hub `{hub}` rejects the request"),
        HubErrorKind::HubFailure => format!("hub `{hub}` fails"),
        HubErrorKind::NotReached => format!("hub `{hub}` can't be reached"),
        HubErrorKind::Interrupted => {
            format!("the connection to hub `{hub}` broke before the answer was whole")
        }
        HubErrorKind::NotAnAnswer => format!("the answer of hub `{hub}` can't be read"),
    }
}

fn task_sentence(status: &TaskStatus, device: &str, id: &CorrelationId) -> String {
    match status {
        TaskStatus::Failed => format!("task {id} on device `{device}` failed"),
        TaskStatus::Cancelled => format!("task {id} on device `{device}` was cancelled"),
        _ => format!("device `{device}` does not know task {id}"),
    }
}

impl Error {
    /// How the program ends when this alone happened.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Invalid(_)
            | Self::Connection { .. }
            | Self::NoHub
            | Self::NoDevice
            | Self::Unreadable { .. } => Exit::Usage,
            Self::Hub { source, .. } => source.kind.exit(),
            Self::Refused { .. }
            | Self::BadPayload { .. }
            | Self::Undecodable { .. }
            | Self::BrokenLog { .. }
            | Self::SecondTooFull { .. }
            | Self::AgentTooOld { .. } => Exit::Refused,
            Self::Module { source, .. } => source.exit(),
            Self::NoModule { .. } => Exit::NothingSelected,
            Self::Task { .. } => Exit::TaskFailed,
            Self::StillRunning { .. } => Exit::GaveUpWaiting,
            Self::Interrupted { .. } => Exit::Interrupted,
            Self::ClosedPipe => Exit::Success,
            Self::System { .. } => Exit::Unexpected,
            #[cfg(feature = "device")]
            Self::Device(_) => Exit::Usage,
        }
    }

    /// What lies behind it, outermost first.
    pub fn causes(&self) -> Vec<String> {
        match self {
            Self::Refused {
                status, message, ..
            } => vec![format!("status {status}: {message}")],
            Self::BadPayload { cause, .. } => vec![cause.clone()],
            Self::BrokenLog { message, .. } => vec![message.clone()],
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
                let mut causes = Vec::new();
                let mut source = std::error::Error::source(other);
                while let Some(error) = source {
                    causes.push(error.to_string());
                    source = error.source();
                }
                causes
            }
        }
    }

    /// What to try, in words that can be pasted.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Invalid(error) => error.hint_text().map(str::to_owned),
            Self::Connection { source, .. } => Some(connection_hint(source).to_owned()),
            Self::NoHub => Some(CONNECTION_HINT.to_owned()),
            Self::NoDevice => Some("name one with --device ID, or in EDGELOGS_DEVICE".to_owned()),
            Self::Hub { source, device, .. } => hub_hint(source.kind, device),
            Self::Refused { message, .. } if message.contains("Command '") => Some(
                "the agent is older than 1.0.10, or it has just started: try again in a minute"
                    .to_owned(),
            ),
            Self::AgentTooOld { .. } => {
                Some("edgeAgent 1.2 and later know it: update the device's runtime".to_owned())
            }
            Self::Module { source, .. } => source.hint(),
            Self::NoModule { .. } => Some(
                "an id is a regular expression on module names; leave it away to see all modules"
                    .to_owned(),
            ),
            Self::Task {
                status: TaskStatus::Unknown,
                ..
            } => {
                Some("look into the container for the blobs, or start the upload again".to_owned())
            }
            Self::StillRunning { device, id, .. } => Some(resume_command(device, id)),
            Self::Interrupted { resume } => resume.clone(),
            _ => None,
        }
    }
}

const CONNECTION_HINT: &str = "export EDGELOGS_CONNECTION_STRING=\"$(az iot hub connection-string show -n HUB \
                               --policy-name service -o tsv)\"";

fn connection_hint(error: &ConnectionStringError) -> &'static str {
    match error {
        ConnectionStringError::Endpoint(InvalidEndpoint::PlainHttp(_)) => {
            "leave the http:// away; only a hub on this machine may be reached without TLS"
        }
        _ => CONNECTION_HINT,
    }
}

fn hub_hint(kind: HubErrorKind, device: &str) -> Option<String> {
    let hint = match kind {
        HubErrorKind::NotAuthorized | HubErrorKind::Forbidden => {
            "the key's policy needs `service connect`; a wrong clock on this machine makes tokens invalid too"
        }
        HubErrorKind::BasicTier => {
            "scale the hub to the Standard tier: az iot hub update -n HUB --sku S1"
        }
        HubErrorKind::DeviceNotFound | HubErrorKind::ModuleNotFound => {
            return Some(format!(
                "compare the id with `az iot hub device-identity list -n HUB`; it was `{device}`"
            ));
        }
        HubErrorKind::NotConnected => "wait for the device with --connect-timeout 60s",
        HubErrorKind::NoAnswer => {
            "the answer may be too large for the hub: ask for less with --tail or --since, or wait longer with --timeout"
        }
        HubErrorKind::Throttled => "wait a minute, then try again with a larger --retries",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// The command that goes on following a task.
pub(crate) fn resume_command(device: &str, id: &CorrelationId) -> String {
    format!(
        "edgelogs status {id} --wait --device {}",
        shell_word(device)
    )
}

/// A word that a shell takes as one, quoted only where it must be.
fn shell_word(text: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '@' | '/' | '=');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_id_is_quoted_for_the_shell_where_it_must_be() {
        assert_eq!(shell_word("press-07"), "press-07");
        assert_eq!(shell_word("a'b $(x)"), r"'a'\''b $(x)'");
    }
}
