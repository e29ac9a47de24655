//! A container's SAS, signed with a user delegation key instead of the account key.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::Secret;
use azure_core::http::{ClientOptions, RequestContent, RetryOptions, Transport, XmlFormat};
use azure_core::time::OffsetDateTime;
use azure_storage_blob::models::KeyInfo;
use azure_storage_blob::{BlobServiceClient, BlobServiceClientOptions};
use azure_storage_common::models::UserDelegationKey;
use azure_storage_sas::{SasBuilder, SasProtocol};
use jiff::Timestamp;

use crate::blob_service::{StorageFailure, StorageFailureKind};
use crate::cli::args::connection::entra_chain;
use crate::cli::commands::sas::container_sas::ContainerSas;
use crate::cli::commands::sas::storage_account::StorageAccount;
use crate::error::Error;
use crate::error_chain::error_chain;
use crate::exit::Exit;
use crate::http_client::client_for;
use crate::hub::{EntraChain, SignInError};
use crate::invalid_input::InvalidInput;
use crate::proxy;
use crate::shell_word::shell_word;

/// The service version of the request and the signature.
const SERVICE_VERSION: &str = "2026-04-06";

/// The key starts this long ago: the storage's clock may be behind.
const SKEW_SECONDS: i64 = 15 * 60;

/// How long the storage may take; signing in is counted apart.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long both may take together: `az` alone takes seconds, and there may be several sources.
const WHOLE_TIMEOUT: Duration = Duration::from_secs(90);

/// The role that can request the key and write.
const ROLE: &str = "Storage Blob Data Contributor";

/// Creates the SAS token, which is a secret.
///
/// # Errors
/// Signing in failed, or the account can't be reached or refuses the key.
pub(crate) async fn delegated(
    account: &StorageAccount,
    sas: &ContainerSas,
    roots: Vec<reqwest::Certificate>,
) -> Result<Secret, Error> {
    if account.is_plain_http() {
        return Err(InvalidInput::new("--entra needs a blob endpoint with https").into());
    }
    proxy::check(&account.endpoint)?;
    let chain = entra_chain(&roots)?;
    let expiry = moment(sas.expiry.as_second())?;
    let request = async {
        let key_info = KeyInfo {
            start: Some(moment(Timestamp::now().as_second() - SKEW_SECONDS)?),
            expiry: Some(expiry),
            ..KeyInfo::default()
        };
        let content: RequestContent<KeyInfo, XmlFormat> = key_info
            .try_into()
            .map_err(|error| refused(account, error))?;
        let client = client(account, chain, roots).map_err(|error| refused(account, error))?;
        let response = client.get_user_delegation_key(content, None).await;
        response
            .and_then(|response| response.into_model())
            .map_err(|error| refused(account, error))
    };
    let key = tokio::time::timeout(WHOLE_TIMEOUT, request)
        .await
        .map_err(|_| unreachable(account, "timed out".to_owned()))??;
    token(sas, &key, expiry).map_err(|error| refused(account, error))
}

fn client(
    account: &StorageAccount,
    chain: EntraChain,
    roots: Vec<reqwest::Certificate>,
) -> azure_core::Result<BlobServiceClient> {
    let http = client_for(&account.endpoint, roots)
        .map_err(|error| azure_core::Error::new(azure_core::error::ErrorKind::Io, error))?
        .timeout(TIMEOUT)
        .build()
        .map_err(|error| azure_core::Error::new(azure_core::error::ErrorKind::Io, error))?;
    let options = BlobServiceClientOptions {
        client_options: ClientOptions {
            retry: RetryOptions::none(),
            transport: Some(Transport::new(Arc::new(http))),
            ..ClientOptions::default()
        },
        version: SERVICE_VERSION.to_owned(),
    };
    BlobServiceClient::new(
        account.endpoint.clone(),
        Some(Arc::new(chain)),
        Some(options),
    )
}

