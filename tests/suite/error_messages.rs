//! The message, causes, hint and exit code of every error, in snapshots.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use edgelogs::download::DownloadError;
use edgelogs::hub::{
    ConnectionStringError, HubError, HubErrorKind as Kind, InvalidEndpoint, SignInMethod, SignedIn,
};
use edgelogs::logs::DecodeError;
use edgelogs::methods::{CorrelationId, TaskStatus};
use edgelogs::{Error, Exit, InvalidInput};

/// The names of an enum's variants, and which one a value is. A variant that is not listed does not compile.
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

/// An enum of which each variant must have a sample.
trait Sampled {
    const VARIANTS: &[&str];

    fn variant(&self) -> &'static str;
}

variants! {
    Error,
    Invalid, Connection, SignIn, Settings, Check, NoHub, NoDevice, NoDeviceSelected, TooManyDevices,
    NoClient, Query, BadQuery, UnknownTask, OtherHub, WouldOverwrite, Unwritable, File, Hub, Refused,
    Call, Status, BadPayload, Undecodable, Module, BrokenLog, SecondTooFull, AgentTooOld, NoModule, NoSuchModule,
    Several, Hinted, Task, StillRunning, Interrupted, Download, ClosedPipe, System,
    #[cfg(feature = "device")]
    Device,
}

variants! {
    Kind,
    NotSignedIn, SignInRefused, NotAuthorized, Forbidden, BasicTier, DeviceNotFound, ModuleNotFound,
    NotConnected, NoAnswer, Throttled, TooLarge, Rejected, HubFailure, NotReached, Untrusted, Interrupted,
    NotAnAnswer,
}

fn assert_all_sampled<T: Sampled>(samples: &[T]) {
    let sampled = |name: &str| samples.iter().any(|sample| sample.variant() == name);
    let missing: Vec<_> = T::VARIANTS.iter().filter(|name| !sampled(name)).collect();
    assert!(missing.is_empty(), "no sample of {missing:?}");
}

fn no_such_module(typed: &[&str], modules: &[&str], devices: &[&str]) -> Error {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Error::NoSuchModule {
        of: "device `press-07`".to_owned(),
        typed: owned(typed),
        modules: owned(modules),
        devices: owned(devices),
    }
}

const SECOND: jiff::Timestamp = jiff::Timestamp::constant(1_786_100_645, 0);

fn hub() -> String {
    "plant-a.azure-devices.net".to_owned()
}

fn device() -> String {
    "press-07".to_owned()
}

fn module() -> String {
    "filter".to_owned()
}

fn id() -> CorrelationId {
    CorrelationId::from_wire("3fa85f64-5717-4562-b3fc-2c963f66afa6")
}

fn denied() -> io::Error {
    io::Error::other("Permission denied (os error 13)")
}

fn hub_error(kind: Kind, code: Option<u32>, message: &str) -> HubError {
    HubError {
        kind,
        http_status: None,
        code,
        name: None,
        message: message.to_owned(),
        tracking_id: code.map(|_| "2ce0-G:0".to_owned()),
        retry_after: None,
        signed_in: None,
    }
}

fn hub_errors() -> Vec<HubError> {
    let mut errors: Vec<_> = [
        (Kind::NotSignedIn, None, "az: not found\nazd: not found"),
        (
            Kind::SignInRefused,
            None,
            "client secret: AADSTS7000215 Invalid client secret provided.",
        ),
        (Kind::NotAuthorized, Some(401_002), "Unauthorized"),
        (Kind::Forbidden, Some(403_002), "Total number exceeded"),
        (Kind::BasicTier, Some(403_010), "Operation is not allowed"),
        (Kind::DeviceNotFound, Some(404_001), "Not registered."),
        (Kind::ModuleNotFound, Some(404_010), "Not registered."),
        (Kind::NotConnected, Some(404_103), "Timed out waiting"),
        (Kind::NoAnswer, Some(504_101), "Timed out waiting"),
        (Kind::Throttled, Some(429_001), "slow down"),
        (Kind::TooLarge, Some(413_001), "larger than 128 KB"),
        (Kind::Rejected, Some(400_001), "not understood"),
        (Kind::HubFailure, Some(503_001), "try again"),
        (Kind::NotReached, None, "tcp connect error"),
        (
            Kind::Untrusted,
            None,
            "invalid peer certificate: UnknownIssuer",
        ),
        (Kind::Interrupted, None, "connection closed"),
        (Kind::NotAnAnswer, None, "the answer is a web page"),
    ]
    .map(|(kind, code, message)| hub_error(kind, code, message))
    .into();
    let mut role_missing = errors[2].clone();
    role_missing.signed_in = Some(Arc::new(SignedIn {
        method: SignInMethod::AzureCli,
        principal: Some("6d2b8f0a-0000-4000-8000-000000000001".to_owned()),
        expires: SECOND,
    }));
    errors.push(role_missing);
    errors
}

