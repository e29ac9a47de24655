//! Counts what is running.

use std::sync::Arc;

use tokio::sync::watch;

/// A count that can be waited for.
#[derive(Debug, Clone)]
pub(in crate::device) struct Running(Arc<watch::Sender<usize>>);

/// One that runs, until it is dropped.
#[derive(Debug)]
pub(in crate::device) struct Runs(Running);

impl Default for Running {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Running {
    /// Counts one more, if there are less than `most`.
    pub(in crate::device) fn enter(&self, most: usize) -> Option<Runs> {
        let entered = self.0.send_if_modified(|count| {
            let fits = *count < most;
            *count += usize::from(fits);
            fits
        });
        entered.then(|| Runs(self.clone()))
    }

    pub(in crate::device) fn count(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until none runs.
    pub(in crate::device) async fn none(&self) {
        // The sender is ours.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}
