//! Reads a module's files one after the other, and goes on with what is written to them.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::SystemTime;

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;

use super::files::{self, FileId, LogFile};
use super::lines::LineCutter;
use super::position::{self, Position};
use crate::device::sources::{LogEntry, LogWindow};

/// How much log must be later than `until` before everything behind it counts as later.
const SURELY_LATER_BYTES: u64 = 4 << 20;

/// What [`Reader::next_batch`] found.
#[derive(Debug)]
pub(super) enum Batch {
    /// The next entries.
    Entries(Vec<LogEntry>),
    /// There is no more for now, and there may be later.
    UpToDate,
    /// There is no more. The words say what could not be read, if anything.
    Ended(Option<String>),
}

/// A pass over a module's log. All of it blocks.
#[derive(Debug)]
pub(super) struct Reader {
    folder: PathBuf,
    module: String,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    follow: bool,
    /// What is still to be read, oldest first.
    files: VecDeque<LogFile>,
    input: Option<Input>,
    /// The latest file that was opened, to find its successor.
    latest: Option<FileId>,
    /// When that file was last written to, should it disappear.
    latest_written: Option<SystemTime>,
    cutter: LineCutter,
    /// How many bytes in a row were later than `until`.
    later_bytes: u64,
    /// What could not be read.
    damage: Option<String>,
}

#[derive(Debug)]
enum Input {
    Plain(File),
    Packed(Box<MultiGzDecoder<BufReader<File>>>),
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.read(buffer),
            Self::Packed(decoder) => decoder.read(buffer),
        }
    }
}

impl Reader {
    /// Opens a module's files, and finds where to begin; none if there is no such module. `last`
    /// asks for that many lines at the end.
    ///
    /// # Errors
    /// The folder or a file can't be read.
    pub(super) fn open(
        folder: PathBuf,
        module: String,
        window: &LogWindow,
        last: Option<u64>,
    ) -> io::Result<Option<Self>> {
        let Some(files) = files::open(&folder, &module)? else {
            return Ok(None);
        };
        let Position {
            file,
            offset,
            lines,
            time_before,
        } = match (last, window.since) {
            (Some(lines), _) => position::of_last_lines(&files, lines)?,
            (None, Some(since)) => position::since(&files, since)?,
            (None, None) => Position::default(),
        };
        let latest = files.last().map(|file| file.id);
        let mut files: VecDeque<LogFile> = files.into_iter().skip(file).collect();
        if let Some(first) = files.front_mut()
            && !first.packed
        {
            first.file.seek(SeekFrom::Start(offset))?;
        }
        Ok(Some(Self {
            folder,
            module,
            since: window.since,
            until: window.until,
            follow: window.follow,
            files,
            input: None,
            latest,
            latest_written: None,
            cutter: LineCutter::new(time_before, lines),
            later_bytes: 0,
            damage: None,
        }))
    }

    /// Reads on. A last line without a line end is given when its file ends for good, that is, not
    /// while the file is followed.
    pub(super) fn next_batch(&mut self) -> Batch {
        let mut entries = Vec::new();
        while entries.is_empty() {
            if self.later_bytes >= SURELY_LATER_BYTES {
                return Batch::Ended(self.damage.take());
            }
            let Some(input) = &mut self.input else {
                match self.files.pop_front() {
                    Some(file) => self.enter(file),
                    None if self.follow => return Batch::UpToDate,
                    None => return Batch::Ended(self.damage.take()),
                }
                continue;
            };
            match self.cutter.fill(input) {
                Ok(0)
                    if self.follow && self.files.is_empty() && matches!(input, Input::Plain(_)) =>
                {
                    return Batch::UpToDate;
                }
                Ok(0) => self.leave(&mut entries),
                Ok(_) => self.cutter.cut(&mut entries),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.damage.get_or_insert_with(|| error.to_string());
                    self.leave(&mut entries);
                }
            }
            self.keep_wanted(&mut entries);
        }
        Batch::Entries(entries)
    }

    /// Ends a log that was followed: what is held of a last line becomes an entry.
    pub(super) fn finish(&mut self) -> Vec<LogEntry> {
        let mut entries = Vec::new();
        self.leave(&mut entries);
        self.keep_wanted(&mut entries);
        entries
    }

    fn enter(&mut self, file: LogFile) {
        self.latest = Some(file.id);
        self.latest_written = file
            .file
            .metadata()
            .and_then(|metadata| metadata.modified())
            .ok();
        if !file.packed {
            self.input = Some(Input::Plain(file.file));
            return;
        }
        let mut file = file.file;
        match file.rewind() {
            Ok(()) => {
                self.input = Some(Input::Packed(Box::new(MultiGzDecoder::new(
                    BufReader::new(file),
                ))))
            }
            Err(error) => _ = self.damage.get_or_insert_with(|| error.to_string()),
        }
    }

    fn leave(&mut self, entries: &mut Vec<LogEntry>) {
        self.cutter.end_file(entries);
        self.input = None;
    }

    /// Drops what is outside of the window. Lines without any time stay.
    fn keep_wanted(&mut self, entries: &mut Vec<LogEntry>) {
        if self.since.is_none() && self.until.is_none() {
            return;
        }
        entries.retain(|entry| {
            let Some(time) = entry.stamp else { return true };
            let later = self.until.is_some_and(|until| time > until);
            self.later_bytes = if later {
                self.later_bytes + entry.bytes.len() as u64
            } else {
                0
            };
            !later && self.since.is_none_or(|since| time >= since)
        });
    }

    /// Looks whether a followed log was rotated or cut short. To be called when it was
    /// [`Batch::UpToDate`]; the next batch has what is new.
    ///
    /// Files are known by their inode. One that was cut short (logrotate's `copytruncate`) is read
    /// from its start again; what was written between the last look and the cut is lost.
    pub(super) fn look_for_rotation(&mut self) -> io::Result<()> {
        let Ok(current) = fs::metadata(self.folder.join(format!("{}.log", self.module))) else {
            // It is being rotated, or there is none yet.
            return Ok(());
        };
        if let Some(Input::Plain(file)) = &mut self.input {
            let metadata = file.metadata()?;
            self.latest_written = metadata.modified().ok();
            let same = FileId::of(&current) == FileId::of(&metadata);
            if same && metadata.len() < file.stream_position()? {
                file.rewind()?;
                self.cutter.forget_partial_line();
            }
            if same {
                return Ok(());
            }
        }
        let Some(files) = files::open(&self.folder, &self.module)? else {
            return Ok(());
        };
        let successors = match files.iter().position(|file| Some(file.id) == self.latest) {
            Some(index) => files.into_iter().skip(index + 1).collect(),
            // The latest file was packed or deleted.
            None => files
                .into_iter()
                .filter(|file| self.is_newer(file))
                .collect(),
        };
        self.files = successors;
        Ok(())
    }

    fn is_newer(&self, file: &LogFile) -> bool {
        let written = file
            .file
            .metadata()
            .and_then(|metadata| metadata.modified())
            .ok();
        match (written, self.latest_written) {
            (Some(written), Some(latest)) => written > latest,
            _ => true,
        }
    }
}
