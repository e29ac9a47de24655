//! How long calls may take, how often they are repeated, and how many run at a time.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::time::Duration;

use clap::Args;

use crate::hub::{CallLimits, RateLimit, RetryPolicy, Timeouts};

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Timing")]
pub(crate) struct TimingArgs {
    /// How long the hub waits for the device's answer, 5s to 300s
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = response_timeout)]
    timeout: Duration,

    /// How long the hub waits for an offline device to connect, 0s to 300s
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = connect_timeout)]
    connect_timeout: Duration,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Timing")]
pub(crate) struct RetryArgs {
    /// Retries for calls that are safe to repeat
    #[arg(long, value_name = "N", default_value_t = 3)]
    retries: u32,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Target")]
pub(crate) struct PaceArgs {
    /// Maximum number of concurrent calls
    ///
    /// With --follow, 64 unless another number is given.
    #[arg(short = 'j', long, value_name = "N", default_value = "8", value_parser = at_least_one)]
    concurrency: NonZeroUsize,

    /// Maximum calls per second to the hub; 0 is unlimited
    ///
    /// One S1 unit of IoT Hub accepts 40 method calls per second.
    #[arg(long, value_name = "N", default_value_t = 40)]
    rate: u32,
}

/// How to make calls, whether of devices or of the hub itself.
#[derive(Debug)]
pub(crate) struct CallOptions {
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) limits: CallLimits,
    /// How many devices to call at a time.
    pub(crate) concurrency: usize,
    /// How many calls may leave in a second; 0 is any number.
    pub(crate) rate: u32,
}

/// The hub's limits, in seconds.
const RESPONSE_SECONDS: RangeInclusive<u64> = 5..=300;
const CONNECT_SECONDS: RangeInclusive<u64> = 0..=300;

/// The longest duration that can be added to a time: no run lasts so long.
const LONGEST: Duration = Duration::from_secs(1000 * 365 * 24 * 60 * 60);

/// Parses a number for clap.
pub(crate) fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    text.trim()
        .parse()
        .map_err(|_| "give a whole number, 1 or more".to_owned())
}

/// Parses a duration for clap.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let parsed = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; give a duration such as 30s, 10m or 1h"))?;
    match parsed > LONGEST {
        true => Err("it must be at most 1000 years".to_owned()),
        false => Ok(parsed),
    }
}

/// A duration between two polls.
pub(crate) fn interval(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("it must be more than zero, such as 5s".to_owned()),
        interval => Ok(interval),
    }
}

fn response_timeout(text: &str) -> Result<Duration, String> {
    whole_seconds(text, RESPONSE_SECONDS)
}

fn connect_timeout(text: &str) -> Result<Duration, String> {
    whole_seconds(text, CONNECT_SECONDS)
}

/// The hub accepts only whole seconds.
fn whole_seconds(text: &str, range: RangeInclusive<u64>) -> Result<Duration, String> {
    let value = duration(text)?;
    if range.contains(&value.as_secs()) && value.subsec_nanos() == 0 {
        return Ok(value);
    }
    let (least, most) = (range.start(), range.end());
    Err(format!("it must be {least}s to {most}s, in whole seconds"))
}

impl TimingArgs {
    pub(crate) fn timeouts(&self) -> Timeouts {
        Timeouts {
            response: self.timeout,
            connect: self.connect_timeout,
        }
    }
}

impl CallOptions {
    /// Options with the default timeouts: what only the hub answers has none of its own.
    pub(crate) fn new(pace: &PaceArgs, retries: &RetryArgs) -> Self {
        let concurrency = pace.concurrency.get();
        Self {
            timeouts: Timeouts {
                response: Duration::from_secs(30),
                connect: Duration::ZERO,
            },
            retry: RetryPolicy::new(retries.retries),
            limits: CallLimits::new(concurrency, RateLimit::per_second(pace.rate)),
            concurrency,
            rate: pace.rate,
        }
    }

    /// The same with so many concurrent calls.
    #[must_use]
    pub(crate) fn with_concurrency(self, concurrency: usize) -> Self {
        Self {
            limits: CallLimits::new(concurrency, RateLimit::per_second(self.rate)),
            concurrency,
            ..self
        }
    }
}
