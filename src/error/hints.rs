//! What to try after a failure, in words that can be pasted.

use super::Error;
use super::hub_words::{NO_HUB_HINT, call_hint, connection_hint, hub_hint};
use crate::hub::HubErrorKind;
use crate::methods::{CorrelationId, MethodRequest, RestartModule, TaskStatus};
use crate::shell_word::shell_word;

impl Error {
    /// What to try, in words that can be pasted.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Invalid(error) => error.hint_text().map(str::to_owned),
            Self::Connection { source, .. } => Some(connection_hint(source).to_owned()),
            Self::NoHub => Some(NO_HUB_HINT.to_owned()),
            Self::Settings { hint, .. } | Self::Check { hint, .. } => hint.clone(),
            Self::NoDevice => Some(
                "name one with --device ID or in EDGELOGS_DEVICE, or select some with --where"
                    .to_owned(),
            ),
            Self::NoDeviceSelected { selection } if selection.starts_with("--") => {
                Some("see which edge devices there are: edgelogs devices".to_owned())
            }
            Self::TooManyDevices { .. } => {
                Some("select fewer, or pass --yes if all of them are meant".to_owned())
            }
            Self::Query { source, .. } if source.kind == HubErrorKind::Rejected => Some(
                "a condition reads like --where \"tags.site = 'oslo' AND status = 'enabled'\""
                    .to_owned(),
            ),
            Self::BadQuery { .. } => Some(
                "a query reads like --query \"SELECT deviceId FROM devices WHERE tags.site = 'oslo'\""
                    .to_owned(),
            ),
            Self::Query { source, hub } | Self::SignIn { source, hub } => hub_hint(source, hub),
            Self::UnknownTask { .. } => {
                Some("name the device that runs it with --device ID".to_owned())
            }
            Self::OtherHub { hub, .. } => Some(format!(
                "name it with --hub {hub}, or give its connection string"
            )),
            Self::WouldOverwrite { .. } => {
                Some("pass --force to overwrite, or choose another folder".to_owned())
            }
            Self::Hub { source, hub, .. } => hub_hint(source, hub),
            Self::Call {
                source,
                device,
                module,
                method,
                hub,
            } => call_hint(source, hub, device, module, method),
            Self::Refused {
                device,
                method: RestartModule::NAME,
                message,
                ..
            } if message.contains("not found") && !message.contains("Command '") => Some(format!(
                "a name counts case and all; list them with: edgelogs modules -d {}",
                shell_word(device)
            )),
            Self::Refused { message, .. } if message.contains("Command '") => Some(
                "the agent is older than 1.0.10, or it has just started: try again in a minute"
                    .to_owned(),
            ),
            Self::SecondTooFull { .. } => {
                Some("an upload has no such limit: edgelogs upload --sas @sas.txt".to_owned())
            }
            Self::AgentTooOld { .. } => {
                Some("edgeAgent 1.2 and later know it: update the device's runtime".to_owned())
            }
            Self::Module { source, .. } => source.hint(),
            Self::Download(error) => error.hint(),
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

/// The command that goes on following a task.
pub(crate) fn resume_command(device: &str, id: &CorrelationId) -> String {
    format!(
        "edgelogs status {id} --wait --device {}",
        shell_word(device)
    )
}

/// The command that goes on following the last tasks of this machine, which remembers no more than
/// `remembered`.
pub(crate) fn resume_last_command(tasks: usize, remembered: usize) -> String {
    let last = tasks.min(remembered);
    let command = format!("edgelogs status -o jsonl | tail -n {last} | edgelogs status --wait -");
    if tasks <= remembered {
        return command;
    }
    format!("this machine remembers the last {remembered} of its {tasks} tasks: {command}")
}
