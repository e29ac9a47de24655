//! Completion in real shells, with static and dynamic scripts.

mod line;

use std::time::{Duration, Instant};

use line::{Line, SHELLS, Shell};

use crate::common::edgelogs;
use crate::common::eventually::eventually;
use crate::common::samples::hub_string;
use support::serve::Serve;

/// What a line of words completes to, in every shell.
fn in_every_shell(check: impl Fn(Shell)) {
    for shell in SHELLS {
        check(shell);
    }
}

fn holds(line: &Line, wanted: &[&str]) {
    let found = line.candidates();
    for name in wanted {
        assert!(
            found.iter().any(|candidate| candidate == name),
            "{line:?} lacks {name}: {found:?}"
        );
    }
}

fn is_exactly(line: &Line, wanted: &[&str]) {
    let mut found = line.candidates();
    found.sort();
    found.dedup();
    assert_eq!(found, wanted, "{line:?}");
}

#[test]
#[ignore = "needs bash, zsh and fish"]
fn static_and_dynamic_scripts_complete_commands_flags_and_values() {
    in_every_shell(|shell| {
        for line in [Line::fixed(shell), Line::asking(shell)] {
            holds(&line.typed("edgelogs "), &["get", "upload", "completions"]);
            is_exactly(&line.typed("edgelogs upl"), &["upload"]);
            holds(&line.typed("edgelogs device "), &["serve"]);
            holds(
                &line.typed("edgelogs get --con"),
                &["--connection-string-file", "--concurrency"],
            );
            is_exactly(
                &line.typed("edgelogs get --output "),
                &["json", "jsonl", "otlp", "raw", "short", "text"],
            );
            let levels = [
                "alert", "crit", "debug", "emerg", "err", "info", "notice", "warning",
            ];
            is_exactly(&line.typed("edgelogs get --loglevel "), &levels);
            is_exactly(&line.typed("edgelogs get --loglevel-only "), &levels);
            // The fixed script for fish knows the values of flags only.
            if line.is_asking() || shell != Shell::Fish {
                is_exactly(&line.typed("edgelogs completions z"), &["zsh"]);
            }
        }
    });
}

#[test]
#[ignore = "needs bash, zsh and fish"]
fn devices_and_modules_complete_by_name() {
    let serve = Serve::start(&["--simulate", "3"]);
    in_every_shell(|shell| {
        let line = Line::asking(shell).env("EDGELOGS_CONNECTION_STRING", &serve.connection_string);
        is_exactly(
            &line.typed("edgelogs get -d lo"),
            &["local-0001", "local-0002", "local-0003"],
        );
        is_exactly(
            &line.typed("edgelogs upload --device local-0003"),
            &["local-0003"],
        );
        for typed in [
            "edgelogs get -d local-0002 edge",
            "edgelogs logs -d local-0002 -m edge",
            "edgelogs get --device=local-0002 --tail 5 --module edge",
            "edgelogs get -d local-0002 --item edge",
        ] {
            is_exactly(&line.typed(typed), &["edgeAgent", "edgeHub"]);
        }
        holds(
            &line.typed("edgelogs get -d local-0002 --item edgeHub "),
            &["tail=", "since="],
        );
        is_exactly(
            &line.typed("edgelogs restart -d local-0001 edgeA"),
            &["edgeAgent"],
        );
        let line = line.env("EDGELOGS_DEVICE", "local-0001");
        is_exactly(&line.typed("edgelogs get -m edgeH"), &["edgeHub"]);
        // A variable for the shell, unless it is quoted.
        let agent = if shell == Shell::Bash {
            r"\$edgeAgent"
        } else {
            "$edgeAgent"
        };
        holds(&line.typed("edgelogs invoke ping --module-id "), &[agent]);
    });
}

