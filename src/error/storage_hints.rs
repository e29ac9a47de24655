//! What to do about each refusal of Blob Storage, by its code.

use crate::shell_word::shell_word;

/// The codes, and what each means. The first one that a message holds counts.
/// Source: "Common REST API error codes" and "Blob service error codes" of Azure Storage.
const CODES: [(&str, &str); 16] = [
    (
        "KeyBasedAuthenticationNotPermitted",
        "the account allows no keys, so the SAS must be signed with Entra ID: edgelogs sas new --entra --container CONTAINER > sas.txt",
    ),
    (
        "AuthorizationPermissionMismatch",
        "the SAS, or the identity that signed it, lacks a right: see which it has with edgelogs sas check @sas.txt",
    ),
    (
        "AuthorizationProtocolMismatch",
        "the SAS allows another protocol only: make one with edgelogs sas new --container CONTAINER > sas.txt",
    ),
    (
        "AuthorizationSourceIPMismatch",
        "the SAS is for other IP addresses than the caller's: make one without `sip`",
    ),
    (
        "AuthorizationServiceMismatch",
        "the SAS is not for the Blob service: make one with edgelogs sas new --container CONTAINER > sas.txt",
    ),
    (
        "AuthorizationResourceTypeMismatch",
        "the SAS is not for objects: make one with edgelogs sas new --container CONTAINER > sas.txt",
    ),
    (
        "AuthorizationFailure",
        "the firewall of the storage account refuses the caller: allow its network under Networking, or use a private endpoint",
    ),
    (
        "NoAuthenticationInformation",
        "the SAS was lost on the way: put the URL in single quotes, or in a file: --sas @sas.txt",
    ),
    (
        "InvalidAuthenticationInfo",
        "the SAS is damaged: see how with edgelogs sas check @sas.txt",
    ),
    (
        "AuthenticationFailed",
        "the SAS has expired, was signed with a key that was replaced, or was changed: see edgelogs sas check @sas.txt",
    ),
    (
        "InsufficientAccountPermissions",
        "the account allows only reading at the moment: it may have failed over, or its subscription may be disabled",
    ),
    (
        "AccountIsDisabled",
        "the storage account is disabled, as after its subscription was",
    ),
    (
        "ContainerBeingDeleted",
        "the container was just deleted: wait a minute, or use another one",
    ),
    (
        "ContainerNotFound",
        "az storage container create -n CONTAINER --account-name ACCOUNT",
    ),
    (
        "UnauthorizedBlobOverwrite",
        "the SAS may create blobs but not replace them, and this one exists: try again in a second",
    ),
    (
        "ServerBusy",
        "the storage account is busy: start the task again in a minute",
    ),
];

/// The hint for a code in a message of the storage, with the names that are known.
pub(super) fn storage_hint(
    message: &str,
    container: Option<&str>,
    account: Option<&str>,
) -> Option<String> {
    let (_, hint) = CODES.iter().find(|(code, _)| message.contains(code))?;
    let name = |known: Option<&str>, unknown: &str| known.map_or(unknown.to_owned(), shell_word_of);
    Some(
        hint.replace("CONTAINER", &name(container, "CONTAINER"))
            .replace("ACCOUNT", &name(account, "ACCOUNT")),
    )
}

fn shell_word_of(name: &str) -> String {
    shell_word(name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_in_a_message_decides() {
        for (message, part) in [
            (
                "403 AuthorizationFailure: This request is not authorized",
                "firewall",
            ),
            (
                "Status: 403 ErrorCode: KeyBasedAuthenticationNotPermitted",
                "--entra --container logs",
            ),
            ("AuthorizationPermissionMismatch", "lacks a right"),
            (
                "AuthenticationFailed Server failed to authenticate",
                "expired",
            ),
            (
                "404 ContainerNotFound",
                "create -n logs --account-name ACCOUNT",
            ),
        ] {
            let hint = storage_hint(message, Some("logs"), None).unwrap();
            assert!(hint.contains(part), "{hint}");
        }
        assert_eq!(storage_hint("no space", None, None), None);
    }
}
