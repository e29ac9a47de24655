//! The settings file.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;

use crate::odd::fault;
use crate::run::Bench;

/// Odd values in TOML: what entries call them, how they are written, and as what `config show` has them.
const ODD: [(&str, &str, &str); 11] = [
    ("empty", r#""""#, ""),
    ("blank", r#"" ""#, " "),
    ("negative", "-7", "-7"),
    ("huge", "9223372036854775807", "9223372036854775807"),
    ("word", "\"odd\u{e9}\"", "odd\u{e9}"),
    ("boolean", "true", "true"),
    ("float", "1.5", "1.5"),
    ("list", r#"["a"]"#, "a"),
    ("empty-list", "[]", ""),
    ("table", "{ a = 1 }", ""),
    ("date", "1979-05-27", "1979-05-27"),
];

const TEXT: &str = "negative huge word boolean date";

/// The kinds that each key honours.
const KEYS: &[(&str, &str)] = &[
    ("hub", "huge boolean date"),
    ("auth", ""),
    ("connection-string-file", TEXT),
    ("connection-string-command", TEXT),
    ("ca-file", TEXT),
    ("device", "negative huge word boolean date list empty-list"),
    ("module-id", TEXT),
    ("concurrency", "huge"),
    ("rate", ""),
    ("max-devices", "huge"),
    ("tail", ""),
    ("since", "date"),
    ("loglevel", ""),
    ("encoding", ""),
    ("content-type", ""),
    ("sas", ""),
    ("timeout", ""),
    ("connect-timeout", ""),
    ("retries", ""),
    ("wait-timeout", ""),
    ("interval", ""),
    ("output", ""),
    ("prefix", ""),
    ("color", "boolean"),
    ("timestamps", "boolean"),
    ("utc", "boolean"),
    ("json-logs", ""),
];

fn write(bench: &Bench, text: impl AsRef<[u8]>) {
    let path = bench.home.path().join("s.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn every_setting_honours_an_odd_value_or_refuses_it_by_name() {
    let bench = Bench::new();
    let mut entries: BTreeMap<_, _> = KEYS.iter().copied().collect();
    let mut faults = Vec::new();
    for key in edgelogs::cli::settings_keys() {
        let Some(honoured) = entries.remove(key) else {
            faults.push(format!("`{key}` has no entry"));
            continue;
        };
        for (kind, written, shown) in ODD {
            write(&bench, format!("{key} = {written}\n"));
            let unset = [("EDGELOGS_CONNECTION_STRING", "")];
            let line = "--config s.toml config show";
            let ran = bench.run_at_home::<&str, _>(line, &[], &unset);
            let proof = format!("\n{key}\t{shown}\t");
            let is_honoured = honoured.split(' ').any(|other| other == kind);
            let fault = match is_honoured {
                true => (ran.code != 0 || !ran.stdout.contains(&proof))
                    .then(|| format!("{kind}: {ran:?}")),
                false => fault(&bench, &ran, kind, OsStr::new(key), &[], &[]),
            };
            faults.extend(fault.map(|fault| format!("{key}: {fault}")));
        }
    }
    faults.extend(
        entries
            .keys()
            .map(|key| format!("there is no setting `{key}`")),
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_unknown_setting_and_a_file_that_is_not_text_are_refused() {
    let bench = Bench::new();
    for (text, name) in [
        ("odd = 1\n[profiles.a]\n", "`odd`"),
        ("[profiles.a]\ntial = 3\n", "`tial`"),
    ] {
        write(&bench, text);
        let line = "--config s.toml -p a get --dry-run";
        let ran = bench.run_at_home::<&str, &str>(line, &[], &[]);
        assert!(ran.is_refused(&[name.to_owned()]), "{ran:?}");
    }
    write(&bench, b"tail = \"\xff\"\n");
    let ran = bench.run_at_home::<&str, &str>("--config s.toml get --dry-run", &[], &[]);
    assert!(ran.is_refused(&["s.toml".to_owned()]), "{ran:?}");
}

/// What a setting stands for is what runs, not only what `config show` tells.
#[test]
fn settings_are_the_defaults_of_their_flags() {
    let bench = Bench::new();
    write(
        &bench,
        "device = [\"a,b\", \"-7\"]\ntail = 3\nloglevel = \"err\"\nsince = \"90m\"\nencoding = \"none\"\n",
    );
    let ran = bench.run_at_home::<&str, &str>("--config s.toml get --dry-run", &[], &[]);
    for shown in [
        r#""devices":["a,b","-7"]"#,
        r#""tail":3"#,
        r#""loglevel":3"#,
        r#""since":"90m""#,
        r#""encoding":"none""#,
    ] {
        assert!(ran.shows(shown), "{shown}: {ran:?}");
    }
}
