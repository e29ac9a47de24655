//! What to try after a failure.

use super::hub_sentences::{QUOTA_EXCEEDED, ROLE, lacks_a_right, may_have_run};
use super::kinds::Error;
use super::storage_hints::storage_hint;
use crate::blob_service::{StorageFailure, StorageFailureKind};
use crate::closest_name::closest;
use crate::download::{BlobFailureKind, DownloadError};
use crate::hub::{
    ConnectionStringError, HubError, HubErrorKind, InvalidEndpoint, SignInMethod, hub_name,
    service_host,
};
use crate::methods::{CorrelationId, EDGE_AGENT, MethodRequest, RestartModule, TaskStatus};
use crate::shell_word::shell_word;

/// For a missing or unusable connection string.
pub(crate) const CONNECTION_HINT: &str = "export EDGELOGS_CONNECTION_STRING=\"$(az iot hub connection-string show -n HUB \
                               --policy-name service -o tsv)\"";

/// For a missing hub.
const NO_HUB_HINT: &str = "pass --hub NAME after `az login`, or export EDGELOGS_CONNECTION_STRING=\"$(az iot hub \
                               connection-string show -n HUB --policy-name service -o tsv)\"";

/// For a server whose certificate is its own root, as `openssl req -x509` makes it.
const OF_CA_HINT: &str = "the server shows the certificate of a CA; make one for the server with basicConstraints=CA:FALSE";

/// What to do about a hub whose certificate is not trusted.
pub(crate) fn untrusted_hint(error: &HubError) -> &'static str {
    match error.message.contains("CaUsedAsEndEntity") {
        true => OF_CA_HINT,
        false => "add its root, or the proxy's, with --ca-file PEM",
    }
}

impl Error {
    /// What to try; a command in it can be pasted.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Invalid(error) => error.hint_text().map(str::to_owned),
            Self::Connection { source, .. } => Some(connection_hint(source).to_owned()),
            Self::NoHub => Some(NO_HUB_HINT.to_owned()),
            Self::Settings { hint, .. } | Self::Check { hint, .. } => hint.clone(),
            Self::NoDevice => Some(
                "pass --device ID, set EDGELOGS_DEVICE, or select devices with --where"
                    .to_owned(),
            ),
            Self::NoDeviceSelected { selection } if selection.starts_with("--") => {
                Some("list the edge devices: edgelogs devices".to_owned())
            }
            Self::TooManyDevices { typed: true, .. } => {
                Some("select fewer devices, or raise or omit --max-devices".to_owned())
            }
            Self::TooManyDevices { .. } => {
                Some("select fewer devices, or pass --yes to call all of them".to_owned())
            }
            Self::Query { source, .. } if source.kind == HubErrorKind::Rejected => Some(
                "a condition looks like --where \"tags.site = 'oslo' AND status = 'enabled'\""
                    .to_owned(),
            ),
            Self::BadQuery { .. } => Some(
                "a query looks like --query \"SELECT deviceId FROM devices WHERE tags.site = 'oslo'\""
                    .to_owned(),
            ),
            Self::Query { source, hub } | Self::SignIn { source, hub } => hub_hint(source, hub),
            Self::UnknownTask { .. } => {
                Some("pass --device ID, the device that runs the task".to_owned())
            }
            Self::OtherHub { hub, .. } => Some(format!(
                "pass --hub {}, or use its connection string",
                shell_word(hub)
            )),
            Self::WouldOverwrite { .. } => {
                Some("pass --force to overwrite it, or choose another folder".to_owned())
            }
            Self::Hub {
                source,
                hub,
                device,
                module,
            } => module_hint_of_hub(source, device, module).or_else(|| hub_hint(source, hub)),
            Self::Call {
                source,
                device,
                module,
                method,
                hub,
            } => call_hint(source, hub, device, module, method),
            Self::Refused {
                device,
                method: RestartModule::NAME,
                message,
                ..
            } if message.contains("not found") && !message.contains("Command '") => Some(format!(
                "module names are case-sensitive; list them: edgelogs modules -d {}",
                shell_word(device)
            )),
            Self::Refused {
                status: 400,
                message,
                ..
            } if is_about_a_pattern(message) => Some(
                "an ID is a regular expression: omit it for all modules, or use .* for any text"
                    .to_owned(),
            ),
            Self::Refused { message, .. } if message.contains("Command '") => Some(
                "the agent is older than 1.0.10, or has just started: try again in a minute"
                    .to_owned(),
            ),
            Self::SecondTooFull { .. } => {
                Some("uploads have no such limit: edgelogs upload --sas @sas.txt".to_owned())
            }
            Self::AgentTooOld { .. } => {
                Some("edgeAgent 1.2 and later support it: update the device's runtime".to_owned())
            }
            Self::Module { source, .. } => source.hint(),
            Self::Hinted { hint, .. } => Some(hint.clone()),
            Self::Several { first, .. } => first.hint(),
            Self::Download(error) => download_hint(error),
            Self::NoModule { .. } => Some(
                "an id is a regular expression on module names; omit it to select all modules"
                    .to_owned(),
            ),
            Self::NoSuchModule {
                typed,
                modules,
                devices,
                ..
            } => Some(module_hint(typed, modules, devices)),
            Self::Task {
                status: TaskStatus::Unknown,
                ..
            } => {
                Some("check the container for the blobs, or start the upload again".to_owned())
            }
            Self::Task { message, .. } => storage_hint(message, None, None),
            Self::StillRunning { device, id, .. } => resume_command(device, id),
            Self::Interrupted { resume } => resume.clone(),
            _ => None,
        }
    }
}

