//! Logs to test with: the same ones for the same script and seed.

use super::log::{Entry, Log, SECOND, Stream, line, stamp_text};

/// Which lines carry a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Levels {
    /// All: `<6> yyyy-MM-dd HH:mm:ss.fff +00:00 [INF] - …`, as the runtime's own modules write, of
    /// all severities, information most often.
    Tagged,
    /// None: they count as 6.
    Untagged,
    /// Two of three are tagged.
    Mixed,
}

/// What fills the lines up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filler {
    /// Words of a few dozen: gzip makes about a sixth of them.
    Words,
    /// Random letters and digits: gzip makes about three quarters of them.
    Noise,
}

/// A log in the making: each step writes on from where the one before ended.
///
/// Stamps have odd nanoseconds, as real ones do, and no step begins before the last ended unless
/// it says so.
#[derive(Debug, Clone)]
pub struct LogScript {
    entries: Vec<Entry>,
    time: i64,
    number: usize,
    random: fastrand::Rng,
    levels: Levels,
    filler: Filler,
}

const WORDS: [&str; 16] = [
    "message",
    "device",
    "routed",
    "twin",
    "updated",
    "client",
    "connected",
    "token",
    "renewed",
    "batch",
    "queue",
    "stored",
    "upstream",
    "sensor",
    "reading",
    "value",
];

/// Severity, its short name, and how many lines of sixteen have it.
const SEVERITIES: [(u8, &str, u8); 5] = [
    (6, "INF", 9),
    (7, "DBG", 3),
    (4, "WRN", 2),
    (3, "ERR", 1),
    (0, "FTL", 1),
];

impl LogScript {
    /// An empty log whose first line is written at this stamp.
    pub fn new(start: i64) -> Self {
        Self {
            entries: Vec::new(),
            time: start,
            number: 0,
            random: fastrand::Rng::with_seed(1),
            levels: Levels::Tagged,
            filler: Filler::Words,
        }
    }

