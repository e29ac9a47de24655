//! `sample`: three modules that log around the present moment, for trying everything without a
//! device.
//!
//! The logs are a function of time: the same request gets the same lines twice.

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};

use super::log_source::{EntryStream, LogEntry, LogSource, LogWindow};
use super::module_info::ModuleInfo;
use super::source_error::{SourceError, SourceErrorKind};
use crate::logs::LogStream;

/// How far back the logs go.
const HISTORY: SignedDuration = SignedDuration::from_hours(2);

/// A sample module: how often it logs, and what.
#[derive(Debug)]
struct SampleModule {
    name: &'static str,
    period_ms: i64,
    /// Severity, tag and text; `{n}` is the number of the line.
    lines: &'static [(u8, &'static str, &'static str)],
}

const MODULES: [SampleModule; 3] = [
    SampleModule {
        name: "edgeAgent",
        period_ms: 9_000,
        lines: &[
            (6, "INF", "Plan execution started for deployment 12"),
            (7, "DBG", "Reconciling 3 modules, cycle {n}"),
            (6, "INF", "Plan execution ended for deployment 12"),
            (6, "INF", "Updated reported properties"),
            (
                4,
                "WRN",
                "Module tempSensor is slow to answer its health check",
            ),
        ],
    },
    SampleModule {
        name: "edgeHub",
        period_ms: 7_000,
        lines: &[
            (
                6,
                "INF",
                "Processed batch {n} of 10 messages for local/tempSensor",
            ),
            (7, "DBG", "Checking for connected clients"),
            (6, "INF", "Reauthenticated connected clients"),
            (
                3,
                "ERR",
                "Could not reach the cloud, 10 messages stay in the queue",
            ),
            (6, "INF", "Connection to the cloud is back"),
        ],
    },
    SampleModule {
        name: "tempSensor",
        period_ms: 5_000,
        lines: &[
            (
                6,
                "INF",
                "Sending message: {n}, Body: [{\"machine\":{\"temperature\":21.6,\"pressure\":1.05}}]",
            ),
            (
                6,
                "INF",
                "Sending message: {n}, Body: [{\"machine\":{\"temperature\":21.9,\"pressure\":1.08}}]",
            ),
            (
                6,
                "INF",
                "Sending message: {n}, Body: [{\"machine\":{\"temperature\":22.3,\"pressure\":1.11}}]",
            ),
            (4, "WRN", "Temperature is 2.1 above the set point"),
        ],
    },
];

/// The sample.
#[derive(Debug, Default)]
pub struct SampleSource {}

#[async_trait]
impl LogSource for SampleSource {
    async fn modules(&self) -> Result<Vec<ModuleInfo>, SourceError> {
        let started = Timestamp::now().checked_sub(HISTORY).ok();
        let info = |module: &SampleModule| ModuleInfo {
            image: Some(format!("example.net/{}:1.5", module.name.to_lowercase())),
            started,
            ..ModuleInfo::named(module.name)
        };
        Ok(MODULES.iter().map(info).collect())
    }

    async fn logs(&self, module: &str, window: &LogWindow) -> Result<EntryStream, SourceError> {
        let module = find_module(module)?;
        let window = window.of_engine();
        let now = Timestamp::now();
        let first_moment = window
            .since
            .unwrap_or(Timestamp::MIN)
            .max(now.checked_sub(HISTORY).unwrap_or(now));
        let last_moment = window.until.unwrap_or(Timestamp::MAX);
        let mut first = module.index_from(first_moment);
        let skipped = i64::try_from(window.skip).unwrap_or(i64::MAX);
        let last = module.index_until(last_moment.min(now));
        let last = last.saturating_sub(skipped);
        if let Some(tail) = window.tail {
            let lines = i64::try_from(tail).unwrap_or(i64::MAX);
            first = first.max(last.saturating_sub(lines).saturating_add(1));
        }
        let entries = (first..=last).map(|index| Ok(module.entry(index)));
        Ok(futures::stream::iter(entries).boxed())
    }

    /// There is nothing to restart, but the method should succeed when tried out.
    async fn restart(&self, module: &str) -> Result<(), SourceError> {
        find_module(module).map(|_| ())
    }
}

fn find_module(module: &str) -> Result<&'static SampleModule, SourceError> {
    MODULES
        .iter()
        .find(|known| known.name == module)
        .ok_or_else(|| {
            SourceError::new(
                SourceErrorKind::NotFound,
                format!("module `{module}` is not in the sample"),
            )
        })
}

impl SampleModule {
    /// The first line at or after a time.
    fn index_from(&self, moment: Timestamp) -> i64 {
        moment.as_millisecond().div_euclid(self.period_ms)
            + i64::from(self.moment(moment.as_millisecond().div_euclid(self.period_ms)) < moment)
    }

    /// The last line at or before a time.
    fn index_until(&self, moment: Timestamp) -> i64 {
        moment.as_millisecond().div_euclid(self.period_ms)
    }

    fn moment(&self, index: i64) -> Timestamp {
        Timestamp::from_millisecond(index.saturating_mul(self.period_ms)).unwrap_or(Timestamp::MAX)
    }

    fn entry(&self, index: i64) -> LogEntry {
        let moment = self.moment(index);
        let turn = usize::try_from(index.rem_euclid(self.lines.len() as i64)).unwrap_or_default();
        let (severity, tag, text) = self.lines[turn];
        let time = moment.strftime("%Y-%m-%d %H:%M:%S.%3f +00:00");
        let text = text.replace("{n}", &(index % 10_000).to_string());
        LogEntry {
            stream: LogStream::Stdout,
            stamp: Some(moment),
            bytes: Bytes::from(format!("<{severity}> {time} [{tag}] - {text}\n")),
            continues: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(window: LogWindow) -> Vec<LogEntry> {
        let entries = SampleSource::default()
            .logs("edgeHub", &window)
            .await
            .unwrap();
        entries.map(Result::unwrap).collect().await
    }

    #[tokio::test]
    async fn both_ends_of_a_window_are_inclusive() {
        let all = lines(LogWindow::default()).await;
        let (from, to) = (all[3].stamp, all[7].stamp);
        assert_eq!(
            lines(LogWindow {
                since: from,
                until: to,
                ..LogWindow::default()
            })
            .await,
            all[3..=7]
        );
        let after = from.and_then(|stamp| stamp.checked_add(SignedDuration::from_nanos(1)).ok());
        assert_eq!(
            lines(LogWindow {
                since: after,
                until: to,
                ..LogWindow::default()
            })
            .await,
            all[4..=7]
        );
        let window = LogWindow {
            until: to,
            tail: Some(2),
            ..LogWindow::default()
        };
        assert_eq!(lines(window).await, all[6..=7]);
    }
}
