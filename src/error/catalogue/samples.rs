//! Samples of every failure but those that a hub tells of.

use crate::invalid_input::InvalidInput;
use std::io;
use std::time::Duration;

use super::of_hub::{hub_error, hub_errors};
use crate::download::DownloadError;
use crate::error::Error;
use crate::error::{resume_command, resume_last_command};
use crate::exit::Exit;
use crate::hub::{ConnectionStringError, HubErrorKind, InvalidEndpoint};
use crate::logs::DecodeError;
use crate::methods::{CorrelationId, TaskStatus};

fn id() -> CorrelationId {
    CorrelationId::from_wire("3fa85f64-5717-4562-b3fc-2c963f66afa6")
}

fn task(status: TaskStatus, message: &str) -> Error {
    Error::Task {
        device: "press-07".to_owned(),
        id: id(),
        status,
        message: message.to_owned(),
    }
}

fn refused(status: i32, message: &str) -> Error {
    Error::Refused {
        device: "press-07".to_owned(),
        method: "GetModuleLogs",
        status,
        message: message.to_owned(),
    }
}

fn not_found() -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        "No such file or directory (os error 2)",
    )
}

fn denied() -> io::Error {
    io::Error::new(
        io::ErrorKind::PermissionDenied,
        "Permission denied (os error 13)",
    )
}

