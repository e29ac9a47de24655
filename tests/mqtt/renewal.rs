//! Tokens that end while requests come.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use stand_in::WorkloadApi;
use stand_in::mqtt::FrontEvent;

use crate::common::{KEY, Plant, device_run};
use crate::is_long;

/// Tokens of 60 s for 5 minutes; in the short form, of 30 s for a minute. About 40 calls a second, which
/// is all that one S1 unit of IoT Hub lets through.
#[test]
fn a_renewal_under_load_costs_at_most_one_request() {
    let (lifetime, lasts, renewals) = match is_long() {
        true => ("60s", Duration::from_secs(300), 5),
        false => ("30s", Duration::from_secs(60), 2),
    };
    let plant = Plant::new();
    let socket = plant.folder.path().join("workload.sock");
    let bundle = plant.front.certificates().root();
    let workload = WorkloadApi::start(&socket, "edgelogs", "1", KEY, bundle);
    let device = device_run(&["--source", &plant.source(), "--token-lifetime", lifetime])
        .env(
            "IOTEDGE_WORKLOADURI",
            format!("unix://{}", socket.display()),
        )
        .env("IOTEDGE_APIVERSION", "2022-08-03")
        .env("IOTEDGE_DEVICEID", "d")
        .env("IOTEDGE_MODULEID", "edgelogs")
        .env("IOTEDGE_MODULEGENERATIONID", "1")
        .env("IOTEDGE_IOTHUBHOSTNAME", "localhost")
        .env(
            "IOTEDGE_GATEWAYHOSTNAME",
            format!("localhost:{}", plant.front.port()),
        )
        .start();
    plant.front.wait_subscribed(1);
    let answered = AtomicUsize::new(0);
    // 404103 and 504101.
    let failures = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let stop = AtomicBool::new(false);
    let payload =
        "{\"schemaVersion\":\"1.0\",\"items\":[{\"id\":\"filter\",\"filter\":{\"tail\":3}}]}";
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                while !stop.load(Ordering::Relaxed) {
                    let called =
                        plant
                            .front
                            .call_now("d", "edgelogs", "GetModuleLogs", Some(payload));
                    match runtime.block_on(called) {
                        Ok((200, _)) => &answered,
                        Err(404_103) => &failures[0],
                        _ => &failures[1],
                    }
                    .fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(100));
                }
            });
        }
        let began = Instant::now();
        while began.elapsed() < lasts {
            std::thread::sleep(Duration::from_millis(100));
        }
        stop.store(true, Ordering::Relaxed);
    });
    let answered = answered.load(Ordering::Relaxed);
    let [offline, silent] = failures.map(AtomicUsize::into_inner);
    let failed = offline + silent;
    let took_over = device.count("took over");
    println!(
        "{answered} answered, {offline} with 404103 and {silent} with 504101 in {took_over} renewals of tokens of {lifetime}; \
         {} signatures; {} answers lost",
        workload.signed(),
        device.count("is lost")
    );
    let events = plant.front.events();
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, FrontEvent::Expired(_)))
    );
    assert!(took_over >= renewals, "{took_over}");
    assert!(
        failed <= took_over,
        "{failed} failed in {took_over} renewals"
    );
    assert!(answered > 100, "{answered}");
}
