//! `config init`, `use` and `path`.

use std::fs;

use insta::assert_snapshot;
use serde_json::json;

use super::{Home, set_mode};
use crate::common::edgelogs;
#[cfg(unix)]
use crate::common::samples::mode;

#[test]
fn init_writes_a_commented_file_and_prints_its_path() {
    let home = Home::new();
    let ran = home
        .command("config init plant-a --hub plant-a-hub --auth entra --set tail=200")
        .exits(0);
    assert_eq!(ran.stdout, format!("{}\n", home.settings_path().display()));
    assert_eq!(ran.stderr, "note: check it with: edgelogs doctor\n");
    assert_snapshot!("new-file", home.settings());
    #[cfg(unix)]
    {
        assert_eq!(mode(&home.settings_path()), 0o600);
        assert_eq!(mode(&home.path(".config/edgelogs")), 0o700);
    }
    let request = home.request(["get", "-m", "m"]);
    assert_eq!(request["payload"]["items"][0]["filter"]["tail"], 202);
}

#[test]
fn init_without_a_hub_says_that_one_is_missing() {
    let home = Home::new();
    let ran = home.command(["config", "init"]).exits(0);
    ran.assert_stderr_starts("note: set the hub in `");
    assert!(home.settings().contains("[profiles.default]\n# hub = "));
    home.quietly(["config", "show"]);
}

#[test]
fn init_accepts_the_name_as_argument_or_flag() {
    let home = Home::new();
    let named = |args: &[&str]| {
        home.command([&["config", "init", "--hub", "h"], args].concat())
            .exits(0);
        home.quietly(["config", "profiles", "-o", "text"])
    };
    assert_eq!(named(&["-p", "a"]), "a\n");
    assert_eq!(named(&["b"]), "a\nb\n");
    assert_eq!(named(&[]), "a\nb\ndefault\n");
}

#[test]
fn init_appends_a_profile_and_keeps_the_rest() {
    let before =
        "# mine\ndefault-profile = \"a\" # stays\n\n[profiles.a] # first\ntail = 1 # one\n";
    let home = Home::with(before);
    let ran = home.command("config init b --hub b-hub -d x -d y").exits(0);
    assert_eq!(ran.stderr, "note: check it with: edgelogs doctor -p b\n");
    let after = home.settings();
    let added = after.strip_prefix(before).expect("what was there");
    assert!(
        added.starts_with("\n[profiles.b]\nhub = \"b-hub\"\ndevice = [\"x\", \"y\"]\n"),
        "{added}"
    );
    assert_eq!(
        home.request(["get", "-p", "b"])["devices"],
        json!(["x", "y"])
    );
    assert_eq!(
        home.request(["get"])["payload"]["items"][0]["filter"]["tail"],
        3
    );
}

#[test]
fn init_makes_the_first_profile_the_default() {
    let home = Home::with("# only this\ntail = 5\n");
    home.run(["config", "init", "b", "--hub", "b-hub"]);
    let settings = home.settings();
    assert!(
        settings.starts_with("# only this\ntail = 5\n"),
        "{settings}"
    );
    assert!(settings.contains("default-profile = \"b\"\n"), "{settings}");
}

#[test]
fn init_replaces_a_profile_only_with_force() {
    let before = "[profiles.a]\ntail = 1\n\n# the other\n[profiles.b]\ntail = 2\n";
    let home = Home::with(before);
    home.command(["config", "init", "a", "--hub", "new"])
        .exits(2);
    assert_eq!(home.settings(), before);
    home.command(["config", "init", "a", "--hub", "new", "--force"])
        .exits(0);
    assert_eq!(
        home.settings(),
        "[profiles.a]\nhub = \"new\"\n\n# the other\n[profiles.b]\ntail = 2\n"
    );
}

#[test]
fn init_refuses_values_that_could_not_be_read_back() {
    let home = Home::new();
    for (args, word) in [
        ("'a b'", "is not a valid profile name"),
        ("a.b", "is not a valid profile name"),
        ("a --set tail=all", "is not a number of lines"),
        ("a --set tial=5", "did you mean `tail`?"),
        ("a --set tail", "is not KEY=VALUE"),
        ("a --hub x --set hub=y", "is given twice"),
        (
            "a --connection-string-command x --set connection-string-file=y",
            "the profile has both",
        ),
        ("a --auth magic", "auto, sas, entra"),
        ("a --hub http://10.0.0.1", "plain http"),
    ] {
        let ran = home.command(format!("config init {args}")).exits(2);
        assert!(ran.stderr.contains(word), "{args}: {}", ran.stderr);
        assert!(!home.settings_path().exists(), "{args}");
    }
}

