//! The log of `device run` on stdout, in the format that IoT Edge recommends, so that `edgelogs get`
//! reads it: `<LEVEL> TIMESTAMP [WORD] - TEXT`.
#![expect(
    clippy::disallowed_methods,
    reason = "the log of a module is its stdout"
)]

use std::io::{self, Write};

use jiff::Timestamp;

use crate::control_characters::escape_control_characters;
use crate::device::{LogLevel, ServiceLog};
use crate::redact::redact;

/// Writes lines up to a level. Secrets are redacted.
#[derive(Debug, Clone, Copy)]
pub struct LogLines {
    most: u8,
}

impl LogLines {
    /// Writes what is as severe as `most`, a syslog severity, or more.
    pub fn new(most: u8) -> Self {
        Self { most }
    }
}

impl ServiceLog for LogLines {
    fn line(&self, level: LogLevel, text: &str) {
        if level as u8 <= self.most {
            let line = format_line(level, text, Timestamp::now());
            // A closed stdout can't be reported anywhere, and the module goes on.
            let _ = io::stdout().lock().write_all(line.as_bytes());
        }
    }
}

fn format_line(level: LogLevel, text: &str, now: Timestamp) -> String {
    let word = match level {
        LogLevel::Error => "ERR",
        LogLevel::Warning => "WRN",
        LogLevel::Info => "INF",
        LogLevel::Debug => "DBG",
    };
    let text = escape_control_characters(&redact(text));
    let now = now.strftime("%Y-%m-%d %H:%M:%S%.3f");
    format!("<{}> {now} +00:00 [{word}] - {text}\n", level as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::LogLine;

    #[test]
    fn a_line_is_read_as_it_was_meant() {
        let now: Timestamp = "2026-11-29T18:43:33.12Z".parse().unwrap();
        let line = format_line(LogLevel::Warning, "a\nb sig=secret", now);
        assert_eq!(
            line,
            "<4> 2026-11-29 18:43:33.120 +00:00 [WRN] - a\\nb sig=REDACTED\n"
        );
        let parsed = LogLine::parse(&line);
        assert_eq!(parsed.loglevel, 4);
        assert_eq!(parsed.instant(), Some(now));
    }
}
