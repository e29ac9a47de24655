//! Every format and size of a blob.

use edgelogs::logs::LogLine;
use serde_json::Value;

use super::{Device, holds, log, text};
use support::azurite::Container;

const MIB: usize = 1 << 20;

/// Sizes around that of a block, which is 1 MiB.
const SIZES: [[usize; 3]; 2] = [[1, MIB, 12 * MIB], [999, MIB - 1, MIB + 1]];

/// The lines of a log as the texts of its records.
fn texts(log: &[u8]) -> Vec<String> {
    let log = std::str::from_utf8(log).unwrap();
    let lines = log.split_inclusive('\n');
    lines
        .map(|line| LogLine::parse(line).text.to_owned())
        .collect()
}

#[test]
#[ignore = "needs Azurite"]
fn every_format_and_size_unpacks_to_the_log() {
    for (set, sizes) in SIZES.into_iter().enumerate() {
        let logs = sizes.map(|size| log(size, size as u64));
        let names = ["a", "b", "c"];
        let modules: Vec<(&str, &[u8])> = names
            .into_iter()
            .zip(logs.iter().map(Vec::as_slice))
            .collect();
        let device = Device::with(&modules);
        let (_serve, caller) = device.start();
        for (content_type, encoding) in [
            ("text", "none"),
            ("text", "gzip"),
            ("json", "none"),
            ("json", "gzip"),
        ] {
            let case = format!("set {set}, {content_type}, {encoding}");
            let container = Container::create();
            let id = caller.upload(&container.sas("acw", 1), content_type, encoding);
            let answer = caller.end(&id);
            assert_eq!(answer["status"], "Completed", "{case}: {answer}");
            assert_eq!(answer["message"], "", "{case}");
            let blobs = container.blobs();
            let bytes: usize = blobs.iter().map(|blob| blob.bytes.len()).sum();
            assert_eq!(answer["progress"]["bytes"], bytes, "{case}");
            assert_eq!(answer["progress"]["modules"], 3, "{case}");
            assert_eq!(answer["progress"]["modulesDone"], 3, "{case}");
            let told = answer["blobs"].as_array().unwrap().iter();
            let mut told: Vec<&str> = told.filter_map(Value::as_str).collect();
            told.sort_unstable();
            let there: Vec<&str> = blobs.iter().map(|blob| blob.name.as_str()).collect();
            assert_eq!(told, there, "{case}");
            for ((blob, log), name) in blobs.iter().zip(&logs).zip(names) {
                assert!(blob.name.contains(&format!("/{name}-")), "{}", blob.name);
                if content_type == "text" {
                    assert!(holds(blob, log), "{case}: {}", blob.name);
                    continue;
                }
                let records: Vec<Value> = serde_json::from_slice(&text(blob)).unwrap();
                let found = records
                    .iter()
                    .map(|record| record["text"].as_str().unwrap());
                assert!(found.eq(texts(log)), "{case}: {}", blob.name);
            }
        }
    }
}

#[test]
#[ignore = "needs Azurite"]
fn blobs_of_the_same_second_have_different_names() {
    let device = Device::with(&[("m", b"a line\n")]);
    let (_serve, caller) = device.start();
    let container = Container::create();
    let sas = container.sas("acw", 1);
    for content_type in ["text", "json"] {
        let ids: Vec<String> = (0..3)
            .map(|_| caller.upload(&sas, content_type, "none"))
            .collect();
        for id in ids {
            let answer = caller.end(&id);
            assert_eq!(answer["status"], "Completed", "{answer}");
            assert_eq!(answer["blobs"].as_array().unwrap().len(), 1, "{answer}");
        }
    }
    let blobs = container.blobs();
    assert_eq!(blobs.len(), 6);
    assert!(blobs.iter().all(|blob| !blob.bytes.is_empty()));
}
