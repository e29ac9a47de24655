//! Reads a module's files one after the other.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;

use super::files::{self, LogFile, Opened};
use super::line_time::LineTimes;
use super::lines::LineCutter;
use super::position::{self, Position};
use crate::device::sources::line_needs::LineNeeds;
use crate::device::sources::log_source::{LogEntry, LogWindow};

/// How much log must be later than `until` before everything after it counts as later.
const SURELY_LATER_BYTES: u64 = 4 << 20;

/// How much is read for one batch, even if no line passes.
const MOST_AT_ONCE: usize = 16 << 20;

/// What [`Reader::next_batch`] found.
#[derive(Debug)]
pub(super) enum Batch {
    /// The next entries.
    Entries(Vec<LogEntry>),
    /// There is no more. The text says what could not be read, if anything.
    End(Option<String>),
}

/// Reads a module's log. Everything here blocks.
pub(super) struct Reader {
    /// The files still to read, oldest first.
    files: VecDeque<LogFile>,
    input: Option<Box<dyn Read + Send>>,
    cutter: LineCutter,
    /// The file that is read.
    name: String,
    /// The same, if it is not packed, and how long it was when it was opened.
    plain: Option<(File, u64)>,
    /// The first read error.
    damage: Option<String>,
    /// Where the window ends at the first later line.
    before: Option<Timestamp>,
    /// Whether that was found.
    has_ended: bool,
}

impl Reader {
    /// Opens a module's files and finds where to start; none if the module does not exist. `last`
    /// starts that many lines before the end.
    ///
    /// # Errors
    /// The folder or a file can't be read.
    pub(super) fn open(
        folder: &Path,
        module: &str,
        window: &LogWindow,
        last: Option<u64>,
        needs: Option<LineNeeds>,
        times: LineTimes,
    ) -> io::Result<Option<Self>> {
        let Some(Opened { files, lacks }) = files::open(folder, module)? else {
            return Ok(None);
        };
        let Position {
            file,
            offset,
            lines,
            time_before,
        } = match (last, window.since) {
            (Some(lines), _) => position::of_last_lines(&files, lines, times)?,
            (None, Some(since)) => position::since(&files, since, times)?,
            (None, None) => Position::default(),
        };
        // What can't be opened matters where lines before the beginning may be wanted.
        let begins_within = offset > 0 || lines > 0;
        let damage = lacks
            .filter(|(before, _)| file < *before || file == *before && !begins_within)
            .map(|(_, why)| why);
        let mut files: VecDeque<LogFile> = files.into_iter().skip(file).collect();
        if let Some(first) = files.front_mut()
            && !first.packed
        {
            first.file.seek(SeekFrom::Start(offset))?;
        }
        Ok(Some(Self {
            files,
            input: None,
            cutter: LineCutter::new(time_before, lines, *window, needs, times),
            name: String::new(),
            plain: None,
            damage,
            before: window.before,
            has_ended: false,
        }))
    }

    /// Reads the next entries.
    pub(super) fn next_batch(&mut self) -> Batch {
        let mut entries = Vec::new();
        let mut read = 0;
        // Where no line passes, a reader that nobody waits for any more must end.
        while entries.is_empty() && read < MOST_AT_ONCE {
            if self.has_ended || self.cutter.later_bytes() >= SURELY_LATER_BYTES {
                return Batch::End(self.damage.take());
            }
            let Some(input) = &mut self.input else {
                match self.files.pop_front() {
                    Some(file) => self.open_file(file),
                    None => return Batch::End(self.damage.take()),
                }
                continue;
            };
            match self.cutter.fill(input) {
                Ok(0) => {
                    self.check_length();
                    self.close_file(&mut entries);
                }
                Ok(bytes) => {
                    read += bytes;
                    self.cutter.cut(&mut entries);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.damaged(&error);
                    self.close_file(&mut entries);
                }
            }
            self.end_before_later(&mut entries);
        }
        Batch::Entries(entries)
    }

    /// Ends at the first line that is later than `before`.
    fn end_before_later(&mut self, entries: &mut Vec<LogEntry>) {
        let Some(before) = self.before else { return };
        let mut stamps = entries.iter().map(|entry| entry.stamp);
        if let Some(end) = stamps.position(|stamp| stamp.is_some_and(|stamp| stamp > before)) {
            entries.truncate(end);
            self.has_ended = true;
        }
    }

    fn open_file(&mut self, file: LogFile) {
        self.name.clone_from(&file.name);
        if !file.packed {
            match file.file.try_clone() {
                Ok(same) => self.plain = Some((same, file.opened_with)),
                Err(error) => self.damaged(&error),
            }
            self.input = Some(Box::new(file.file));
            return;
        }
        let mut file = file.file;
        match file.rewind() {
            Ok(()) => {
                self.input = Some(Box::new(MultiGzDecoder::new(BufReader::new(file))));
            }
            Err(error) => self.damaged(&error),
        }
    }

    /// A file that is shorter than it was has been cut off, as `copytruncate` does: what was not read is gone.
    fn check_length(&mut self) {
        let Some((file, opened_with)) = self.plain.take() else {
            return;
        };
        match file.metadata() {
            Ok(now) if now.len() < opened_with => {
                let error = io::Error::other("it was cut off while it was read");
                self.damaged(&error);
            }
            Ok(_) => {}
            Err(error) => self.damaged(&error),
        }
    }

    fn damaged(&mut self, error: &io::Error) {
        let name = &self.name;
        self.damage
            .get_or_insert_with(|| format!("`{name}` is damaged: {error}"));
    }

    fn close_file(&mut self, entries: &mut Vec<LogEntry>) {
        self.cutter.end_file(entries);
        (self.input, self.plain) = (None, None);
    }
}
