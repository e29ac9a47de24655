//! Compressed lines of one device, held until those of all devices can be merged by time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;

use crate::logs::{LogRecord, Record};

/// So many bytes of lines are packed together, and unpacked together when they are read.
const BLOCK_BYTES: usize = 64 << 10;

/// The forms of a record within a block, each before its length and bytes. A stamp comes as 16 bytes
/// of nanoseconds before the line.
const LINE: u8 = 0;
const PARSED: u8 = 1;
const STAMPED: u8 = 2;

/// The lines of one device in their order, packed: logs shrink to about a sixth.
#[derive(Debug, Default)]
pub struct PackedLog {
    modules: Vec<String>,
    packed: Vec<Vec<u8>>,
    /// The unfinished block.
    last: Vec<u8>,
}

/// A line of a [`PackedLog`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedLine {
    /// The number of its module among [`PackedLog::modules`].
    pub module: usize,
    /// The line.
    pub record: Record,
}

impl PackedLog {
    /// The log of a device with these modules, which has no lines yet.
    pub fn new(modules: Vec<String>) -> Self {
        Self {
            modules,
            ..Self::default()
        }
    }

    /// The modules' names.
    pub fn modules(&self) -> &[String] {
        &self.modules
    }

    /// How many bytes it takes.
    pub fn size(&self) -> usize {
        self.packed.iter().map(Vec::len).sum::<usize>() + self.last.len()
    }

    /// Adds a line of a module, by its number.
    pub fn push(&mut self, module: usize, record: &Record) {
        let (form, bytes) = match record {
            Record::Line(bytes) => (LINE, bytes.clone()),
            Record::Stamped { stamp, line } => (
                STAMPED,
                [&stamp.as_nanosecond().to_le_bytes()[..], line].concat(),
            ),
            // A record always has a JSON form.
            Record::Parsed(record) => (PARSED, serde_json::to_vec(record).unwrap_or_default()),
        };
        self.last.extend((module as u32).to_le_bytes());
        self.last.push(form);
        self.last.extend((bytes.len() as u32).to_le_bytes());
        self.last.extend(bytes);
        if self.last.len() >= BLOCK_BYTES {
            let block = std::mem::take(&mut self.last);
            self.packed.push(pack(&block));
        }
    }

    /// The lines, unpacked as they are asked for.
    pub fn lines(&self) -> impl Iterator<Item = PackedLine> {
        let packed = self.packed.iter().map(|block| unpack(block));
        let last = std::iter::once_with(|| self.last.clone());
        packed.chain(last).flat_map(Block::new)
    }
}

/// Writing to and reading from memory can't fail.
fn pack(block: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let _ = encoder.write_all(block);
    encoder.finish().unwrap_or_default()
}

fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    let _ = DeflateDecoder::new(packed).read_to_end(&mut block);
    block
}

/// The lines of an unpacked block.
struct Block {
    bytes: Vec<u8>,
    at: usize,
}

impl Block {
    fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, at: 0 }
    }

    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let taken = self.bytes.get(self.at..self.at + count)?;
        self.at += count;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        let bytes = self.take(4)?.try_into().ok()?;
        Some(u32::from_le_bytes(bytes) as usize)
    }
}

impl Iterator for Block {
    type Item = PackedLine;

    fn next(&mut self) -> Option<PackedLine> {
        let module = self.number()?;
        let form = *self.take(1)?.first()?;
        let length = self.number()?;
        let bytes = self.take(length)?;
        let record = match form {
            PARSED => Record::Parsed(serde_json::from_slice::<LogRecord>(bytes).ok()?),
            STAMPED => {
                let (stamp, line) = bytes.split_first_chunk()?;
                Record::Stamped {
                    stamp: Timestamp::from_nanosecond(i128::from_le_bytes(*stamp)).ok()?,
                    line: line.to_vec(),
                }
            }
            _ => Record::Line(bytes.to_vec()),
        };
        Some(PackedLine { module, record })
    }
}

