//! What happened to a call, as the hub reports it.

use crate::hub::{HubError, HubErrorKind};
use crate::methods::EDGE_AGENT;

/// The only built-in role that may invoke methods.
pub(super) const ROLE: &str = "IoT Hub Data Contributor";

/// The codes of a 403 that has nothing to do with rights: quota used up, device disabled.
const NO_RIGHT_HELPS: [u32; 2] = [QUOTA_EXCEEDED, 403_012];
pub(super) const QUOTA_EXCEEDED: u32 = 403_002;

/// The sentence for a call that the hub did not relay. It always names the device, which may be one
/// of many.
pub(super) fn hub_sentence(error: &HubError, device: &str, module: &str, hub: &str) -> String {
    let of_agent = module == EDGE_AGENT;
    match error.kind {
        HubErrorKind::NotSignedIn | HubErrorKind::SignInRefused => {
            format!("signing in to Entra ID to call device `{device}` through hub `{hub}` failed")
        }
        HubErrorKind::Forbidden if error.code == Some(QUOTA_EXCEEDED) => {
            format!("hub `{hub}` refuses the call to device `{device}`: the daily quota is used up")
        }
        HubErrorKind::NotAuthorized | HubErrorKind::Forbidden => {
            format!("hub `{hub}` refuses the call to device `{device}`: not authorised")
        }
        HubErrorKind::BasicTier => format!(
            "hub `{hub}` can't call device `{device}`: the Basic tier has no direct methods"
        ),
        HubErrorKind::DeviceNotFound => {
            format!("device `{device}` is not known to {hub}, or it is disabled")
        }
        HubErrorKind::ModuleNotFound if !of_agent => {
            format!("device `{device}` has no module `{module}` in {hub}")
        }
        HubErrorKind::NotConnected if !of_agent => format!(
            "module `{module}` of device `{device}` is not connected to {hub}, or accepts no methods"
        ),
        HubErrorKind::ModuleNotFound => format!("device `{device}` has no edge agent in {hub}"),
        HubErrorKind::NotConnected => format!("device `{device}` is not connected to {hub}"),
        HubErrorKind::NoAnswer => format!("device `{device}` did not answer in time"),
        HubErrorKind::Throttled => format!("hub `{hub}` throttles the calls to device `{device}`"),
        HubErrorKind::TooLarge => {
            format!("the request to device `{device}` is larger than the hub accepts")
        }
        HubErrorKind::Rejected => format!("hub `{hub}` rejects the request to device `{device}`"),
        HubErrorKind::HubFailure => format!("hub `{hub}` failed on the call to device `{device}`"),
        HubErrorKind::NotReached => {
            format!("hub `{hub}` can't be reached to call device `{device}`")
        }
        HubErrorKind::Untrusted => format!(
            "the certificate of hub `{hub}` is not trusted, so device `{device}` was not called"
        ),
        HubErrorKind::Interrupted => format!(
            "the connection to hub `{hub}` broke before the answer of device `{device}` was complete"
        ),
        HubErrorKind::NotAnAnswer => {
            format!("the answer of hub `{hub}` for device `{device}` can't be read")
        }
    }
}

/// The sentence for a call that must not be repeated: it says whether the method may have run.
pub(super) fn call_sentence(
    error: &HubError,
    device: &str,
    module: &str,
    method: &str,
    hub: &str,
) -> String {
    match error.kind {
        HubErrorKind::NoAnswer => {
            format!("device `{device}` did not answer {method} in time: it may have run")
        }
        kind if may_have_run(kind) => format!(
            "{}: {method} may have run",
            hub_sentence(error, device, module, hub)
        ),
        _ => hub_sentence(error, device, module, hub),
    }
}

/// Whether the method may have run despite the error.
pub(super) fn may_have_run(kind: HubErrorKind) -> bool {
    matches!(
        kind,
        HubErrorKind::NoAnswer
            | HubErrorKind::HubFailure
            | HubErrorKind::Interrupted
            | HubErrorKind::NotAnAnswer
    )
}

/// Whether the caller lacks a right.
pub(super) fn lacks_a_right(error: &HubError) -> bool {
    match error.kind {
        HubErrorKind::NotAuthorized => true,
        HubErrorKind::Forbidden => !error
            .code
            .is_some_and(|code| NO_RIGHT_HELPS.contains(&code)),
        _ => false,
    }
}