/// Each failure that no hub is part of, under a name.
pub(super) fn samples() -> Vec<(&'static str, Error)> {
    let device = || "press-07".to_owned();
    let module = || "filter".to_owned();
    let hub = || "plant-a.azure-devices.net".to_owned();
    let invalid = InvalidInput::new("`yesterday` is no time").hint("give a duration such as 2h");
    let plain_http = InvalidEndpoint::PlainHttp("10.0.0.1".to_owned());
    let of_a_device = ConnectionStringError::OfADevice;
    let truncated = || DecodeError::Gzip("the stream ends too early".to_owned());
    vec![
        ("a value that can't be valid", invalid.into()),
        (
            "a connection string of another kind",
            Error::Connection {
                origin: "the connection string in EDGELOGS_CONNECTION_STRING".to_owned(),
                source: of_a_device,
            },
        ),
        (
            "a connection string without TLS",
            Error::Connection {
                origin: "the connection string in `hub.txt`".to_owned(),
                source: plain_http.into(),
            },
        ),
        (
            "no identity",
            Error::SignIn {
                hub: hub(),
                source: Box::new(hub_errors().remove(0)),
            },
        ),
        (
            "a setting that can't be valid",
            Error::Settings {
                message: "`timeout` of profile `plant-a` in `config.toml`, line 4, can't be used"
                    .to_owned(),
                cause: Some("`soon` is no duration".to_owned()),
                hint: Some("write it as timeout = \"30s\"".to_owned()),
            },
        ),
        (
            "a check of doctor",
            Error::Check {
                message: "this machine's clock is 7m behind that of hub `plant-a`".to_owned(),
                cause: Some("tokens are refused when clocks differ by more than 5m".to_owned()),
                hint: Some("timedatectl set-ntp true".to_owned()),
                exit: Exit::NotAuthorized,
            },
        ),
        ("no hub", Error::NoHub),
        ("no device", Error::NoDevice),
        (
            "nothing selected",
            Error::NoDeviceSelected {
                selection: "--where \"tags.site = 'oslo'\"".to_owned(),
            },
        ),
        (
            "too many devices",
            Error::TooManyDevices {
                selected: 1204,
                allowed: 50,
            },
        ),
        (
            "no client",
            Error::NoClient {
                hub: hub(),
                source: hub_error(
                    HubErrorKind::NotReached,
                    None,
                    "",
                    "a certificate can't be read",
                ),
            },
        ),
        ("a task of another machine", Error::UnknownTask { id: id() }),
        (
            "a task of another hub",
            Error::OtherHub {
                id: id(),
                device: device(),
                hub: "plant-b.azure-devices.net".to_owned(),
                current: hub(),
            },
        ),
        (
            "a file in the way",
            Error::WouldOverwrite {
                path: "logs/press-07/filter.log".to_owned(),
            },
        ),
        (
            "a folder that can't be written",
            Error::Unwritable {
                path: "logs/press-07".to_owned(),
                source: denied(),
            },
        ),
        (
            "a file that is not there",
            Error::File {
                path: "sas.txt".to_owned(),
                source: not_found(),
            },
        ),
        (
            "refused by the agent",
            refused(500, "Object reference not set to an instance of an object."),
        ),
        (
            "a method the agent lacks",
            refused(
                400,
                "Command 'GetModuleLogs' not found. Supported commands - ping,RestartModule",
            ),
        ),
        (
            "a module that answers with no success",
            Error::Status {
                device: device(),
                module: module(),
                method: "calibrate".to_owned(),
                status: 409,
                message: "the press is running".to_owned(),
            },
        ),
        (
            "an answer of another form",
            Error::BadPayload {
                device: device(),
                method: "GetModuleLogs",
                cause: "there is no payload".to_owned(),
            },
        ),
        (
            "a log that is cut",
            Error::Undecodable {
                device: device(),
                module: module(),
                source: truncated(),
            },
        ),
        (
            "a module that can't be fetched",
            Error::Module {
                device: device(),
                module: module(),
                source: Box::new(refused(500, "Container not found")),
            },
        ),
        (
            "a log that the device could not read on",
            Error::BrokenLog {
                device: device(),
                module: module(),
                message: "the file has been cut while it was read".to_owned(),
            },
        ),
        (
            "a second too full",
            Error::SecondTooFull {
                device: device(),
                module: module(),
                second: jiff::Timestamp::constant(1_786_100_645, 0),
            },
        ),
        (
            "an old agent",
            Error::AgentTooOld {
                device: device(),
                lacks: "until",
            },
        ),
        (
            "no such module",
            Error::NoModule {
                device: device(),
                patterns: "`filtr`".to_owned(),
            },
        ),
        (
            "a failed task",
            task(TaskStatus::Failed, "403 This request is not authorized"),
        ),
        ("a failed task without a word", task(TaskStatus::Failed, "")),
        ("a cancelled task", task(TaskStatus::Cancelled, "")),
        ("a forgotten task", task(TaskStatus::Unknown, "")),
        (
            "a task that goes on",
            Error::StillRunning {
                device: device(),
                id: id(),
                waited: Duration::from_secs(600),
            },
        ),
        (
            "interrupted in a task",
            Error::Interrupted {
                resume: Some(resume_command("press-07", &id())),
            },
        ),
        (
            "interrupted in several",
            Error::Interrupted {
                resume: Some(resume_last_command(3, 1000)),
            },
        ),
        (
            "interrupted, more tasks than are remembered",
            Error::Interrupted {
                resume: Some(resume_last_command(1200, 1000)),
            },
        ),
        ("interrupted", Error::Interrupted { resume: None }),
        (
            "an upload without a blob",
            DownloadError::NoBlob {
                device: device(),
                id: id(),
                prefix: "plant-a/press-07/".to_owned(),
                of_modules: true,
            }
            .into(),
        ),
        (
            "a bundle without a blob",
            DownloadError::NoBlob {
                device: device(),
                id: id(),
                prefix: "support-bundle".to_owned(),
                of_modules: false,
            }
            .into(),
        ),
        (
            "a folder for blobs that can't be written",
            DownloadError::Folder {
                path: "blobs/press-07".to_owned(),
                source: denied(),
            }
            .into(),
        ),
        // It is never shown: the reader has what it wanted.
        ("a closed pipe", Error::ClosedPipe),
        (
            "a full disk",
            Error::System {
                action: "writing to stdout".to_owned(),
                source: io::Error::other("No space left on device (os error 28)"),
            },
        ),
        #[cfg(feature = "device")]
        (
            "a device module that can't start",
            Error::Device(crate::device::StartError::Listen {
                address: "127.0.0.1:80".to_owned(),
                source: denied(),
            }),
        ),
    ]
}
