//! Settings files with errors: what is refused, and what is only warned about.

use insta::assert_snapshot;

use super::{Home, set_mode};
use crate::common::samples::SAS;
use crate::common::{Ran, edgelogs};

/// Exit 2, and the words that tell where.
fn refused(settings: &str, args: &[&str]) -> Ran {
    let home = Home::with(settings);
    let ran = home.run(args);
    assert_eq!(ran.code, 2, "{settings}: {}", ran.stderr);
    assert_eq!(ran.stdout, "", "{settings}");
    ran.assert_stderr_starts("error: ");
    assert!(
        ran.stderr.contains("config.toml`"),
        "{settings}: {}",
        ran.stderr
    );
    ran
}

#[test]
fn invalid_values_are_reported_with_file_profile_and_key() {
    for (key, value) in [
        ("hub", "\"a b\""),
        ("hub", "\"http://10.0.0.1\""),
        ("auth", "\"magic\""),
        ("connection-string-file", "\"-\""),
        ("connection-string-command", "\"\""),
        ("device", "[1.5]"),
        ("device", "{ id = \"x\" }"),
        ("concurrency", "0"),
        ("rate", "-1"),
        ("max-devices", "\"many\""),
        ("tail", "-3"),
        ("tail", "\"all\""),
        ("tail", "1.5"),
        ("since", "\"last week\""),
        ("loglevel", "\"loud\""),
        ("encoding", "\"zip\""),
        ("content-type", "\"xml\""),
        ("sas", "\"-\""),
        ("sas", "\"@-\""),
        ("timeout", "\"301s\""),
        ("timeout", "30"),
        ("connect-timeout", "\"301s\""),
        ("retries", "\"x\""),
        ("wait-timeout", "\"soon\""),
        ("interval", "\"0s\""),
        ("output", "\"xml\""),
        ("prefix", "\"sometimes\""),
    ] {
        let settings = format!("default-profile = \"a\"\n[profiles.a]\n# here\n{key} = {value}\n");
        let ran = refused(&settings, &["get", "-d", "x", "--dry-run"]);
        let first = format!("error: `{key}` in profile `a` in `");
        ran.assert_stderr_starts(&first);
        ran.assert_stderr("cause: line 4: ");
    }
}

#[test]
fn malformed_files_are_refused() {
    for (settings, word) in [
        ("tail = ", "is not TOML"),
        ("[profiles", "is not TOML"),
        ("tail = 1\ntail = 2", "is not TOML"),
        (
            "default-profile = \"b\"\n[profiles.a]\n",
            "is not the name of a profile",
        ),
        (
            "default-profile = 1\n[profiles.a]\n",
            "is not the name of a profile",
        ),
        (
            "default-profile = \"a\"\n[profiles]\na = 1\n",
            "is not a table",
        ),
        (
            "connection-string-file = \"x\"\nconnection-string-command = \"y\"\n",
            "has both",
        ),
    ] {
        let ran = refused(settings, &["get", "-d", "x", "--dry-run"]);
        assert!(ran.stderr.contains(word), "{settings}: {}", ran.stderr);
    }
}

#[test]
fn an_unknown_profile_is_refused_with_the_known_ones() {
    let settings = "[profiles.plant-a]\n[profiles.plant-b]\n";
    let ran = refused(settings, &["get", "-p", "plant-c", "--dry-run"]);
    ran.assert_stderr("plant-a, plant-b");
    let ran = Home::new().run(["get", "-p", "plant-a", "--dry-run"]);
    assert_eq!(ran.code, 2);
    ran.assert_stderr("does not exist");
    let ran = Home::with(settings).run(["get", "-p", "plant-a", "--config", "none"]);
    assert_eq!(ran.code, 2);
}

#[test]
fn a_given_file_must_exist() {
    let home = Home::new();
    for args in [
        &["get", "-d", "x", "--dry-run", "--config", "/nowhere/c.toml"][..],
        &["config", "show", "--config", "/nowhere/c.toml"],
        &["config", "use", "x", "--config", "/nowhere/c.toml"],
    ] {
        let ran = home.command(args).exits(2);
        ran.assert_stderr("/nowhere/c.toml");
    }
    let by_variable = home
        .command(["get", "-d", "x", "--dry-run"])
        .env("EDGELOGS_CONFIG", "/nowhere/c.toml");
    assert_eq!(by_variable.run().code, 2);
}

