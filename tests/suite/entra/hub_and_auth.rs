//! `--hub` and `--auth`: which hub is called, and with which identity.

use insta::assert_snapshot;

use super::{Tools, failed, get, hub, signed_in};
#[cfg(feature = "device")]
use crate::common::edgelogs;
use crate::common::folder::Folder;
use crate::common::samples::hub_string;
use stand_in::StandIn;

const CONNECTION: &str = "EDGELOGS_CONNECTION_STRING";

/// Whether the hub was called with its key: `az` is logged in to an identity without the role.
fn uses_key(hub: &StandIn, args: &[&str], variables: &[(&str, &str)]) {
    let tools = Tools::az("stranger");
    let command = get(&tools, args).envs(variables);
    command.exits(0);
    assert!(tools.az_calls().is_empty());
    assert!(!hub.journal().is_empty());
}

fn uses_entra(args: &[&str], variables: &[(&str, &str)]) {
    let tools = Tools::az("az");
    let command = get(&tools, &[args, &["-v"]].concat()).envs(variables);
    signed_in(command, "Azure CLI");
}

#[test]
fn a_connection_string_of_the_hub_is_preferred() {
    let hub = hub(&[]);
    let (url, key) = (hub.url(), hub.connection_string());
    uses_key(&hub, &[], &[(CONNECTION, &key)]);
    uses_key(&hub, &["--hub", &url], &[(CONNECTION, &key)]);
    uses_key(
        &hub,
        &["--hub", &url, "--auth", "sas"],
        &[(CONNECTION, &key)],
    );
    uses_key(&hub, &[], &[(CONNECTION, &key), ("EDGELOGS_HUB", &url)]);
    uses_key(
        &hub,
        &[],
        &[("IOTHUB_CONNECTION_STRING", &key), ("EDGELOGS_AUTH", "SAS")],
    );
}

#[test]
fn entra_is_used_with_a_bare_hub_or_on_request() {
    let hub = hub(&["az"]);
    let (url, key) = (hub.url(), hub.connection_string());
    uses_entra(&["--hub", &url], &[]);
    uses_entra(&[], &[("EDGELOGS_HUB", &url)]);
    uses_entra(&["--auth", "entra"], &[(CONNECTION, &key)]);
    uses_entra(&[], &[(CONNECTION, &key), ("EDGELOGS_AUTH", "entra")]);
    uses_entra(
        &["--auth", "entra", "--hub", &url],
        &[(CONNECTION, "broken")],
    );
    uses_entra(
        &["--auth", "auto"],
        &[("EDGELOGS_HUB", &url), ("EDGELOGS_AUTH", "sas")],
    );
}

#[test]
fn the_flag_overrides_the_environments_hub() {
    let (one, other) = (hub(&["az"]), hub(&["az"]));
    uses_entra(
        &["--hub", &one.url()],
        &[(CONNECTION, &other.connection_string())],
    );
    assert!(other.journal().is_empty());

    let folder = Folder::new();
    let file = folder.write("hub.txt", other.connection_string());
    uses_key(
        &other,
        &["--connection-string-file", &file],
        &[("EDGELOGS_HUB", &one.url())],
    );
}

#[test]
fn two_hubs_of_equal_rank_are_refused() {
    let key = hub_string("b.azure-devices.net");
    for name in [CONNECTION, "IOTHUB_CONNECTION_STRING"] {
        for auth in ["auto", "sas", "entra"] {
            let command = get(&Tools::none(), &["--auth", auth])
                .env("EDGELOGS_HUB", "a")
                .env(name, &key);
            let shown = failed(command, 2);
            assert!(shown.contains("a.azure-devices.net"), "{shown}");
            assert!(shown.contains("b.azure-devices.net"), "{shown}");
        }
    }
    let command = get(&Tools::none(), &[])
        .env("EDGELOGS_HUB", "a")
        .env(CONNECTION, &key);
    assert_snapshot!("two-hubs", failed(command, 2));
    let command = get(
        &Tools::none(),
        &["--hub", "a", "--connection-string-file", "-"],
    )
    .stdin(&key);
    assert_snapshot!("two-hubs-typed", failed(command, 2));
}

#[test]
fn a_key_is_of_the_hub_by_each_of_its_host_names_and_the_typed_one_is_called() {
    let command = get(
        &Tools::none(),
        &[
            "--hub",
            "plant-a.service.azure-devices.net",
            "--retries",
            "0",
        ],
    )
    .env(CONNECTION, hub_string("plant-a.azure-devices.net"))
    .env("HTTPS_PROXY", "http://127.0.0.1:1");
    let shown = failed(command, 6);
    assert!(
        shown.contains("plant-a.service.azure-devices.net"),
        "{shown}"
    );
}

#[test]
fn sas_without_a_connection_string_is_refused() {
    let shown = failed(
        get(&Tools::az("az"), &["--hub", "plant-a", "--auth", "sas"]),
        2,
    );
    assert_snapshot!("no-key", shown);
    failed(get(&Tools::az("az"), &["--auth", "sas"]), 2);
}

#[test]
fn invalid_hubs_and_sign_in_methods_are_refused() {
    for (args, variables, words) in [
        (&["--hub", "http://10.0.0.7"][..], &[][..], "plain http"),
        (
            &["--hub", "a b"],
            &[],
            "--hub: `a b` is not the host name of a hub",
        ),
        (
            &[],
            &[("EDGELOGS_HUB", "h/x")],
            "EDGELOGS_HUB: `h/x` is not the host name",
        ),
        (&["--hub", "a", "--auth", "token"], &[], "--auth"),
        (
            &["--hub", "a"],
            &[("EDGELOGS_AUTH", "token")],
            "EDGELOGS_AUTH must be auto, sas or entra",
        ),
        #[cfg(feature = "device")]
        (&["--hub", "a", "--local"], &[], "--local"),
    ] {
        let command = get(&Tools::none(), args).envs(variables);
        let shown = failed(command, 2);
        assert!(shown.contains(words), "{shown}");
    }
}

#[cfg(feature = "device")]
#[test]
fn local_ignores_a_hub_in_the_environment() {
    edgelogs("get --local --tail 1")
        .env("EDGELOGS_HUB", "plant-a")
        .env("EDGELOGS_AUTH", "entra")
        .exits(0);
}

#[test]
fn a_dry_run_does_not_sign_in() {
    let tools = Tools::az("az");
    get(&tools, &["--hub", "plant-a", "--dry-run"]).exits(0);
    assert!(tools.az_calls().is_empty());
}

#[test]
fn a_bare_hub_name_is_in_the_public_cloud() {
    // A proxy that does not exist keeps the test off the network.
    let tools = Tools::az("az");
    let command = get(&tools, &["--hub", "plant-a", "--retries", "0"])
        .env("HTTPS_PROXY", "http://127.0.0.1:1");
    let shown = failed(command, 6);
    assert!(
        shown.contains("hub `plant-a.azure-devices.net` can't be reached"),
        "{shown}"
    );
}
