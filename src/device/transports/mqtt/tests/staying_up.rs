use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::fake::Hub;
use crate::lock::lock;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// A keeper that runs.
struct Device {
    hub: Arc<Hub>,
    stop: watch::Sender<bool>,
    runs: JoinHandle<()>,
}

async fn started(lifetime: Duration) -> Device {
    let hub = Hub::new(lifetime);
    let (stop, told) = watch::channel(false);
    let keeper = hub.keeper(10 * SECOND);
    let runs = tokio::spawn(async move { keeper.run(told).await });
    hub.subscribed().await;
    Device { hub, stop, runs }
}

impl Device {
    async fn answers(&self, count: usize) -> Vec<(String, i32, String)> {
        let answered = async {
            while lock(&self.hub.state).answered.len() < count {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let waited = timeout(60 * SECOND, answered).await;
        let state = lock(&self.hub.state);
        assert!(waited.is_ok(), "{:?} {:#?}", state.answered, state.log);
        state.answered.clone()
    }

    async fn stopped(self) -> Arc<Hub> {
        self.stop.send_replace(true);
        self.runs.await.unwrap();
        self.hub
    }
}

#[tokio::test(start_paused = true)]
async fn requests_run_side_by_side_and_each_gets_its_own_answer() {
    let device = started(HOUR).await;
    device.hub.call("slow", "sleep 5000 one").unwrap();
    device.hub.call("ping", "").unwrap();
    device.hub.call("a%20b", "null").unwrap();
    let quick = device.answers(2).await;
    assert_eq!(quick[0].2, "\"ping nothing\"");
    assert_eq!(quick[1].2, "\"a b nothing\"");
    let all = device.answers(3).await;
    assert_eq!(
        all[2],
        (
            "slow sleep 5000 one".to_owned(),
            200,
            "\"slow sleep 5000 one\"".to_owned()
        )
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_over_128_kib_becomes_too_large() {
    let device = started(HOUR).await;
    // Two quotes are part of the answer.
    let limit = 128 * 1024 - 2;
    device.hub.call("m", &format!("long {limit}")).unwrap();
    assert_eq!(device.answers(1).await[0].1, 200);
    device
        .hub
        .call("m", &format!("long {}", limit + 1))
        .unwrap();
    let (_, status, body) = device.answers(2).await[1].clone();
    assert_eq!(status, 400);
    assert!(
        body.contains("The payload is too large for a direct method"),
        "{body}"
    );
    assert!(body.contains("131073 bytes"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn a_crash_is_answered_and_concerns_no_other_request() {
    let device = started(HOUR).await;
    device.hub.call("m", "crash").unwrap();
    assert_eq!(device.answers(1).await[0].1, 500);
    device.hub.call("m", "x").unwrap();
    assert_eq!(device.answers(2).await[1].1, 200);
}

#[tokio::test(start_paused = true)]
async fn requests_beyond_the_cap_are_refused_at_once() {
    let device = started(HOUR).await;
    for _ in 0..64 {
        device.hub.call("m", "sleep 9000").unwrap();
    }
    device.hub.call("m", "x").unwrap();
    assert_eq!(device.answers(1).await[0].1, 429);
    assert!(
        device.answers(65).await[1..]
            .iter()
            .all(|answer| answer.1 == 200)
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_delivered_twice_runs_once() {
    let device = started(HOUR).await;
    let hub = &device.hub;
    for method in ["RestartModule", "UploadModuleLogs", "UploadSupportBundle"] {
        hub.deliver(method, method, method);
        sleep(SECOND).await;
        // On the same connection: MQTT delivered it again.
        hub.deliver(method, method, method);
        sleep(SECOND).await;
        // A reconnect in between.
        hub.drop_connection();
        sleep(SECOND).await;
        hub.subscribed().await;
        hub.deliver(method, method, method);
        sleep(SECOND).await;
    }
    let answers: Vec<i32> = device
        .answers(6)
        .await
        .iter()
        .map(|answer| answer.1)
        .collect();
    assert_eq!(answers, [200, 409, 200, 409, 200, 409]);
    let state = lock(&hub.state);
    assert!(
        state.ran.values().all(|count| *count == 1),
        "{:?}",
        state.ran
    );
    assert!(
        state
            .log
            .iter()
            .any(|line| line.contains("delivered twice")),
        "{:?}",
        state.log
    );
}

#[tokio::test(start_paused = true)]
async fn the_same_id_on_another_connection_is_another_request() {
    let device = started(HOUR).await;
    for number in 1..=3 {
        device
            .hub
            .deliver("RestartModule", &number.to_string(), "1");
        device.hub.deliver("GetModuleLogs", "x", "2");
        device.answers(2 * number).await;
        device.hub.drop_connection();
        sleep(SECOND).await;
        device.hub.subscribed().await;
    }
    assert!(device.answers(6).await.iter().all(|answer| answer.1 == 200));
}

#[tokio::test(start_paused = true)]
async fn an_answer_never_goes_out_on_a_later_connection() {
    let device = started(HOUR).await;
    // The fake hub fails on an answer that a connection did not ask for, and ids begin anew.
    device.hub.call("slow", "sleep 5000").unwrap();
    sleep(SECOND).await;
    device.hub.drop_connection();
    sleep(SECOND).await;
    device.hub.subscribed().await;
    device.hub.call("quick", "x").unwrap();
    sleep(30 * SECOND).await;
    let answers = device.answers(1).await;
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].2, "\"quick x\"");
    let lost = &lock(&device.hub.state).lost;
    assert!(
        lost.contains(&("slow".to_owned(), "1".to_owned())),
        "{lost:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_token_takes_over_once_running_requests_are_answered() {
    let device = started(60 * SECOND).await;
    // 48 s after the start, the renewal begins.
    sleep(47 * SECOND).await;
    device.hub.call("slow", "sleep 4000").unwrap();
    sleep(3 * SECOND).await;
    assert_eq!(lock(&device.hub.state).renewals, 0);
    device.answers(1).await;
    sleep(SECOND).await;
    let state = lock(&device.hub.state);
    assert_eq!((state.renewals, state.lost.len()), (1, 0));
    assert!(state.gaps[0] < SECOND / 5, "{:?}", state.gaps);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_does_not_wait_for_a_request_until_the_token_ends() {
    let device = started(60 * SECOND).await;
    sleep(45 * SECOND).await;
    device.hub.call("slow", "sleep 30000").unwrap();
    sleep(60 * SECOND).await;
    let state = lock(&device.hub.state);
    assert!(
        !state.log.contains(&"expired".to_owned()),
        "{:?}",
        state.log
    );
    assert_eq!(state.lost.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_waited_for_requests_is_renewed_in_its_own_time() {
    let device = started(60 * SECOND).await;
    for _ in 0..30 {
        // Something always runs, so that each token is old when it takes over.
        let _ = device.hub.call("slow", "sleep 30000");
        sleep(20 * SECOND).await;
    }
    let state = lock(&device.hub.state);
    assert!(state.renewals > 9, "{}", state.renewals);
    let expired = "expired".to_owned();
    assert!(!state.log.contains(&expired), "{:#?}", state.log);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_waits_for_a_request_is_made_anew_before_it_is_dropped() {
    let device = started(HOUR).await;
    sleep(47 * 60 * SECOND + 50 * SECOND).await;
    device.hub.call("slow", "sleep 200000").unwrap();
    sleep(240 * SECOND).await;
    let state = lock(&device.hub.state);
    assert_eq!((state.renewals, state.lost.len()), (1, 0));
    assert_eq!(state.answered.len(), 1);
    assert!(state.opened > 3, "{}", state.opened);
    let told = |line: &String| line.contains("no connection with a new token");
    assert!(!state.log.iter().any(told), "{:#?}", state.log);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_is_tried_again_while_the_old_token_lasts() {
    let device = started(600 * SECOND).await;
    sleep(470 * SECOND).await;
    lock(&device.hub.state).signs_nothing = true;
    sleep(60 * SECOND).await;
    lock(&device.hub.state).signs_nothing = false;
    sleep(60 * SECOND).await;
    let state = lock(&device.hub.state);
    assert_eq!(state.renewals, 1, "{:#?}", state.log);
    assert_eq!(state.connected, 2);
}

#[tokio::test(start_paused = true)]
async fn a_hub_that_does_not_answer_connect_is_named() {
    let device = started(HOUR).await;
    lock(&device.hub.state).silent = true;
    device.hub.drop_connection();
    sleep(120 * SECOND).await;
    lock(&device.hub.state).silent = false;
    device.hub.subscribed().await;
    let state = lock(&device.hub.state);
    let told = state
        .log
        .iter()
        .find(|line| line.contains("does not answer CONNECT"));
    assert!(
        told.is_some_and(|line| line.contains("1.6.0") && line.contains("--direct")),
        "{:#?}",
        state.log
    );
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_less_than_a_minute_ends_within_five_seconds() {
    let device = started(HOUR).await;
    for outage in [0, 1, 5, 20, 50] {
        device.hub.set_down(true);
        sleep(outage * SECOND).await;
        device.hub.set_down(false);
        let back = Instant::now();
        device.hub.subscribed().await;
        assert!(
            back.elapsed() < 5 * SECOND,
            "{outage}: {:?}",
            back.elapsed()
        );
        sleep(40 * SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn another_client_with_the_same_identity_is_recognised() {
    let device = started(HOUR).await;
    for _ in 0..100 {
        device.hub.subscribed().await;
        sleep(SECOND).await;
        device.hub.drop_connection();
        sleep(SECOND / 10).await;
    }
    let state = lock(&device.hub.state);
    assert!(
        state.log.iter().any(|line| line.contains("same identity")),
        "{:#?}",
        state.log
    );
    // 100 connections within two minutes would be a fight.
    assert!(state.log.last().unwrap().contains("same identity"));
}

#[tokio::test(start_paused = true)]
async fn at_the_end_running_requests_are_answered_and_new_ones_refused() {
    let device = started(HOUR).await;
    let hub = device.hub.clone();
    hub.call("slow", "sleep 5000").unwrap();
    lock(&hub.state).tasks = 1;
    sleep(SECOND).await;
    device.stop.send_replace(true);
    sleep(SECOND / 100).await;
    hub.call("late", "x").unwrap();
    sleep(6 * SECOND).await;
    assert!(!device.runs.is_finished(), "a task is running");
    lock(&hub.state).tasks = 0;
    device.stopped().await;
    let state = lock(&hub.state);
    let answers: Vec<i32> = state.answered.iter().map(|answer| answer.1).collect();
    assert_eq!(answers, [503, 200]);
    assert_eq!((state.unsubscribed, state.closed), (1, 1));
    assert_eq!(state.log.last().unwrap(), "stopped");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_within_the_grace_is_told() {
    let device = started(HOUR).await;
    device.hub.call("slow", "sleep 60000").unwrap();
    lock(&device.hub.state).tasks = 2;
    sleep(SECOND).await;
    let began = Instant::now();
    let hub = device.stopped().await;
    assert!(began.elapsed() < 11 * SECOND);
    let state = lock(&hub.state);
    assert_eq!(state.closed, 1);
    let last = state.log.last().unwrap();
    assert_eq!(last, "stopped before 1 requests and 2 uploads had ended");
}

#[tokio::test(start_paused = true)]
async fn it_ends_at_once_where_nothing_runs_and_nothing_is_connected() {
    let device = started(HOUR).await;
    device.hub.set_down(true);
    sleep(HOUR).await;
    let began = Instant::now();
    device.stopped().await;
    assert!(began.elapsed() < SECOND);
}

/// A day with tokens of an hour, outages of up to ten minutes, dropped connections, requests all the
/// time, and deliveries that are repeated.
#[tokio::test(start_paused = true)]
async fn a_day_of_renewals_and_reconnects_loses_nothing_in_silence() {
    for seed in 0..4 {
        a_day(seed).await;
    }
}

async fn a_day(seed: u64) {
    let device = started(HOUR).await;
    let hub = device.hub.clone();
    let mut random = fastrand::Rng::with_seed(seed);
    let began = Instant::now();
    let (mut sent, mut acting, mut dropped) = (0, 0, 0);
    while began.elapsed() < 24 * HOUR {
        sleep(Duration::from_millis(random.u64(1..6000))).await;
        match random.u32(0..20_000) {
            0..3 => {
                hub.set_down(true);
                dropped += 1;
                let outage = Duration::from_secs(random.u64(1..600));
                sleep(outage).await;
                hub.set_down(false);
                let back = Instant::now();
                hub.subscribed().await;
                let most = if outage < 55 * SECOND {
                    5 * SECOND
                } else {
                    66 * SECOND
                };
                assert!(back.elapsed() < most, "{outage:?}: {:?}", back.elapsed());
            }
            3..10 => {
                hub.drop_connection();
                dropped += 1;
            }
            10..2000 => {
                let payload = format!("restart {acting}");
                if let Some(id) = hub.call("RestartModule", &payload) {
                    acting += 1;
                    if random.bool() {
                        sleep(Duration::from_millis(random.u64(1..500))).await;
                        if random.u16(0..400) == 0 {
                            hub.drop_connection();
                            dropped += 1;
                            hub.subscribed().await;
                        }
                        hub.deliver("RestartModule", &payload, &id);
                    }
                }
            }
            _ => {
                let ms = random.u64(1..3000);
                sent += usize::from(
                    hub.call("GetModuleLogs", &format!("sleep {ms} {sent}"))
                        .is_some(),
                );
            }
        }
    }
    sleep(10 * SECOND).await;
    hub.subscribed().await;
    let state = lock(&hub.state);
    assert!(
        !state.log.contains(&"expired".to_owned()),
        "a token expired in use"
    );
    // A reconnect signs anew, so there are fewer renewals than 24 h by 48 min.
    assert!((5..=30).contains(&state.renewals), "{}", state.renewals);
    let restarts = state
        .ran
        .iter()
        .filter(|(request, _)| request.starts_with("RestartModule"));
    assert!(restarts.clone().all(|(_, count)| *count == 1));
    assert!(restarts.count() >= acting - dropped && sent > 10_000);
    // What was delivered is answered, or the log tells that its answer is lost. (The repeated ones were
    // dropped by intent.)
    for ((connection, rid), request) in &state.open {
        let method = request.split(' ').next().unwrap().to_owned();
        let told = state.lost.contains(&(method.clone(), rid.clone()))
            || state
                .log
                .iter()
                .any(|line| line.contains("delivered twice") && line.contains(rid));
        assert!(told, "{connection} {rid} {request}");
    }
    // No renewal costs more than one request.
    let most = dropped * 4 + state.renewals;
    assert!(state.lost.len() <= most, "{} of {most}", state.lost.len());
}
