//! How the program ends after a failure, and the word for it in the summary of a run.

use super::Error;
use super::hub_words::hub_word;
use crate::exit::Exit;
use crate::hub::HubErrorKind;

impl Error {
    /// How the program ends when this alone happened.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Invalid(_)
            | Self::Connection { .. }
            | Self::Settings { .. }
            | Self::NoHub
            | Self::NoDevice
            | Self::TooManyDevices { .. }
            | Self::BadQuery { .. }
            | Self::UnknownTask { .. }
            | Self::OtherHub { .. }
            | Self::WouldOverwrite { .. }
            | Self::File { .. } => Exit::Usage,
            // The hub refuses a condition only that can't be valid.
            Self::Query { source, .. } if source.kind == HubErrorKind::Rejected => Exit::Usage,
            Self::Query { source, .. }
            | Self::NoClient { source, .. }
            | Self::SignIn { source, .. } => source.kind.exit(),
            Self::Hub { source, .. } | Self::Call { source, .. } => source.kind.exit(),
            Self::Refused { .. }
            | Self::Status { .. }
            | Self::BadPayload { .. }
            | Self::Undecodable { .. }
            | Self::BrokenLog { .. }
            | Self::SecondTooFull { .. }
            | Self::AgentTooOld { .. } => Exit::Refused,
            Self::Module { source, .. } => source.exit(),
            Self::Check { exit, .. } => *exit,
            Self::NoModule { .. } | Self::NoDeviceSelected { .. } => Exit::NothingSelected,
            Self::Task { .. } => Exit::TaskFailed,
            Self::Download(error) => error.exit(),
            Self::StillRunning { .. } => Exit::GaveUpWaiting,
            Self::Interrupted { .. } => Exit::Interrupted,
            Self::ClosedPipe => Exit::Success,
            Self::System { .. } | Self::Unwritable { .. } => Exit::Unexpected,
            #[cfg(feature = "device")]
            Self::Device(_) => Exit::Usage,
        }
    }

    /// The same where it came of a query that the operator wrote as a whole.
    #[must_use]
    pub(crate) fn of_written_query(self) -> Self {
        match self {
            Self::Query { hub, source } if source.kind == HubErrorKind::Rejected => {
                Self::BadQuery { hub, source }
            }
            other => other,
        }
    }

    /// Whether nothing is left to go on for, also where other devices wait.
    pub fn ends_run(&self) -> bool {
        matches!(
            self,
            Self::ClosedPipe | Self::Interrupted { .. } | Self::System { .. }
        )
    }

    /// One word or two for the summary of a run over many devices.
    pub fn in_a_word(&self) -> &'static str {
        match self {
            Self::Hub { source, .. } | Self::Call { source, .. } => hub_word(source.kind),
            Self::Refused { .. } | Self::Status { .. } => "refused",
            Self::BadPayload { .. } | Self::Undecodable { .. } | Self::BrokenLog { .. } => {
                "unreadable"
            }
            Self::NoModule { .. } => "without a matching module",
            Self::Task { .. } => "failed",
            Self::Download(error) => error.in_a_word(),
            Self::StillRunning { .. } => "still running",
            _ => "not done",
        }
    }
}
