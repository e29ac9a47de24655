//! The rate limit of calls to a hub.

use crate::lock::lock;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Spaces calls evenly, so that no second holds more than the hub takes.
///
/// IoT Hub lets 40 method calls a second pass for each S1 unit, first slows down what exceeds that
/// and then answers 429. This is a token bucket that holds one token: unused time is not
/// made up for by a burst, which would be throttled.
#[derive(Debug)]
pub struct RateLimit {
    /// The distance between two calls; `None` if unlimited.
    interval: Option<Duration>,
    /// The earliest time of the next call.
    next: Mutex<Option<Instant>>,
}

impl RateLimit {
    /// A limit of this many calls a second; 0 is none.
    pub fn per_second(calls: u32) -> Self {
        Self {
            interval: (calls > 0).then(|| Duration::from_secs(1) / calls),
            next: Mutex::new(None),
        }
    }

    /// Waits until the next call may go. Callers go in the order in which they came.
    pub async fn slot(&self) {
        let at = {
            let mut next = self.next();
            let now = Instant::now();
            let at = next.map_or(now, |next| next.max(now));
            match self.interval {
                Some(interval) => *next = Some(at + interval),
                None if at <= now => return,
                None => {}
            }
            at
        };
        sleep_until(at).await;
    }

    /// Holds all calls for this long, after the hub has throttled one.
    pub fn hold(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut next = self.next();
        *next = Some(next.map_or(until, |next| next.max(until)));
    }

    fn next(&self) -> MutexGuard<'_, Option<Instant>> {
        lock(&self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn slots(limit: &RateLimit, count: u32) -> Vec<Duration> {
        let start = Instant::now();
        let mut at = Vec::new();
        for _ in 0..count {
            limit.slot().await;
            at.push(start.elapsed());
        }
        at
    }

    #[tokio::test(start_paused = true)]
    async fn calls_are_spaced_evenly_and_the_first_waits_for_nothing() {
        let at = slots(&RateLimit::per_second(40), 81).await;
        assert_eq!(at[0], Duration::ZERO);
        assert_eq!(at[80], Duration::from_secs(2));
        for (first, last) in at.iter().zip(&at[40..]) {
            assert!(*last - *first >= Duration::from_secs(1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_time_is_not_made_up_for() {
        let limit = RateLimit::per_second(10);
        slots(&limit, 1).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(slots(&limit, 11).await[10], Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn zero_is_unbounded() {
        let at = slots(&RateLimit::per_second(0), 1000).await;
        assert_eq!(at[999], Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hub_that_throttles_holds_everyone_back() {
        for calls in [0, 10] {
            let limit = RateLimit::per_second(calls);
            limit.hold(Duration::from_secs(2));
            limit.hold(Duration::from_secs(1));
            assert_eq!(slots(&limit, 1).await[0], Duration::from_secs(2));
        }
    }
}
