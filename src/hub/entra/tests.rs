//! Tests the chain with fake `az` and `azd` programs.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use azure_identity::Executor;
use tempfile::TempDir;

use super::chain::EntraChain;
use super::process::BoundedProcess;
use crate::hub::SignInMethod;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(20);

/// A folder with these programs, given as name and script.
fn programs(scripts: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, script) in scripts {
        write_program(folder.path(), name, script);
    }
    folder
}

/// Writes a program. Another process does it: a child forked meanwhile by another test would inherit
/// the open file, and running it would fail with ETXTBSY.
fn write_program(folder: &Path, name: &str, script: &str) {
    let source = folder.join("script");
    std::fs::write(&source, format!("#!/bin/sh\n{script}\n")).unwrap();
    let install = std::process::Command::new("install")
        .args(["-m", "755"])
        .args([source, folder.join(name)])
        .status();
    assert!(install.unwrap().success());
}

fn az(token: &str) -> String {
    format!(r#"echo '{{"accessToken":"{token}","expires_on":4102444800,"tokenType":"Bearer"}}'"#)
}

fn azd(token: &str) -> String {
    format!(r#"echo '{{"token":"{token}","expiresOn":"2100-01-01T00:00:00Z"}}'"#)
}

async fn token(folder: &Path, limit: Duration) -> Result<(String, SignInMethod), String> {
    let chain = EntraChain::with_programs(folder, limit);
    match chain.token(&["https://iothubs.azure.net/.default"]).await {
        Ok((token, method)) => Ok((token.token.secret().to_owned(), method)),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test]
async fn azd_is_used_if_az_is_killed_or_prints_no_token() {
    for script in ["echo hello", "kill -9 $$"] {
        let folder = programs(&[("az", script), ("azd", &azd("from-azd"))]);
        assert_eq!(
            token(folder.path(), LONG).await,
            Ok(("from-azd".to_owned(), SignInMethod::AzureDeveloperCli)),
            "{script}"
        );
    }
}

#[tokio::test]
async fn output_that_may_be_a_token_is_never_shown() {
    for answer in [
        r#""opaque-secret""#,
        r#"{"accessToken":{"opaque-secret":1}}"#,
        r#"{"accessToken":"x","expires_on":"opaque-secret","tokenType":"Bearer"}"#,
        "opaque-secret",
    ] {
        let print = format!("echo '{answer}'");
        let folder = programs(&[("az", &print), ("azd", &print)]);
        assert_eq!(
            token(folder.path(), LONG).await.unwrap_err(),
            "Azure CLI: the output of `az` is not a token\n\
             Azure Developer CLI: the output of `azd` is not a token"
        );
    }
}

#[tokio::test]
async fn a_program_that_hangs_times_out() {
    let folder = programs(&[("az", "/bin/sleep 600"), ("azd", "/bin/sleep 600")]);
    assert_eq!(
        token(folder.path(), SHORT).await.unwrap_err(),
        "Azure CLI: no token within 20ms\nAzure Developer CLI: no token within 20ms"
    );
}

#[tokio::test]
async fn a_program_gets_no_input() {
    let folder = programs(&[("az", &format!("read line || {}", az("no-input")))]);
    assert_eq!(token(folder.path(), LONG).await.unwrap().0, "no-input");
}

#[tokio::test]
async fn the_source_of_the_first_token_is_used_for_all() {
    let folder = programs(&[("az", "exit 1"), ("azd", &azd("from-azd"))]);
    let chain = EntraChain::with_programs(folder.path(), LONG);
    assert_eq!(
        chain.token(&["s"]).await.unwrap().1,
        SignInMethod::AzureDeveloperCli
    );
    write_program(folder.path(), "az", &az("x"));
    write_program(folder.path(), "azd", "exit 1");
    let error = chain.token(&["s"]).await.unwrap_err();
    assert_eq!(error.tried.len(), 1, "{error}");
    assert_eq!(error.tried[0].0, "Azure Developer CLI");
}

/// Like `az`, the program starts another one. Both hold the write end of a named pipe, whose reader
/// gets EOF once both are gone.
#[tokio::test]
async fn a_dropped_program_is_killed_with_its_children() {
    let folder = programs(&[(
        "az",
        "exec 3>\"$1\"; echo started >&3; /bin/sleep 600 & wait",
    )]);
    let fifo = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo")
        .arg(&fifo)
        .status()
        .unwrap();
    assert!(made.success());
    let path = fifo.clone();
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let reader = tokio::task::spawn_blocking(move || {
        let mut pipe = std::fs::File::open(path).unwrap();
        let mut line = [0; 8];
        pipe.read_exact(&mut line).unwrap();
        sender.blocking_send(()).unwrap();
        pipe.read_to_end(&mut Vec::new()).unwrap()
    });
    let process = BoundedProcess::default();
    let program = folder.path().join("az");
    let arguments: [&OsStr; 1] = [fifo.as_os_str()];
    tokio::select! {
        ended = process.run(program.as_os_str(), &arguments) => panic!("{ended:?}"),
        started = receiver.recv() => assert!(started.is_some()),
    }
    let rest = tokio::time::timeout(LONG, reader)
        .await
        .expect("both have ended")
        .unwrap();
    assert_eq!(rest, 0);
}