#[test]
fn every_key_written_by_init_can_be_read_back() {
    for (key, value) in [
        ("concurrency", "4"),
        ("rate", "10"),
        ("max-devices", "5"),
        ("since", "1h"),
        ("loglevel", "3"),
        ("timeout", "60s"),
        ("connect-timeout", "10s"),
        ("retries", "0"),
        ("wait-timeout", "1h"),
        ("interval", "1s"),
        ("output", "json"),
        ("prefix", "always"),
        ("utc", "true"),
        ("timestamps", "true"),
        ("color", "never"),
        ("json-logs", "off"),
        ("sas", "@sas.txt"),
        ("ca-file", "ca.pem"),
    ] {
        let home = Home::new();
        let ran = home.run(format!("config init --hub h --set {key}={value}"));
        assert_eq!(ran.code, 0, "{key}: {}", ran.stderr);
        let shown = home.quietly(["config", "show"]);
        let row = shown
            .lines()
            .find(|line| line.starts_with(&format!("{key}\t")));
        let row = row.unwrap_or_else(|| panic!("{key} is not shown"));
        assert!(row.contains("profile `default` in"), "{row}");
        assert!(row.contains(value.trim_start_matches('@')), "{row}");
    }
}

#[test]
fn use_sets_the_default_and_keeps_comments() {
    let before = "# mine\n\ndefault-profile = \"a\" # today\n\n# first\n[profiles.a]\n\n[profiles.b] # second\n# end\n";
    let home = Home::with(before);
    let ran = home.command(["config", "use", "b"]).exits(0);
    assert_eq!(ran.stdout, "");
    assert_eq!(home.settings(), before.replace("\"a\"", "\"b\""));
    let ran = home.command(["config", "use", "c"]).exits(2);
    ran.assert_stderr("its profiles: a, b");
    let home = Home::with("[profiles.a]\n");
    assert_eq!(home.run(["config", "use", "a"]).code, 0);
    assert!(home.settings().contains("default-profile = \"a\"\n"));
    home.quietly(["config", "show"]);
}

#[test]
fn the_settings_file_is_in_the_systems_config_folder() {
    let path = |command: crate::common::Edgelogs| {
        let ran = command.exits(0);
        ran.stdout
    };
    let args = ["config", "path"];
    #[cfg(target_os = "linux")]
    {
        assert_eq!(
            path(edgelogs(args).env("HOME", "/home/me")),
            "/home/me/.config/edgelogs/config.toml\n"
        );
        assert_eq!(
            path(edgelogs(args).env("XDG_CONFIG_HOME", "/xdg")),
            "/xdg/edgelogs/config.toml\n"
        );
    }
    assert_eq!(
        path(edgelogs(args).env("EDGELOGS_CONFIG", "x.toml")),
        "x.toml\n"
    );
    assert_eq!(
        path(edgelogs("config path --config y.toml").env("EDGELOGS_CONFIG", "x.toml")),
        "y.toml\n"
    );
}

#[test]
fn init_and_use_write_the_given_file() {
    let home = Home::new();
    let path = home.path("deep/er/mine.toml");
    let named = path.to_str().expect("a path");
    let ran = home
        .command(["config", "init", "a", "--hub", "h", "--config", named])
        .exits(0);
    assert_eq!(ran.stdout.trim(), named);
    assert!(!home.settings_path().exists());
    assert_eq!(home.run(["config", "use", "a", "--config", named]).code, 0);
    assert_eq!(home.run(["config", "init", "--config", "none"]).code, 2);
}

#[cfg(unix)]
#[test]
fn editing_keeps_symlinks_and_permissions() {
    let home = Home::new();
    let real = home.write("dotfiles/edgelogs.toml", "[profiles.a]\n", 0o600);
    set_mode(&real, 0o400);
    let link = home.settings_path();
    fs::create_dir_all(link.parent().expect("a folder")).expect("a folder");
    std::os::unix::fs::symlink(&real, &link).expect("a link");
    assert_eq!(home.run(["config", "use", "a"]).code, 0);
    assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
    assert!(
        fs::read_to_string(&real)
            .expect("a file")
            .contains("default-profile")
    );
    assert_eq!(mode(&real), 0o400);
}

