//! Samples of what a hub says, in its own words.

use std::sync::Arc;

use super::Sampled;
use crate::error::Error;
use crate::hub::{HubError, HubErrorKind, SignInMethod, SignedIn};

pub(super) fn hub_error(
    kind: HubErrorKind,
    code: Option<u32>,
    name: &str,
    message: &str,
) -> Box<HubError> {
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
pub(super) fn hub_errors() -> Vec<HubError> {
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

/// Each error of the hub, met in a call and in a query.
pub(super) fn samples_of_hub() -> Vec<(&'static str, Error)> {
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
    let refused = hub_errors().into_iter();
    let refused = refused.filter(|source| source.kind == HubErrorKind::Rejected);
    let written = refused.map(|source| {
        let query = Error::Query {
            hub: hub(),
            source: Box::new(source),
        };
        ("BadQuery", query.of_written_query())
    });
    all.flat_map(met).chain(written).collect()
}

// `Device` is of the feature.
