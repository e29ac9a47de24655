//! Counts what happens, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::time::Duration;

use super::events::Event;
use crate::device::handler::known_method;
use crate::lock::lock;

/// The upper ends of the histogram's buckets, in seconds.
const BUCKETS: [f64; 8] = [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 300.0];

/// The counts since the start.
#[derive(Debug, Default)]
pub(super) struct Metrics(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    connected: bool,
    connections: u64,
    failures: u64,
    losses: u64,
    renewals: u64,
    repeated: u64,
    request_bytes: u64,
    answer_bytes: u64,
    answered: BTreeMap<(&'static str, i32), u64>,
    lost: BTreeMap<&'static str, u64>,
    seconds: BTreeMap<&'static str, Histogram>,
}

#[derive(Debug, Default)]
struct Histogram {
    buckets: [u64; BUCKETS.len()],
    sum: Duration,
    count: u64,
}

impl Metrics {
    /// Counts an event.
    pub(super) fn count(&self, event: &Event<'_>) {
        let mut counts = lock(&self.0);
        match *event {
            Event::Connected => {
                counts.connected = true;
                counts.connections += 1;
            }
            Event::Renewed { .. } => {
                counts.connections += 1;
                counts.renewals += 1;
            }
            Event::ConnectFailed { .. }
            | Event::SignFailed { .. }
            | Event::RenewalFailed { .. } => {
                counts.failures += 1;
            }
            Event::Lost { .. } => {
                counts.connected = false;
                counts.losses += 1;
            }
            Event::Requested { bytes, .. } => counts.request_bytes += bytes as u64,
            Event::Answered {
                method,
                status,
                took,
                bytes,
                ..
            } => {
                // Names are a caller's, and must not become ever more series.
                let method = known_method(method).unwrap_or("other");
                counts.answer_bytes += bytes as u64;
                *counts.answered.entry((method, status)).or_default() += 1;
                counts.seconds.entry(method).or_default().add(took);
            }
            Event::AnswerLost { method, .. } => {
                let method = known_method(method).unwrap_or("other");
                *counts.lost.entry(method).or_default() += 1;
            }
            Event::Repeated { .. } => counts.repeated += 1,
            Event::Stopped { .. } => counts.connected = false,
            Event::Ignored { .. } | Event::Stopping { .. } => {}
        }
    }

    /// Whether methods can be called.
    pub(super) fn is_connected(&self) -> bool {
        lock(&self.0).connected
    }

    /// Everything, with what is running at the moment.
    pub(super) fn text(&self, requests: usize, tasks: usize) -> String {
        let counts = lock(&self.0);
        let mut text = String::new();
        let mut series = Series(&mut text);
        series.gauge(
            "connected",
            "Whether methods can be called",
            u64::from(counts.connected),
        );
        series.gauge("requests_running", "Requests that run", requests as u64);
        series.gauge(
            "tasks_running",
            "Uploads and bundles that have not ended",
            tasks as u64,
        );
        for (name, help, value) in [
            (
                "connections_total",
                "Connections made, renewals included",
                counts.connections,
            ),
            (
                "connection_failures_total",
                "Attempts to connect that failed",
                counts.failures,
            ),
            (
                "connection_losses_total",
                "Connections that ended unasked",
                counts.losses,
            ),
            (
                "token_renewals_total",
                "Connections that took over with a new token",
                counts.renewals,
            ),
            (
                "requests_repeated_total",
                "Requests delivered twice, and run once",
                counts.repeated,
            ),
            (
                "request_bytes_total",
                "Bytes of payloads received",
                counts.request_bytes,
            ),
            (
                "answer_bytes_total",
                "Bytes of payloads sent",
                counts.answer_bytes,
            ),
        ] {
            series.counter(name, help, value);
        }
        series.head("methods_total", "counter", "Methods answered");
        for ((method, status), count) in &counts.answered {
            series.line(
                "methods_total",
                &format!("{{method=\"{method}\",status=\"{status}\"}}"),
                count,
            );
        }
        series.head(
            "answers_lost_total",
            "counter",
            "Requests whose answer did not go out",
        );
        for (method, count) in &counts.lost {
            series.line(
                "answers_lost_total",
                &format!("{{method=\"{method}\"}}"),
                count,
            );
        }
        series.head(
            "method_seconds",
            "histogram",
            "From a request to its answer",
        );
        for (method, histogram) in &counts.seconds {
            let ends = BUCKETS.iter().map(ToString::to_string);
            let counted = histogram.buckets.iter().copied();
            let all = [("+Inf".to_owned(), histogram.count)];
            for (end, count) in ends.zip(counted).chain(all) {
                let labels = format!("{{method=\"{method}\",le=\"{end}\"}}");
                series.line("method_seconds_bucket", &labels, count);
            }
            let labels = format!("{{method=\"{method}\"}}");
            series.line("method_seconds_sum", &labels, histogram.sum.as_secs_f64());
            series.line("method_seconds_count", &labels, histogram.count);
        }
        text
    }
}

impl Histogram {
    fn add(&mut self, took: Duration) {
        for (count, end) in self.buckets.iter_mut().zip(BUCKETS) {
            *count += u64::from(took.as_secs_f64() <= end);
        }
        self.sum += took;
        self.count += 1;
    }
}

/// Writes series. Writing into a String can't fail.
struct Series<'a>(&'a mut String);

impl Series<'_> {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(
            self.0,
            "# HELP edgelogs_{name} {help}.\n# TYPE edgelogs_{name} {kind}"
        );
    }

    fn line(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "edgelogs_{name}{labels} {value}");
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "counter", help);
        self.line(name, "", value);
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "gauge", help);
        self.line(name, "", value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_method_and_status() {
        let metrics = Metrics::default();
        assert!(!metrics.is_connected());
        metrics.count(&Event::Connected);
        for (method, status) in [("ping", 200), ("PING", 200), ("ping", 429), ("x\"y", 400)] {
            metrics.count(&Event::Answered {
                method,
                rid: "1",
                status,
                took: Duration::from_millis(70),
                bytes: 10,
            });
        }
        let text = metrics.text(2, 1);
        for line in [
            "edgelogs_connected 1",
            "edgelogs_requests_running 2",
            "edgelogs_tasks_running 1",
            "edgelogs_answer_bytes_total 40",
            "edgelogs_methods_total{method=\"ping\",status=\"200\"} 2",
            "edgelogs_methods_total{method=\"ping\",status=\"429\"} 1",
            "edgelogs_methods_total{method=\"other\",status=\"400\"} 1",
            "edgelogs_method_seconds_bucket{method=\"ping\",le=\"0.05\"} 0",
            "edgelogs_method_seconds_bucket{method=\"ping\",le=\"0.1\"} 3",
            "edgelogs_method_seconds_bucket{method=\"ping\",le=\"+Inf\"} 3",
            "edgelogs_method_seconds_count{method=\"ping\"} 3",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
        assert!(metrics.is_connected());
    }
}
