//! The storage carries out a request, but its answer is lost.

use std::env;

use serde_json::Value;

use super::{Device, log, text};
use crate::common::lossy_proxy::LossyProxy;
use support::azurite::Container;

/// Uploads a log while the answer to one request is lost, for each request in turn.
fn each_answer_lost_once(content_type: &str, check: impl Fn(&Container, &str, &[u8], &str)) {
    let storage = env::var("EDGELOGS_TEST_AZURITE").unwrap();
    let log = log((2 << 20) + 7, 5);
    let device = Device::with(&[("m", &log)]);
    let (_serve, caller) = device.start();
    for lost in 0.. {
        let proxy = LossyProxy::start(&storage, lost);
        let container = Container::create();
        let sas = container
            .sas("acw", 1)
            .replacen(&storage, &proxy.endpoint, 1);
        let answer = caller.end(&caller.upload(&sas, content_type, "none"));
        let case = format!("answer {lost} lost: {answer}");
        assert_eq!(answer["status"], "Completed", "{case}");
        assert_eq!(answer["blobs"].as_array().unwrap().len(), 1, "{case}");
        let name = answer["blobs"][0].as_str().unwrap();
        check(&container, name, &log, &case);
        if lost >= proxy.requests() {
            // Every request was tried, and this time nothing was lost.
            assert!(lost >= 4, "{case}");
            return;
        }
    }
}

#[test]
#[ignore = "needs Azurite"]
fn an_append_with_a_lost_answer_is_stored_exactly_once() {
    each_answer_lost_once("text", |container, name, log, case| {
        let blobs = container.blobs();
        assert_eq!(blobs.len(), 1, "{case}");
        assert_eq!(blobs[0].name, name, "{case}");
        assert!(text(&blobs[0]) == log, "{case}");
    });
}

#[test]
#[ignore = "needs Azurite"]
fn a_block_with_a_lost_answer_leaves_only_whole_blobs() {
    each_answer_lost_once("json", |container, name, log, case| {
        let blobs = container.blobs();
        assert!(blobs.iter().any(|blob| blob.name == name), "{case}");
        let lines = log.split_inclusive(|byte| *byte == b'\n').count();
        for blob in &blobs {
            let records: Vec<Value> = serde_json::from_slice(&text(blob)).unwrap();
            assert_eq!(records.len(), lines, "{case}: {}", blob.name);
        }
    });
}
