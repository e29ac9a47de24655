//! The limits on calls to a hub: how many at a time, and how many a second.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::rate::RateLimit;

/// The limits that all calls of a client share, however many devices they go to.
#[derive(Debug)]
pub struct CallLimits {
    in_flight: Semaphore,
    pub(super) rate: RateLimit,
}

impl CallLimits {
    /// At most `in_flight` calls at a time (1 at least), and `rate` calls a second.
    pub fn new(in_flight: usize, rate: RateLimit) -> Self {
        Self {
            in_flight: Semaphore::new(in_flight.clamp(1, Semaphore::MAX_PERMITS)),
            rate,
        }
    }

    /// Waits for a place among the calls in flight and for the rate limit. Dropping the value frees the
    /// place.
    pub async fn place(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed, so that there always is a permit.
        let permit = self.in_flight.acquire().await.ok();
        self.rate.slot().await;
        permit
    }
}
