//! How often the devices that are followed are asked for new lines.

use std::time::Duration;

/// How long a log that is quiet waits at the least for the next question.
const QUIET: Duration = Duration::from_secs(30);

/// The pauses between two questions to a device: short while lines come, long while none do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// While lines come.
    pub least: Duration,
    /// While none do.
    pub most: Duration,
    /// Whether there may be others: a device that is away is waited for then, and does not end the run.
    pub is_of_fleet: bool,
}

impl Pace {
    /// That of a device alone.
    pub const ALONE: Self = Self {
        least: Duration::from_secs(1),
        most: QUIET,
        is_of_fleet: false,
    };

    /// That of so many devices, with so many calls a second for all of them (0: as many as it takes).
    /// While all are quiet, they take at most half of the calls, so that a device that is not gets its
    /// answers at once.
    pub fn of_fleet(devices: usize, rate: u32) -> Self {
        let shared = match rate {
            0 => Duration::ZERO,
            rate => Duration::from_secs_f64(2.0 * devices as f64 / f64::from(rate)),
        };
        Self {
            most: Duration::from_secs(shared.max(QUIET).as_secs_f64().ceil() as u64),
            is_of_fleet: true,
            ..Self::ALONE
        }
    }

    pub(super) fn pauses(self) -> Pauses {
        Pauses {
            pace: self,
            next: self.least,
        }
    }
}

/// The pauses of one device.
pub(super) struct Pauses {
    pace: Pace,
    next: Duration,
}

impl Pauses {
    /// The next pause, after lines have come.
    pub(super) fn shortest(&mut self) -> Duration {
        self.next = self.pace.least;
        self.longer()
    }

    /// The next pause, which is longer than the one before.
    pub(super) fn longer(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.mul_f64(1.5).min(self.pace.most);
        match self.pace.is_of_fleet {
            // Devices that began together do not ask together for ever.
            true => pause.mul_f64(0.75 + fastrand::f64() / 4.0),
            false => pause,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_devices_take_half_of_the_calls() {
        assert_eq!(Pace::of_fleet(1000, 40).most, Duration::from_secs(50));
        assert_eq!(Pace::of_fleet(100, 40).most, QUIET);
        assert_eq!(Pace::of_fleet(100_000, 0).most, QUIET);
    }

    #[test]
    fn pauses_grow_until_lines_come() {
        let mut pauses = Pace::ALONE.pauses();
        let seconds = |pause: Duration| pause.as_secs_f64();
        assert_eq!(seconds(pauses.longer()), 1.0);
        assert_eq!(seconds(pauses.longer()), 1.5);
        assert_eq!(seconds(pauses.shortest()), 1.0);
        assert_eq!((0..20).map(|_| pauses.longer()).last(), Some(QUIET));
    }
}
