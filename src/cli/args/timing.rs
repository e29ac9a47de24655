//! How long calls may take, and how often they are repeated.

use std::ops::RangeInclusive;
use std::time::Duration;

use clap::Args;

use crate::hub::{RetryPolicy, Timeouts};

/// The time of one call.
#[derive(Debug, Args)]
#[command(next_help_heading = "Timing")]
pub(crate) struct TimingArgs {
    /// How long the hub waits for the device's answer, 5s to 300s
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = response_timeout)]
    timeout: Duration,

    /// How long the hub waits for an offline device to connect, 0s to 300s
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = connect_timeout)]
    connect_timeout: Duration,

    /// Retries for calls that are safe to repeat
    #[arg(long, value_name = "N", default_value_t = 3)]
    retries: u32,
}

/// The hub's limits, in seconds.
const RESPONSE_SECONDS: RangeInclusive<u64> = 5..=300;
const CONNECT_SECONDS: RangeInclusive<u64> = 0..=300;

/// A humantime duration, in clap's terms.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|error| format!("{error}; give a duration such as 30s, 10m or 1h"))
}

fn response_timeout(text: &str) -> Result<Duration, String> {
    whole_seconds(text, RESPONSE_SECONDS)
}

fn connect_timeout(text: &str) -> Result<Duration, String> {
    whole_seconds(text, CONNECT_SECONDS)
}

/// The hub takes whole seconds.
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

    pub(crate) fn retry(&self) -> RetryPolicy {
        RetryPolicy::new(self.retries)
    }
}
