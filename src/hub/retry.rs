//! Decides whether to retry a call, and after which pause.

use std::time::Duration;

use super::error::{HubError, HubErrorKind};

/// How often to retry a call, and the pauses in between.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// The maximum number of retries.
    pub retries: u32,
    /// The pause before the first retry; it doubles with each retry.
    pub first_pause: Duration,
    /// The maximum pause, even if the hub asks for more.
    pub longest_pause: Duration,
    /// How long after the first attempt the last retry may start.
    pub longest_total: Duration,
}

impl RetryPolicy {
    /// The default policy with this many retries.
    pub fn new(retries: u32) -> Self {
        Self {
            retries,
            first_pause: Duration::from_millis(300),
            longest_pause: Duration::from_secs(30),
            longest_total: Duration::from_secs(120),
        }
    }

    /// The pause before retry number `attempt` (from 0), or `None` if `error` is final. `elapsed` is
    /// the time since the first attempt started.
    ///
    /// Which calls are `repeatable`, and when the others are retried: docs/scale.md, "Retries".
    pub fn pause(
        &self,
        attempt: u32,
        elapsed: Duration,
        error: &HubError,
        repeatable: bool,
    ) -> Option<Duration> {
        let is_worth_retrying = if repeatable {
            error.kind.is_transient() || error.is_damaged_answer()
        } else {
            error.kind == HubErrorKind::NotReached
        };
        if attempt >= self.retries || !is_worth_retrying {
            return None;
        }
        let ceiling = self
            .first_pause
            .saturating_mul(1 << attempt.min(16))
            .min(self.longest_pause);
        let pause = match error.retry_after {
            Some(asked) => asked.min(self.longest_pause),
            // Jitter, so that many callers don't retry at once.
            None => ceiling.mul_f64(0.5 + fastrand::f64() / 2.0),
        };
        (elapsed.saturating_add(pause) <= self.longest_total).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn error(kind: HubErrorKind) -> HubError {
        HubError::without_answer(kind, "x")
    }

    #[test]
    fn pauses_double_and_retries_are_limited() {
        let policy = RetryPolicy::new(3);
        let pause = |attempt| policy.pause(attempt, NOW, &error(HubErrorKind::Throttled), true);
        assert!(pause(1).unwrap() >= Duration::from_millis(300));
        assert!(pause(1).unwrap() <= Duration::from_millis(600));
        assert!(pause(3).is_none());
    }

    #[test]
    fn retry_after_is_respected_up_to_the_maximum_pause() {
        let asked = |seconds| HubError {
            retry_after: Some(Duration::from_secs(seconds)),
            ..error(HubErrorKind::Throttled)
        };
        let policy = RetryPolicy::new(1);
        assert_eq!(
            policy.pause(0, NOW, &asked(2), true),
            Some(Duration::from_secs(2))
        );
        assert_eq!(
            policy.pause(0, NOW, &asked(3600), true),
            Some(policy.longest_pause)
        );
    }

    #[test]
    fn no_retry_starts_after_the_total_time() {
        let policy = RetryPolicy::new(3);
        let silent = error(HubErrorKind::NoAnswer);
        let late = policy.longest_total - Duration::from_millis(100);
        assert!(policy.pause(0, late / 2, &silent, true).is_some());
        assert!(policy.pause(0, late, &silent, true).is_none());
    }
}
