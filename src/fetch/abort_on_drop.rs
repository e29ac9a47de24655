//! Background work that ends with its owner.

use std::future::Future;

use tokio::task::JoinHandle;

/// A tokio task that is aborted when its handle is dropped, so that no call outlives its reader.
#[derive(Debug)]
pub(super) struct AbortOnDrop<T> {
    handle: JoinHandle<T>,
}

impl<T: Send + 'static> AbortOnDrop<T> {
    pub(super) fn spawn(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self {
            handle: tokio::spawn(work),
        }
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.handle.abort();
    }
}
