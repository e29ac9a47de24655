//! The tasks that this machine has started, so that `status` needs only an id.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cli::environment::state_folder;
use crate::error::Error;
use crate::methods::{CorrelationId, TaskStatus};
use crate::output::Console;

/// How many tasks to remember. An agent forgets its tasks when it restarts.
pub(crate) const MAX_TASKS: usize = 1000;

/// No task needs more: ids have at most 128 characters, and a host 253. Longer lines are skipped.
const MAX_LINE_BYTES: usize = 4 << 10;

/// The ledger is truncated above this size rather than on every write.
const TRUNCATE_ABOVE_BYTES: u64 = 512 << 10;

/// How long to wait for the lock, which is held for milliseconds.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
const LOCK_POLL: Duration = Duration::from_millis(10);

/// A remembered task: one line of JSON. It must not hold the SAS, which is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LedgerEntry {
    pub(crate) device: String,
    /// The method that started the task.
    pub(crate) method: String,
    pub(crate) correlation_id: CorrelationId,
    /// Host and port of the hub, as its connection string names them.
    pub(crate) hub: String,
    /// When the device accepted the task, by this machine's clock.
    pub(crate) time: Timestamp,
    /// The module that runs it; none for the edge agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) module: Option<String>,
    /// What is last known of its status; a later line of the same task replaces it.
    #[serde(default)]
    pub(crate) status: Option<TaskStatus>,
}

impl LedgerEntry {
    /// None if a line is not a task that `status` could ask for.
    fn parse(line: &[u8]) -> Option<Self> {
        if line.len() > MAX_LINE_BYTES {
            return None;
        }
        let entry: Self = serde_json::from_slice(line).ok()?;
        entry.correlation_id.is_guid().then_some(entry)
    }
}

/// What a ledger holds.
#[derive(Debug, Default)]
struct Contents {
    entries: Vec<LedgerEntry>,
    /// The numbers of the lines that are not tasks.
    broken: Vec<usize>,
}

impl Contents {
    fn add(&mut self, entry: LedgerEntry) {
        let is_same = |other: &&mut LedgerEntry| {
            other.correlation_id == entry.correlation_id && other.device == entry.device
        };
        match self.entries.iter_mut().rev().find(is_same) {
            Some(known) => known.status = entry.status.or(known.status),
            None => self.entries.push(entry),
        }
    }
}

/// A file of tasks, oldest first. Only its owner can read it.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    path: PathBuf,
}

impl Ledger {
    /// The ledger in the operator's state folder; none if the system has no such folder.
    fn in_state_folder() -> Option<Self> {
        Some(Self {
            path: state_folder()?.join("tasks.jsonl"),
        })
    }

    /// Remembers a task, and returns whether that worked. A failure is only a warning, since the task
    /// runs anyway.
    pub(crate) async fn remember(entry: LedgerEntry, console: Console) -> bool {
        let Some(ledger) = Self::in_state_folder() else {
            return false;
        };
        let path = ledger.path.display().to_string();
        let written = tokio::task::spawn_blocking(move || ledger.append(&entry)).await;
        if let Ok(Err(error)) = &written {
            console.warn(&format!(
                "the task was not recorded, so `status` will need --device: can't write `{path}`: {error}"
            ));
        }
        matches!(written, Ok(Ok(())))
    }

    /// Notes the status of a task that is remembered. That it can't be noted is no harm: the device is
    /// asked again.
    pub(crate) async fn note_status(entry: &LedgerEntry, status: TaskStatus) {
        let Some(ledger) = Self::in_state_folder() else {
            return;
        };
        let entry = LedgerEntry {
            status: Some(status),
            ..entry.clone()
        };
        let _ = tokio::task::spawn_blocking(move || ledger.append(&entry)).await;
    }

    /// The remembered tasks, oldest first. A line that is not a task is skipped with a warning.
    ///
    /// # Errors
    /// The file exists but can't be read.
    pub(crate) fn entries(console: Console) -> Result<Vec<LedgerEntry>, Error> {
        let Some(ledger) = Self::in_state_folder() else {
            return Ok(Vec::new());
        };
        let path = ledger.path.display().to_string();
        match ledger.read() {
            Ok(Contents { entries, broken }) => {
                if let Some(warning) = broken_lines(&path, &broken) {
                    console.warn(&warning);
                }
                Ok(entries)
            }
            Err(source) => Err(Error::File { path, source }),
        }
    }

