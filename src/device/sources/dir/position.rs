//! Finds where to start in a module's files, from the end backwards.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;

use jiff::Timestamp;
use memchr::{memchr, memchr_iter, memrchr};

use super::files::LogFile;
use super::line_time::{LineTimes, OwnTime};

/// How much is read at once when counting lines backwards.
const BLOCK_BYTES: usize = 256 << 10;

/// How much of each block is read when looking for times.
const SAMPLE_BYTES: usize = 8 << 10;

/// How much log must be earlier than `since` before everything before it counts as earlier.
const SURELY_EARLIER_BYTES: u64 = 4 << 20;

/// How far back to look for the time of a line without one.
const MAX_BACK_BYTES: u64 = 1 << 20;

/// Where to start reading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// How many files to skip, oldest first.
    pub(super) file: usize,
    /// How many bytes to skip of the next one, if it is not packed.
    pub(super) offset: u64,
    /// How many lines to skip of the next one, if it is packed.
    pub(super) lines: u64,
    /// The time of the last skipped line that has one.
    pub(super) time_before: Option<Timestamp>,
}

/// Finds the start of the last `lines` lines, or that of the whole log.
pub(super) fn of_last_lines(
    files: &[LogFile],
    lines: u64,
    times: LineTimes,
) -> io::Result<Position> {
    let mut left = lines;
    for (index, file) in files.iter().enumerate().rev() {
        if left == 0 {
            return end_of(files, index, times);
        }
        let (found, offset) = if file.packed {
            (count_lines(file)?, 0)
        } else {
            last_lines(&file.file, left)?
        };
        if found < left {
            left -= found;
            continue;
        }
        let mut position = Position {
            file: index,
            offset,
            ..Position::default()
        };
        if file.packed {
            position.lines = found - left;
        } else {
            position.time_before = time_before(&file.file, offset, times)?;
        }
        return Ok(position);
    }
    Ok(Position::default())
}

/// The end of the file at `index`, which for a packed one is the start of the next.
fn end_of(files: &[LogFile], index: usize, times: LineTimes) -> io::Result<Position> {
    let file = &files[index];
    if file.packed {
        return Ok(Position {
            file: index + 1,
            ..Position::default()
        });
    }
    let offset = file.length()?;
    Ok(Position {
        file: index,
        offset,
        time_before: time_before(&file.file, offset, times)?,
        ..Position::default()
    })
}

/// Finds a position before which every sampled line is earlier than `since`.
///
/// Times may step back, for example after a clock was set, so bisection is not safe. Instead, one
/// line of every 256 KiB is sampled, from the end backwards, until 4 MiB of log in a row are
/// earlier. Later lines before that are missed. Nothing is searched before a packed file whose
/// first time is earlier.
pub(super) fn since(files: &[LogFile], since: Timestamp, times: LineTimes) -> io::Result<Position> {
    let mut earlier = 0;
    for (index, file) in files.iter().enumerate().rev() {
        if file.packed {
            if first_time(file, times)?.is_some_and(|time| time < since) {
                return Ok(Position {
                    file: index,
                    ..Position::default()
                });
            }
            continue;
        }
        let mut end = file.length()?;
        while end > 0 {
            let start = end.saturating_sub(BLOCK_BYTES as u64);
            match first_time_in_block(&file.file, start, times)? {
                Some((_, time)) if time >= since => earlier = 0,
                Some((offset, time)) => {
                    earlier += end - start;
                    if earlier >= SURELY_EARLIER_BYTES {
                        return Ok(Position {
                            file: index,
                            offset,
                            lines: 0,
                            time_before: Some(time),
                        });
                    }
                }
                // No time in this sample; the neighbours have one.
                None => {}
            }
            end = start;
        }
    }
    Ok(Position::default())
}

