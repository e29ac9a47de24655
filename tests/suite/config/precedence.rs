//! Which value is used: flag, variable, profile, top level of the file, or the built-in one.

use serde_json::{Value, json};

use super::{Home, first_request};
use crate::common::samples::hub_with;

fn tail(request: &Value) -> &Value {
    &request["payload"]["items"][0]["filter"]["tail"]
}

/// The container of an upload, without query and signature.
fn container(request: &Value) -> String {
    let url = request["payload"]["sasUrl"].as_str().expect("a URL");
    url.split('?').next().expect("a path").to_owned()
}

fn sas(container: &str) -> String {
    format!(
        "https://acct.blob.core.windows.net/{container}?sv=2025-01-05&sr=c&sp=acw&se=2126-01-01&sig=c2VjcmV0LXNpZ25hdHVyZS1vZi10aGlydHktdHdvLWI%3D"
    )
}

#[test]
fn flags_override_the_profile_which_overrides_the_top_level() {
    let home = Home::with(
        "default-profile = \"a\"\ntail = 3\nsince = \"5h\"\n\
         [profiles.a]\ntail = 200\n[profiles.b]\n",
    );
    let get = |args: &[&str]| home.request([&["get", "-m", "m"], args].concat());
    // Two entries more than the tail are asked for.
    assert_eq!(tail(&get(&["--tail", "7"])), 9);
    assert_eq!(tail(&get(&[])), 202);
    assert_eq!(tail(&get(&["-p", "b"])), 5);
    assert_eq!(tail(&get(&["--config", "none"])), &Value::Null);
    assert_eq!(get(&[])["payload"]["items"][0]["filter"]["since"], "5h");
}

#[test]
fn variables_rank_between_flags_and_profile() {
    let home = Home::with("[profiles.a]\nsas = \"@sas.txt\"\n");
    home.write(".config/edgelogs/sas.txt", &sas("of-profile"), 0o600);
    let upload = |args: &[&str], variable: &str| {
        let args = [&["upload", "-p", "a", "--dry-run"], args].concat();
        let command = home.command(&args).env("EDGELOGS_SAS", variable);
        container(&first_request(command))
    };
    let base = "https://acct.blob.core.windows.net/";
    let variable = sas("of-variable");
    assert_eq!(
        upload(&["--sas", &sas("of-flag")], &variable),
        format!("{base}of-flag")
    );
    // A profile that was typed counts as a flag.
    assert_eq!(upload(&[], &variable), format!("{base}of-profile"));
    let of_file = "default-profile = \"a\"\n[profiles.a]\nsas = \"@sas.txt\"\n";
    home.write(".config/edgelogs/config.toml", of_file, 0o600);
    let command = home
        .command("upload --dry-run")
        .env("EDGELOGS_SAS", &variable);
    assert_eq!(
        container(&first_request(command)),
        format!("{base}of-variable")
    );
    let of_profile = home.request(["upload"]);
    assert_eq!(container(&of_profile), format!("{base}of-profile"));
}

#[test]
fn the_profile_is_chosen_by_flag_then_variable_then_file() {
    let home = Home::with(
        "default-profile = \"a\"\n[profiles.a]\ntail = 1\n[profiles.b]\ntail = 2\n[profiles.c]\ntail = 3\n",
    );
    let get = |args: &[&str], variable: &str| {
        let args = [&["get", "-m", "m", "--dry-run"], args].concat();
        let command = home.command(&args).env("EDGELOGS_PROFILE", variable);
        tail(&first_request(command)).clone()
    };
    assert_eq!(get(&["-p", "c"], "b"), 5);
    assert_eq!(get(&[], "b"), 4);
    assert_eq!(get(&[], ""), 3, "a variable that is empty is none");
}

#[test]
fn loglevel_only_replaces_a_configured_loglevel() {
    let home = Home::with("loglevel = \"warning\"\n");
    let with_profile = home.request(["get", "-m", "m", "--loglevel-only", "debug"]);
    let alone = home.request("get -m m --loglevel-only debug --config none");
    assert_eq!(with_profile, alone);
    assert_ne!(alone, home.request(["get", "-m", "m"]));
}

#[test]
fn switches_and_global_flags_can_be_configured() {
    let hub = hub_with("press-07");
    let home = Home::with_hub(
        &hub,
        "connection-string-file = \"~/hub.txt\"\ndevice = \"press-07\"\ntail = 1\n\
         [profiles.a]\ntimestamps = true\ncolor = \"always\"\n",
    );
    let plain = home.quietly(["get", "-m", "edgeHub"]);
    let stamped = home.quietly(["get", "-m", "edgeHub", "-p", "a", "--color", "never"]);
    assert!(
        stamped.len() > plain.len() && stamped.ends_with(&plain),
        "{stamped}"
    );
    let error = |args: &[&str]| home.run([&["get", "--since", "x"], args].concat()).stderr;
    assert!(error(&["-p", "a"]).contains('\u{1b}'));
    assert!(!error(&[]).contains('\u{1b}'));
}

#[test]
fn settings_apply_to_every_command_with_the_flag() {
    let home = Home::with("timeout = \"45s\"\nencoding = \"none\"\nsince = \"2h\"\nsas = \"@s\"\n");
    home.write(".config/edgelogs/s", &sas("logs"), 0o600);
    assert_eq!(home.request(["get"])["payload"]["encoding"], "none");
    assert_eq!(home.request(["upload"])["payload"]["encoding"], "none");
    assert_eq!(home.request(["bundle"])["payload"]["since"], "2h");
}

