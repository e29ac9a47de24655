//! Refusals of the storage are reported with its code, and without the signature.

use jiff::{SignedDuration, Timestamp};

use super::{Device, log};
use crate::common::edgelogs;
use crate::common::eventually::eventually;
use crate::common::samples::{files, signature};
use support::azurite::{Container, OwnAzurite};

#[test]
#[ignore = "needs Azurite"]
fn refusals_hold_the_storages_code_and_no_signature() {
    let device = Device::with(&[("m", b"a line\n")]);
    let (serve, caller) = device.start();
    let container = Container::create();
    let good = container.sas("acw", 1);
    let other_account = good.replacen("/devstoreaccount1/", "/otheraccount/", 1);
    assert_ne!(good, other_account);
    let cases = [
        (container.sas("r", 1), "403 AuthorizationPermissionMismatch"),
        (
            container.sas_for("acw", SignedDuration::from_secs(-60)),
            "403 AuthorizationFailure",
        ),
        (container.account_sas("gone"), "404 ContainerNotFound"),
        (other_account, "404 ResourceNotFound"),
    ];
    for (sas, code) in &cases {
        for content_type in ["text", "json"] {
            let answer = caller.end(&caller.upload(sas, content_type, "gzip"));
            assert_eq!(answer["status"], "Failed", "{answer}");
            let message = answer["message"].as_str().unwrap();
            assert!(message.contains(code), "{code}: {message}");
            assert!(!answer.to_string().contains(signature(sas)), "{code}");
        }
        let answer = caller.end(&caller.bundle(sas));
        assert_eq!(answer["status"], "Failed", "{answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(code), "{code}: {message}");
        let ran = edgelogs(format!("upload -d local -v --sas {sas}"))
            .on(&serve)
            .run();
        assert_ne!(ran.code, 0, "{code}");
        ran.assert_nowhere(signature(sas));
    }
    // The stored tasks don't hold it either.
    let kept = files(device.home.path());
    assert!(kept.len() > cases.len());
    for file in kept.values() {
        let file = String::from_utf8_lossy(file).into_owned();
        for (sas, code) in &cases {
            assert!(!file.contains(signature(sas)), "{code}");
        }
    }
    assert!(container.blobs().is_empty());
}

#[test]
#[ignore = "needs Azurite"]
fn a_sas_that_expires_during_an_upload_fails_the_task() {
    let device = Device::with(&[("m", &log(40 << 20, 3))]);
    let (_serve, caller) = device.start();
    let azurite = OwnAzurite::start();
    for content_type in ["text", "json"] {
        let container = Container::create_at(azurite.endpoint());
        let lifetime = SignedDuration::from_secs(6);
        let sas = container.sas_for("acw", lifetime);
        // It expires at a whole second.
        let void = Timestamp::now() + lifetime + SignedDuration::from_secs(1);
        let id = caller.upload(&sas, content_type, "none");
        let begun = caller.wait(&id, |answer| {
            answer["progress"]["bytes"]
                .as_u64()
                .is_some_and(|bytes| bytes > 0)
        });
        assert_eq!(begun["status"], "Running", "{begun}");
        // The storage is paused until the SAS has expired.
        azurite.signal("-STOP");
        eventually("the end of the SAS", || {
            (Timestamp::now() > void).then_some(())
        });
        azurite.signal("-CONT");
        let answer = caller.end(&id);
        assert_eq!(answer["status"], "Failed", "{answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains("403 AuthorizationFailure"), "{message}");
        assert!(!message.contains(signature(&sas)), "{message}");
    }
}
