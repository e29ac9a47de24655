//! Work that goes on beside its owner, and ends with it.

use std::future::Future;

use tokio::task::JoinHandle;

/// A task that is aborted when nobody waits for it any more, so that a reader that leaves stops all
/// calls that are under way.
#[derive(Debug)]
pub(super) struct Task<T> {
    handle: JoinHandle<T>,
}

impl<T: Send + 'static> Task<T> {
    pub(super) fn spawn(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self {
            handle: tokio::spawn(work),
        }
    }

    /// What came of it; nothing if the program is about to end.
    pub(super) async fn result(mut self) -> Option<T> {
        (&mut self.handle).await.ok()
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.handle.abort();
    }
}