/// Whether .NET or the device module refuses a pattern.
fn is_about_a_pattern(message: &str) -> bool {
    [
        "Invalid pattern",
        "invalid regular expression",
        "parsing \"",
    ]
    .iter()
    .any(|words| message.contains(words))
}

/// How many names of modules a hint lists.
const MAX_NAMES: usize = 20;

/// For names that match no module.
fn module_hint(typed: &[String], modules: &[String], devices: &[String]) -> String {
    let known = || modules.iter().map(String::as_str);
    let parts = typed.iter().find(|name| {
        let mut parts = name.split(',').peekable();
        name.contains(',') && parts.all(|part| known().any(|name| name == part))
    });
    if let Some(list) = parts {
        return format!("give modules one by one: {}", list.replace(',', " "));
    }
    let names = match known().take(MAX_NAMES).collect::<Vec<_>>().join(", ") {
        names if modules.len() > MAX_NAMES => {
            format!("{names} and {} more", modules.len() - MAX_NAMES)
        }
        names => names,
    };
    if let Some(device) = devices.first() {
        let word = shell_word(device);
        let of = match modules.is_empty() {
            true => String::new(),
            false => format!("; the modules are {names}"),
        };
        return format!("`{device}` is a device, and each needs its own flag: -d {word}{of}");
    }
    let close = typed.iter().find_map(|name| closest(name, known()));
    match close {
        _ if modules.is_empty() => {
            "an id is a regular expression on module names; omit it to select all modules"
                .to_owned()
        }
        Some(name) => format!("did you mean `{name}`? the modules are {names}"),
        None => format!("the modules are {names}"),
    }
}

/// The command that keeps following a task; none if `status` would refuse its id.
pub(crate) fn resume_command(device: &str, id: &CorrelationId) -> Option<String> {
    id.is_guid().then(|| {
        format!(
            "edgelogs status {id} --wait --device {}",
            shell_word(device)
        )
    })
}

