//! TLS, from the operator's side.

use crate::common::{Edgelogs, edgelogs};
use support::serve::Serve;

fn get(serve: &Serve, ca_file: Option<&str>) -> Edgelogs {
    let mut args = vec![
        "get",
        "-d",
        "local",
        "-m",
        "edgeHub",
        "--tail",
        "2",
        "--retries",
        "0",
    ];
    args.extend(ca_file.iter().flat_map(|path| ["--ca-file", path]));
    edgelogs(args).on(&serve)
}

#[test]
fn a_generated_certificate_is_trusted_only_with_ca_file() {
    let mut serve = Serve::start(&["--tls"]);
    assert!(
        serve.connection_string.starts_with("HostName=localhost:"),
        "{}",
        serve.connection_string
    );
    let path = serve.ca_file.clone().unwrap();
    let ran = get(&serve, Some(&path)).exits(0);
    assert_eq!(ran.stdout.lines().count(), 2);
    let ran = get(&serve, None).exits(6);
    assert!(
        ran.stderr.to_lowercase().contains("certificate"),
        "{}",
        ran.stderr
    );
    // The file goes with the hub.
    assert_eq!(serve.terminate(), Some(0));
    assert!(!std::path::Path::new(&path).exists());
}

#[test]
fn a_generated_certificate_covers_name_and_address() {
    let serve = Serve::start(&["--tls", "--listen", "127.0.0.1:0"]);
    let path = serve.ca_file.clone().unwrap();
    let by_address = serve
        .connection_string
        .replacen("localhost", "127.0.0.1", 1);
    get(&serve, Some(&path))
        .env("EDGELOGS_CONNECTION_STRING", &by_address)
        .exits(0);
}

// Only Linux has all of 127.0.0.0/8 without further ado.
#[cfg(target_os = "linux")]
#[test]
fn a_hub_on_another_address_is_named_by_that_address() {
    let serve = Serve::start(&["--tls", "--listen", "127.0.0.2:0"]);
    assert!(
        serve.connection_string.starts_with("HostName=127.0.0.2:"),
        "{}",
        serve.connection_string
    );
    get(&serve, serve.ca_file.as_deref()).exits(0);
}

#[test]
fn a_given_certificate_names_the_hub() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key, other_key) = (path("cert.pem"), path("key.pem"), path("other.pem"));
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let serve = Serve::start(&["--tls-cert", &certificate, "--tls-key", &key]);
    assert!(serve.connection_string.starts_with("HostName=localhost:"));
    get(&serve, Some(&certificate)).exits(0);

    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    std::fs::write(&other_key, &other).unwrap();
    let refused = |certificate: &str, key: &str| {
        let ran = edgelogs(format!(
            "device serve --tls-cert {certificate} --tls-key {key}"
        ))
        .run();
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        assert!(!ran.stderr.contains("PRIVATE"), "{}", ran.stderr);
        ran.stderr
    };
    assert!(refused(&certificate, &other_key).contains("cert.pem"));
    assert!(refused(&key, &key).contains("key.pem"));
    assert!(refused(&path("nothere.pem"), &key).contains("nothere.pem"));
    assert!(refused(&certificate, &certificate).contains("cert.pem"));
}

#[test]
fn the_first_plain_name_of_a_certificate_names_the_hub() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (path("cert.pem"), path("key.pem"));
    let names = ["*.example.net", "hub.example.net"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let serve = Serve::start(&["--tls-cert", &certificate, "--tls-key", &key]);
    assert!(
        serve
            .connection_string
            .starts_with("HostName=hub.example.net:"),
        "{}",
        serve.connection_string
    );
}

#[test]
fn other_addresses_than_loopback_require_tls() {
    let ran = edgelogs("device serve --listen 0.0.0.0:0").run();
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    ran.assert_stderr("add --tls");
    let serve = Serve::start(&["--listen", "0.0.0.0:0", "--tls"]);
    assert!(serve.connection_string.starts_with("HostName=localhost:"));
}
