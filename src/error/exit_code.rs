//! The exit code of each failure.

use super::kinds::Error;
use crate::blob_service::StorageFailureKind;
use crate::download::{BlobFailureKind, DownloadError};
use crate::exit::Exit;
use crate::hub::HubErrorKind;

impl Error {
    /// The exit code if nothing else happened.
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
            // The hub rejects a query only if its condition is invalid.
            Self::Query { source, .. } if source.kind == HubErrorKind::Rejected => Exit::Usage,
            Self::Query { source, .. }
            | Self::NoClient { source, .. }
            | Self::SignIn { source, .. }
            | Self::Hub { source, .. }
            | Self::Call { source, .. } => exit_of_hub(source.kind),
            Self::Refused { .. }
            | Self::Status { .. }
            | Self::BadPayload { .. }
            | Self::Undecodable { .. }
            | Self::BrokenLog { .. }
            | Self::SecondTooFull { .. }
            | Self::AgentTooOld { .. } => Exit::Refused,
            Self::Module { source, .. } | Self::Hinted { source, .. } => source.exit(),
            Self::Several { first, .. } => first.exit(),
            Self::Check { exit, .. } => *exit,
            Self::NoModule { .. } | Self::NoSuchModule { .. } | Self::NoDeviceSelected { .. } => {
                Exit::NothingSelected
            }
            Self::Task { .. } => Exit::TaskFailed,
            Self::Download(error) => exit_of_download(error),
            Self::StillRunning { .. } => Exit::GaveUpWaiting,
            Self::Interrupted { .. } => Exit::Interrupted,
            Self::ClosedPipe => Exit::Success,
            Self::System { .. } | Self::Unwritable { .. } => Exit::Unexpected,
            #[cfg(feature = "device")]
            Self::Device(_) => Exit::Usage,
        }
    }

    /// Whether the whole run ends here, even if other devices remain.
    pub fn ends_run(&self) -> bool {
        matches!(
            self,
            Self::ClosedPipe | Self::Interrupted { .. } | Self::System { .. }
        )
    }
}

fn exit_of_hub(kind: HubErrorKind) -> Exit {
    match kind {
        HubErrorKind::NotSignedIn
        | HubErrorKind::SignInRefused
        | HubErrorKind::NotAuthorized
        | HubErrorKind::Forbidden
        | HubErrorKind::BasicTier => Exit::NotAuthorized,
        HubErrorKind::DeviceNotFound | HubErrorKind::ModuleNotFound => Exit::NothingSelected,
        HubErrorKind::NotConnected
        | HubErrorKind::NoAnswer
        | HubErrorKind::HubFailure
        | HubErrorKind::NotReached
        | HubErrorKind::Untrusted
        | HubErrorKind::Interrupted => Exit::Unreachable,
        HubErrorKind::Throttled => Exit::Throttled,
        HubErrorKind::TooLarge | HubErrorKind::NotAnAnswer => Exit::Refused,
        HubErrorKind::Rejected => Exit::Unexpected,
    }
}

fn exit_of_download(error: &DownloadError) -> Exit {
    match error {
        DownloadError::Folder { .. } => Exit::Usage,
        DownloadError::List { source, .. } => match source.kind {
            // The SAS URL names a container that does not exist.
            StorageFailureKind::Missing => Exit::Usage,
            kind => exit_of_storage(kind),
        },
        DownloadError::Unreachable { .. } => Exit::Unexpected,
        DownloadError::NoBlob { .. } => Exit::TaskFailed,
        DownloadError::Blobs { failures, .. } => {
            let exits = failures.iter().map(|failure| match &failure.kind {
                BlobFailureKind::Damaged(_) => Exit::TaskFailed,
                // The device's answer is wrong.
                BlobFailureKind::NotRequested(_) => Exit::Refused,
                BlobFailureKind::Storage(failure) => exit_of_storage(failure.kind),
                BlobFailureKind::NotUnpacked(_) | BlobFailureKind::Unwritable(_) => {
                    Exit::Unexpected
                }
            });
            // A damaged blob stays damaged; the other failures may pass.
            let damaged = exits.clone().find(|exit| *exit == Exit::TaskFailed);
            damaged
                .or(exits.into_iter().next())
                .unwrap_or(Exit::Unexpected)
        }
    }
}

fn exit_of_storage(kind: StorageFailureKind) -> Exit {
    match kind {
        StorageFailureKind::NotAuthorized => Exit::NotAuthorized,
        StorageFailureKind::Unreachable => Exit::Unreachable,
        StorageFailureKind::Missing | StorageFailureKind::Exists | StorageFailureKind::Other => {
            Exit::Unexpected
        }
    }
}
