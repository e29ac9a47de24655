//! Retries: which errors are worth one, and the pause before it.

use std::time::Duration;

use super::error::{HubError, HubErrorKind};

/// How often a call is repeated, and the pauses in between.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// How many times after the first.
    pub retries: u32,
    /// The pause before the first repetition; each later one is twice as long.
    pub first_pause: Duration,
    /// No pause is longer, whatever the hub asks for.
    pub longest_pause: Duration,
    /// No repetition begins later than this after the first attempt.
    pub longest_total: Duration,
}

impl RetryPolicy {
    /// The policy for this many repetitions.
    pub fn new(retries: u32) -> Self {
        Self {
            retries,
            first_pause: Duration::from_millis(300),
            longest_pause: Duration::from_secs(30),
            longest_total: Duration::from_secs(120),
        }
    }

    /// The pause before repetition number `attempt` (from 0), or none when `error` is final.
    /// `elapsed` is the time since the first attempt began.
    ///
    /// A call that may have an effect is repeated only when it is sure that nothing was sent.
    pub fn pause(
        &self,
        attempt: u32,
        elapsed: Duration,
        error: &HubError,
        repeatable: bool,
    ) -> Option<Duration> {
        let worth_it = if repeatable {
            error.kind.is_transient()
        } else {
            error.kind == HubErrorKind::NotReached
        };
        if attempt >= self.retries || !worth_it {
            return None;
        }
        let ceiling = self
            .first_pause
            .saturating_mul(1 << attempt.min(16))
            .min(self.longest_pause);
        let pause = match error.retry_after {
            Some(asked) => asked.min(self.longest_pause),
            // Half of the pause is drawn, so that many callers do not come back at once.
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
    fn what_may_have_run_is_not_repeated() {
        let policy = RetryPolicy::new(3);
        for kind in [
            HubErrorKind::NoAnswer,
            HubErrorKind::Interrupted,
            HubErrorKind::Throttled,
            HubErrorKind::HubFailure,
        ] {
            assert!(
                policy.pause(0, NOW, &error(kind), true).is_some(),
                "{kind:?}"
            );
            assert!(
                policy.pause(0, NOW, &error(kind), false).is_none(),
                "{kind:?}"
            );
        }
        assert!(
            policy
                .pause(0, NOW, &error(HubErrorKind::NotReached), false)
                .is_some()
        );
    }

    #[test]
    fn refusals_are_final() {
        for kind in [
            HubErrorKind::NotAuthorized,
            HubErrorKind::DeviceNotFound,
            HubErrorKind::NotConnected,
        ] {
            assert!(
                RetryPolicy::new(3)
                    .pause(0, NOW, &error(kind), true)
                    .is_none(),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn pauses_double_and_end_with_the_budget() {
        let policy = RetryPolicy::new(3);
        let pause = |attempt| policy.pause(attempt, NOW, &error(HubErrorKind::Throttled), true);
        assert!(pause(1).unwrap() >= Duration::from_millis(300));
        assert!(pause(1).unwrap() <= Duration::from_millis(600));
        assert!(pause(3).is_none());
    }

    #[test]
    fn the_hub_may_say_how_long_up_to_a_bound() {
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
    fn no_repetition_begins_after_the_time_of_the_budget() {
        let policy = RetryPolicy::new(3);
        let silent = error(HubErrorKind::NoAnswer);
        let late = policy.longest_total - Duration::from_millis(100);
        assert!(policy.pause(0, late / 2, &silent, true).is_some());
        assert!(policy.pause(0, late, &silent, true).is_none());
    }
}
