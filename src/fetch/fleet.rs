//! The same work for many devices at a time.

use futures::StreamExt;

use crate::error::Error;

/// What became of the devices.
#[derive(Debug)]
pub struct FleetOutcome {
    /// How many devices the work was for.
    pub selected: usize,
    /// How many of them have none of the modules that were asked for, where others do.
    pub without_module: usize,
    /// What went wrong, in the order in which it did.
    pub failures: Vec<DeviceFailure>,
}

/// Something that went wrong with one device.
#[derive(Debug)]
pub struct DeviceFailure {
    /// The device's id.
    pub device: String,
    /// What went wrong.
    pub error: Error,
    /// Whether the device did a part of what it was asked to.
    pub in_part: bool,
}

impl FleetOutcome {
    /// Counts the devices that have none of the modules that were asked for, where there are others:
    /// they have not failed. Those that were counted before stay so.
    pub fn set_unmatched_aside(&mut self) {
        let is_unmatched =
            |failure: &DeviceFailure| !failure.in_part && failure.error.is_without_module();
        let unmatched = self.failures.iter().filter(|failure| is_unmatched(failure));
        let unmatched = unmatched.count();
        if self.without_module + unmatched < self.selected {
            self.failures.retain(|failure| !is_unmatched(failure));
            self.without_module += unmatched;
        }
    }

    /// Notes that a device that worked did so only in part.
    pub fn worked_in_part(&mut self, device: impl Into<String>, error: Error) {
        self.failures.push(DeviceFailure {
            device: device.into(),
            error,
            in_part: true,
        });
    }
}

/// Does `work` for each device, for up to `at_a_time` of them at once (1 at least), and begins the
/// next as soon as one is done: whatever becomes of a device, it holds no other back.
///
/// The futures share one task, so that `work` may borrow and needs no locks that last. A target is
/// whatever names a device: its id, or a task on it.
///
/// # Errors
/// Only an error that leaves nothing to go on for, such as a closed stdout. What goes wrong with
/// one device is in the outcome.
pub async fn for_each_device<D: AsRef<str>>(
    targets: &[D],
    at_a_time: usize,
    work: impl AsyncFn(&D) -> Result<(), Error>,
) -> Result<FleetOutcome, Error> {
    let work = &work;
    let mut running = futures::stream::iter(targets)
        .map(|target| async move { (target, work(target).await) })
        .buffer_unordered(at_a_time.max(1));
    let mut failures = Vec::new();
    while let Some((target, result)) = running.next().await {
        match result {
            Ok(()) => {}
            Err(error) if error.ends_run() => return Err(error),
            Err(error) => failures.push(DeviceFailure {
                device: target.as_ref().to_owned(),
                error,
                in_part: false,
            }),
        }
    }
    Ok(FleetOutcome {
        selected: targets.len(),
        without_module: 0,
        failures,
    })
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::*;

    fn ids(count: usize) -> Vec<String> {
        (0..count).map(|index| format!("d{index}")).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_device_delays_no_other() {
        let start = Instant::now();
        let others = Cell::new(Duration::ZERO);
        let outcome = for_each_device(&ids(101), 2, async |device| {
            if device == "d0" {
                sleep(Duration::from_secs(3600)).await;
            } else {
                sleep(Duration::from_secs(1)).await;
                others.set(start.elapsed());
            }
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!(outcome.selected, 101);
        assert!(outcome.failures.is_empty());
        assert_eq!(others.get(), Duration::from_secs(100));
    }

    #[tokio::test(start_paused = true)]
    async fn never_more_at_a_time_than_asked_for_and_failures_do_not_stop_the_rest() {
        let (now, most) = (Cell::new(0), Cell::new(0));
        let done = RefCell::new(Vec::new());
        let outcome = for_each_device(&ids(20), 5, async |device| {
            now.set(now.get() + 1);
            most.set(most.get().max(now.get()));
            sleep(Duration::from_secs(1)).await;
            now.set(now.get() - 1);
            done.borrow_mut().push(device.clone());
            if device.ends_with('3') {
                return Err(Error::NoDevice);
            }
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!(most.get(), 5);
        assert_eq!(done.borrow().len(), 20);
        let failed: Vec<&str> = outcome
            .failures
            .iter()
            .map(|failure| failure.device.as_str())
            .collect();
        assert_eq!(failed, ["d3", "d13"]);
    }

    #[tokio::test]
    async fn a_closed_pipe_ends_the_run() {
        let begun = Cell::new(0);
        let result = for_each_device(&ids(100), 1, async |_| {
            begun.set(begun.get() + 1);
            Err(Error::ClosedPipe)
        })
        .await;
        assert!(matches!(result, Err(Error::ClosedPipe)));
        assert_eq!(begun.get(), 1);
    }
}