/// The lines of several devices by their time, each with the number of its log; every log keeps its
/// own order.
///
/// A line without a timestamp belongs to the line before it, so that it counts with that one's.
pub fn in_order_of_time(logs: &[PackedLog]) -> impl Iterator<Item = (usize, PackedLine)> {
    let mut heads: Vec<Head<_>> = logs.iter().map(|log| Head::new(log.lines())).collect();
    // A fleet has thousands of logs, too many to look at all of them for every line.
    let mut order: BinaryHeap<Reverse<(Timestamp, usize)>> = heads
        .iter()
        .enumerate()
        .filter_map(|(index, head)| Some(Reverse((head.time()?, index))))
        .collect();
    std::iter::from_fn(move || {
        let Reverse((_, index)) = order.pop()?;
        let head = &mut heads[index];
        let line = head.take()?;
        order.extend(head.time().map(|time| Reverse((time, index))));
        Some((index, line))
    })
}

/// What is left of a log, and the time of its next line.
struct Head<I> {
    lines: I,
    next: Option<PackedLine>,
    /// The time of the next line, or of the latest before it that had one.
    time: Timestamp,
}

impl<I: Iterator<Item = PackedLine>> Head<I> {
    fn new(lines: I) -> Self {
        let mut head = Self {
            lines,
            next: None,
            time: Timestamp::MIN,
        };
        head.advance();
        head
    }

    fn advance(&mut self) {
        self.next = self.lines.next();
        let stamp = self.next.as_ref().and_then(|line| line.record.timestamp());
        // Lines can be a little out of order; within one log their order stands.
        self.time = stamp.map_or(self.time, |stamp| stamp.max(self.time));
    }

    /// When the next line counts; none at the end.
    fn time(&self) -> Option<Timestamp> {
        self.next.as_ref().map(|_| self.time)
    }

    fn take(&mut self) -> Option<PackedLine> {
        let line = self.next.take();
        self.advance();
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(second: usize, text: &str) -> Record {
        let time = format!(
            "{:02}:{:02}:{:02}",
            second / 3600,
            second / 60 % 60,
            second % 60
        );
        Record::Line(format!("<6> 2026-01-01 {time}.000 +00:00 {text}\n").into_bytes())
    }

    fn packed(records: &[Record]) -> PackedLog {
        let mut log = PackedLog::new(vec!["a".to_owned(), "b".to_owned()]);
        for (index, record) in records.iter().enumerate() {
            log.push(index % 2, record);
        }
        log
    }

    #[test]
    fn lines_come_back_as_they_were_whatever_they_hold() {
        let records = [
            Record::Line(b"\xff\x00 no text\r\n".to_vec()),
            Record::Line(Vec::new()),
            Record::Line(vec![b'x'; 3 * BLOCK_BYTES]),
            Record::Parsed(line(1, "a").to_log_record("h", "d", "m")),
            line(2, "b"),
        ];
        let log = packed(&records);
        let lines: Vec<PackedLine> = log.lines().collect();
        assert_eq!(lines.len(), records.len());
        for (index, (line, record)) in lines.iter().zip(&records).enumerate() {
            assert_eq!((line.module, &line.record), (index % 2, record));
        }
    }

    #[test]
    fn many_lines_are_packed() {
        let records: Vec<Record> = (0..20_000).map(|second| line(second, "text")).collect();
        let log = packed(&records);
        let bytes: usize = records.iter().map(|record| record.line().len()).sum();
        assert!(log.size() < bytes / 4, "{} of {bytes}", log.size());
        assert!(log.lines().map(|line| line.record).eq(records));
    }

    #[test]
    fn the_lines_of_many_devices_come_by_time_and_each_device_keeps_its_order() {
        let trace = Record::Line(b"  trace\n".to_vec());
        let logs = [
            packed(&[line(1, "a"), trace.clone(), line(4, "a"), line(2, "back")]),
            packed(&[line(2, "b"), line(3, "b")]),
            packed(&[]),
        ];
        let merged: Vec<(usize, Record)> = in_order_of_time(&logs)
            .map(|(log, line)| (log, line.record))
            .collect();
        let expected = [
            (0, line(1, "a")),
            (0, trace),
            (1, line(2, "b")),
            (1, line(3, "b")),
            (0, line(4, "a")),
            (0, line(2, "back")),
        ];
        assert_eq!(merged, expected);
    }
}