/// Each error of a hub in a read, in a call that must not be repeated, and in a query.
fn failures_of_hub() -> Vec<Error> {
    let met = |source: HubError| {
        let source = Box::new(source);
        [
            Error::Hub {
                hub: hub(),
                device: device(),
                module: "$edgeAgent".to_owned(),
                source: source.clone(),
            },
            Error::Call {
                hub: hub(),
                device: device(),
                module: module(),
                method: "calibrate".to_owned(),
                source: source.clone(),
            },
            Error::Query { hub: hub(), source },
        ]
    };
    hub_errors().into_iter().flat_map(met).collect()
}

fn refused(status: i32, message: &str) -> Error {
    Error::Refused {
        device: device(),
        method: "GetModuleLogs",
        status,
        message: message.to_owned(),
    }
}

fn task(status: TaskStatus, message: &str) -> Error {
    Error::Task {
        device: device(),
        id: id(),
        status,
        message: message.to_owned(),
    }
}

fn no_blob(of_modules: bool) -> Error {
    let (device, id, prefix) = (device(), id(), "plant-a/press-07/".to_owned());
    DownloadError::NoBlob {
        device,
        id,
        prefix,
        of_modules,
    }
    .into()
}

fn connection(source: ConnectionStringError) -> Error {
    let origin = "the connection string in `hub.txt`".to_owned();
    Error::Connection { origin, source }
}

fn failures() -> Vec<Error> {
    let rejected = || hub_error(Kind::Rejected, Some(400_001), "not understood");
    let named = HubError {
        name: Some("DeviceNotOnline".to_owned()),
        ..hub_error(Kind::NotConnected, Some(404_103), "Timed out waiting")
    };
    vec![
        Error::Hub {
            hub: hub(),
            device: device(),
            module: "$edgeAgent".to_owned(),
            source: named.into(),
        },
        InvalidInput::new("`yesterday` is not a time")
            .hint("give a duration such as 2h")
            .into(),
        connection(ConnectionStringError::ForDevice),
        connection(InvalidEndpoint::PlainHttp("10.0.0.1".to_owned()).into()),
        Error::SignIn {
            hub: hub(),
            source: hub_errors().remove(0).into(),
        },
        Error::Settings {
            message: "`timeout` in `config.toml` is invalid".to_owned(),
            cause: Some("`soon` is not a duration".to_owned()),
            hint: Some("write it as timeout = \"30s\"".to_owned()),
        },
        Error::Check {
            message: "this machine's clock is 7m behind that of hub `plant-a`".to_owned(),
            cause: Some("one cause\nanother cause".to_owned()),
            hint: Some("timedatectl set-ntp true".to_owned()),
            exit: Exit::NotAuthorized,
        },
        Error::NoHub,
        Error::NoDevice,
        Error::NoDeviceSelected {
            selection: "--where \"tags.site = 'oslo'\"".to_owned(),
        },
        Error::TooManyDevices {
            selected: 1204,
            allowed: 50,
            typed: false,
        },
        Error::NoClient {
            hub: hub(),
            source: hub_error(Kind::NotReached, None, "a certificate can't be read").into(),
        },
        Error::BadQuery {
            hub: hub(),
            source: rejected().into(),
        },
        Error::UnknownTask { id: id() },
        Error::OtherHub {
            id: id(),
            device: device(),
            hub: "plant-b.azure-devices.net".to_owned(),
            current: hub(),
        },
        Error::WouldOverwrite {
            path: "logs/press-07/filter.log".to_owned(),
        },
        Error::Unwritable {
            path: "logs/press-07".to_owned(),
            source: denied(),
        },
        Error::File {
            path: "sas.txt".to_owned(),
            source: denied(),
        },
        refused(500, "Object reference not set to an instance of an object."),
        refused(400, "Command 'GetModuleLogs' not found."),
        Error::Status {
            device: device(),
            module: module(),
            method: "calibrate".to_owned(),
            status: 409,
            message: "the press is running".to_owned(),
        },
        Error::BadPayload {
            device: device(),
            method: "GetModuleLogs",
            cause: "it has no payload".to_owned(),
        },
        Error::Undecodable {
            device: device(),
            module: module(),
            source: DecodeError::Gzip("the stream ends too early".to_owned()),
        },
        Error::Module {
            device: device(),
            module: module(),
            source: Box::new(refused(500, "Container not found")),
        },
        Error::BrokenLog {
            device: device(),
            module: module(),
            message: "the file was cut while it was read".to_owned(),
        },
        Error::SecondTooFull {
            device: device(),
            module: module(),
            second: SECOND,
        },
        Error::AgentTooOld {
            device: device(),
            lacks: "until",
        },
        Error::NoModule {
            device: device(),
            patterns: "`filtr`".to_owned(),
        },
        no_such_module(&["filtr"], &["edgeAgent", "filter"], &[]),
        no_such_module(&["nothing"], &["edgeAgent", "filter"], &[]),
        no_such_module(&["press-08"], &["edgeAgent", "filter"], &["press-08"]),
        no_such_module(&["edgeAgent,filter"], &["edgeAgent", "filter"], &[]),
        Error::Several {
            noun: "device",
            label: "offline",
            ids: (1..=7).map(|number| format!("press-0{number}")).collect(),
            shown: 5,
            first: Box::new(Error::Hub {
                hub: hub(),
                device: device(),
                module: "$edgeAgent".to_owned(),
                source: hub_error(Kind::NotConnected, Some(404_103), "Timed out waiting").into(),
            }),
        },
        Error::Hinted {
            source: Box::new(Error::NoDevice),
            hint: "did you mean `press-07`?".to_owned(),
        },
        task(TaskStatus::Failed, "403 This request is not authorized"),
        task(TaskStatus::Failed, ""),
        task(TaskStatus::Cancelled, ""),
        task(TaskStatus::Unknown, ""),
        Error::StillRunning {
            device: device(),
            id: id(),
            waited: Duration::from_secs(600),
        },
        Error::Interrupted { resume: None },
        Error::Interrupted {
            resume: Some("edgelogs status 3fa85f64 --wait".to_owned()),
        },
        no_blob(true),
        no_blob(false),
        DownloadError::Folder {
            path: "blobs/press-07".to_owned(),
            source: denied(),
        }
        .into(),
        Error::ClosedPipe,
        Error::System {
            action: "writing to stdout".to_owned(),
            source: io::Error::other("No space left on device (os error 28)"),
        },
    ]
}

