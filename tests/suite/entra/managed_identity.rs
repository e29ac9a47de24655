//! The managed identity of App Service, behind a stand-in of its endpoint.

use insta::assert_snapshot;
use stand_in::StandIn;

use super::{IDENTITY_HEADER, LATER, Tools, failed, get, hub, signed_in, token};
use crate::common::Edgelogs;
use crate::common::one_answer::OneAnswer;

/// The endpoint of the identity.
struct AppService {
    url: String,
    server: OneAnswer,
}

impl AppService {
    /// Answers whoever sends the header with this, and 401 to others.
    fn start(status: &'static str, body: String) -> Self {
        let header = format!("x-identity-header: {IDENTITY_HEADER}\r\n");
        let server =
            OneAnswer::http(
                move |request| match request.to_lowercase().contains(&header) {
                    true => (status, body.clone()),
                    false => ("401 Unauthorized", "who are you?".to_owned()),
                },
            );
        let url = format!("{}/msi/token", server.url);
        Self { url, server }
    }

    fn giving(token_name: &str) -> Self {
        Self::start(
            "200 OK",
            format!(
                r#"{{"access_token":"{}","expires_on":"{LATER}","resource":"https://iothubs.azure.net","token_type":"Bearer"}}"#,
                token(token_name)
            ),
        )
    }

    fn requests(&self) -> Vec<String> {
        self.server.requests()
    }

    /// `get` from this hub, with the endpoint's variables.
    fn get(&self, tools: &Tools, hub: &StandIn) -> Edgelogs {
        get(tools, &["--hub", &hub.url(), "-vv"])
            .env("IDENTITY_ENDPOINT", &self.url)
            .env("IDENTITY_HEADER", IDENTITY_HEADER)
    }
}

#[test]
fn the_system_identitys_token_bypasses_proxies() {
    let hub = hub(&["managed"]);
    let service = AppService::giving("managed");
    let tools = Tools::az("az");
    let command = service
        .get(&tools, &hub)
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("ALL_PROXY", "http://127.0.0.1:1");
    signed_in(command, "managed identity");
    let requests = service.requests();
    assert_eq!(requests.len(), 1);
    assert!(
        requests[0].contains("resource=https%3A%2F%2Fiothubs.azure.net"),
        "{}",
        requests[0]
    );
    assert!(!requests[0].contains("client_id"), "{}", requests[0]);
    assert!(tools.az_calls().is_empty());
}

#[test]
fn a_client_id_names_a_user_assigned_identity() {
    let hub = hub(&["managed"]);
    let service = AppService::giving("managed");
    let command = service
        .get(&Tools::none(), &hub)
        .env("AZURE_CLIENT_ID", "my-identity");
    signed_in(command, "managed identity");
    assert!(service.requests()[0].contains("client_id=my-identity"));
}

#[test]
fn a_refusing_endpoint_ends_the_chain_and_leaks_no_secret() {
    let hub = hub(&["az"]);
    let tools = Tools::az("az");
    let words = format!("no identity for {IDENTITY_HEADER}, but {}", token("x"));
    let service = AppService::start("403 Forbidden", words);
    let command = service.get(&tools, &hub);
    assert_snapshot!("no-managed-identity", failed(command, 5));
    assert!(tools.az_calls().is_empty());
}

#[test]
fn a_malformed_or_missing_endpoint_ends_the_chain() {
    let hub = hub(&["az"]);
    let tools = Tools::az("az");
    let opaque = "b3BhcXVlLXNlY3JldA";
    let service = AppService::start("200 OK", format!("\"{opaque}\""));
    for (url, words) in [
        (service.url.as_str(), "the response is not a token"),
        ("http://127.0.0.1:1/msi/token", "Connection refused"),
    ] {
        let command = get(&tools, &["--hub", &hub.url(), "-vv"])
            .env("IDENTITY_ENDPOINT", url)
            .env("IDENTITY_HEADER", IDENTITY_HEADER);
        let shown = failed(command, 5);
        assert!(shown.contains(words), "{shown}");
        assert!(!shown.contains(opaque), "{shown}");
    }
    assert!(tools.az_calls().is_empty());
}

#[test]
fn an_unsupported_managed_identity_falls_back_to_az() {
    let hub = hub(&["az"]);
    let tools = Tools::az("az");
    // Cloud Shell, where `az` is logged in.
    let command = get(&tools, &["--hub", &hub.url(), "-vv"])
        .env("MSI_ENDPOINT", "http://127.0.0.1:1/oauth2/token");
    signed_in(command, "Azure CLI");
}
