//! Limits the rate of calls to a hub.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::lock::lock;

/// Spaces calls evenly.
///
/// IoT Hub allows 40 method calls per second and S1 unit; it first slows down calls above that, then
/// returns 429. So each call leaves an interval after the one before really left: neither idle time
/// nor a machine that was busy makes room for a burst.
#[derive(Debug)]
pub struct RateLimit {
    /// The interval between two calls; `None` if unlimited.
    interval: Option<Duration>,
    /// When the latest call left. Whose turn is next holds it, and the others wait in order.
    left: tokio::sync::Mutex<Option<Instant>>,
    /// Nothing leaves before this.
    paused: Mutex<Option<Instant>>,
}

impl RateLimit {
    /// A limit of this many calls per second; 0 means unlimited.
    pub fn per_second(calls: u32) -> Self {
        Self {
            interval: (calls > 0).then(|| Duration::from_secs(1) / calls),
            left: tokio::sync::Mutex::new(None),
            paused: Mutex::new(None),
        }
    }

    /// Waits until the next call is allowed. Callers are served in order.
    pub async fn wait(&self) {
        let Some(interval) = self.interval else {
            return self.wait_until(None).await;
        };
        let mut left = self.left.lock().await;
        self.wait_until(left.map(|left| left + interval)).await;
        *left = Some(Instant::now());
    }

    /// Waits for a time, and for the end of a pause, which may begin meanwhile.
    async fn wait_until(&self, at: Option<Instant>) {
        loop {
            let until = at.max(*lock(&self.paused));
            match until.filter(|until| *until > Instant::now()) {
                Some(until) => sleep_until(until).await,
                None => return,
            }
        }
    }

    /// Pauses all calls for this long.
    pub fn pause(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut paused = lock(&self.paused);
        *paused = (*paused).max(Some(until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn wait_times(limit: &RateLimit, count: u32) -> Vec<Duration> {
        let start = Instant::now();
        let mut at = Vec::new();
        for _ in 0..count {
            limit.wait().await;
            at.push(start.elapsed());
        }
        at
    }

    #[tokio::test(start_paused = true)]
    async fn calls_are_spaced_evenly_and_the_first_does_not_wait() {
        let at = wait_times(&RateLimit::per_second(40), 81).await;
        assert_eq!(at[0], Duration::ZERO);
        assert_eq!(at[80], Duration::from_secs(2));
        for (first, last) in at.iter().zip(&at[40..]) {
            assert!(*last - *first >= Duration::from_secs(1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn idle_time_allows_no_burst() {
        let limit = RateLimit::per_second(10);
        wait_times(&limit, 1).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(wait_times(&limit, 11).await[10], Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn zero_is_unlimited() {
        let at = wait_times(&RateLimit::per_second(0), 1000).await;
        assert_eq!(at[999], Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_delays_all_calls_and_the_longest_counts() {
        for calls in [0, 10] {
            let limit = RateLimit::per_second(calls);
            limit.pause(Duration::from_secs(2));
            limit.pause(Duration::from_secs(1));
            assert_eq!(wait_times(&limit, 1).await[0], Duration::from_secs(2));
        }
    }
}