fn shown(errors: &[Error]) -> String {
    let mut shown = String::new();
    for error in errors {
        shown += &format!("{}: {error}\n", error.exit().code());
        for cause in error.causes() {
            shown += &format!("  cause: {cause}\n");
        }
        if let Some(hint) = error.hint() {
            shown += &format!("  hint: {hint}\n");
        }
    }
    shown
}

#[test]
fn every_error_matches_its_snapshot() {
    insta::assert_snapshot!("failures", shown(&failures()));
    insta::assert_snapshot!("failures-of-the-hub", shown(&failures_of_hub()));
    #[cfg(feature = "device")]
    insta::assert_snapshot!("failures-of-the-device", shown(&failures_of_device()));
}

/// Failures of the device side, which only a build with it has.
fn failures_of_device() -> Vec<Error> {
    #[cfg(feature = "device")]
    return vec![edgelogs::device::StartError::PlainHttp("192.0.2.1:80".parse().unwrap()).into()];
    #[cfg(not(feature = "device"))]
    Vec::new()
}

#[test]
fn every_error_variant_has_a_sample() {
    let kinds: Vec<_> = hub_errors().iter().map(|error| error.kind).collect();
    assert_all_sampled(&kinds);
    let of_device = failures_of_device();
    assert!(of_device.iter().all(|error| error.exit() == Exit::Usage));
    let all = [failures(), failures_of_hub(), of_device];
    let all: Vec<_> = all.into_iter().flatten().collect();
    assert_all_sampled(&all);
}

#[test]
fn errors_are_one_lower_case_sentence_and_hints_one_line() {
    let all = [failures(), failures_of_hub(), failures_of_device()];
    for error in all.into_iter().flatten() {
        let sentence = error.to_string();
        assert!(!sentence.starts_with(char::is_uppercase), "{sentence}");
        for text in [sentence, error.hint().unwrap_or_default()] {
            assert!(!text.ends_with('.') && !text.contains('\n'), "{text}");
        }
    }
}
