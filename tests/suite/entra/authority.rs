//! Entra ID itself, behind a stand-in with its own certificate, because the library always
//! uses https.

use insta::assert_snapshot;

use super::{CLIENT_SECRET, Tools, failed, get, hub, signed_in, token};
use crate::common::Edgelogs;
use crate::common::one_answer::OneAnswer;

const FEDERATED_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJjbHVzdGVyIn0.c2lnbmVk";

/// An authority that gives one answer to all requests.
struct Authority(OneAnswer);

impl Authority {
    fn start(status: &'static str, body: String) -> Self {
        Self(OneAnswer::https(status, body))
    }

    fn giving(name: &str) -> Self {
        let token = token(name);
        Self::start(
            "200 OK",
            format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{token}"}}"#),
        )
    }

    /// `get` with a service principal's variables, but for its proof.
    fn get(&self, tools: &Tools, hub: &str) -> Edgelogs {
        let ca_file = self.0.ca_file();
        let args = ["--hub", hub, "--ca-file", ca_file.to_str().unwrap(), "-vv"];
        self.for_principal(get(tools, &args))
            .env("HTTPS_PROXY", "http://127.0.0.1:1")
    }

    fn for_principal(&self, run: Edgelogs) -> Edgelogs {
        run.env("AZURE_AUTHORITY_HOST", &self.0.url)
            .env("AZURE_TENANT_ID", "plant-tenant")
            .env("AZURE_CLIENT_ID", "robot")
    }

    fn requests(&self) -> Vec<String> {
        self.0.requests()
    }
}

#[test]
fn a_client_secret_signs_in() {
    let (hub, authority) = (hub(&["secret"]), Authority::giving("secret"));
    let tools = Tools::az("az");
    let command = authority
        .get(&tools, &hub.url())
        .env("AZURE_CLIENT_SECRET", CLIENT_SECRET);
    signed_in(command, "client secret");
    let requests = authority.requests();
    assert_eq!(requests.len(), 1);
    assert!(
        requests[0].starts_with("POST /plant-tenant/oauth2/v2.0/token "),
        "{}",
        requests[0]
    );
    assert!(
        requests[0].contains("client_id=robot&client_secret="),
        "{}",
        requests[0]
    );
    assert!(tools.az_calls().is_empty());
}

#[test]
fn a_workload_identity_precedes_a_client_secret() {
    let (hub, authority) = (hub(&["pod"]), Authority::giving("pod"));
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), FEDERATED_TOKEN).unwrap();
    let command = authority
        .get(&Tools::none(), &hub.url())
        .env("AZURE_FEDERATED_TOKEN_FILE", token.path())
        .env("AZURE_CLIENT_SECRET", CLIENT_SECRET);
    signed_in(command, "workload identity");
    let request = &authority.requests()[0];
    assert!(
        request.contains(&format!("client_assertion={FEDERATED_TOKEN}&")),
        "{request}"
    );
    assert!(!request.contains("client_secret"), "{request}");
}

#[test]
fn a_refused_secret_ends_the_chain_and_is_never_printed() {
    let hub = hub(&["az"]);
    let authority = Authority::start(
        "401 Unauthorized",
        format!(
            r#"{{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided: {CLIENT_SECRET}","error_codes":[7000215]}}"#
        ),
    );
    let tools = Tools::az("az");
    let command = authority
        .get(&tools, &hub.url())
        .env("AZURE_CLIENT_SECRET", CLIENT_SECRET);
    assert_snapshot!("secret-refused", failed(command, 5));
    assert!(tools.az_calls().is_empty());
    assert_eq!(hub.journal().len(), 0);
}

#[test]
fn no_secret_is_sent_without_trusted_https() {
    let (hub, authority) = (hub(&[]), Authority::giving("x"));
    let plain = authority.0.url.replace("https", "http");
    let command = authority
        .get(&Tools::none(), &hub.url())
        .env("AZURE_CLIENT_SECRET", CLIENT_SECRET)
        .env("AZURE_AUTHORITY_HOST", &plain);
    let shown = failed(command, 5);
    assert!(shown.contains("HTTPS"), "{shown}");

    let command = authority
        .for_principal(get(&Tools::none(), &["--hub", &hub.url()]))
        .env("AZURE_CLIENT_SECRET", CLIENT_SECRET);
    let shown = failed(command, 5);
    assert!(shown.to_lowercase().contains("certificate"), "{shown}");
    assert!(authority.requests().is_empty());
}
