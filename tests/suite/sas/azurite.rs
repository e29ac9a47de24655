//! SAS URLs of `sas new` against a real Blob Storage: enough for every job, and for no more.

use std::io::Write;

use crate::common::{Ran, edgelogs};
use support::azurite::Container;

fn sas(container: &Container, args: &[&str]) -> String {
    let ran = edgelogs(["sas", "new", "--container", container.name()])
        .args(args)
        .env(
            "AZURE_STORAGE_CONNECTION_STRING",
            container.connection_string(),
        )
        .exits(0);
    ran.stdout.trim_end().to_owned()
}

/// A module whose log does not compress, so that a json blob and a bundle of it take several
/// blocks.
fn large_module() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut log = std::fs::File::create(folder.path().join("filter.log")).expect("a log");
    let mut random = 1_u64;
    for line in 0..70_000 {
        // Any generator will do whose output no compressor foresees.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(line);
        writeln!(
            log,
            "<6> 2026-11-20 10:00:00.000 +00:00 [INF] - {:016x}{:016x}",
            random,
            random.rotate_left(23)
        )
        .expect("written");
    }
    folder
}

fn run(folder: &tempfile::TempDir, sas: &str, args: &[&str]) -> Ran {
    let local = format!("--local=dir:{}", folder.path().display());
    let device = ["-d", "plant-1", &local, "-q"];
    edgelogs(args).args(device).env("EDGELOGS_SAS", sas).run()
}

/// The status of one request to a blob, or to the container.
fn request(method: reqwest::Method, sas: &str, path: &str, query: &str, body: &'static str) -> u16 {
    let (head, token) = sas.split_once('?').expect("a token");
    let url = format!("{head}{path}?{query}{token}");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        let request = client
            .request(method, url)
            .header("x-ms-blob-type", "BlockBlob")
            .body(body);
        request.send().await.expect("an answer").status().as_u16()
    })
}

#[test]
#[ignore = "needs Azurite"]
fn a_new_sas_allows_text_json_and_bundles_but_not_reading() {
    let container = Container::create();
    let folder = large_module();
    let sas = sas(&container, &[]);
    for args in [
        &["upload"][..],
        &["upload", "--content-type", "json"],
        &["bundle"],
    ] {
        let ran = run(&folder, &sas, args);
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.stderr);
    }
    let blobs = container.blobs();
    assert_eq!(blobs.len(), 3);
    for blob in blobs {
        assert!(
            blob.bytes.len() > 1 << 20,
            "{} has {} bytes",
            blob.name,
            blob.bytes.len()
        );
    }
    // It can't read what it wrote, nor delete it.
    let list = "restype=container&comp=list&";
    assert_eq!(request(reqwest::Method::GET, &sas, "", list, ""), 403);
    assert_eq!(
        request(reqwest::Method::PUT, &sas, "/a/b.log", "", "x"),
        201
    );
    assert_eq!(request(reqwest::Method::GET, &sas, "/a/b.log", "", ""), 403);
    assert_eq!(
        request(reqwest::Method::DELETE, &sas, "/a/b.log", "", ""),
        403
    );
}

#[test]
#[ignore = "needs Azurite"]
fn with_download_a_new_sas_allows_reading_and_listing() {
    let container = Container::create();
    let sas = sas(&container, &["--download"]);
    assert_eq!(
        request(reqwest::Method::PUT, &sas, "/a/b.log", "", "x"),
        201
    );
    let list = "restype=container&comp=list&";
    assert_eq!(request(reqwest::Method::GET, &sas, "", list, ""), 200);
    assert_eq!(request(reqwest::Method::GET, &sas, "/a/b.log", "", ""), 200);
    assert_eq!(
        request(reqwest::Method::DELETE, &sas, "/a/b.log", "", ""),
        403
    );
}

#[test]
#[ignore = "needs Azurite"]
fn with_no_overwrite_existing_blobs_are_kept() {
    let container = Container::create();
    let folder = large_module();
    let sas = sas(&container, &["--no-overwrite"]);
    let ran = run(&folder, &sas, &["upload"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        request(reqwest::Method::PUT, &sas, "/a/b.log", "", "x"),
        201
    );
    assert_eq!(
        request(reqwest::Method::PUT, &sas, "/a/b.log", "", "y"),
        403
    );
    // This is why writing is granted by default: several blocks need it.
    let ran = run(&folder, &sas, &["bundle"]);
    assert_eq!(ran.code, 8, "{}", ran.stderr);
    ran.assert_stderr("AuthorizationPermissionMismatch");
}

#[test]
#[ignore = "needs Azurite"]
fn a_new_sas_is_valid_for_its_container_only() {
    let container = Container::create();
    let sas = sas(&container, &[]);
    let elsewhere = Container::create();
    let moved = sas.replacen(container.name(), elsewhere.name(), 1);
    assert_eq!(request(reqwest::Method::PUT, &moved, "/a", "", "x"), 403);
    assert_eq!(request(reqwest::Method::PUT, &sas, "/a", "", "x"), 201);
}