#[test]
fn an_unknown_key_is_refused_with_a_suggestion() {
    for (text, message, hint) in [
        (
            "[profiles.a]\ntial = 5\n",
            "`tial` in profile `a` in `",
            "did you mean `tail`?",
        ),
        (
            "default-profil = \"a\"\n[profiles.a]\n",
            "`default-profil` in `",
            "did you mean `default-profile`?",
        ),
        ("zzz = 1\n[profiles.a]\n", "`zzz` in `", ""),
    ] {
        let home = Home::with(text);
        for args in [
            &["get", "-p", "a", "--dry-run"][..],
            &["config", "show", "-p", "a"],
        ] {
            let ran = home.command(args).refused();
            ran.assert_stderr(message);
            ran.assert_stderr(", is not a setting");
            ran.assert_stderr(hint);
        }
    }
    // A profile that is not used may be for another version.
    let home = Home::with("[profiles.a]\ntail = 5\n[profiles.b]\nhubb = 1\n");
    home.command(["get", "-p", "a", "--dry-run"]).quiet();
}

#[test]
fn an_empty_name_of_the_file_is_refused_by_its_variable() {
    let home = Home::new();
    let ran = home.command(["get", "-d", "x", "--dry-run"]);
    let ran = ran.env("EDGELOGS_CONFIG", "").refused();
    ran.assert_stderr("the variable EDGELOGS_CONFIG is empty");
    ran.assert_no_stderr("--config");
}

#[test]
fn help_and_config_path_work_with_a_broken_file() {
    let home = Home::with("tail = ");
    for args in [
        &["--help"][..],
        &["get", "-h"],
        &["--version"],
        &["config", "path"],
    ] {
        home.quietly(args);
    }
}

#[test]
fn status_refuses_a_broken_file_because_it_may_call_a_hub() {
    let home = Home::with("tail = ");
    assert_eq!(home.run(["status"]).code, 2);
}

#[cfg(feature = "device")]
#[test]
fn local_ignores_a_broken_file() {
    let home = Home::with("tail = ");
    let ran = home
        .command(["get", "-m", "edgeAgent", "--tail", "1", "--local"])
        .exits(0);
    ran.assert_stderr_starts("warning: ignoring the settings file: `");
    // A typed profile is still used.
    let typed = ["get", "--local", "-p", "a"];
    assert_eq!(home.run(typed).code, 2);
}

#[cfg(feature = "device")]
#[test]
fn local_ignores_hub_and_devices_of_the_profile() {
    let home = Home::with(
        "hub = \"plant-a\"\nconnection-string-command = \"exit 1\"\ndevice = [\"x\", \"y\"]\ntail = 2\n",
    );
    let lines = home.quietly(["get", "-m", "edgeAgent", "--local"]);
    assert_eq!(lines.lines().count(), 2, "{lines}");
}

#[cfg(unix)]
#[test]
fn files_readable_by_others_are_warned_about_once_with_the_chmod_command() {
    let home = Home::with("connection-string-file = \"~/hub.txt\"\n");
    let secret = home.write("hub.txt", "no connection string", 0o640);
    set_mode(&home.settings_path(), 0o644);
    let ran = home.run(["get", "-d", "x"]);
    let (path, secret) = (home.settings_path(), secret.display());
    let path = path.display();
    let warnings: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("warning: "))
        .collect();
    assert_eq!(
        warnings,
        [
            format!("warning: `{path}` is readable by others; run: chmod 600 {path}"),
            format!("warning: `{secret}` is readable by others; run: chmod 600 {secret}"),
        ]
    );
    set_mode(&home.settings_path(), 0o620);
    let ran = home.run(["config", "show"]);
    ran.assert_stderr("is writable by others");
}