/// The first line with a time that starts in the sample of a block: where it is, and its time.
fn first_time_in_block(
    file: &File,
    start: u64,
    times: LineTimes,
) -> io::Result<Option<(u64, Timestamp)>> {
    let mut sample = vec![0; SAMPLE_BYTES];
    let read = read_at_most(file, &mut sample, start)?;
    let sample = &sample[..read];
    let mut line_start = match start {
        0 => 0,
        _ => match memchr(b'\n', sample) {
            Some(end) => end + 1,
            None => return Ok(None),
        },
    };
    loop {
        let line = &sample[line_start..];
        if let Some(time) = times.known(line) {
            return Ok(Some((start + line_start as u64, time)));
        }
        match memchr(b'\n', line) {
            Some(end) => line_start += end + 1,
            None => return Ok(None),
        }
    }
}

/// The first time in the first part of a file.
fn first_time(file: &LogFile, times: LineTimes) -> io::Result<Option<Timestamp>> {
    let mut head = Vec::new();
    // Damage is reported when the file is read.
    if file
        .unpacked()?
        .take(SAMPLE_BYTES as u64)
        .read_to_end(&mut head)
        .is_err()
    {
        return Ok(None);
    }
    Ok(head
        .split(|byte| *byte == b'\n')
        .find_map(|line| times.known(line)))
}

/// Counts at most `wanted` lines from the end, and returns where the first of them starts. A last
/// line without a line end counts.
fn last_lines(file: &File, wanted: u64) -> io::Result<(u64, u64)> {
    let length = file.metadata()?.len();
    let mut block = vec![0; BLOCK_BYTES];
    let (mut end, mut found) = (length, 0);
    while end > 0 {
        let start = end.saturating_sub(BLOCK_BYTES as u64);
        let size = usize::try_from(end - start).unwrap_or(BLOCK_BYTES);
        file.read_exact_at(&mut block[..size], start)?;
        // The file's last byte never starts a line, whether or not it is a line end.
        let mut searched = if end == length { size - 1 } else { size };
        while let Some(at) = memrchr(b'\n', &block[..searched]) {
            found += 1;
            if found == wanted {
                return Ok((found, start + at as u64 + 1));
            }
            searched = at;
        }
        end = start;
    }
    Ok((found + u64::from(length > 0), 0))
}

/// Counts the lines of a packed file; of a damaged one, those that can be read.
fn count_lines(file: &LogFile) -> io::Result<u64> {
    let mut reader = BufReader::with_capacity(BLOCK_BYTES, file.unpacked()?);
    let (mut lines, mut within) = (0, false);
    loop {
        let length = match reader.fill_buf() {
            Ok([]) | Err(_) => return Ok(lines + u64::from(within)),
            Ok(block) => {
                lines += memchr_iter(b'\n', block).count() as u64;
                within = block.last() != Some(&b'\n');
                block.len()
            }
        };
        reader.consume(length);
    }
}

/// The time of the last line that says one before `offset`, which is the start of a line.
fn time_before(file: &File, offset: u64, times: LineTimes) -> io::Result<Option<Timestamp>> {
    let lowest = offset.saturating_sub(MAX_BACK_BYTES);
    let mut size = SAMPLE_BYTES as u64;
    loop {
        let start = offset.saturating_sub(size).max(lowest);
        let mut block = vec![0; usize::try_from(offset - start).unwrap_or(0)];
        let read = read_at_most(file, &mut block, start)?;
        // The first line of the block may lack its beginning.
        let mut lines = block[..read].split(|byte| *byte == b'\n');
        if start > 0 {
            lines.next();
        }
        let own = lines
            .rev()
            .map(|line| times.own(line))
            .find(|own| *own != OwnTime::None);
        match own {
            Some(OwnTime::Known(time)) => return Ok(Some(time)),
            Some(_) => return Ok(None),
            None => {}
        }
        if start == lowest {
            return Ok(None);
        }
        size *= 4;
    }
}

/// Fills the buffer, or reads to the end of the file.
fn read_at_most(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match file.read_at(&mut buffer[read..], offset + read as u64) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
