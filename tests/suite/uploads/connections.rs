//! How the device side reaches the storage: around the proxy, and over TLS with a private root.

use crate::common::blob_stand_in::BlobStandIn;
use crate::common::edgelogs;
use crate::common::one_answer::OneAnswer;

const RIGHTS: &str = "sv=2025-01-05&sr=c&sp=racwl&se=2126-01-01T00%3A00Z&sig=c2VjcmV0LXNpZ25hdHVyZS1vZi10aGlydHktdHdvLWI%3D";

/// Every variable that could name a proxy.
const PROXIES: [&str; 6] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
];

#[tokio::test(flavor = "multi_thread")]
async fn uploads_to_a_storage_on_this_machine_go_around_the_proxy() {
    for command in [
        "upload --content-type text",
        "upload --content-type json",
        "bundle",
    ] {
        let storage = BlobStandIn::start().await;
        let proxy = OneAnswer::http(|_| ("502 Bad Gateway", String::new()));
        let sas = format!("{}?{RIGHTS}", storage.container);
        let run = edgelogs(command)
            .args(["--local=sample", "--sas", &sas])
            .envs(&PROXIES.map(|name| (name, &proxy.url)));
        let ran = tokio::task::spawn_blocking(|| run.run())
            .await
            .expect("a run");
        assert_eq!(proxy.requests(), [""; 0], "{command}");
        assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
        assert!(!storage.blobs().is_empty(), "{command}");
    }
}

#[test]
fn an_upload_trusts_the_certificates_of_ca_file() {
    let storage = OneAnswer::https("201 Created", String::new());
    let sas = format!("{}/acct/cont?{RIGHTS}", storage.url);
    // The stand-in reads only text.
    let words = [
        "upload",
        "--local=sample",
        "--encoding",
        "none",
        "--sas",
        &sas,
    ];
    let distrusted = edgelogs(words).run();
    assert_ne!(distrusted.code, 0);
    assert_eq!(storage.requests(), [""; 0]);

    let ca_file = storage.ca_file();
    edgelogs(words)
        .args(["--ca-file", ca_file.to_str().expect("UTF-8")])
        .exits(0);
    assert!(!storage.requests().is_empty());
}
