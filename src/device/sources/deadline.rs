//! How long a source may take to answer: no longer than the caller of the method waits.
//!
//! The deadline is a property of the task that runs the method, so that each request to an engine
//! knows it. Uploads and bundles run in tasks of their own, without one.

use std::time::Duration;

use tokio::time::Instant;

/// What is left of a call's time for the answer on its way back.
const MOST_MARGIN: Duration = Duration::from_secs(3);

/// The shortest wait, so that a log of many modules still asks for the last ones.
const SHORTEST: Duration = Duration::from_millis(100);

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Runs a method whose caller waits for `limit`: no request to a source outlasts it.
pub(in crate::device) async fn answered_within<W: Future>(limit: Duration, work: W) -> W::Output {
    let margin = (limit / 5).min(MOST_MARGIN);
    DEADLINE.scope(Instant::now() + limit - margin, work).await
}

/// How long to wait for a source: `most`, or what is left of the method's time.
pub(super) fn time_left(most: Duration) -> Duration {
    let left = DEADLINE.try_with(|deadline| deadline.saturating_duration_since(Instant::now()));
    left.map_or(most, |left| left.clamp(SHORTEST.min(most), most))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn a_request_ends_before_the_method_does() {
        assert_eq!(time_left(MINUTE), MINUTE);
        answered_within(Duration::from_secs(30), async {
            assert_eq!(time_left(MINUTE), Duration::from_secs(27));
            assert_eq!(time_left(SHORTEST), SHORTEST);
            tokio::time::advance(Duration::from_secs(20)).await;
            assert_eq!(time_left(MINUTE), Duration::from_secs(7));
            tokio::time::advance(MINUTE).await;
            assert_eq!(time_left(MINUTE), SHORTEST);
            // A task of its own has all the time.
            let task = tokio::spawn(async { time_left(MINUTE) });
            assert_eq!(task.await.unwrap(), MINUTE);
        })
        .await;
        answered_within(Duration::from_secs(5), async {
            assert_eq!(time_left(MINUTE), Duration::from_secs(4));
        })
        .await;
    }
}
