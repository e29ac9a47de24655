//! What an error of the hub is called, and what helps against it.

use super::shell_word;
use crate::hub::{ConnectionStringError, HubError, HubErrorKind, InvalidEndpoint};
use crate::methods::{EDGE_AGENT, MethodRequest, RestartModule};

/// What to do where no hub can be called for want of a connection string.
pub(super) const CONNECTION_HINT: &str = "export EDGELOGS_CONNECTION_STRING=\"$(az iot hub connection-string show -n HUB \
                               --policy-name service -o tsv)\"";

/// What to do about a connection string that can't be used.
pub(super) fn connection_hint(error: &ConnectionStringError) -> &'static str {
    match error {
        ConnectionStringError::Endpoint(InvalidEndpoint::PlainHttp(_)) => {
            "leave the http:// away; only a hub on this machine may be reached without TLS"
        }
        _ => CONNECTION_HINT,
    }
}

/// The sentence for a call that the hub did not relay. It names the device in any case, since it
/// may be one of many.
pub(super) fn hub_sentence(error: &HubError, device: &str, hub: &str) -> String {
    match error.kind {
        HubErrorKind::NotAuthorized | HubErrorKind::Forbidden => {
            format!("hub `{hub}` refuses the call to device `{device}`: not authorised")
        }
        HubErrorKind::BasicTier => format!(
            "hub `{hub}` can't call device `{device}`: the Basic tier has no direct methods"
        ),
        HubErrorKind::DeviceNotFound => {
            format!("device `{device}` is not known to {hub}, or it is disabled")
        }
        HubErrorKind::ModuleNotFound => format!("device `{device}` has no edge agent in {hub}"),
        HubErrorKind::NotConnected => format!("device `{device}` is not connected to {hub}"),
        HubErrorKind::NoAnswer => format!("device `{device}` did not answer in time"),
        HubErrorKind::Throttled => format!("hub `{hub}` throttles the calls to device `{device}`"),
        HubErrorKind::TooLarge => {
            format!("the request to device `{device}` is larger than the hub takes")
        }
        HubErrorKind::Rejected => format!("hub `{hub}` rejects the request to device `{device}`"),
        HubErrorKind::HubFailure => format!("hub `{hub}` fails on the call to device `{device}`"),
        HubErrorKind::NotReached => {
            format!("hub `{hub}` can't be reached to call device `{device}`")
        }
        HubErrorKind::Interrupted => format!(
            "the connection to hub `{hub}` broke before the answer of device `{device}` was whole"
        ),
        HubErrorKind::NotAnAnswer => {
            format!("the answer of hub `{hub}` for device `{device}` can't be read")
        }
    }
}

/// The sentence for a call of any method of any module, which is not sent twice: it tells whether the
/// method may have run.
pub(super) fn call_sentence(
    error: &HubError,
    device: &str,
    module: &str,
    method: &str,
    hub: &str,
) -> String {
    let of_agent = module == EDGE_AGENT;
    match error.kind {
        HubErrorKind::ModuleNotFound if !of_agent => {
            format!("device `{device}` has no module `{module}` in {hub}")
        }
        HubErrorKind::NotConnected if !of_agent => format!(
            "module `{module}` of device `{device}` is not connected to {hub}, or takes no methods"
        ),
        HubErrorKind::NoAnswer => {
            format!("device `{device}` did not answer {method} in time: it may have run")
        }
        kind if may_have_run(kind) => format!(
            "{}: {method} may have run",
            hub_sentence(error, device, hub)
        ),
        _ => hub_sentence(error, device, hub),
    }
}

/// Whether an error leaves open what became of the call.
pub(super) fn may_have_run(kind: HubErrorKind) -> bool {
    matches!(
        kind,
        HubErrorKind::NoAnswer
            | HubErrorKind::HubFailure
            | HubErrorKind::Interrupted
            | HubErrorKind::NotAnAnswer
    )
}

/// What helps after a call that is not sent twice.
pub(super) fn call_hint(
    kind: HubErrorKind,
    device: &str,
    module: &str,
    method: &str,
) -> Option<String> {
    let of_agent = module == EDGE_AGENT;
    let word = shell_word(device);
    match kind {
        kind if may_have_run(kind) && method == RestartModule::NAME => Some(format!(
            "see when the module last started before you try again: edgelogs modules -d {word}"
        )),
        kind if may_have_run(kind) => Some(
            "find out what it did before you call it again; --timeout 60s waits longer".to_owned(),
        ),
        HubErrorKind::ModuleNotFound if !of_agent => Some(format!(
            "list the modules with `edgelogs modules -d {word}`; the runtime's own are '$edgeAgent' and '$edgeHub'"
        )),
        HubErrorKind::NotConnected if !of_agent => {
            Some("wait for the module with --connect-timeout 60s".to_owned())
        }
        _ => hub_hint(kind, device),
    }
}

/// The word for the summary of a run.
pub(super) fn hub_word(kind: HubErrorKind) -> &'static str {
    match kind {
        HubErrorKind::NotAuthorized | HubErrorKind::Forbidden | HubErrorKind::BasicTier => {
            "not authorised"
        }
        HubErrorKind::DeviceNotFound | HubErrorKind::ModuleNotFound => "unknown",
        HubErrorKind::NotConnected => "offline",
        HubErrorKind::NoAnswer => "silent",
        HubErrorKind::Throttled => "throttled",
        HubErrorKind::TooLarge | HubErrorKind::Rejected => "rejected",
        HubErrorKind::HubFailure | HubErrorKind::NotReached | HubErrorKind::Interrupted => {
            "out of reach"
        }
        HubErrorKind::NotAnAnswer => "unreadable",
    }
}

/// What helps.
pub(super) fn hub_hint(kind: HubErrorKind, device: &str) -> Option<String> {
    let hint = match kind {
        HubErrorKind::NotAuthorized | HubErrorKind::Forbidden => {
            "the key's policy needs `service connect`; a wrong clock on this machine makes tokens invalid too"
        }
        HubErrorKind::BasicTier => {
            "scale the hub to the Standard tier: az iot hub update -n HUB --sku S1"
        }
        HubErrorKind::DeviceNotFound | HubErrorKind::ModuleNotFound => {
            return Some(format!(
                "compare the id with `az iot hub device-identity list -n HUB`; it was `{device}`"
            ));
        }
        HubErrorKind::NotConnected => "wait for the device with --connect-timeout 60s",
        HubErrorKind::NoAnswer => {
            "the answer may be too large for the hub: ask for less with --tail or --since, or wait longer with --timeout"
        }
        HubErrorKind::Throttled => "wait a minute, then try again with a larger --retries",
        _ => return None,
    };
    Some(hint.to_owned())
}