#[cfg(unix)]
#[test]
fn a_sas_readable_by_others_is_warned_about_when_used() {
    let home = Home::with("sas = \"@~/sas.txt\"\n");
    let file = home.write("sas.txt", SAS, 0o644);
    let path = file.display();
    assert_eq!(
        home.run(["upload", "--dry-run"]).stderr,
        format!("warning: `{path}` is readable by others; run: chmod 600 {path}\n")
    );
    home.quietly(["get", "--dry-run"]);
    home.quietly(["upload", "--dry-run", "-q", "--sas", SAS]);
}

#[test]
fn settings_errors_match_their_snapshots() {
    for (name, settings, args) in [
        (
            "bad-value",
            "default-profile = \"a\"\n[profiles.a]\ntail = \"all\"\n",
            &["get", "-d", "x"][..],
        ),
        (
            "bad-choice",
            "[profiles.a]\nencoding = \"zip\"\n",
            &["get", "-d", "x", "-p", "a"],
        ),
        (
            "unknown-profile",
            "[profiles.plant-a]\n[profiles.plant-b]\n",
            &["get", "-d", "x", "-p", "plnt-a"],
        ),
        ("not-toml", "[profiles.a]\ntail == 5\n", &["get", "-d", "x"]),
        (
            "literal-secret",
            "[profiles.a]\nconnection-string = \"HostName=h;SharedAccessKeyName=p;SharedAccessKey=c2VjcmV0\"\n",
            &["config", "show"],
        ),
        (
            "failing-command",
            "connection-string-command = \"echo 'please run pass init' >&2; exit 3\"\n",
            &["get", "-d", "x"],
        ),
        (
            "profile-exists",
            "[profiles.plant-a]\n",
            &["config", "init", "plant-a", "--hub", "h"],
        ),
    ] {
        let home = Home::with(settings);
        assert_snapshot!(name, home.shown(&home.run(args)));
    }
}

#[test]
fn config_none_has_no_path() {
    // The system's list of users names the home folder then, as it does for any other tool.
    let ran = edgelogs("config path --config none").exits(2);
    ran.assert_stderr("choose one with --config FILE");
}

#[test]
fn the_config_init_hint_repeats_name_and_file() {
    let home = Home::with("[profiles.a]\nhub = \"h\"\n");
    let other = home.write("other.toml", "[profiles.a]\nhub = \"h\"\n", 0o600);
    let other = other.to_str().expect("a path");
    for args in [
        &["config", "use", "nope", "--config", other][..],
        &["-p", "nope", "--config", other, "devices", "--hub", "h"],
    ] {
        let ran = home.command(args).exits(2);
        let hint = format!("hint: create it with: edgelogs config init nope --config {other}\n");
        ran.assert_stderr_ends(&hint);
    }
    for name in ["my plant", "-x"] {
        let ran = home
            .command([&format!("--profile={name}"), "devices"])
            .exits(2);
        ran.assert_stderr(format!("`{name}`"));
        ran.assert_no_stderr("config init");
    }
    let ran = home.run(["config", "init", "b", "--hub", "h", "--config", other]);
    let note = format!("note: check it with: edgelogs doctor -p b --config {other}\n");
    ran.assert_stderr_ends(&note);
}

#[test]
fn a_profile_that_a_command_does_not_use_is_refused() {
    let home = Home::with("[profiles.a]\ntail = 5\n[profiles.b]\n");
    for args in [
        &["config", "use", "a", "-p", "b"][..],
        &["config", "path", "-p", "a"],
        &["config", "profiles", "-p", "a"],
        &["config", "init", "c", "-p", "a", "--hub", "h"],
    ] {
        home.command(args).refused().assert_stderr("--profile");
    }
}

#[test]
fn a_setting_may_be_written_with_underscores() {
    let home = Home::with("default_profile = \"a\"\n[profiles.a]\nmax_devices = 7\n");
    let shown = home.command(["config", "show"]).exits(0);
    shown.assert_stdout("\nprofile\ta\t");
    shown.assert_stdout("\nmax-devices\t7\t");
    let home = Home::with("max_devices = 7\nmax-devices = 8\n");
    home.command(["config", "show"])
        .refused()
        .assert_stderr("line 2");
}
