//! How long calls may take, and how often they are repeated.

use crate::invalid_input::InvalidInput;
use std::ops::RangeInclusive;
use std::time::Duration;

use clap::Args;

use crate::error::Error;
use crate::hub::{RetryPolicy, Timeouts};

/// The time of one call.
#[derive(Debug, Args)]
#[command(next_help_heading = "Timing")]
pub(crate) struct TimingArgs {
    /// How long the hub waits for the device's answer, 5s to 300s
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    timeout: Duration,

    /// How long the hub waits for an offline device to connect, 0s to 300s
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    connect_timeout: Duration,

    /// How often a call that may safely be repeated is repeated
    #[arg(long, value_name = "N", default_value_t = 3)]
    retries: u32,
}

/// What the hub takes, in seconds.
const RESPONSE_SECONDS: RangeInclusive<u64> = 5..=300;
const CONNECT_SECONDS: RangeInclusive<u64> = 0..=300;

/// A humantime duration, in clap's terms.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|error| format!("{error}; give a duration such as 30s, 10m or 1h"))
}

/// Whether the settings file may set the time-out of calls to this.
pub(crate) fn check_timeout(text: &str) -> Result<(), String> {
    in_range("a time of", duration(text)?, RESPONSE_SECONDS).map_err(|error| error.to_string())
}

/// Whether the settings file may set the wait for an offline device to this.
pub(crate) fn check_connect_timeout(text: &str) -> Result<(), String> {
    in_range("a time of", duration(text)?, CONNECT_SECONDS).map_err(|error| error.to_string())
}

impl TimingArgs {
    /// What the hub is told.
    pub(crate) fn timeouts(&self) -> Result<Timeouts, Error> {
        in_range("--timeout", self.timeout, RESPONSE_SECONDS)?;
        in_range("--connect-timeout", self.connect_timeout, CONNECT_SECONDS)?;
        Ok(Timeouts {
            response: self.timeout,
            connect: self.connect_timeout,
        })
    }

    /// How calls are repeated.
    pub(crate) fn retry(&self) -> RetryPolicy {
        RetryPolicy::new(self.retries)
    }
}

/// The hub takes whole seconds.
fn in_range(flag: &str, value: Duration, range: RangeInclusive<u64>) -> Result<(), InvalidInput> {
    if range.contains(&value.as_secs()) && value.subsec_nanos() == 0 {
        return Ok(());
    }
    Err(InvalidInput::new(format!(
        "{flag} {} is outside {}s to {}s, or no whole number of seconds",
        humantime::format_duration(value),
        range.start(),
        range.end()
    )))
}