/// Signs with the key.
fn token(
    sas: &ContainerSas,
    key: &UserDelegationKey,
    expiry: OffsetDateTime,
) -> azure_core::Result<Secret> {
    let mut builder = SasBuilder::new(&sas.account, key, expiry)?
        .protocol(SasProtocol::Https)
        .container(&sas.container);
    for right in sas.rights.chars() {
        builder = match right {
            'r' => builder.read(),
            'a' => builder.add(),
            'c' => builder.create(),
            'w' => builder.write(),
            'l' => builder.list(),
            _ => builder,
        };
    }
    Ok(Secret::new(builder.build()))
}

fn moment(seconds: i64) -> Result<OffsetDateTime, Error> {
    OffsetDateTime::from_unix_timestamp(seconds)
        .map_err(|_| InvalidInput::new("--expiry is too far in the future").into())
}

fn unreachable(account: &StorageAccount, cause: String) -> Error {
    Error::Check {
        message: format!("storage account `{}` can't be reached", account.name),
        cause: Some(cause),
        hint: None,
        exit: Exit::Unreachable,
    }
}

/// Why the request for the key failed.
fn refused(account: &StorageAccount, error: azure_core::Error) -> Error {
    let sign_in = error_chain(&error).find_map(|cause| cause.downcast_ref::<SignInError>());
    if let Some(sign_in) = sign_in {
        return Error::Check {
            message: format!(
                "signing in to Entra ID for storage account `{}` failed",
                account.name
            ),
            cause: Some(sign_in.to_string()),
            hint: (!sign_in.is_named).then(|| "az login".to_owned()),
            exit: Exit::NotAuthorized,
        };
    }
    let failure = StorageFailure::from(error);
    let hint = format!(
        "az role assignment create --role \"{ROLE}\" --assignee \"$(az ad signed-in-user show --query \
         id -o tsv)\" --scope \"$(az storage account show -n {} --query id -o tsv)\"",
        shell_word(&account.name)
    );
    let (hint, exit) = match failure.kind {
        StorageFailureKind::Unreachable => return unreachable(account, failure.to_string()),
        StorageFailureKind::NotAuthorized => (Some(hint), Exit::NotAuthorized),
        _ => (None, Exit::Unexpected),
    };
    Error::Check {
        message: format!(
            "storage account `{}` did not issue a user delegation key",
            account.name
        ),
        cause: Some(failure.to_string()),
        hint,
        exit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The signature was computed with Python, from the string that the public documentation of a
    /// user delegation SAS of version 2026-04-06 describes.
    #[test]
    fn a_signature_equals_that_of_another_implementation() {
        let at = |text: &str| {
            let time: Timestamp = text.parse().unwrap();
            OffsetDateTime::from_unix_timestamp(time.as_second()).unwrap()
        };
        let key = UserDelegationKey {
            signed_oid: Some("oid".to_owned()),
            signed_tid: Some("tid".to_owned()),
            signed_start: Some(at("2026-11-22T11:45:00Z")),
            signed_expiry: Some(at("2026-11-22T13:00:00Z")),
            signed_service: Some("b".to_owned()),
            signed_version: Some("2026-04-06".to_owned()),
            value: Some(b"0123456789abcdef0123456789abcdef".to_vec()),
            ..UserDelegationKey::default()
        };
        let sas = ContainerSas {
            account: "acct".to_owned(),
            container: "logs".to_owned(),
            rights: "racwl",
            expiry: "2026-11-22T13:00:00Z".parse().unwrap(),
            https_only: true,
        };
        let token = token(&sas, &key, at("2026-11-22T13:00:00Z")).unwrap();
        assert_eq!(
            token.secret(),
            "sv=2026-04-06&sr=c&se=2026-11-22T13:00:00Z&sp=racwl&spr=https&skoid=oid&sktid=tid\
             &skt=2026-11-22T11:45:00Z&ske=2026-11-22T13:00:00Z&sks=b&skv=2026-04-06&sig=nO5HZeDKC1%2FViy5CKqSvIPm35JAsQbwKrm43%2FB6BXxI%3D"
        );
    }
}
