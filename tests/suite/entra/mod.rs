//! Signing in without a key: stand-ins for `az`, for App Service and for Entra ID itself give
//! tokens, and a hub takes one of them.

#[cfg(feature = "device")]
mod authority;
mod credential_chain;
mod hub_and_auth;
mod hub_refusals;
mod managed_identity;
mod profile;

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use tempfile::TempDir;

use crate::common::{Edgelogs, edgelogs};
use stand_in::{DeviceSetup, LogScript, Setup, StandIn, at};
use support::secrets::register;

/// The object id in each token.
const PRINCIPAL: &str = "0d5c9a4e-93f0-4d3a-8a70-2f1d3c6b5a49";
const CLIENT_SECRET: &str = "n0t~for.your-eyes";
const IDENTITY_HEADER: &str = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a";
/// In the year 2100.
const LATER: i64 = 4_102_444_800;

/// A token like those of Entra ID, different for each name.
pub(crate) fn token(name: &str) -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let token = format!(
        "{}.{}.{}",
        part(r#"{"typ":"JWT","alg":"RS256"}"#),
        part(&format!(
            r#"{{"aud":"https://iothubs.azure.net","oid":"{PRINCIPAL}"}}"#
        )),
        part(name)
    );
    register(&token);
    // Without its signature, a token still names its owner.
    if let Some((unsigned, _)) = token.rsplit_once('.') {
        register(unsigned);
    }
    token
}

/// A hub with one device that accepts these tokens and its own key.
fn hub(tokens: &[&str]) -> StandIn {
    let log = LogScript::new(at("2026-11-22T08:00:00Z"))
        .evenly(20, 80, 10)
        .entries();
    let bearers = tokens.iter().map(|name| token(name)).collect();
    StandIn::start(
        Setup::with(DeviceSetup::new("press-07").log("edgeHub", log))
            .hub(|hub| hub.bearers = bearers),
    )
}

/// A folder that is the whole `PATH`, with the programs that a test puts there.
pub(crate) struct Tools(TempDir);

impl Tools {
    pub(crate) fn none() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// `az`, logged in, which records its arguments.
    pub(crate) fn az(token_name: &str) -> Self {
        let tools = Self::none();
        tools.put_az(&[(token_name, LATER)]);
        tools
    }

    /// `az` that returns one token after the other, each with its expiry, then always the last one.
    fn put_az(&self, tokens: &[(&str, i64)]) {
        let log = self.path().join("az.log").display().to_string();
        let mut script = format!("echo \"$*\" >> '{log}'\n");
        for (index, (name, end)) in tokens.iter().enumerate() {
            let last = index + 1 == tokens.len();
            let answer = format!(
                r#"{{"accessToken":"{}","expires_on":{end},"tokenType":"Bearer"}}"#,
                token(name)
            );
            let once = self
                .path()
                .join(format!("given-{index}"))
                .display()
                .to_string();
            script.push_str(&if last {
                format!("echo '{answer}'\n")
            } else {
                format!("[ -e '{once}' ] || {{ : > '{once}'; echo '{answer}'; exit; }}\n")
            });
        }
        self.put("az", &script);
    }

    fn azd(self, token_name: &str) -> Self {
        let token = token(token_name);
        self.put(
            "azd",
            &format!(r#"echo '{{"token":"{token}","expiresOn":"2100-01-01T00:00:00Z"}}'"#),
        );
        self
    }

    /// A program. Another process writes it: nothing can be run while a process holds it for
    /// writing, and one that this process starts just now would.
    pub(crate) fn put(&self, name: &str, script: &str) {
        let source = self.path().join("script");
        std::fs::write(&source, format!("#!/bin/sh\n{script}\n")).unwrap();
        let install = std::process::Command::new("install")
            .args(["-m", "755"])
            .args([source, self.path().join(name)])
            .status();
        assert!(install.unwrap().success());
    }

    /// How `az` was called, a line each time.
    pub(crate) fn az_calls(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.path().join("az.log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// `edgelogs get` of one module, with these tools and arguments.
fn get(tools: &Tools, args: &[&str]) -> Edgelogs {
    edgelogs("get -m edgeHub --tail 2")
        .args(args)
        .env("PATH", tools.path())
        .env("EDGELOGS_DEVICE", "press-07")
}

/// Runs `get -vv`, and checks where the token came from.
fn signed_in(command: Edgelogs, method: &str) {
    let ran = command.exits(0);
    assert_eq!(ran.stdout.lines().count(), 2);
    let told = format!("sign-in: {method}\n");
    assert!(ran.stderr.contains(&told), "{method}: {}", ran.stderr);
}

/// Runs it and expects it to fail; stderr.
fn failed(command: Edgelogs, code: i32) -> String {
    let ran = command.exits(code);
    assert_eq!(ran.stdout, "");
    ran.stderr
}
