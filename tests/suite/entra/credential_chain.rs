//! Which credential signs in.

use insta::assert_snapshot;

use super::{CLIENT_SECRET, LATER, Tools, failed, get, hub, signed_in};
use crate::common::edgelogs;
use crate::common::samples::{SAS, hub_string};

#[test]
fn the_azure_cli_token_is_requested_once() {
    let hub = hub(&["az"]);
    let tools = Tools::az("az").azd("azd");
    signed_in(get(&tools, &["--hub", &hub.url(), "-vv"]), "Azure CLI");
    assert_eq!(
        tools.az_calls(),
        ["account get-access-token -o json --scope https://iothubs.azure.net/.default"]
    );
}

#[test]
fn azd_is_used_when_az_is_missing_or_logged_out() {
    let hub = hub(&["azd"]);
    let tools = Tools::none().azd("azd");
    let method = "Azure Developer CLI";
    signed_in(get(&tools, &["--hub", &hub.url(), "-vv"]), method);
    tools.put(
        "az",
        "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1",
    );
    signed_in(get(&tools, &["--hub", &hub.url(), "-vv"]), method);
}

#[test]
fn without_an_identity_one_error_lists_all_attempts() {
    let hub = hub(&[]);
    let tools = Tools::none();
    tools.put(
        "az",
        "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1",
    );
    let shown = failed(
        get(
            &tools,
            &["--hub", &hub.url(), "-d", "a", "-d", "b", "--retries", "3"],
        ),
        5,
    );
    assert_snapshot!("nobody", shown);
    assert_eq!(hub.journal().len(), 0);
}

#[test]
fn the_output_of_az_is_never_printed() {
    let hub = hub(&[]);
    let tools = Tools::none();
    let token = super::token("az");
    tools.put("az", &format!("echo '\"{token}\"'"));
    tools.put(
        "azd",
        &format!("echo 'ERROR: not this: {token}' >&2; exit 3"),
    );
    let shown = failed(get(&tools, &["--hub", &hub.url(), "-vv"]), 5);
    assert!(
        shown.contains("the output of `az` is not a token"),
        "{shown}"
    );
    assert!(
        shown.contains("`azd` exited with 3: ERROR: not this: REDACTED"),
        "{shown}"
    );
}

#[test]
fn az_gets_none_of_our_secrets_and_its_own_are_redacted() {
    let secrets = [
        (
            "EDGELOGS_CONNECTION_STRING",
            hub_string("other.azure-devices.net"),
        ),
        (
            "IOTHUB_CONNECTION_STRING",
            hub_string("other.azure-devices.net"),
        ),
        ("EDGELOGS_SAS", SAS.to_owned()),
        (
            "AZURE_STORAGE_CONNECTION_STRING",
            "AccountName=a;AccountKey=YWJjZA==".to_owned(),
        ),
        ("AZURE_STORAGE_KEY", "YWJjZA==".to_owned()),
    ];
    let hub = hub(&[]);
    let tools = Tools::none();
    for name in ["az", "azd"] {
        let seen = tools.path().join(format!("{name}.env"));
        let script = format!(
            "export -p > '{}'; echo 'ERROR: AccountKey=ZGVmZw==;EndpointSuffix=x' >&2; exit 1",
            seen.display()
        );
        tools.put(name, &script);
    }
    let args = ["--hub", &hub.url(), "--auth", "entra"];
    let shown = failed(get(&tools, &args).envs(&secrets), 5);
    assert!(
        shown.contains("ERROR: AccountKey=REDACTED;EndpointSuffix=x"),
        "{shown}"
    );
    for name in ["az", "azd"] {
        let seen = std::fs::read_to_string(tools.path().join(format!("{name}.env"))).unwrap();
        assert!(seen.contains("PATH"), "{seen}");
        for (secret, _) in &secrets {
            assert!(!seen.contains(secret), "{name}: {seen}");
        }
    }
}

