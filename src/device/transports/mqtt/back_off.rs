//! How long to wait before connecting again.

use std::time::Duration;

use tokio::time::Instant;

/// The first pause.
const FIRST: Duration = Duration::from_millis(500);

/// The longest pause in the first minute: what is short must not become long.
const SOON: Duration = Duration::from_secs(4);

/// How long pauses stay that short.
const SOON_FOR: Duration = Duration::from_secs(60);

/// The longest pause later.
const LATER: Duration = Duration::from_secs(60);

/// How long a connection must last to count as one that works.
const STABLE: Duration = Duration::from_secs(30);

/// From so many short connections in a row, another client probably has the same identity: each of
/// the two drops the other. An outage looks different, since a connection fails in between.
const EVICTIONS: u32 = 3;

/// The pauses between connections.
#[derive(Debug, Default)]
pub(super) struct BackOff {
    failures: Series,
    evictions: Series,
}

/// Events in a row.
#[derive(Debug, Default)]
struct Series {
    began: Option<Instant>,
    count: u32,
}

impl BackOff {
    /// A connection failed: how long to wait.
    pub(super) fn failed(&mut self) -> Duration {
        self.evictions = Series::default();
        self.failures.next()
    }

    /// A connection that had `lasted` was closed by the other end: how long to wait.
    pub(super) fn lost(&mut self, lasted: Duration) -> Duration {
        self.failures = Series::default();
        if lasted >= STABLE {
            self.evictions = Series::default();
        }
        self.evictions.next()
    }

    /// Whether another client seems to have the same identity.
    pub(super) fn is_contended(&self) -> bool {
        self.evictions.count >= EVICTIONS
    }
}

impl Series {
    /// Doubles from the first pause to the longest, with between half and all of it by chance, so that
    /// devices that lost their hub together don't return together.
    fn next(&mut self) -> Duration {
        let now = Instant::now();
        let since = now - *self.began.get_or_insert(now);
        let most = if since < SOON_FOR { SOON } else { LATER };
        let doubled = FIRST * 2_u32.saturating_pow(self.count.min(10));
        self.count += 1;
        doubled.min(most).mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_are_short_in_the_first_minute_and_bounded_later() {
        let began = Instant::now();
        let mut back_off = BackOff::default();
        let mut longest = Duration::ZERO;
        for _ in 0..1000 {
            let early = began.elapsed() < SOON_FOR;
            let pause = back_off.failed();
            assert!(pause <= if early { SOON } else { LATER }, "{pause:?}");
            assert!(pause >= FIRST / 2);
            longest = longest.max(pause);
            tokio::time::advance(pause).await;
        }
        assert!(longest > LATER / 2);
        // Once it worked, it is short again.
        assert!(back_off.lost(STABLE) <= FIRST);
        assert!(back_off.failed() <= FIRST);
    }

    #[tokio::test(start_paused = true)]
    async fn connections_that_are_dropped_again_and_again_are_contended() {
        let mut back_off = BackOff::default();
        let mut pauses = Vec::new();
        for _ in 0..200 {
            let pause = back_off.lost(Duration::from_secs(1));
            tokio::time::advance(pause).await;
            pauses.push(pause);
        }
        assert!(back_off.is_contended());
        assert!(pauses[150..].iter().all(|pause| *pause >= LATER / 2));
        back_off.lost(STABLE);
        assert!(!back_off.is_contended());
        // An outage: a connection fails before the next one holds.
        for _ in 0..10 {
            back_off.lost(Duration::from_secs(1));
            back_off.failed();
            assert!(!back_off.is_contended());
        }
    }
}
