//! Microsoft's own clients against `device serve --tls`: the Azure SDKs for Python and for Node.js, and
//! `az`, whose requests are data.

use std::process::Command;

use edgelogs::hub::{ConnectionString, SasToken, TokenScope};
use serde_json::Value;

use super::api::body;
use support::http_client::http_client;
use support::serve::Serve;

const FLEET: [&str; 5] = ["--tls", "--device", "press", "--simulate", "150"];

/// Runs a script against a hub, which trusts the hub's certificate by `ca_variable`.
fn run(serve: &Serve, program: &str, script: &str, ca_variable: &str, more: &[(&str, &str)]) {
    let output = Command::new(program)
        .arg(format!("{}/tests/{script}", env!("CARGO_MANIFEST_DIR")))
        .env("IOTHUB_CONNECTION_STRING", &serve.connection_string)
        .env(ca_variable, serve.ca_file.as_deref().unwrap())
        .env("NO_PROXY", "localhost")
        .envs(more.iter().copied())
        .output()
        .expect("the interpreter runs");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}{stderr}");
    println!("{stdout}");
    assert!(!format!("{stdout}{stderr}").contains(serve.key()));
}

#[test]
#[ignore = "needs the Azure SDK for Python"]
fn the_azure_sdk_for_python_works_unchanged() {
    let python = std::env::var("EDGELOGS_TEST_PYTHON").expect("EDGELOGS_TEST_PYTHON is set");
    let serve = Serve::start(&FLEET);
    let folder = tempfile::tempdir().unwrap();
    let uploads = [("UPLOAD_FOLDER", folder.path().to_str().unwrap())];
    run(
        &serve,
        &python,
        "python/azure_sdk.py",
        "REQUESTS_CA_BUNDLE",
        &uploads,
    );
}

/// It takes no port, so that the hub listens on 443, of an address that nothing else uses.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs the Azure SDK for Node.js, and the right to listen on port 443"]
fn the_azure_sdk_for_node_works_unchanged() {
    let modules = std::env::var("EDGELOGS_TEST_NODE").expect("EDGELOGS_TEST_NODE is set");
    let serve = Serve::start(&[&FLEET[..], &["--listen", "127.0.0.44:443"]].concat());
    assert!(
        serve.connection_string.starts_with("HostName=127.0.0.44;"),
        "{}",
        serve.connection_string
    );
    let modules = [("NODE_PATH", modules.as_str())];
    run(
        &serve,
        "node",
        "node/azure_sdk.js",
        "NODE_EXTRA_CA_CERTS",
        &modules,
    );
}

/// Whether `whole` holds all of `part`, in arrays by position.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(key, part)| whole.get(key).is_some_and(|whole| holds(whole, part))),
        (Value::Array(whole), Value::Array(part)) => {
            part.is_empty() == whole.is_empty()
                && part
                    .iter()
                    .zip(whole)
                    .all(|(part, whole)| holds(whole, part))
        }
        (whole, part) => whole == part,
    }
}

#[tokio::test]
async fn the_requests_of_az_are_answered() {
    let serve = Serve::start(&FLEET);
    let pem = std::fs::read(serve.ca_file.as_deref().unwrap()).unwrap();
    let http = http_client()
        .tls_certs_merge([reqwest::Certificate::from_pem(&pem).unwrap()])
        .build()
        .unwrap();
    let connection = ConnectionString::parse(&serve.connection_string).unwrap();
    let scope = TokenScope {
        resource: connection.endpoint.authority().to_owned(),
        policy: Some(connection.policy.clone()),
    };
    let expiry = jiff::Timestamp::now().as_second() + 600;
    let token = SasToken::sign(&scope, &connection.key, expiry).unwrap();
    let requests: Vec<Value> =
        serde_json::from_str(include_str!("../../data/az-requests.json")).unwrap();
    for request in requests {
        let text = |key: &str| request[key].as_str().unwrap();
        let url = format!(
            "https://{}{}",
            connection.endpoint.authority(),
            text("path")
        );
        let method = text("method").parse().unwrap();
        let mut sent = http
            .request(method, url)
            .header("Accept", "application/json")
            .header("Content-Type", "application/json; charset=utf-8")
            .header(
                "x-ms-client-request-id",
                "7b0c2a52-2f1c-11ef-9454-0242ac120002",
            )
            .header("Authorization", token.expose());
        for (name, value) in request["headers"].as_object().into_iter().flatten() {
            sent = sent.header(name, value.as_str().unwrap());
        }
        if let Some(body) = request.get("body") {
            sent = sent.body(body.to_string());
        }
        let response = sent.send().await.unwrap();
        assert_eq!(response.status(), 200, "{}", text("command"));
        let answer = body(response).await;
        assert!(
            holds(&answer, &request["answer"]),
            "{}: {answer}",
            text("command")
        );
    }
}