#[test]
fn an_expired_token_is_renewed() {
    let hub = hub(&["new"]);
    let tools = Tools::none();
    tools.put_az(&[("old", 1_600_000_000), ("new", LATER)]);
    get(&tools, &["--hub", &hub.url()]).exits(0);
    assert_eq!(tools.az_calls().len(), 2);
}

#[test]
fn a_refused_token_is_not_renewed() {
    let hub = hub(&["another"]);
    let tools = Tools::az("az");
    let shown = failed(get(&tools, &["--hub", &hub.url(), "--retries", "3"]), 5);
    assert!(shown.contains("not authorised"), "{shown}");
    assert_eq!(tools.az_calls().len(), 1);
    assert_eq!(hub.journal().len(), 1);
}

/// The printed status command names no hub: the ledger holds it.
#[test]
fn status_signs_in_to_the_tasks_hub() {
    let hub = hub(&["az"]);
    let (tools, state) = (Tools::az("az"), tempfile::tempdir().unwrap());
    let command = |args: String| {
        edgelogs(args)
            .env("PATH", tools.path().to_str().unwrap())
            .env("XDG_STATE_HOME", state.path().to_str().unwrap())
    };
    let upload = format!(
        "upload -d press-07 --sas {SAS} --no-wait --hub {}",
        hub.url()
    );
    let ran = command(upload).exits(0);
    // A recorded hub is taken for one of Azure, which is called with TLS; this one has none.
    let ran = command(format!("status {} -v --retries 0", ran.stdout.trim())).exits(6);
    ran.assert_stderr("sign-in: Azure CLI");
}

#[test]
fn many_devices_share_one_token() {
    let hub = hub(&["az"]);
    let tools = Tools::az("az");
    let devices: Vec<String> = (0..20).map(|number| format!("d{number}")).collect();
    let mut args = vec!["--hub".to_owned(), hub.url()];
    for device in &devices {
        args.extend(["-d".to_owned(), device.clone()]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    // None of them exists, and each is called; then the hub is asked which there are.
    failed(get(&tools, &args), 3);
    assert_eq!(hub.journal().len(), 21);
    assert_eq!(tools.az_calls().len(), 1);
}

#[test]
fn an_incomplete_identity_never_falls_back_to_az() {
    let hub = hub(&["az"]);
    let tools = Tools::az("az");
    for (pairs, words) in [
        (
            &[("AZURE_CLIENT_SECRET", CLIENT_SECRET)][..],
            "AZURE_CLIENT_SECRET is set, but AZURE_TENANT_ID is not",
        ),
        (
            &[("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c")],
            "neither AZURE_CLIENT_SECRET nor AZURE_FEDERATED_TOKEN_FILE is",
        ),
        (
            &[
                ("AZURE_TENANT_ID", "t"),
                ("AZURE_CLIENT_ID", "c"),
                ("AZURE_CLIENT_CERTIFICATE_PATH", "/cert.pem"),
            ],
            "signing in with a client certificate is not supported",
        ),
        (
            &[
                ("AZURE_TENANT_ID", CLIENT_SECRET),
                ("AZURE_CLIENT_ID", "c"),
                ("AZURE_CLIENT_SECRET", "t"),
            ],
            "AZURE_TENANT_ID is not a tenant id",
        ),
    ] {
        let command = get(&tools, &["--hub", &hub.url(), "-vv"]).envs(pairs);
        let shown = failed(command, 2);
        assert!(shown.contains(words), "{shown}");
        assert!(shown.contains("  hint: "), "{shown}");
    }
    assert!(tools.az_calls().is_empty());
    assert_eq!(hub.journal().len(), 0);
}

#[test]
fn a_missing_federated_token_ends_the_chain() {
    let hub = hub(&["az"]);
    let tools = Tools::az("az");
    let command = get(&tools, &["--hub", &hub.url()])
        .env("AZURE_FEDERATED_TOKEN_FILE", "/nowhere/token")
        .env("AZURE_TENANT_ID", "t")
        .env("AZURE_CLIENT_ID", "c");
    assert_snapshot!("no-federated-token", failed(command, 5));
    assert!(tools.az_calls().is_empty());
}