/// The command that keeps following the last tasks of this machine, which remembers at most
/// `remembered`.
pub(crate) fn resume_last_command(tasks: usize, remembered: usize) -> String {
    let last = tasks.min(remembered);
    let command = format!("edgelogs status --wait --last {last}");
    if tasks <= remembered {
        return command;
    }
    format!("this machine remembers only the last {remembered} of {tasks} tasks: {command}")
}

fn connection_hint(error: &ConnectionStringError) -> &'static str {
    match error {
        ConnectionStringError::Endpoint(InvalidEndpoint::PlainHttp(_)) => {
            "omit http://; only a hub on this machine may be reached without TLS"
        }
        _ => CONNECTION_HINT,
    }
}

/// For a call that must not be repeated.
fn call_hint(
    error: &HubError,
    hub: &str,
    device: &str,
    module: &str,
    method: &str,
) -> Option<String> {
    let word = shell_word(device);
    match error.kind {
        kind if may_have_run(kind) && method == RestartModule::NAME => Some(format!(
            "check when the module last started before you retry: edgelogs modules -d {word}"
        )),
        kind if may_have_run(kind) => Some(
            "check what it did before you call it again; --timeout 60s waits longer".to_owned(),
        ),
        _ => module_hint_of_hub(error, device, module).or_else(|| hub_hint(error, hub)),
    }
}

/// For a module other than the agent that the hub does not reach.
fn module_hint_of_hub(error: &HubError, device: &str, module: &str) -> Option<String> {
    match error.kind {
        _ if module == EDGE_AGENT => None,
        HubErrorKind::ModuleNotFound => Some(format!(
            "the runtime's own modules are '$edgeAgent' and '$edgeHub'; list the others: edgelogs modules -d {}",
            shell_word(device)
        )),
        HubErrorKind::NotConnected => {
            Some("wait for the module with --connect-timeout 60s".to_owned())
        }
        _ => None,
    }
}

/// The hub's name for `az`, quoted.
fn resource_name(hub: &str) -> String {
    shell_word(hub_name(hub).as_deref().unwrap_or("HUB"))
}

/// The command that grants the role to the refused identity.
fn role_hint(method: &SignInMethod, principal: Option<&str>, hub: &str) -> String {
    let assignee = match (principal, method) {
        (Some(id), _) => shell_word(id),
        (None, SignInMethod::AzureCli) => {
            "\"$(az ad signed-in-user show --query id -o tsv)\"".to_owned()
        }
        (None, _) => "CLIENT_ID".to_owned(),
    };
    let name = resource_name(hub);
    format!(
        "az role assignment create --role \"{ROLE}\" --assignee {assignee} --scope \"$(az iot hub show \
         -n {name} --query id -o tsv)\""
    )
}

/// Names the hub but not the device, so that many devices with the same problem share one hint.
fn hub_hint(error: &HubError, hub: &str) -> Option<String> {
    // Whatever it answers to us says nothing of the device.
    if let Some(host) = service_host(hub) {
        return Some(format!(
            "`{hub}` is the hub's name for devices; services call it as {host}"
        ));
    }
    let hint = match error.kind {
        HubErrorKind::NotSignedIn if error.message.contains("`az` is not installed") => {
            "install the Azure CLI, then run `az login`; or set EDGELOGS_CONNECTION_STRING"
        }
        HubErrorKind::NotSignedIn => "az login",
        HubErrorKind::Forbidden if error.code == Some(QUOTA_EXCEEDED) => {
            "the quota resets at midnight UTC; more hub units raise it"
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
                "use the connection string that `edgelogs device serve` prints now"
            }
            _ => return Some(CONNECTION_HINT.replace("HUB", &resource_name(hub))),
        },
        HubErrorKind::BasicTier => {
            let name = resource_name(hub);
            return Some(format!(
                "upgrade the hub to the Standard tier: az iot hub update -n {name} --sku S1"
            ));
        }
        HubErrorKind::DeviceNotFound | HubErrorKind::ModuleNotFound => {
            return Some(format!("list the edge devices of {hub}: edgelogs devices"));
        }
        HubErrorKind::NotConnected => "wait for the device with --connect-timeout 60s",
        HubErrorKind::NoAnswer => {
            "the answer may be too large for the hub: limit it with --tail or --since, or wait longer with --timeout"
        }
        HubErrorKind::Throttled => "wait a minute, then retry with a larger --retries",
        HubErrorKind::NotReached => "find the cause: edgelogs doctor",
        HubErrorKind::Untrusted => untrusted_hint(error),
        _ => return None,
    };
    Some(hint.to_owned())
}

