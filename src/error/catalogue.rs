//! Every failure as an operator sees it, in one catalogue. A variant that has no sample fails.

use std::io;
use std::sync::Arc;

use super::*;
use crate::download::DownloadError;
use crate::hub::{InvalidEndpoint, SignInMethod, SignedIn};
use crate::output::shown_errors;

/// The names of an enum's variants, and which one a value is. It does not compile where one lacks.
macro_rules! variants {
    ($type:ty, $($(#[$when:meta])* $name:ident),* $(,)?) => {
        impl Sampled for $type {
            const VARIANTS: &[&str] = &[$($(#[$when])* stringify!($name)),*];

            fn variant(&self) -> &'static str {
                match self {
                    $($(#[$when])* Self::$name { .. } => stringify!($name)),*
                }
            }
        }
    };
}

/// An enum each variant of which has to have a sample.
trait Sampled {
    const VARIANTS: &[&str];

    fn variant(&self) -> &'static str;
}

variants!(
    Error,
    Invalid,
    Connection,
    SignIn,
    Settings,
    NoHub,
    NoDevice,
    NoDeviceSelected,
    TooManyDevices,
    NoClient,
    Query,
    UnknownTask,
    OtherHub,
    WouldOverwrite,
    Unwritable,
    File,
    Hub,
    Refused,
    Call,
    Status,
    BadPayload,
    Undecodable,
    Module,
    BrokenLog,
    SecondTooFull,
    AgentTooOld,
    NoModule,
    Task,
    StillRunning,
    Interrupted,
    Download,
    ClosedPipe,
    System,
    #[cfg(feature = "device")]
    Device,
);

variants!(
    HubErrorKind,
    NotSignedIn,
    SignInRefused,
    NotAuthorized,
    Forbidden,
    BasicTier,
    DeviceNotFound,
    ModuleNotFound,
    NotConnected,
    NoAnswer,
    Throttled,
    TooLarge,
    Rejected,
    HubFailure,
    NotReached,
    Interrupted,
    NotAnAnswer,
);

fn assert_all_sampled<T: Sampled>(samples: &[T]) {
    let sampled = |name: &str| samples.iter().any(|sample| sample.variant() == name);
    let missing: Vec<_> = T::VARIANTS.iter().filter(|name| !sampled(name)).collect();
    assert!(missing.is_empty(), "no sample of {missing:?}");
}

/// Each failure under its name and exit code.
#[cfg(feature = "device")]
fn shown(errors: &[(&str, Error)]) -> String {
    let one = |(name, error): &(&str, Error)| {
        format!(
            "--- {name}, exit {}\n{}",
            error.exit().code(),
            shown_errors([error], false)
        )
    };
    errors.iter().map(one).collect()
}

fn hub_error(kind: HubErrorKind, code: Option<u32>, name: &str, message: &str) -> Box<HubError> {
    Box::new(HubError {
        kind,
        http_status: None,
        code,
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        message: message.to_owned(),
        tracking_id: code.map(|_| "2ce0-G:0".to_owned()),
        retry_after: None,
        signed_in: None,
    })
}

/// The hub's own words for each kind.
fn hub_errors() -> Vec<HubError> {
    use HubErrorKind as Kind;
    [
        (
            Kind::NotSignedIn,
            None,
            "",
            "az: Please run 'az login' to setup account.\nazd: not found",
        ),
        (
            Kind::SignInRefused,
            None,
            "",
            "client secret: AADSTS7000215 Invalid client secret provided.",
        ),
        (
            Kind::NotAuthorized,
            Some(401_002),
            "IotHubUnauthorizedAccess",
            "Unauthorized",
        ),
        (
            Kind::Forbidden,
            Some(403_002),
            "IotHubQuotaExceeded",
            "Total number of messages exceeded",
        ),
        (
            Kind::BasicTier,
            Some(403_010),
            "OperationNotAvailableInCurrentTier",
            "Operation is not allowed",
        ),
        (
            Kind::DeviceNotFound,
            Some(404_001),
            "DeviceNotFound",
            "Device press-07 not registered.",
        ),
        (
            Kind::ModuleNotFound,
            Some(404_010),
            "ModuleNotFound",
            "Module $edgeAgent not registered.",
        ),
        (
            Kind::NotConnected,
            Some(404_103),
            "DeviceNotOnline",
            "Timed out waiting for device to connect.",
        ),
        (
            Kind::NoAnswer,
            Some(504_101),
            "GatewayTimeout",
            "Timed out waiting for the response from device.",
        ),
        (
            Kind::Throttled,
            Some(429_001),
            "ThrottlingException",
            "slow down",
        ),
        (
            Kind::TooLarge,
            Some(413_001),
            "MessageTooLarge",
            "the payload is larger than 128 KB",
        ),
        (
            Kind::Rejected,
            Some(400_001),
            "ArgumentInvalid",
            "not understood",
        ),
        (
            Kind::HubFailure,
            Some(503_001),
            "ServiceUnavailable",
            "try again",
        ),
        (
            Kind::NotReached,
            None,
            "",
            "tcp connect error: Connection refused (os error 111)",
        ),
        (
            Kind::Interrupted,
            None,
            "",
            "connection closed before message completed",
        ),
        (
            Kind::NotAnAnswer,
            None,
            "",
            "the answer is a web page, not a hub's",
        ),
    ]
    .map(|(kind, code, name, message)| *hub_error(kind, code, name, message))
    .into()
}

/// The same refusal for an identity of Entra ID, which needs a role.
fn role_is_missing() -> HubError {
    let signed_in = SignedIn {
        method: SignInMethod::AzureCli,
        principal: Some("6d2b8f0a-0000-4000-8000-000000000001".to_owned()),
        expires: jiff::Timestamp::constant(1_786_100_645, 0),
    };
    HubError {
        signed_in: Some(Arc::new(signed_in)),
        ..hub_errors().remove(2)
    }
}

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
fn samples() -> Vec<(&'static str, Error)> {
    let device = || "press-07".to_owned();
    let module = || "filter".to_owned();
    let hub = || "plant-a.azure-devices.net".to_owned();
    let invalid = InvalidRequest::new("`yesterday` is no time").hint("give a duration such as 2h");
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
                resume: Some(resume_last_command(3)),
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

/// Each error of the hub, met in a call and in a query.
fn samples_of_hub() -> Vec<(&'static str, Error)> {
    let hub = || "plant-a.azure-devices.net".to_owned();
    let met = |source: HubError| {
        let name = source.kind.variant();
        let source = Box::new(source);
        let call = Error::Hub {
            hub: hub(),
            device: "press-07".to_owned(),
            source: source.clone(),
        };
        let invoked = Error::Call {
            hub: hub(),
            device: "press-07".to_owned(),
            module: "filter".to_owned(),
            method: "calibrate".to_owned(),
            source: source.clone(),
        };
        let query = Error::Query { hub: hub(), source };
        [(name, call), (name, invoked), (name, query)]
    };
    let all = hub_errors().into_iter().chain([role_is_missing()]);
    all.flat_map(met).collect()
}

// `Device` is of the feature.
#[cfg(feature = "device")]
#[test]
fn every_failure_is_shown_as_it_was_reviewed() {
    insta::assert_snapshot!("failures", shown(&samples()));
    insta::assert_snapshot!("failures-of-the-hub", shown(&samples_of_hub()));
}

#[test]
fn every_failure_has_a_sample() {
    let of_hub: Vec<_> = hub_errors().iter().map(|error| error.kind).collect();
    assert_all_sampled(&of_hub);
    let all = samples().into_iter().chain(samples_of_hub());
    let all: Vec<_> = all.map(|(_, error)| error).collect();
    assert_all_sampled(&all);
}

#[test]
fn a_failure_is_one_lower_case_sentence_and_a_hint_of_one_line() {
    for (name, error) in samples().into_iter().chain(samples_of_hub()) {
        let sentence = error.to_string();
        assert!(
            !sentence.starts_with(char::is_uppercase),
            "{name}: {sentence}"
        );
        assert!(
            !sentence.ends_with('.') && !sentence.contains('\n'),
            "{name}: {sentence}"
        );
        let hint = error.hint().unwrap_or_default();
        assert!(
            !hint.ends_with('.') && !hint.contains('\n'),
            "{name}: {hint}"
        );
    }
}

#[test]
fn what_helps_many_devices_is_said_once() {
    let unknown = |device: &str| Error::Hub {
        hub: "plant-a.azure-devices.net".to_owned(),
        device: device.to_owned(),
        source: hub_error(
            HubErrorKind::DeviceNotFound,
            Some(404_001),
            "DeviceNotFound",
            "gone",
        ),
    };
    let shown = shown_errors(&[unknown("press-07"), unknown("press-08")], false);
    assert_eq!(shown.matches("error: ").count(), 2, "{shown}");
    assert_eq!(shown.matches("hint: ").count(), 1, "{shown}");
}