#[test]
#[ignore = "needs bash, zsh and fish"]
fn completion_uses_the_typed_connection() {
    let serve = Serve::start(&["--device", "press-07"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hub.txt");
    std::fs::write(&file, &serve.connection_string).unwrap();
    in_every_shell(|shell| {
        let typed = format!(
            "edgelogs get --connection-string-file {} -d press",
            file.display()
        );
        is_exactly(&Line::asking(shell).typed(&typed), &["press-07"]);
        is_exactly(
            &Line::asking(shell).typed("edgelogs get --local -m edgeA"),
            &["edgeAgent"],
        );
    });
}

#[test]
#[ignore = "needs bash, zsh and fish"]
fn profiles_complete_and_supply_hub_and_device() {
    let serve = Serve::start(&["--device", "press-07"]);
    let folder = tempfile::tempdir().unwrap();
    let (secret, file) = (folder.path().join("hub.txt"), folder.path().join("c.toml"));
    let text = format!(
        "[profiles.plant-a]\nconnection-string-file = \"{}\"\ndevice = \"press-07\"\n\n\
         [profiles.plant-b]\nconnection-string-command = \"touch {}\"\n",
        secret.display(),
        folder.path().join("asked").display()
    );
    for (path, text) in [(&secret, &serve.connection_string), (&file, &text)] {
        std::fs::write(path, text).unwrap();
        // Files readable by others are warned about.
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(path, private).unwrap();
    }
    in_every_shell(|shell| {
        let line = Line::asking(shell).env("EDGELOGS_CONFIG", file.to_str().unwrap());
        is_exactly(&line.typed("edgelogs get -p "), &["plant-a", "plant-b"]);
        is_exactly(
            &line.typed("edgelogs config use plant-"),
            &["plant-a", "plant-b"],
        );
        is_exactly(&line.typed("edgelogs get -p plant-a -d "), &["press-07"]);
        is_exactly(
            &line.typed("edgelogs -p plant-a get -m edgeA"),
            &["edgeAgent"],
        );
        let typed = format!("edgelogs devices --config {} -p plant-b", file.display());
        is_exactly(&Line::asking(shell).typed(&typed), &["plant-b"]);
        // A command that gives a secret may ask for another one.
        assert_eq!(
            line.typed("edgelogs get -p plant-b -d ").candidates(),
            [""; 0]
        );
        assert!(!folder.path().join("asked").exists());
    });
}

#[test]
fn cached_names_are_private_and_hold_no_secret() {
    let home = tempfile::tempdir().unwrap();
    let cache = home.path().join("cache");
    let ask = |hub: &str| {
        edgelogs("-- edgelogs get -d ''")
            .env("COMPLETE", "fish")
            .env("XDG_CACHE_HOME", cache.to_str().unwrap())
            .env("EDGELOGS_CONNECTION_STRING", hub)
            .run()
    };
    let serve = Serve::start(&["--device", "press-07"]);
    let hub = serve.connection_string.clone();
    // The hub has one second to answer, which may be too short on a busy machine.
    let ran = eventually("the device's name", || {
        let ran = ask(&hub);
        ran.stdout.contains("press-07").then_some(ran)
    });
    // The name is still offered without the hub.
    let key = serve.key().to_owned();
    drop(serve);
    assert_eq!(ask(&hub).stdout, ran.stdout);
    let folder = cache.join("edgelogs").join("names");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    assert_eq!(files.len(), 1);
    for file in files {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("press-07") && !text.contains(&key), "{text}");
        #[cfg(unix)]
        assert_eq!(crate::common::samples::mode(&path), 0o600);
    }
}

/// Completion waits a second for the hub; the rest is what a build without optimisation takes.
const IN_TIME: Duration = Duration::from_secs(4);

#[test]
fn a_large_fleet_completes_in_time() {
    let serve = Serve::start(&["--simulate", "3000"]);
    // Each page comes where there is time for it; a busy machine may have none for the first.
    eventually("a page of names, in time", || {
        let start = Instant::now();
        let ran = edgelogs("-- edgelogs get -d local-")
            .env("COMPLETE", "fish")
            .on(&serve)
            .run();
        let took = start.elapsed();
        let names = ran.stdout.lines().count();
        assert!(names <= 3000, "{names}");
        (names >= 100 && took < IN_TIME).then_some(())
    });
}

#[test]
fn a_failing_or_hanging_hub_completes_nothing_quickly_and_silently() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hangs = silent.local_addr().unwrap().port();
    let hub = |port: u16| hub_string(&format!("http://127.0.0.1:{port}"));
    for variable in [hub(hangs), hub(1), "nonsense".to_owned(), String::new()] {
        for words in [&["get", "-d", ""][..], &["get", "-d", "x", "-m", ""]] {
            // The fastest of a few runs counts: a busy machine may delay some.
            let fastest = (0..5).map(|_| {
                let start = Instant::now();
                let ran = edgelogs("-- edgelogs")
                    .args(words)
                    .env("COMPLETE", "fish")
                    .env("EDGELOGS_CONNECTION_STRING", &variable)
                    .run();
                assert_eq!(
                    (ran.stdout.as_str(), ran.stderr.as_str(), ran.code),
                    ("", "", 0)
                );
                start.elapsed()
            });
            let fastest = fastest.min().unwrap();
            assert!(fastest < IN_TIME, "{fastest:?}");
        }
    }
}

#[test]
fn an_unknown_shell_in_complete_is_ignored() {
    for value in ["", "0", "1", "nushell"] {
        let ran = edgelogs("-V").env("COMPLETE", value).run();
        assert!(ran.stdout.starts_with("edgelogs "), "{value}: {ran:?}");
    }
}
