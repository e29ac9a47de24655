//! The label of a failure in the summary of a run over many devices.

use super::kinds::Error;
use crate::download::DownloadError;
use crate::hub::HubErrorKind;

impl Error {
    /// One to three words, such as `offline`.
    pub fn summary_label(&self) -> &'static str {
        match self {
            Self::Hub { source, .. } | Self::Call { source, .. } => hub_label(source.kind),
            Self::Refused { .. } | Self::Status { .. } => "refused",
            Self::BadPayload { .. } | Self::Undecodable { .. } | Self::BrokenLog { .. } => {
                "unreadable"
            }
            Self::NoModule { .. } | Self::NoSuchModule { .. } => "without a matching module",
            Self::Hinted { source, .. } => source.summary_label(),
            Self::Several { label, .. } => label,
            Self::Task { .. } => "failed",
            Self::Download(DownloadError::NoBlob { .. }) => "without a blob",
            Self::Download(DownloadError::Blobs { .. }) => "incomplete",
            Self::Download(_) => "not fetched",
            Self::StillRunning { .. } => "still running",
            _ => "not done",
        }
    }
}

fn hub_label(kind: HubErrorKind) -> &'static str {
    match kind {
        HubErrorKind::NotSignedIn | HubErrorKind::SignInRefused => "not signed in",
        HubErrorKind::NotAuthorized | HubErrorKind::Forbidden | HubErrorKind::BasicTier => {
            "not authorised"
        }
        HubErrorKind::DeviceNotFound | HubErrorKind::ModuleNotFound => "unknown",
        HubErrorKind::NotConnected => "offline",
        HubErrorKind::NoAnswer => "silent",
        HubErrorKind::Throttled => "throttled",
        HubErrorKind::TooLarge | HubErrorKind::Rejected => "rejected",
        HubErrorKind::HubFailure
        | HubErrorKind::NotReached
        | HubErrorKind::Untrusted
        | HubErrorKind::Interrupted => "out of reach",
        HubErrorKind::NotAnAnswer => "unreadable",
    }
}
