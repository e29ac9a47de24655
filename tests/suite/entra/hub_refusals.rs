//! A refusal of the hub names the missing right and the identity.

use insta::{Settings, assert_snapshot};

use super::{PRINCIPAL, Tools, failed, get, hub};
use stand_in::{Fault, HubError, StandIn};

fn snapshot(name: &str, shown: &str) {
    let mut settings = Settings::clone_current();
    settings.add_filter(r"tracking id [^)]*", "tracking id ID");
    settings.bind(|| assert_snapshot!(name, shown));
}

fn with_entra(hub: &StandIn) -> String {
    failed(get(&Tools::az("az"), &["--hub", &hub.url()]), 5)
}

fn with_key(hub: &StandIn) -> String {
    let command = get(&Tools::none(), &[]).on(&hub);
    failed(command, 5)
}

#[test]
fn a_missing_role_is_named_with_the_command_that_assigns_it() {
    let shown = with_entra(&hub(&[]));
    assert!(shown.contains(PRINCIPAL));
    snapshot("role-missing", &shown);
}

#[test]
fn an_opaque_token_has_its_identity_looked_up() {
    let tools = Tools::none();
    tools.put(
        "az",
        r#"echo '{"accessToken":"opaque","expires_on":4102444800,"tokenType":"Bearer"}'"#,
    );
    let shown = failed(get(&tools, &["--hub", &hub(&[]).url()]), 5);
    assert!(
        shown.contains("--assignee \"$(az ad signed-in-user show --query id -o tsv)\""),
        "{shown}"
    );
    assert!(!shown.contains("opaque"), "{shown}");
}

#[test]
fn a_403_names_the_missing_right_unless_none_would_help() {
    let forbidden = HubError::new(403_000, "Forbidden", "not allowed");
    let quota = HubError::new(403_002, "IotHubQuotaExceeded", "Total number of messages");
    for (error, role) in [(forbidden, true), (quota, false)] {
        let hub = hub(&["az"]);
        hub.fault_when(|_| true, Fault::Hub(error));
        let shown = with_entra(&hub);
        assert_eq!(shown.contains("IoT Hub Data Contributor"), role, "{shown}");
        let shown = with_key(&hub);
        assert_eq!(shown.contains("service connect"), role, "{shown}");
    }
}

#[test]
fn a_refused_device_query_names_the_role() {
    let hub = hub(&[]);
    let shown = failed(
        get(
            &Tools::az("az"),
            &["--hub", &hub.url(), "--where", "tags.x = 1"],
        ),
        5,
    );
    assert!(shown.contains("the device query to hub"), "{shown}");
    assert!(shown.contains("az role assignment create"), "{shown}");
}

#[test]
fn the_basic_tier_is_named_with_either_sign_in() {
    for sign_in in [with_entra, with_key] {
        let hub = hub(&["az"]);
        hub.fault_when(|_| true, Fault::Hub(HubError::basic_tier()));
        let shown = sign_in(&hub);
        assert!(
            shown.contains("the Basic tier has no direct methods"),
            "{shown}"
        );
        assert!(!shown.contains("role"), "{shown}");
    }
}

#[cfg(feature = "device")]
#[test]
fn the_loopback_hub_refuses_bearer_tokens() {
    let serve = support::serve::Serve::start(&[]);
    let host = serve.connection_string.split(';').next().unwrap();
    let host = host.strip_prefix("HostName=").unwrap();
    let tools = Tools::az("az");
    let shown = failed(get(&tools, &["--hub", host, "-d", "local"]), 5);
    assert!(shown.contains("401002 IotHubUnauthorizedAccess"), "{shown}");
}
