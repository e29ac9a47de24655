//! `config show` and `config profiles`: values with their origins.

use insta::assert_snapshot;
use serde_json::Value;

use super::Home;
use crate::common::{Edgelogs, edgelogs};

const SETTINGS: &str = "\
default-profile = \"plant-a\"
timeout = \"45s\"
[profiles.plant-a]
hub = \"plant-a-hub\"
auth = \"entra\"
device = [\"press-07\", \"press-08\"]
tail = 200
[profiles.plant-b]
connection-string-file = \"~/.secrets/plant-b\"
sas = \"@sas.txt\"
[profiles.plant-c]
connection-string-command = \"pass show plant-c\"
";

fn rows(command: Edgelogs) -> Vec<Value> {
    let ran = command.quiet();
    ran.json_lines()
}

/// Value and origin of a key.
fn row(rows: &[Value], key: &str) -> (Value, String) {
    let row = rows.iter().find(|row| row["key"] == key);
    let row = row.unwrap_or_else(|| panic!("no row {key}"));
    let origin = row["origin"].as_str().expect("an origin").to_owned();
    (row["value"].clone(), origin)
}

#[test]
fn settings_are_shown_with_their_origin() {
    let home = Home::with(SETTINGS);
    assert_snapshot!("config-show", home.shown(&home.run(["config", "show"])));
}

#[test]
fn profiles_are_listed_with_hub_and_default() {
    let home = Home::with(SETTINGS);
    assert_snapshot!(
        "config-profiles",
        home.shown(&home.run(["config", "profiles"]))
    );
    assert_eq!(
        home.quietly(["config", "profiles", "-o", "text"]),
        "plant-a\nplant-b\nplant-c\n"
    );
    let none = Home::new().run(["config", "profiles"]);
    assert_eq!(
        (none.code, none.stdout.as_str()),
        (0, "NAME\tHUB\tDEFAULT\n")
    );
    none.assert_stderr("config init");
}

#[test]
fn origins_name_flag_variable_profile_file_or_built_in() {
    let home = Home::with(SETTINGS);
    let of_file = format!("`{}`", home.settings_path().display());
    let of_b = format!("profile `plant-b` in {of_file}");
    let command = home
        .command(["config", "show", "-p", "plant-b", "-o", "jsonl"])
        .env("EDGELOGS_DEVICE", "x");
    let rows = rows(command);
    assert_eq!(
        row(&rows, "profile"),
        ("plant-b".into(), "--profile".to_owned())
    );
    assert_eq!(
        row(&rows, "device"),
        ("x".into(), "EDGELOGS_DEVICE".to_owned())
    );
    assert_eq!(row(&rows, "timeout"), ("45s".into(), of_file));
    assert_eq!(row(&rows, "retries"), ("3".into(), "built-in".to_owned()));
    assert_eq!(row(&rows, "hub"), (Value::Null, "not set".to_owned()));
    let file = home.path(".secrets/plant-b").display().to_string();
    assert_eq!(row(&rows, "connection-string-file"), (file.into(), of_b));
    let sas = format!("@{}", home.path(".config/edgelogs/sas.txt").display());
    assert_eq!(row(&rows, "sas").0, sas);
}

#[test]
fn typed_flags_are_shown_as_origin() {
    let home = Home::with("color = \"never\"\nutc = false\n");
    let of_file = format!("`{}`", home.settings_path().display());
    let show = |args: &[&str]| {
        let args = [&["config", "show", "-o", "jsonl"], args].concat();
        rows(home.command(&args))
    };
    let shown = show(&["--color", "always", "--utc"]);
    assert_eq!(
        row(&shown, "color"),
        ("always".into(), "--color".to_owned())
    );
    assert_eq!(row(&shown, "utc"), ("true".into(), "--utc".to_owned()));
    assert_eq!(
        row(&shown, "output"),
        ("jsonl".into(), "--output".to_owned())
    );
    let shown = show(&[]);
    assert_eq!(row(&shown, "color"), ("never".into(), of_file.clone()));
    assert_eq!(row(&shown, "utc"), ("false".into(), of_file));
}

#[test]
fn file_and_profile_are_shown_with_their_origin() {
    let home = Home::with(SETTINGS);
    let path = home.write("other.toml", SETTINGS, 0o600);
    let path = path.to_str().expect("a path");
    let show = |args: &[&str], variable: &str, value: &str| {
        let args = [&["config", "show", "-o", "jsonl"], args].concat();
        rows(home.command(&args).env(variable, value))
    };
    let shown = show(&["--config", path], "EDGELOGS_PROFILE", "plant-c");
    assert_eq!(row(&shown, "config"), (path.into(), "--config".to_owned()));
    assert_eq!(
        row(&shown, "profile"),
        ("plant-c".into(), "EDGELOGS_PROFILE".to_owned())
    );
    let shown = show(&[], "EDGELOGS_CONFIG", path);
    assert_eq!(row(&shown, "config").1, "EDGELOGS_CONFIG");
    assert_eq!(
        row(&shown, "profile").1,
        format!("default-profile in `{path}`")
    );
    let shown = show(&["--config", "none"], "EDGELOGS_CONFIG", path);
    assert_eq!(row(&shown, "config"), (Value::Null, "--config".to_owned()));
    assert_eq!(row(&shown, "tail"), (Value::Null, "not set".to_owned()));
}

#[test]
fn a_connection_string_variable_replaces_the_profiles_hub_and_shows_only_its_host() {
    let home = Home::with(SETTINGS);
    let connection =
        "HostName=other.azure-devices.net;SharedAccessKeyName=p;SharedAccessKey=c2VjcmV0";
    let command = home
        .command(["config", "show", "-o", "jsonl"])
        .env("IOTHUB_CONNECTION_STRING", connection)
        .env("EDGELOGS_SAS", "https://a/c?sig=c2VjcmV0");
    let rows = rows(command);
    assert_eq!(
        row(&rows, "connection-string"),
        (
            "of other.azure-devices.net".into(),
            "IOTHUB_CONNECTION_STRING".to_owned()
        )
    );
    assert_eq!(row(&rows, "hub").0, Value::Null);
    assert_eq!(
        row(&rows, "sas"),
        ("REDACTED".into(), "EDGELOGS_SAS".to_owned())
    );
    assert!(!format!("{rows:?}").contains("c2VjcmV0"));
}

#[test]
fn the_help_of_config_matches_its_snapshot() {
    assert_snapshot!("help-config", edgelogs("config --help").run().stdout);
    assert_snapshot!(
        "help-config-init",
        edgelogs("config init --help").run().stdout
    );
}
