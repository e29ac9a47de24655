//! The storage goes away in the middle of an upload, and comes back.

use std::time::{Duration, Instant};

use super::{holds, log, serve};
use crate::common::azurite::{Container, OwnAzurite};
use crate::common::caller::{Caller, has_ended};

const BYTES: usize = 24 << 20;
const SEED: u64 = 20_261_122;

/// How long an outage a device is sure to bridge: its retries end after 15 s. On a busy machine Azurite
/// may take longer to start again.
const BRIDGED: Duration = Duration::from_secs(12);

/// One upload through an outage of 2 s or more that begins when `part` of it is done; whether it completed.
/// An Azurite that is killed forgets what it took in the last seconds, one that is stopped does not.
fn outage(azurite: &mut OwnAzurite, caller: &Caller, log: &[u8], part: f64, kill: bool) -> bool {
    let container = Container::create_at(azurite.endpoint());
    let id = caller.upload(&container.sas("acw", 1), "text", "none");
    let before = caller.wait(&id, |answer| {
        let bytes = answer["progress"]["bytes"].as_f64().unwrap_or(0.0);
        has_ended(answer) || bytes >= part * log.len() as f64
    });
    assert_eq!(before["status"], "Running", "{before}");
    let start = Instant::now();
    if kill {
        azurite.kill();
    } else {
        azurite.stop();
    }
    std::thread::sleep(Duration::from_secs(2));
    azurite.restart();
    let is_long = start.elapsed() > BRIDGED;
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
            true
        }
        // A storage that forgot nothing and was not away for long gets the whole blob.
        Some("Failed") if kill || is_long => {
            let message = answer["message"].as_str().unwrap();
            assert!(
                message.contains("0 of 1 modules uploaded; module m: "),
                "{case}"
            );
            assert!(answer.get("blobs").is_none(), "{case}");
            false
        }
        _ => panic!("{case}"),
    }
}

#[test]
#[ignore = "needs Azurite"]
fn after_an_outage_at_any_moment_the_blob_is_whole_or_the_task_failed() {
    let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let log = log(BYTES, SEED);
    std::fs::write(folder.path().join("m.log"), &log).unwrap();
    let mut random = fastrand::Rng::with_seed(SEED);
    // The moments of five lanes that run side by side: a stop and a kill each.
    let lanes: [[f64; 2]; 5] = std::array::from_fn(|_| [0, 1].map(|_| random.f64() * 0.9));
    let (log, folder, home) = (&log, folder.path(), home.path());
    let completed: Vec<[bool; 2]> = std::thread::scope(|scope| {
        let lane = |moments: [f64; 2]| {
            scope.spawn(move || {
                let serve = serve(folder, home);
                let caller = Caller::of(&serve);
                let mut azurite = OwnAzurite::start();
                let mut through =
                    |at: usize| outage(&mut azurite, &caller, log, moments[at], at == 1);
                [through(0), through(1)]
            })
        };
        let lanes = lanes.map(lane);
        lanes.map(|lane| lane.join().unwrap()).to_vec()
    });
    println!("completed after a stop and after a kill: {completed:?}");
}
