//! The storage goes down during an upload, and comes back.

use std::time::Duration;

use super::{Device, holds, log};
use support::azurite::{Container, OwnAzurite};
use support::caller::{Caller, has_ended};

const BYTES: usize = 24 << 20;
const SEED: u64 = 20_261_122;

/// One upload through an outage of 5 s that begins when `part` of it is done.
/// An Azurite that is killed forgets what it took in the last seconds, one that is stopped does not.
fn outage(azurite: &mut OwnAzurite, caller: &Caller, log: &[u8], part: f64, kill: bool) {
    let container = Container::create_at(azurite.endpoint());
    let id = caller.upload(&container.sas("acw", 1), "text", "none");
    let before = caller.wait(&id, |answer| {
        let bytes = answer["progress"]["bytes"].as_f64().unwrap_or(0.0);
        has_ended(answer) || bytes >= part * log.len() as f64
    });
    assert_eq!(before["status"], "Running", "{before}");
    if kill {
        azurite.kill();
    } else {
        azurite.stop();
    }
    std::thread::sleep(Duration::from_secs(5));
    azurite.restart();
    let answer = caller.end(&id);
    let case = format!("at {part:.2}, killed: {kill}: {answer}");
    match answer["status"].as_str() {
        Some("Completed") => {
            assert_eq!(answer["message"], "", "{case}");
            let blobs = container.blobs();
            assert_eq!(blobs.len(), 1, "{case}");
            assert!(
                holds(&blobs[0], log),
                "{case}: {} bytes",
                blobs[0].bytes.len()
            );
        }
        // A storage that lost nothing gets the whole blob.
        Some("Failed") if kill => {
            let message = answer["message"].as_str().unwrap();
            assert!(
                message.contains("0 of 1 modules uploaded; module m: "),
                "{case}"
            );
            assert!(answer.get("blobs").is_none(), "{case}");
        }
        _ => panic!("{case}"),
    }
}

#[test]
#[ignore = "needs Azurite"]
fn after_an_outage_the_blob_is_whole_or_the_task_failed() {
    let log = log(BYTES, SEED);
    let mut random = fastrand::Rng::with_seed(SEED);
    let device = Device::with(&[("m", &log)]);
    let (_serve, caller) = device.start();
    let mut azurite = OwnAzurite::start();
    // One after the other: several that start again side by side are away for longer than the retries
    // of an upload.
    for kill in [false, true].repeat(5) {
        let moment = random.f64() * 0.9;
        outage(&mut azurite, &caller, &log, moment, kill);
    }
}