fn download_hint(error: &DownloadError) -> Option<String> {
    let unauthorized = |failure: &StorageFailure| failure.kind == StorageFailureKind::NotAuthorized;
    let (sources, container, account): (Vec<&StorageFailure>, _, _) = match error {
        DownloadError::List {
            source,
            container,
            account,
            ..
        } => (vec![source], Some(container), account.as_deref()),
        DownloadError::Blobs {
            failures,
            container,
            ..
        } => {
            let storage = failures.iter().filter_map(|failure| match &failure.kind {
                BlobFailureKind::Storage(failure) => Some(failure),
                _ => None,
            });
            (storage.collect(), Some(container), None)
        }
        _ => (Vec::new(), None, None),
    };
    let known = sources.iter().find_map(|failure| {
        let message = failure.to_string();
        // What a SAS for reading must allow has a hint of its own.
        let is_of_rights = ["AuthorizationPermissionMismatch", "AuthenticationFailed"]
            .iter()
            .any(|code| message.contains(code));
        (!is_of_rights)
            .then(|| storage_hint(&message, container.map(String::as_str), account))
            .flatten()
    });
    if known.is_some() {
        return known;
    }
    match error {
        DownloadError::NoBlob {
            device,
            of_modules: true,
            ..
        } => Some(format!(
            "list the device's modules: edgelogs modules --device {}",
            shell_word(device)
        )),
        DownloadError::NoBlob { .. } => Some(
            "check the container: the device may use another name for its hub".to_owned(),
        ),
        DownloadError::List {
            source, container, ..
        } if unauthorized(source) => Some(rights_hint(container)),
        DownloadError::List {
            source,
            container,
            account,
            ..
        } if source.kind == StorageFailureKind::Missing => Some(format!(
            "az storage container create -n {} --account-name {}",
            shell_word(container),
            shell_word(account.as_deref().unwrap_or("ACCOUNT"))
        )),
        DownloadError::Blobs {
            failures,
            container,
            ..
        } => failures
            .iter()
            .any(|failure| {
                matches!(&failure.kind, BlobFailureKind::Storage(failure) if unauthorized(failure))
            })
            .then(|| rights_hint(container)),
        _ => None,
    }
}

/// How to make a SAS that can read.
fn rights_hint(container: &str) -> String {
    format!(
        "the SAS must be valid and allow reading and listing: edgelogs sas new --container {} \
         --download > sas.txt",
        shell_word(container)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_for_devices_gets_a_hint_whatever_it_answers() {
        let error = HubError {
            kind: HubErrorKind::NotAuthorized,
            http_status: Some(401),
            code: None,
            name: None,
            message: "Unauthorized".to_owned(),
            tracking_id: None,
            retry_after: None,
            signed_in: None,
        };
        let hint = hub_hint(&error, "plant-a.device.azure-devices.net").unwrap();
        assert!(
            hint.ends_with("call it as plant-a.azure-devices.net"),
            "{hint}"
        );
    }

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

    #[test]
    fn the_last_tasks_are_followed_as_far_as_they_are_remembered() {
        assert_eq!(
            resume_last_command(3, 1000),
            "edgelogs status --wait --last 3"
        );
        assert_eq!(
            resume_last_command(1200, 1000),
            "this machine remembers only the last 1000 of 1200 tasks: \
             edgelogs status --wait --last 1000"
        );
    }
}