    /// Makes other lines of the steps that follow.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.random = fastrand::Rng::with_seed(seed);
        self
    }

    /// Sets which of the lines that follow carry a level.
    #[must_use]
    pub fn levels(mut self, levels: Levels) -> Self {
        self.levels = levels;
        self
    }

    /// Sets what fills the lines that follow.
    #[must_use]
    pub fn filler(mut self, filler: Filler) -> Self {
        self.filler = filler;
        self
    }

    /// So many lines of so many bytes, evenly over time.
    #[must_use]
    pub fn evenly(self, lines: usize, bytes_per_line: usize, per_second: usize) -> Self {
        let step = SECOND / i64::try_from(per_second.max(1)).unwrap_or(i64::MAX);
        self.stepping(lines, bytes_per_line, step)
    }

    /// So many lines within one second, the first at its beginning.
    #[must_use]
    pub fn burst(mut self, lines: usize, bytes_per_line: usize) -> Self {
        self.time = (self.time + SECOND - 1).div_euclid(SECOND) * SECOND;
        let end = self.time + SECOND;
        let step = SECOND / (i64::try_from(lines).unwrap_or(i64::MAX) + 1);
        self = self.stepping(lines, bytes_per_line, step);
        self.time = end;
        self
    }

    /// Bursts with silence between them.
    #[must_use]
    pub fn bursts(
        mut self,
        count: usize,
        lines: usize,
        bytes_per_line: usize,
        silence_seconds: i64,
    ) -> Self {
        for _ in 0..count {
            self = self.burst(lines, bytes_per_line).silence(silence_seconds);
        }
        self
    }

    /// Nothing for so long.
    #[must_use]
    pub fn silence(mut self, seconds: i64) -> Self {
        self.time += seconds * SECOND;
        self
    }

    /// The clock is set back, so that the lines that follow have earlier stamps.
    #[must_use]
    pub fn clock_set_back(mut self, seconds: i64) -> Self {
        self.time -= seconds * SECOND;
        self
    }

    /// Pairs of long lines, one on stdout and one on stderr, whose parts interleave: o e o e o e.
    /// The one on stderr is stamped 1 ms before its neighbour, as has been measured.
    #[must_use]
    pub fn long_lines(mut self, pairs: usize, bytes: usize) -> Self {
        for _ in 0..pairs {
            let millisecond = SECOND / 1000;
            self.time += 2 * millisecond;
            let out = self.text(bytes);
            let out = line(self.time, Stream::Stdout, out);
            let err = self.text(bytes);
            let err = line(self.time - millisecond, Stream::Stderr, err);
            for (out, err) in out.into_iter().zip(err) {
                self.entries.extend([out, err]);
            }
        }
        self.time += SECOND / 100;
        self
    }

    /// Lines on both streams, every other one stamped a few milliseconds before its predecessor.
    #[must_use]
    pub fn out_of_order(mut self, lines: usize, bytes_per_line: usize, milliseconds: i64) -> Self {
        let back = milliseconds * SECOND / 1000;
        for index in 0..lines {
            let text = self.text(bytes_per_line);
            let is_late = index % 2 == 1;
            let stream = if is_late {
                Stream::Stderr
            } else {
                Stream::Stdout
            };
            let stamp = if is_late { self.time - back } else { self.time };
            self.entries.extend(line(stamp, stream, text));
            self.time += i64::from(is_late) * back * 2;
        }
        self.time += back;
        self
    }

    /// Lines with equal bytes and equal stamps.
    #[must_use]
    pub fn repeated(mut self, text: &str, times: usize) -> Self {
        for _ in 0..times {
            self.entries.extend(line(self.time, Stream::Stdout, text));
        }
        self.time += SECOND / 1000;
        self
    }

    /// Equal lines with stamps a nanosecond apart.
    #[must_use]
    pub fn alike(mut self, text: &str, times: usize) -> Self {
        for _ in 0..times {
            self.entries.extend(line(self.time, Stream::Stdout, text));
            self.time += 1;
        }
        self.time += SECOND / 1000;
        self
    }

    /// Empty lines, a millisecond apart.
    #[must_use]
    pub fn blank_lines(self, count: usize) -> Self {
        (0..count).fold(self, |script, _| script.write(Stream::Stdout, "\n"))
    }

    /// Lines that end in CR LF.
    #[must_use]
    pub fn crlf(mut self, lines: usize, bytes_per_line: usize) -> Self {
        for _ in 0..lines {
            let mut text = self.text(bytes_per_line.saturating_sub(1));
            text.insert(text.len() - 1, '\r');
            self = self.write(Stream::Stdout, text);
        }
        self
    }

    /// These bytes, as they are: a newline is the caller's to write. The last line of a log may
    /// have none.
    #[must_use]
    pub fn write(mut self, stream: Stream, text: impl AsRef<[u8]>) -> Self {
        self.entries.extend(line(self.time, stream, text));
        self.time += SECOND / 1000;
        self
    }

    /// Every kind of line that has ever caused a bug, about two hundred entries.
    #[must_use]
    pub fn trouble(self) -> Self {
        self.levels(Levels::Mixed)
            .evenly(50, 90, 10)
            .blank_lines(3)
            .crlf(5, 60)
            .long_lines(2, 40_000)
            .out_of_order(40, 80, 7)
            .repeated("the same again\n", 6)
            .alike("the same a nanosecond later\n", 6)
            .write(
                Stream::Stderr,
                "\u{1b}[31m<3> red before the level\u{1b}[0m\n",
            )
            .write(Stream::Stdout, "<10> not a level\n")
            .write(Stream::Stdout, "<3> \n")
            .write(Stream::Stdout, "caf\u{e9} \u{1f600} \u{fffd}\n")
            .write(Stream::Stdout, vec![b'b'; super::log::MAX_ENTRY_BYTES])
            .write(
                Stream::System,
                "Error grabbing logs: log message is too large\n",
            )
            .burst(60, 70)
            .write(Stream::Stdout, "no newline at the end")
    }

    /// The log, ready for a module.
    pub fn log(self) -> Log {
        Log::new(self.entries)
    }

    /// The entries.
    pub fn entries(self) -> Vec<Entry> {
        self.entries
    }

    /// The stamp of whatever would be written next.
    pub fn time(&self) -> i64 {
        self.time
    }

    fn stepping(mut self, lines: usize, bytes_per_line: usize, step: i64) -> Self {
        for _ in 0..lines {
            let text = self.text(bytes_per_line);
            // The clock's jitter: less than a step, so that the order holds.
            let stamp = self.time + self.random.i64(0..step.max(2) / 2);
            let is_error = self.random.u8(0..8) == 0;
            let stream = if is_error {
                Stream::Stderr
            } else {
                Stream::Stdout
            };
            self.entries.extend(line(stamp, stream, text));
            self.time += step;
        }
        self
    }

    /// One line of `bytes` bytes, newline included, or more if its number and level need more.
    fn text(&mut self, bytes: usize) -> String {
        self.number += 1;
        let tagged = match self.levels {
            Levels::Tagged => true,
            Levels::Untagged => false,
            Levels::Mixed => self.random.u8(0..3) > 0,
        };
        let mut text = String::with_capacity(bytes);
        if tagged {
            let (level, name) = self.severity();
            let stamp = stamp_text(self.time);
            let (date, time) = (&stamp[..10], &stamp[11..23]);
            text.push_str(&format!("<{level}> {date} {time} +00:00 [{name}] - "));
        }
        text.push_str(&format!("line {:07}", self.number));
        while text.len() + 1 < bytes {
            match self.filler {
                Filler::Noise => text.push(self.random.alphanumeric()),
                Filler::Words => {
                    text.push(' ');
                    text.push_str(self.random.choice(WORDS).unwrap_or_default());
                }
            }
        }
        text.truncate(bytes.saturating_sub(1).max(30).min(text.len()));
        text.push('\n');
        text
    }

    fn severity(&mut self) -> (u8, &'static str) {
        let mut roll = self.random.u8(0..16);
        for (level, name, share) in SEVERITIES {
            if roll < share {
                return (level, name);
            }
            roll -= share;
        }
        (6, "INF")
    }
}

/// Lines evenly over time, from `start`.
pub fn evenly(start: i64, lines: usize, bytes_per_line: usize, per_second: usize) -> Log {
    LogScript::new(start)
        .evenly(lines, bytes_per_line, per_second)
        .log()
}

/// Three thousand lines in one second, hours of silence, and again.
pub fn bursts(start: i64, count: usize, bytes_per_line: usize) -> Log {
    LogScript::new(start)
        .bursts(count, 3000, bytes_per_line, 3 * 3600)
        .log()
}
