//! Tokens that end while requests come.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use stand_in::WorkloadApi;
use stand_in::mqtt::FrontEvent;

use crate::common::{KEY, Plant, device_run};
use crate::is_long;

/// What a run of renewals under load costs.
struct Cost {
    /// 404103: nobody was subscribed, so that nothing ran.
    offline: usize,
    /// 504101: the connection that was asked ended without an answer.
    silent: usize,
    renewals: usize,
    /// For each renewal, how long nobody was subscribed.
    gaps: Vec<Duration>,
}

/// About 40 calls a second, which is all that one S1 unit of IoT Hub lets through.
#[test]
fn a_renewal_under_load_costs_at_most_one_request() {
    let cost = renew_under_load(Duration::from_millis(100));
    let failed = cost.offline + cost.silent;
    assert!(failed <= cost.renewals, "{failed}");
}

/// More than a hub lets through. While a connection takes over, the hub drops what it asked of the
/// other one, and has nobody to ask: both take a round trip, however short.
#[test]
fn a_renewal_at_any_load_costs_what_is_asked_during_a_round_trip() {
    let cost = renew_under_load(Duration::from_millis(20));
    let longest = cost.gaps.iter().max().unwrap();
    assert!(*longest < Duration::from_secs(1), "{longest:?}");
    // What each caller waits for as a connection ends, and what it asks in the gap.
    let calls = |gap: &Duration| CALLERS * (1 + gap.as_millis() as usize / 20);
    let most: usize = cost.gaps.iter().map(calls).sum();
    let failed = cost.offline + cost.silent;
    assert!(failed <= most, "{failed} of at most {most}");
}

const CALLERS: usize = 4;

/// Tokens of 60 s for 5 minutes; in the short form, of 30 s for a minute. Each caller pauses between
/// its calls.
fn renew_under_load(pause: Duration) -> Cost {
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
        for _ in 0..CALLERS {
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
                    std::thread::sleep(pause);
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
    let took_over = device.count("took over");
    let gaps = gaps(&plant);
    println!(
        "{} calls a second: {answered} answered, {offline} with 404103 and {silent} with 504101 in {took_over} \
         renewals of tokens of {lifetime}; nobody subscribed for {gaps:?}; {} signatures; {} answers lost",
        answered as u64 / lasts.as_secs(),
        workload.signed(),
        device.count("is lost")
    );
    let events = plant.front.events();
    let expired = |event: &FrontEvent| matches!(event, FrontEvent::Expired(_));
    assert!(!events.iter().any(expired));
    assert!(took_over >= renewals, "{took_over}");
    assert_eq!(gaps.len(), took_over);
    assert!(answered > 100, "{answered}");
    Cost {
        offline,
        silent,
        renewals: took_over,
        gaps,
    }
}

/// From the moment at which each connection ends another one to its own subscription.
fn gaps(plant: &Plant) -> Vec<Duration> {
    let mut kicked = None;
    let mut gaps = Vec::new();
    for (at, event) in plant.front.timed_events() {
        match event {
            FrontEvent::Kicked(_) => kicked = Some(at),
            FrontEvent::Subscribed(_) => gaps.extend(kicked.take().map(|kicked| at - kicked)),
            _ => {}
        }
    }
    gaps
}
