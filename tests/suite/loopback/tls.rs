//! TLS, from the operator's side.

use crate::common::folder::Folder;
use crate::common::{Edgelogs, edgelogs};
use support::serve::Serve;

fn get(serve: &Serve, ca_file: Option<&str>) -> Edgelogs {
    let ca_file = ca_file.map_or_else(Vec::new, |path| vec!["--ca-file", path]);
    edgelogs("get -d local -m edgeHub --tail 2 --retries 0")
        .args(ca_file)
        .on(&serve)
}

#[test]
fn a_generated_certificate_is_trusted_only_with_ca_file() {
    let serve = Serve::start(&["--tls"]);
    assert_host(&serve, "localhost");
    let path = serve.ca_file.clone().unwrap();
    let ran = get(&serve, Some(&path)).exits(0);
    assert_eq!(ran.stdout.lines().count(), 2);
    let ran = get(&serve, None).exits(6);
    let stderr = ran.stderr.to_lowercase();
    assert!(stderr.contains("certificate"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn the_file_with_the_certificate_goes_with_the_hub() {
    for (signal, code) in [("-TERM", 0), ("-HUP", 0), ("-INT", 130)] {
        let mut serve = Serve::start(&["--tls"]);
        let path = serve.ca_file.clone().unwrap();
        assert!(std::path::Path::new(&path).exists());
        assert_eq!(serve.end(signal), Some(code), "{signal}");
        assert!(!std::path::Path::new(&path).exists(), "{signal}");
    }
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

// Only Linux has all of 127.0.0.0/8 by default.
#[cfg(target_os = "linux")]
#[test]
fn a_hub_on_another_address_is_named_by_that_address() {
    let serve = Serve::start(&["--tls", "--listen", "127.0.0.2:0"]);
    assert_host(&serve, "127.0.0.2");
    get(&serve, serve.ca_file.as_deref()).exits(0);
}

/// A real `HostName` has no port, and some SDKs take none.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs the right to listen on port 443"]
fn port_443_is_left_out_of_the_host_name() {
    let serve = Serve::start(&["--tls", "--listen", "127.0.0.43:443"]);
    let text = &serve.connection_string;
    assert!(text.starts_with("HostName=127.0.0.43;"), "{text}");
    get(&serve, serve.ca_file.as_deref()).exits(0);
}

/// Writes a certificate for these names and its key; their paths.
fn certificate_of(folder: &Folder, names: &[&str]) -> (String, String) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = made.signing_key.serialize_pem();
    (
        folder.write("cert.pem", made.cert.pem()),
        folder.write("key.pem", key),
    )
}

fn assert_host(serve: &Serve, host: &str) {
    let text = &serve.connection_string;
    assert!(text.starts_with(&format!("HostName={host}:")), "{text}");
}

#[test]
fn a_given_certificate_names_the_hub() {
    let folder = Folder::new();
    let (certificate, key) = certificate_of(&folder, &["localhost"]);
    let serve = Serve::start(&["--tls-cert", &certificate, "--tls-key", &key]);
    assert_host(&serve, "localhost");
    get(&serve, Some(&certificate)).exits(0);

    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let other_key = folder.write("other.pem", other);
    let refused = |certificate: &str, key: &str| {
        let args = format!("device serve --tls-cert {certificate} --tls-key {key}");
        let ran = edgelogs(args).refused();
        ran.assert_no_stderr("PRIVATE");
        ran.stderr
    };
    assert!(refused(&certificate, &other_key).contains("cert.pem"));
    assert!(refused(&key, &key).contains("key.pem"));
    assert!(refused(&folder.path("nothere.pem"), &key).contains("nothere.pem"));
    assert!(refused(&certificate, &certificate).contains("cert.pem"));
}

#[test]
fn the_first_plain_name_of_a_certificate_names_the_hub() {
    let folder = Folder::new();
    let (certificate, key) = certificate_of(&folder, &["*.example.net", "hub.example.net"]);
    let serve = Serve::start(&["--tls-cert", &certificate, "--tls-key", &key]);
    assert_host(&serve, "hub.example.net");
}

#[test]
fn other_addresses_than_loopback_require_tls() {
    let ran = edgelogs("device serve --listen 0.0.0.0:0").refused();
    ran.assert_stderr("add --tls");
    let serve = Serve::start(&["--listen", "0.0.0.0:0", "--tls"]);
    assert_host(&serve, "localhost");
}

#[test]
fn a_certificate_that_is_not_trusted_is_refused_at_once() {
    let folder = Folder::new();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut own_root = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    // As `openssl req -x509` makes it.
    own_root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let made = own_root.self_signed(&key).unwrap();
    let cert = folder.write("cert.pem", made.pem());
    let key = folder.write("key.pem", key.serialize_pem());
    let serve = Serve::start(&["--tls-cert", &cert, "--tls-key", &key]);
    let refused = |serve: &Serve, ca_file: Option<&str>, hint: &str| {
        let more = ca_file.map_or_else(Vec::new, |path| vec!["--ca-file", path]);
        let ran = edgelogs("get -d local -m edgeHub --retries 5 -vv")
            .args(more)
            .on(&serve)
            .exits(6);
        ran.assert_stderr("the certificate of hub `localhost` is not trusted");
        ran.assert_stderr(hint);
        ran.assert_no_stderr("again in");
    };
    let of_ca = "make one for the server with basicConstraints=CA:FALSE";
    refused(&serve, None, of_ca);
    refused(&serve, Some(&cert), of_ca);
    let own = Serve::start(&["--tls"]);
    refused(
        &own,
        None,
        "add its root, or the proxy's, with --ca-file PEM",
    );
    // Nor is a storage tried again; its error names the certificate.
    let sas = format!(
        "https://{}/acct/logs?sv=2021-12-02&sr=c&sp=racwl&se=2126-01-01&sig=c2VjcmV0LXNpZ25hdHVyZS1vZi10aGlydHktdHdvLWI%3D",
        serve.connection_string.split(['=', ';']).nth(1).unwrap()
    );
    let started = std::time::Instant::now();
    let ran = edgelogs("upload --local=sample -m edgeHub --retries 0 --sas")
        .args([&*sas, "--download", &folder.path("out")])
        .exits(6);
    ran.assert_stderr("invalid peer certificate");
    assert!(
        started.elapsed() < std::time::Duration::from_secs(10),
        "no pauses"
    );
}
