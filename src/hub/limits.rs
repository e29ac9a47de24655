//! Limits on concurrent calls and calls per second.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::rate::RateLimit;

/// The limits shared by all calls of a client, across devices.
#[derive(Debug)]
pub struct CallLimits {
    in_flight: Semaphore,
    pub(super) rate: RateLimit,
}

impl CallLimits {
    /// At most `in_flight` concurrent calls (at least 1), at `rate`.
    pub fn new(in_flight: usize, rate: RateLimit) -> Self {
        Self {
            in_flight: Semaphore::new(in_flight.clamp(1, Semaphore::MAX_PERMITS)),
            rate,
        }
    }

    /// Waits until both limits allow a call. Drop the permit when the call ends.
    pub async fn acquire(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed, so this never fails.
        let permit = self.in_flight.acquire().await.ok();
        self.rate.wait().await;
        permit
    }
}
