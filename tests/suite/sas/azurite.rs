//! The rights of `sas new`, against a real Blob Storage.

use std::io::Write;

use crate::common::{Edgelogs, edgelogs};
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

fn run(folder: &tempfile::TempDir, sas: &str, command: &str) -> Edgelogs {
    let folder = folder.path().display();
    edgelogs(format!("{command} -d plant-1 --local=dir:{folder} -q")).env("EDGELOGS_SAS", sas)
}

/// The status of one request, such as `GET /a/b.log`; `GET list` lists the container.
fn request(sas: &str, request: &str) -> u16 {
    let (method, path) = request.split_once(' ').expect("method and path");
    let method: reqwest::Method = method.parse().expect("a method");
    let (head, token) = sas.split_once('?').expect("a token");
    let url = match path {
        "list" => format!("{head}?restype=container&comp=list&{token}"),
        path => format!("{head}{path}?{token}"),
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        let request = client
            .request(method, url)
            .header("x-ms-blob-type", "BlockBlob")
            .body("x");
        request.send().await.expect("an answer").status().as_u16()
    })
}

#[test]
#[ignore = "needs Azurite"]
fn a_new_sas_allows_text_json_and_bundles_but_not_reading() {
    let container = Container::create();
    let folder = large_module();
    let sas = sas(&container, &[]);
    for command in ["upload", "upload --content-type json", "bundle"] {
        run(&folder, &sas, command).exits(0);
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
    // It can neither read nor delete what it wrote.
    assert_eq!(request(&sas, "GET list"), 403);
    assert_eq!(request(&sas, "PUT /a/b.log"), 201);
    assert_eq!(request(&sas, "GET /a/b.log"), 403);
    assert_eq!(request(&sas, "DELETE /a/b.log"), 403);
}

#[test]
#[ignore = "needs Azurite"]
fn with_download_a_new_sas_allows_reading_and_listing() {
    let container = Container::create();
    let sas = sas(&container, &["--download"]);
    assert_eq!(request(&sas, "PUT /a/b.log"), 201);
    assert_eq!(request(&sas, "GET list"), 200);
    assert_eq!(request(&sas, "GET /a/b.log"), 200);
    assert_eq!(request(&sas, "DELETE /a/b.log"), 403);
}

#[test]
#[ignore = "needs Azurite"]
fn with_no_overwrite_existing_blobs_are_kept() {
    let container = Container::create();
    let folder = large_module();
    let sas = sas(&container, &["--no-overwrite"]);
    run(&folder, &sas, "upload").exits(0);
    assert_eq!(request(&sas, "PUT /a/b.log"), 201);
    assert_eq!(request(&sas, "PUT /a/b.log"), 403);
    // Writing is granted by default because several blocks need it.
    let ran = run(&folder, &sas, "bundle").exits(8);
    ran.assert_stderr("AuthorizationPermissionMismatch");
}

#[test]
#[ignore = "needs Azurite"]
fn a_new_sas_is_valid_for_its_container_only() {
    let container = Container::create();
    let sas = sas(&container, &[]);
    let elsewhere = Container::create();
    let moved = sas.replacen(container.name(), elsewhere.name(), 1);
    assert_eq!(request(&moved, "PUT /a"), 403);
    assert_eq!(request(&sas, "PUT /a"), 201);
}
