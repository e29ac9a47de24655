//! Every failure as an operator sees it, in one catalogue. A variant that has no sample fails.

mod of_hub;
mod samples;

use super::*;
use crate::hub::HubErrorKind;
use crate::output::{TypedChoice, shown_errors};
use of_hub::{hub_error, hub_errors, samples_of_hub};
use samples::samples;

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
    Check,
    NoHub,
    NoDevice,
    NoDeviceSelected,
    TooManyDevices,
    NoClient,
    Query,
    BadQuery,
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
            shown_errors([error], TypedChoice::default(), false)
        )
    };
    errors.iter().map(one).collect()
}

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
    let shown = shown_errors(
        &[unknown("press-07"), unknown("press-08")],
        TypedChoice::default(),
        false,
    );
    assert_eq!(shown.matches("error: ").count(), 2, "{shown}");
    assert_eq!(shown.matches("hint: ").count(), 1, "{shown}");
}
