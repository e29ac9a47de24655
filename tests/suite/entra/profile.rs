//! A profile names the hub and the sign-in method, unless a flag or a variable does.

use tempfile::NamedTempFile;

use super::{Tools, failed, get, hub, signed_in};
use crate::common::Edgelogs;

/// A settings file with the profile `a`, for its owner alone.
fn settings(lines: &str) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    let text = format!("default-profile = \"a\"\n[profiles.a]\n{lines}\n");
    std::fs::write(file.path(), text).unwrap();
    file
}

fn get_with(file: &NamedTempFile, tools: &Tools, args: &[&str]) -> Edgelogs {
    get(tools, args).env("EDGELOGS_CONFIG", file.path().to_str().unwrap())
}

#[test]
fn a_profile_names_the_hub_and_entra_signs_in() {
    let hub = hub(&["az"]);
    for auth in ["", "auth = \"auto\"", "auth = \"entra\""] {
        let file = settings(&format!("hub = \"{}\"\n{auth}", hub.url()));
        signed_in(get_with(&file, &Tools::az("az"), &["-v"]), "Azure CLI");
    }
    let file = settings(&format!("hub = \"{}\"\nauth = \"sas\"", hub.url()));
    let error = failed(get_with(&file, &Tools::az("az"), &[]), 2);
    assert!(error.contains("needs a connection string"), "{error}");
}

#[test]
fn the_profiles_key_is_used_unless_entra_is_requested() {
    let hub = hub(&["az"]);
    let folder = tempfile::tempdir().unwrap();
    let (key, mark) = (folder.path().join("key"), folder.path().join("ran"));
    std::fs::write(&key, format!("{}\n", hub.connection_string())).unwrap();
    // `PATH` has no `cat`.
    let command = format!(
        "read -r line < '{key}'; echo \\\"$line\\\"; : > '{mark}'",
        key = key.display(),
        mark = mark.display()
    );
    let file = settings(&format!(
        "hub = \"{}\"\nconnection-string-command = \"{command}\"",
        hub.url()
    ));
    let tools = Tools::az("az");
    signed_in(
        get_with(&file, &tools, &["-v", "--auth", "entra"]),
        "Azure CLI",
    );
    assert!(!mark.exists(), "nobody asked for the key");
    let calls = tools.az_calls().len();
    get_with(&file, &tools, &[]).exits(0);
    assert!(mark.exists());
    assert_eq!(tools.az_calls().len(), calls);
}

#[test]
fn a_typed_hub_replaces_hub_and_auth_of_the_profile() {
    let (of_profile, typed) = (hub(&["az"]), hub(&["az"]));
    let file = settings(&format!("hub = \"{}\"\nauth = \"sas\"", of_profile.url()));
    let args = ["-v", "--hub", &typed.url()];
    signed_in(get_with(&file, &Tools::az("az"), &args), "Azure CLI");
    assert!(of_profile.journal().is_empty());
    assert!(!typed.journal().is_empty());
}

#[test]
fn a_typed_profile_overrides_the_environments_hub() {
    let (of_profile, other) = (hub(&["az"]), hub(&["az"]));
    let file = settings(&format!("hub = \"{}\"", of_profile.url()));
    let get = |args: &[&str], url: &str| {
        let tools = Tools::az("az");
        let ran = get_with(&file, &tools, args)
            .env("EDGELOGS_HUB", url)
            .exits(0);
        ran.stderr
    };
    assert_eq!(get(&["-p", "a"], &other.url()), "");
    assert!(!of_profile.journal().is_empty() && other.journal().is_empty());
    of_profile.clear_journal();
    assert_eq!(get(&[], &other.url()), "", "nobody typed the profile");
    assert!(of_profile.journal().is_empty());
    assert_eq!(
        get(&["-p", "a"], &of_profile.url()),
        "",
        "it is the same hub"
    );
}

#[test]
fn a_profile_that_names_two_hubs_is_refused() {
    let (one, other) = (hub(&["az"]), hub(&["az"]));
    let key = NamedTempFile::new().unwrap();
    std::fs::write(key.path(), other.connection_string()).unwrap();
    let file = settings(&format!(
        "hub = \"{}\"\nconnection-string-file = \"{}\"",
        one.url(),
        key.path().display()
    ));
    let error = failed(get_with(&file, &Tools::az("az"), &[]), 2);
    assert!(error.contains("`hub` of profile `a` in `"), "{error}");
    assert!(error.contains("is for hub `"), "{error}");
    assert!(one.journal().is_empty() && other.journal().is_empty());
}
