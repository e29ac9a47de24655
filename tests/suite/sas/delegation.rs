//! `edgelogs sas new --entra`: a stand-in of Blob Storage gives user delegation keys, and a stand-in
//! of `az` the token for it.

use azure_core::credentials::Secret;
use azure_core::hmac::hmac_sha256;
use insta::assert_snapshot;

use super::KEY;
use crate::common::one_answer::OneAnswer;
use crate::common::{Edgelogs, edgelogs, shown};
use crate::entra::{Tools, token};

/// A storage that gives one answer to all requests.
struct Storage(OneAnswer);

impl Storage {
    fn start(status: &'static str, body: String) -> Self {
        Self(OneAnswer::https(status, body))
    }

    fn giving_a_key() -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><UserDelegationKey><SignedOid>oid-1</SignedOid>\
             <SignedTid>tid-1</SignedTid><SignedStart>2026-11-22T11:45:00Z</SignedStart>\
             <SignedExpiry>2126-11-22T13:00:00Z</SignedExpiry><SignedService>b</SignedService>\
             <SignedVersion>2026-04-06</SignedVersion><Value>{KEY}</Value></UserDelegationKey>"
        );
        Self::start("200 OK", body)
    }

    /// `sas new --entra` with these tools, though a key is at hand.
    fn sas_new(&self, tools: &Tools, args: &[&str]) -> Edgelogs {
        edgelogs("sas new --container logs --account acct --entra -vv")
            .args(["--blob-endpoint", &format!("{}/acct", self.0.url)])
            .args(args)
            .env("PATH", tools.path())
            .env("AZURE_STORAGE_KEY", KEY)
    }

    /// The same where the certificate is trusted.
    fn trusted(&self, tools: &Tools, args: &[&str]) -> Edgelogs {
        let ca_file = self.0.ca_file();
        self.sas_new(tools, args)
            .args(["--ca-file", ca_file.to_str().unwrap()])
    }
}

#[test]
fn entra_signs_with_the_accounts_delegation_key() {
    let (storage, tools) = (Storage::giving_a_key(), Tools::az("storage"));
    let ran = storage.trusted(&tools, &["--download"]).exits(0);
    assert_eq!(
        tools.az_calls(),
        ["account get-access-token -o json --scope https://storage.azure.com/.default"]
    );
    let requests = storage.0.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].starts_with("POST /acct?"), "{}", requests[0]);
    assert!(
        requests[0].contains("comp=userdelegationkey"),
        "{}",
        requests[0]
    );
    assert!(requests[0].contains(&format!("Bearer {}", token("storage"))));
    // The signature, computed from the documented order of its fields.
    let url = url::Url::parse(ran.stdout.trim_end()).unwrap();
    assert!(
        ran.stdout
            .starts_with(&format!("{}/acct/logs?", storage.0.url)),
        "{}",
        ran.stdout
    );
    let field = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    assert_eq!(field("sp"), "racwl");
    let end = field("se");
    let signed = format!(
        "racwl\n\n{end}\n/blob/acct/logs\noid-1\ntid-1\n2026-11-22T11:45:00Z\n2126-11-22T13:00:00Z\nb\n\
         2026-04-06\n\n\n\n\n\n\nhttps\n2026-04-06\nc\n\n\n\n\n\n\n\n\n"
    );
    assert_eq!(
        field("sig"),
        hmac_sha256(&signed, &Secret::new(KEY)).unwrap()
    );
    let checked = edgelogs("sas check -").stdin(&ran.stdout).exits(0);
    checked.assert_stdout("signed by\tuser delegation key of tenant tid-1\n");
}

#[test]
fn a_missing_storage_role_is_named() {
    let body = "<?xml version=\"1.0\"?><Error><Code>AuthorizationPermissionMismatch</Code>\
                <Message>This request is not authorized to perform this operation using this permission.\
                </Message></Error>";
    let storage = Storage::start(
        "403 Forbidden\r\nx-ms-error-code: AuthorizationPermissionMismatch",
        body.to_owned(),
    );
    let ran = storage.trusted(&Tools::az("storage"), &[]).exits(5);
    assert_snapshot!("entra-without-role", shown(&ran));
}

#[test]
fn without_an_identity_all_attempts_are_listed() {
    let storage = Storage::giving_a_key();
    let ran = storage.trusted(&Tools::none(), &[]).exits(5);
    assert_snapshot!("entra-without-identity", shown(&ran));
    assert!(storage.0.requests().is_empty());
}

#[test]
fn no_token_is_sent_without_trusted_https() {
    let (storage, tools) = (Storage::giving_a_key(), Tools::az("storage"));
    // `--blob-endpoint` may be given only once.
    let plain = edgelogs("sas new --container logs --account acct --entra")
        .args(["--blob-endpoint", &storage.0.url.replace("https", "http")])
        .env("PATH", tools.path());
    plain.exits(2);
    let unknown = storage.sas_new(&tools, &[]).exits(6);
    unknown.assert_stderr("storage account `acct` can't be reached");
    assert!(storage.0.requests().is_empty());
}