    fn read(&self) -> io::Result<Contents> {
        let mut contents = Contents::default();
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(contents),
            Err(error) => return Err(error),
        };
        let mut file = BufReader::new(file);
        // Bytes, since a line that is not UTF-8 must not end the reading.
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let mut bounded = file.by_ref().take(MAX_LINE_BYTES as u64 + 1);
            if bounded.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            match line.ends_with(b"\n") {
                true => line.truncate(line.len() - 1),
                false if line.len() > MAX_LINE_BYTES => drop(file.skip_until(b'\n')?),
                false => {}
            }
            match LedgerEntry::parse(&line) {
                Some(entry) => contents.add(entry),
                None if line.trim_ascii().is_empty() => {}
                None => contents.broken.push(number),
            }
        }
        let excess = contents.entries.len().saturating_sub(MAX_TASKS);
        contents.entries.drain(..excess);
        Ok(contents)
    }

    fn append(&self, entry: &LedgerEntry) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        // The lock is a separate file, because truncating replaces the ledger.
        let lock = open_private(&folder.join("tasks.lock"))?;
        acquire(&lock)?;
        let mut file = open_private(&self.path)?;
        let json = serde_json::to_string(entry)?;
        if json.len() > MAX_LINE_BYTES {
            return Err(io::Error::other(format!(
                "the task takes more than {MAX_LINE_BYTES} bytes"
            )));
        }
        // A line that was cut off, by a full disk for example, must not take this one with it.
        let start = if is_cut_off(&mut file)? { "\n" } else { "" };
        // A single write, so that a reader without the lock never sees half a line.
        let line = format!("{start}{json}\n");
        file.write_all(line.as_bytes())?;
        if file.metadata()?.len() > TRUNCATE_ABOVE_BYTES {
            self.truncate(folder)?;
        }
        Ok(())
    }

    /// Keeps only the last tasks, atomically.
    fn truncate(&self, folder: &Path) -> io::Result<()> {
        // Only its owner can read such a file, from the start.
        let mut rest = tempfile::NamedTempFile::new_in(folder)?;
        for entry in self.read()?.entries {
            writeln!(rest, "{}", serde_json::to_string(&entry)?)?;
        }
        rest.persist(&self.path)?;
        Ok(())
    }
}

/// What to say about the lines of a ledger that are not tasks.
fn broken_lines(path: &str, broken: &[usize]) -> Option<String> {
    let lines = match broken {
        [] => return None,
        [line] => format!("line {line} of `{path}` is not a task and was skipped"),
        [first, ..] => format!(
            "{} lines of `{path}`, the first of them line {first}, are not tasks and were skipped",
            broken.len()
        ),
    };
    Some(format!("{lines}: `status` needs --device for such a task"))
}

/// Whether the last line lacks its end.
fn is_cut_off(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Opens a file for reading and appending that only its owner can read.
fn open_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Takes the lock; closing the file releases it.
fn acquire(lock: &File) -> io::Result<()> {
    let mut waited = Duration::ZERO;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if waited < LOCK_TIMEOUT => {
                std::thread::sleep(LOCK_POLL);
                waited += LOCK_POLL;
            }
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::other("another process holds the lock"));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// A ledger of any bytes is read, and takes the next task; see [`crate::probes`].
#[cfg(any(test, fuzzing))]
pub(crate) fn probe(bytes: &[u8]) -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let ledger = Ledger {
        path: folder.path().join("tasks.jsonl"),
    };
    fs::write(&ledger.path, bytes)?;
    let before = ledger.read()?;
    let lines = bytes.split(|byte| *byte == b'\n').count();
    assert!(before.entries.len() + before.broken.len() <= lines);
    let Ok(correlation_id) = CorrelationId::parse("11111111-2222-3333-4444-555555555555") else {
        return Ok(());
    };
    let entry = LedgerEntry {
        device: "the next".to_owned(),
        method: "UploadModuleLogs".to_owned(),
        correlation_id,
        hub: "h".to_owned(),
        time: Timestamp::UNIX_EPOCH,
        module: None,
        status: None,
    };
    ledger.append(&entry)?;
    let after = ledger.read()?;
    assert_eq!(after.entries.last(), Some(&entry));
    assert_eq!(after.entries.len(), before.entries.len() + 1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(folder: &Path) -> Ledger {
        Ledger {
            path: folder.join("state").join("tasks.jsonl"),
        }
    }

    fn entry(device: &str) -> LedgerEntry {
        LedgerEntry {
            device: device.to_owned(),
            method: "UploadModuleLogs".to_owned(),
            correlation_id: CorrelationId::random(),
            hub: "h.azure-devices.net".to_owned(),
            time: Timestamp::UNIX_EPOCH,
            module: None,
            status: None,
        }
    }

    #[test]
    fn a_later_line_of_a_task_is_its_status() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(folder.path());
        let (first, second) = (entry("a"), entry("b"));
        for entry in [&first, &second] {
            ledger.append(entry).unwrap();
        }
        let ended = LedgerEntry {
            status: Some(TaskStatus::Failed),
            ..first.clone()
        };
        ledger.append(&ended).unwrap();
        assert_eq!(ledger.read().unwrap().entries, [ended, second]);
    }

    #[test]
    fn only_the_last_thousand_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(folder.path());
        let long = "d".repeat(128);
        let mut largest = 0;
        for index in 0..3000 {
            ledger.append(&entry(&format!("{long}{index}"))).unwrap();
            largest = largest.max(fs::metadata(&ledger.path).unwrap().len());
        }
        let entries = ledger.read().unwrap().entries;
        assert_eq!(entries.len(), MAX_TASKS);
        assert!(entries[MAX_TASKS - 1].device.ends_with("2999"));
        assert!(largest <= TRUNCATE_ABOVE_BYTES + 1024, "{largest}");
    }

    #[test]
    fn concurrent_writers_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(folder.path());
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let ledger = &ledger;
                scope.spawn(move || {
                    for _ in 0..50 {
                        ledger.append(&entry(&format!("w{writer}"))).unwrap();
                    }
                });
            }
        });
        assert_eq!(ledger.read().unwrap().entries.len(), 200);
    }
}
