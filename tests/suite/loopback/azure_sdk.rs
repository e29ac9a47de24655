//! Microsoft's own client, the Azure SDK for Python, against `device serve --tls`.

use std::process::Command;

use support::serve::Serve;

#[test]
#[ignore = "needs the Azure SDK for Python"]
fn the_azure_sdk_for_python_works_unchanged() {
    let python = std::env::var("EDGELOGS_TEST_PYTHON").expect("EDGELOGS_TEST_PYTHON is set");
    let serve = Serve::start(&["--tls", "--device", "press", "--simulate", "150"]);
    let folder = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/azure_sdk.py");
    let output = Command::new(python)
        .arg(script)
        .env("IOTHUB_CONNECTION_STRING", &serve.connection_string)
        .env("REQUESTS_CA_BUNDLE", serve.ca_file.as_deref().unwrap())
        .env("NO_PROXY", "localhost")
        .env("UPLOAD_FOLDER", folder.path())
        .output()
        .expect("Python runs");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}{stderr}");
    println!("{stdout}");
    assert!(!format!("{stdout}{stderr}").contains(serve.key()));
}
