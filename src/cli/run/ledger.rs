//! The tasks that this machine has started, so that one can be asked after by its id alone.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::methods::CorrelationId;
use crate::output::Console;

/// How many tasks are remembered: the agent itself forgets its own when it restarts.
pub(crate) const MAX_TASKS: usize = 1000;

/// The ledger is cut when it is longer than this, so that not every task costs a rewriting.
const CUT_ABOVE_BYTES: u64 = 512 << 10;

/// How long another process may hold the ledger: it needs milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(10);

/// A task, as remembered: one line of JSON. It holds no SAS, which is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LedgerEntry {
    pub(crate) device: String,
    /// The method that started the task.
    pub(crate) method: String,
    pub(crate) correlation_id: CorrelationId,
    /// Host and port of the hub, as its connection string names them.
    pub(crate) hub: String,
    /// When the device had taken the task, by this machine's clock.
    pub(crate) time: Timestamp,
}

/// Where this machine keeps what it remembers; none where the system names no such folder.
pub(crate) fn state_folder() -> Option<PathBuf> {
    // Only Linux and its like have a folder for state.
    let folder = dirs::state_dir().or_else(dirs::data_local_dir)?;
    Some(folder.join("edgelogs"))
}

/// A file of tasks, the oldest first. Only its owner can read it.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    path: PathBuf,
}

impl Ledger {
    /// The ledger in the operator's state folder; none where the system names no such folder.
    pub(crate) fn of_this_machine() -> Option<Self> {
        Some(Self {
            path: state_folder()?.join("tasks.jsonl"),
        })
    }

    /// Remembers a task. The task goes on whatever happens here, so that a failure is a warning.
    pub(crate) async fn remember(entry: LedgerEntry, console: Console) {
        let Some(ledger) = Self::of_this_machine() else {
            return;
        };
        let path = ledger.path.display().to_string();
        let written = tokio::task::spawn_blocking(move || ledger.append(&entry)).await;
        if let Ok(Err(error)) = written {
            console.warn(&format!(
                "the task is not remembered, so that `status` will need --device: `{path}` can't be written: {error}"
            ));
        }
    }

    /// The tasks, the oldest first. A line that can't be read is left out.
    ///
    /// # Errors
    /// The file is there and can't be read.
    pub(crate) fn entries(&self) -> Result<Vec<LedgerEntry>, Error> {
        self.read().map_err(|source| Error::File {
            path: self.path.display().to_string(),
            source,
        })
    }

    fn read(&self) -> io::Result<Vec<LedgerEntry>> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut entries = Vec::new();
        for line in BufReader::new(file).lines() {
            entries.extend(serde_json::from_str(&line?));
        }
        Ok(entries.split_off(entries.len().saturating_sub(MAX_TASKS)))
    }

    fn append(&self, entry: &LedgerEntry) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        // The lock is on a file of its own: the ledger itself is replaced when it is cut.
        let lock = private(&folder.join("tasks.lock"))?;
        acquire(&lock)?;
        let mut file = private(&self.path)?;
        // One write, so that not even a reader without the lock sees half a line.
        let line = format!("{}\n", serde_json::to_string(entry)?);
        file.write_all(line.as_bytes())?;
        if file.metadata()?.len() > CUT_ABOVE_BYTES {
            self.cut(folder)?;
        }
        Ok(())
    }

    /// Leaves only the last tasks, in one step.
    fn cut(&self, folder: &Path) -> io::Result<()> {
        // Such a file is for its owner alone from the start.
        let mut kept = tempfile::NamedTempFile::new_in(folder)?;
        for entry in self.read()? {
            writeln!(kept, "{}", serde_json::to_string(&entry)?)?;
        }
        kept.persist(&self.path)?;
        Ok(())
    }
}

/// Opens a file to append to, which only its owner can read.
fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Takes the lock; closing the file gives it back.
fn acquire(lock: &File) -> io::Result<()> {
    let mut waited = Duration::ZERO;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if waited < PATIENCE => {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::other("another process holds the lock"));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
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
        }
    }

    #[test]
    fn tasks_are_remembered_in_order_and_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(folder.path());
        assert_eq!(ledger.read().unwrap(), []);
        let entries = ["a", "b"].map(entry);
        for entry in &entries {
            ledger.append(entry).unwrap();
        }
        assert_eq!(ledger.read().unwrap(), entries);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&ledger.path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_line_that_is_none_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(folder.path());
        ledger.append(&entry("a")).unwrap();
        private(&ledger.path)
            .unwrap()
            .write_all(b"{\"dev\n")
            .unwrap();
        ledger.append(&entry("b")).unwrap();
        assert_eq!(ledger.read().unwrap().len(), 2);
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
        let entries = ledger.read().unwrap();
        assert_eq!(entries.len(), MAX_TASKS);
        assert!(entries[MAX_TASKS - 1].device.ends_with("2999"));
        assert!(largest <= CUT_ABOVE_BYTES + 1024, "{largest}");
    }

    #[test]
    fn several_writers_lose_nothing() {
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
        assert_eq!(ledger.read().unwrap().len(), 200);
    }
}
