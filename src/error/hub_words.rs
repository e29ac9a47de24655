//! What an error of the hub is called, and what helps against it.

use crate::hub::{ConnectionStringError, HubError, HubErrorKind, InvalidEndpoint, SignInMethod};
use crate::methods::{EDGE_AGENT, MethodRequest, RestartModule};
use crate::shell_word::shell_word;

/// What to do where no hub can be called for want of a connection string.
pub(crate) const CONNECTION_HINT: &str = "export EDGELOGS_CONNECTION_STRING=\"$(az iot hub connection-string show -n HUB \
                               --policy-name service -o tsv)\"";

/// What to do where nothing names a hub.
pub(super) const NO_HUB_HINT: &str = "pass --hub NAME after `az login`, or export EDGELOGS_CONNECTION_STRING=\"$(az iot hub \
                               connection-string show -n HUB --policy-name service -o tsv)\"";

/// The only built-in role that may invoke methods.
const ROLE: &str = "IoT Hub Data Contributor";

/// The codes of a 403 that no right would change: the daily quota is used up, the device is disabled.
const NO_RIGHT_HELPS: [u32; 2] = [QUOTA_EXCEEDED, 403_012];
const QUOTA_EXCEEDED: u32 = 403_002;

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
        HubErrorKind::NotSignedIn | HubErrorKind::SignInRefused => {
            format!("signing in to Entra ID to call device `{device}` through hub `{hub}` failed")
        }
        HubErrorKind::Forbidden if error.code == Some(QUOTA_EXCEEDED) => {
            format!("hub `{hub}` refuses the call to device `{device}`: the day's quota is used up")
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
    error: &HubError,
    hub: &str,
    device: &str,
    module: &str,
    method: &str,
) -> Option<String> {
    let of_agent = module == EDGE_AGENT;
    let word = shell_word(device);
    match error.kind {
        kind if may_have_run(kind) && method == RestartModule::NAME => Some(format!(
            "see when the module last started before you try again: edgelogs modules -d {word}"
        )),
        kind if may_have_run(kind) => Some(
            "find out what it did before you call it again; --timeout 60s waits longer".to_owned(),
        ),
        HubErrorKind::ModuleNotFound if !of_agent => Some(format!(
            "the runtime's own modules are '$edgeAgent' and '$edgeHub'; list the others with: edgelogs modules -d {word}"
        )),
        HubErrorKind::NotConnected if !of_agent => {
            Some("wait for the module with --connect-timeout 60s".to_owned())
        }
        _ => hub_hint(error, hub),
    }
}

/// The word for the summary of a run.
pub(super) fn hub_word(kind: HubErrorKind) -> &'static str {
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
        HubErrorKind::HubFailure | HubErrorKind::NotReached | HubErrorKind::Interrupted => {
            "out of reach"
        }
        HubErrorKind::NotAnAnswer => "unreadable",
    }
}

/// What the hub said, or each way to sign in that failed; and which right is missing, where one is.
pub(super) fn hub_causes(error: &HubError) -> Vec<String> {
    let mut causes: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
    if let (true, Some(refused)) = (lacks_a_right(error), &error.signed_in) {
        causes.push(if refused.method.is_entra() {
            format!(
                "the identity of {} needs the role `{ROLE}`, the only built-in one that may invoke \
                 methods: Owner and Contributor may not",
                refused.method
            )
        } else {
            format!(
                "the {} is not the hub's any more, or the policy lacks `service connect`, or this \
                 machine's clock is wrong",
                refused.method
            )
        });
    }
    causes
}

/// Whether another right would help.
fn lacks_a_right(error: &HubError) -> bool {
    match error.kind {
        HubErrorKind::NotAuthorized => true,
        HubErrorKind::Forbidden => !error
            .code
            .is_some_and(|code| NO_RIGHT_HELPS.contains(&code)),
        _ => false,
    }
}

/// What `az` calls a hub.
fn resource_name(hub: &str) -> &str {
    hub.split_once(".azure-devices.")
        .map_or("HUB", |(name, _)| name)
}

/// The command that gives the role to whoever was refused.
fn role_hint(method: &SignInMethod, principal: Option<&str>, hub: &str) -> String {
    let assignee = match (principal, method) {
        (Some(id), _) => id,
        (None, SignInMethod::AzureCli) => "\"$(az ad signed-in-user show --query id -o tsv)\"",
        (None, _) => "CLIENT_ID",
    };
    let name = resource_name(hub);
    format!(
        "az role assignment create --role \"{ROLE}\" --assignee {assignee} --scope \"$(az iot hub show \
         -n {name} --query id -o tsv)\""
    )
}

/// What helps.
///
/// It names the hub and not the device, so that many devices with one trouble get one hint.
pub(super) fn hub_hint(error: &HubError, hub: &str) -> Option<String> {
    let hint = match error.kind {
        HubErrorKind::NotSignedIn => "az login",
        HubErrorKind::Forbidden if error.code == Some(QUOTA_EXCEEDED) => {
            "the quota starts anew at midnight UTC; more units of the hub have a larger one"
        }
        HubErrorKind::NotAuthorized | HubErrorKind::Forbidden if !lacks_a_right(error) => {
            return None;
        }
        HubErrorKind::NotAuthorized | HubErrorKind::Forbidden => match &error.signed_in {
            Some(refused) if refused.method.is_entra() => {
                return Some(role_hint(
                    &refused.method,
                    refused.principal.as_deref(),
                    hub,
                ));
            }
            _ if hub == "127.0.0.1" || hub == "localhost" => {
                "take the connection string that `edgelogs device serve` prints now"
            }
            _ => return Some(CONNECTION_HINT.replace("HUB", resource_name(hub))),
        },
        HubErrorKind::BasicTier => {
            let name = resource_name(hub);
            return Some(format!(
                "scale the hub to the Standard tier: az iot hub update -n {name} --sku S1"
            ));
        }
        HubErrorKind::DeviceNotFound | HubErrorKind::ModuleNotFound => {
            return Some(format!(
                "compare with the edge devices of {hub}: edgelogs devices"
            ));
        }
        HubErrorKind::NotConnected => "wait for the device with --connect-timeout 60s",
        HubErrorKind::NoAnswer => {
            "the answer may be too large for the hub: ask for less with --tail or --since, or wait longer with --timeout"
        }
        HubErrorKind::Throttled => "wait a minute, then try again with a larger --retries",
        HubErrorKind::NotReached => "find out what is in the way: edgelogs doctor",
        _ => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_for_the_role_names_who_and_where() {
        assert_eq!(
            role_hint(
                &SignInMethod::ManagedIdentity,
                Some("1234"),
                "plant-a.azure-devices.net"
            ),
            "az role assignment create --role \"IoT Hub Data Contributor\" --assignee 1234 --scope \
             \"$(az iot hub show -n plant-a --query id -o tsv)\""
        );
        let unnamed = role_hint(&SignInMethod::AzureCli, None, "127.0.0.1");
        assert!(unnamed.contains("az ad signed-in-user show"), "{unnamed}");
        assert!(unnamed.contains("-n HUB "), "{unnamed}");
    }
}