#[test]
fn init_splits_devices_at_blanks_and_lists_all_output_formats() {
    let home = Home::new();
    home.command(["config", "init", "y", "--set", "device=a  b,c"])
        .exits(0);
    assert!(home.settings().contains("device = [\"a\", \"b,c\"]"));
    home.command(["config", "set", "-p", "y", "device=d,e"])
        .exits(0);
    assert!(home.settings().contains("device = \"d,e\""));
    let ran = home
        .command(["config", "init", "c", "--set", "output=csv"])
        .exits(2);
    let cause = ran
        .stderr
        .lines()
        .find(|line| line.contains("possible values"));
    let cause = cause.unwrap_or_default();
    for value in ["text", "raw", "json", "jsonl", "table"] {
        assert!(cause.contains(value), "{cause}");
    }
}

#[test]
fn settings_are_set_and_removed_and_the_rest_of_the_file_stays() {
    let home = Home::with(
        "# mine\ndefault-profile = \"a\" # the plant\n\n[profiles.a]\n# how many\ntail = 5 # lines\n\n[profiles.b]\nhub = \"b\"\n",
    );
    let config = |args: &str| home.command(format!("config {args}").as_str());
    config("set tail=200 since=1h").exits(0);
    config("set -p b timeout=60s").exits(0);
    config("set --all-profiles output=raw").exits(0);
    let text = home.settings();
    assert_eq!(
        text,
        "# mine\ndefault-profile = \"a\" # the plant\noutput = \"raw\"\n\n[profiles.a]\n# how many\ntail = 200 # lines\nsince = \"1h\"\n\n[profiles.b]\nhub = \"b\"\ntimeout = \"60s\"\n"
    );
    config("unset tail since").exits(0);
    config("unset --all-profiles output").exits(0);
    let text = home.settings();
    assert!(!text.contains("tail") && !text.contains("raw"), "{text}");
    for (args, said) in [
        ("unset tail", "`tail` is not set in profile `a`"),
        ("unset tial", "did you mean `tail`?"),
        ("set tial=1", "did you mean `tail`?"),
        ("set tail=x", "`x` is not a number of lines"),
        ("set tail", "`tail` is not KEY=VALUE"),
        ("set -p c tail=1", "has no profile `c`"),
        (
            "set -p b --all-profiles tail=1",
            "--all-profiles is about no single profile",
        ),
        (
            "unset -p b --all-profiles output",
            "--all-profiles is about no single profile",
        ),
        (
            "unset --all-profiles profiles",
            "`profiles` is not a setting",
        ),
        (
            "unset --all-profiles default-profile",
            "`default-profile` is not a setting",
        ),
        (
            "set -p b connection-string-file=a connection-string-command=b",
            "has both",
        ),
    ] {
        config(args).exits(2).assert_stderr(said);
        assert_eq!(home.settings(), text, "{args}");
    }
}

#[test]
fn a_key_that_is_not_a_setting_is_removed() {
    let home = Home::with("default-profile = \"a\"\n\n[profiles.a]\ntial = 5\ntail = 6\n");
    home.command("config show").exits(2);
    home.command("config unset tial").exits(0);
    assert_eq!(
        home.settings(),
        "default-profile = \"a\"\n\n[profiles.a]\ntail = 6\n"
    );
}

#[test]
fn a_time_of_day_of_a_profile_refuses_nothing_that_does_not_use_it() {
    let home = Home::with("since = \"23:59:59\"\n");
    home.command("config show").exits(0);
    let ran = home.command("get --dry-run -d a --until 1h --utc").exits(2);
    ran.assert_stderr("later than now");
    home.command("get --dry-run -d a --since 1h").exits(0);
    home.command("config set --all-profiles since=24:00")
        .exits(2);
}

#[cfg(unix)]
#[test]
fn an_edited_file_is_checked() {
    let home = Home::with("[profiles.a]\ntail = 5\n");
    let edit = |script: &str| home.command("config edit").env("EDITOR", script);
    edit("sed -i s/5/6/").exits(0);
    assert!(home.settings().contains("tail = 6"));
    edit("sed -i s/6/x/").exits(2).assert_stderr("not TOML");
    edit("false")
        .exits(2)
        .assert_stderr("the editor of EDITOR failed");
    home.command("config edit")
        .exits(2)
        .assert_stderr("neither VISUAL nor EDITOR names an editor");
}