#[test]
fn a_configured_format_applies_only_where_it_is_supported() {
    let home = Home::with("output = \"jsonl\"\n[profiles.a]\noutput = \"raw\"\n");
    // `status` lists tasks; without any it prints nothing.
    assert_eq!(home.run(["status"]).stdout, "");
    // A list has no raw format, so it keeps its default.
    let list = home.run(["status", "-p", "a"]).stdout;
    assert!(list.starts_with("TIME\t"), "{list}");
}

#[test]
fn devices_of_a_profile_are_used_when_nothing_else_selects() {
    let home = Home::with("[profiles.a]\ndevice = [\"x\", \"y\"]\n[profiles.b]\ndevice = \"z\"\n");
    let ids = home.write("ids", "w\n", 0o600);
    let devices = |args: &[&str]| home.request([&["get"], args].concat())["devices"].clone();
    assert_eq!(devices(&["-p", "a"]), json!(["x", "y"]));
    assert_eq!(devices(&["-p", "b"]), json!(["z"]));
    assert_eq!(devices(&["-p", "a", "-d", "v"]), json!(["v"]));
    assert_eq!(
        devices(&["-p", "a", "--devices-from", ids.to_str().expect("a path")]),
        json!(["w"])
    );
    assert_eq!(devices(&["-p", "a", "--where", "true"]), json!([]));
    let with_variable = |args: &str| {
        let command = home.command(args).env("EDGELOGS_DEVICE", "u");
        first_request(command)["devices"].clone()
    };
    assert_eq!(with_variable("get -p a --dry-run"), json!(["x", "y"]));
    assert_eq!(with_variable("get --dry-run"), json!(["u"]));
}

#[test]
fn a_profile_supplies_hub_device_and_tail_of_a_get() {
    let hub = hub_with("press-07");
    let home = Home::with(
        "default-profile = \"plant-a\"\n[profiles.plant-a]\n\
         connection-string-file = \"hub.txt\"\ndevice = \"press-07\"\ntail = 2\n",
    );
    home.write(".config/edgelogs/hub.txt", &hub.connection_string(), 0o600);
    let lines = home.quietly(["get", "-m", "edgeHub"]);
    assert_eq!(lines.lines().count(), 2, "{lines}");
    assert_eq!(hub.calls("GetModuleLogs")[0].device, "press-07");
}

#[test]
fn a_profile_reads_the_sas_of_an_upload_from_a_file() {
    let hub = hub_with("press-07");
    let home = Home::with_hub(
        &hub,
        "[profiles.a]\nconnection-string-file = \"~/hub.txt\"\ndevice = \"press-07\"\nsas = \"@~/sas.txt\"\n",
    );
    home.write("sas.txt", &sas("logs"), 0o600);
    let ran = home
        .command(["upload", "-p", "a", "--interval", "100ms", "-vv"])
        .exits(0);
    ran.assert_no_stderr("c2VjcmV0");
    let payload = hub.calls("UploadModuleLogs")[0].payload.clone();
    assert!(
        payload
            .to_string()
            .contains("sig=c2VjcmV0LXNpZ25hdHVyZS1vZi10aGlydHktdHdvLWI%3D"),
        "{payload}"
    );
}

#[test]
fn a_hub_in_the_environment_overrides_a_profile_that_was_not_typed() {
    let (of_profile, of_environment) = (hub_with("press-07"), hub_with("press-07"));
    let home = Home::with_hub(
        &of_profile,
        "default-profile = \"a\"\n[profiles.a]\nconnection-string-file = \"~/hub.txt\"\n\
         device = \"press-07\"\n",
    );
    let get = |args: &[&str]| {
        let args = [&["get", "-m", "edgeHub"], args].concat();
        let command = home.command(&args).on(&of_environment);
        let ran = command.exits(0);
        ran.stderr
    };
    assert_eq!(get(&[]), "");
    assert!(of_profile.journal().is_empty());
    assert!(!of_environment.journal().is_empty());
    of_environment.clear_journal();
    assert_eq!(get(&["-p", "a"]), "");
    assert!(!of_profile.journal().is_empty());
    assert!(of_environment.journal().is_empty());
    // A flag overrides both.
    of_profile.clear_journal();
    let flag = home.path("hub.txt");
    let told = get(&["--connection-string-file", flag.to_str().expect("a path")]);
    assert_eq!(told, "");
    assert!(!of_profile.journal().is_empty());
}

#[test]
fn an_error_about_a_configured_value_names_its_file() {
    let home = Home::with("since = \"1h\"\n");
    let ran = home.command(["get", "--until", "2h", "--dry-run"]).exits(2);
    ran.assert_stderr("note: `since` is 1h in `");
}

#[test]
fn the_status_hint_repeats_the_typed_profile() {
    let hub = hub_with("press-07");
    let home = Home::with_hub(
        &hub,
        "[profiles.a]\nconnection-string-file = \"~/hub.txt\"\n",
    );
    let url = sas("logs");
    let args = format!("upload -p a -d press-07 --sas {url} --no-wait");
    let ran = home.command(args).exits(0);
    let id = ran.stdout.trim();
    let told = format!("edgelogs status {id} --wait --device press-07 -p a\n");
    ran.assert_stderr_ends(&told);
    home.quietly(["status", id, "--wait", "--device", "press-07", "-p", "a"]);
}
