//! Stores tasks on disk so that they survive a restart: one file for each task, replaced atomically.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::record::TaskRecord;
use crate::lock::lock;
use crate::methods::{CorrelationId, TaskStatus};
use crate::private_folder::create_private_folder;

/// How many tasks are kept, and for how long.
const MAX_TASKS: usize = 1000;
const MAX_AGE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How many tasks may be added before the folder is tidied again.
const TIDY_EVERY: usize = 50;

/// How old an unfinished file must be before its writer is considered gone.
const PARTS_AGE: Duration = Duration::from_secs(3600);

/// The message of an interrupted task.
const INTERRUPTED: &str = "the device module was stopped or restarted while the task ran";

/// The tasks of one device on disk.
#[derive(Debug)]
pub(super) struct TaskFolder {
    path: PathBuf,
    /// The id of this process among all that used the folder.
    run: uuid::Uuid,
    /// Locked while this process runs, so that others can see whether it still does.
    alive: Mutex<Option<File>>,
    /// How many tasks were added since the folder was tidied.
    added: AtomicUsize,
}

impl TaskFolder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            run: uuid::Uuid::new_v4(),
            alive: Mutex::new(None),
            added: AtomicUsize::new(0),
        }
    }

    /// The id of this process among all that used the folder.
    pub(super) fn run(&self) -> uuid::Uuid {
        self.run
    }

    /// Makes the folder ready and writes a new task into it. Where the process ends before that, it never
    /// returns: whoever got the task's id would be told of no task after a restart.
    pub(super) async fn begin(self: &Arc<Self>, record: TaskRecord) {
        let folder = self.clone();
        let written = tokio::task::spawn_blocking(move || {
            folder.prepare()?;
            folder.replace(&record)?;
            let added = folder.added.fetch_add(1, Ordering::Relaxed);
            if added.is_multiple_of(TIDY_EVERY) {
                folder.tidy()?;
            }
            Ok::<_, io::Error>(())
        });
        match written.await {
            Err(error) if error.is_cancelled() => std::future::pending().await,
            // Without a disk, tasks are known until the process ends.
            _ => {}
        }
    }

    /// Writes a task; false if that fails.
    pub(super) async fn write(self: &Arc<Self>, record: TaskRecord) -> bool {
        let folder = self.clone();
        let written = tokio::task::spawn_blocking(move || folder.replace(&record)).await;
        matches!(written, Ok(Ok(())))
    }

    /// Reads a task. One whose process is gone has failed.
    pub(super) async fn read(self: &Arc<Self>, id: CorrelationId) -> Option<TaskRecord> {
        let folder = self.clone();
        tokio::task::spawn_blocking(move || folder.read_now(&id))
            .await
            .ok()
            .flatten()
    }

    fn read_now(&self, id: &CorrelationId) -> Option<TaskRecord> {
        let mut record: TaskRecord =
            serde_json::from_slice(&fs::read(self.file(id)?).ok()?).ok()?;
        if record.response.status.is_under_way() && self.is_gone(record.run) {
            record.response.status = TaskStatus::Failed;
            record.response.message = INTERRUPTED.to_owned();
            record.ended = Some(Timestamp::now());
            // The answer is the same each time, even if it can't be stored.
            let _ = self.replace(&record);
        }
        Some(record)
    }

    /// The file of a task. Ids come from callers, so only a GUID becomes a path.
    fn file(&self, id: &CorrelationId) -> Option<PathBuf> {
        let id = uuid::Uuid::try_parse(id.as_str()).ok()?;
        Some(self.path.join(format!("{}.json", id.hyphenated())))
    }

    fn lock_file(&self, run: uuid::Uuid) -> PathBuf {
        self.path.join(format!("{run}.lock"))
    }

    /// Whether the process of a run has ended, and its lock with it.
    fn is_gone(&self, run: uuid::Uuid) -> bool {
        if run == self.run {
            return lock(&self.alive).is_none();
        }
        match File::open(self.lock_file(run)) {
            Ok(file) => file.try_lock_shared().is_ok(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }

    /// Creates the folder, and the lock that shows that this process is running.
    fn prepare(&self) -> io::Result<()> {
        let mut alive = lock(&self.alive);
        if alive.is_some() {
            return Ok(());
        }
        // Messages may contain names of a plant.
        create_private_folder(&self.path)?;
        // Locked before it gets its name: another process that tidies the folder would mistake an
        // unheld lock for that of an ended process.
        let file = tempfile::NamedTempFile::new_in(&self.path)?;
        file.as_file().try_lock().map_err(io::Error::from)?;
        *alive = Some(file.persist(self.lock_file(self.run))?);
        Ok(())
    }

    /// Replaces a task's file atomically: a reader finds the old one or the new one.
    fn replace(&self, record: &TaskRecord) -> io::Result<()> {
        let Some(path) = self.file(&record.response.correlation_id) else {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        };
        let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
        file.write_all(&serde_json::to_vec(record)?)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        sync_folder(&self.path)
    }

    /// Removes tasks that are too old or too many, and the locks and unfinished files of ended
    /// processes. Another process may be tidying too, so a file that can't be removed is skipped.
    fn tidy(&self) -> io::Result<()> {
        let mut tasks = Vec::new();
        for entry in fs::read_dir(&self.path)?.flatten() {
            let path = entry.path();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("json") => {
                    let record = fs::read(&path)
                        .ok()
                        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
                    let started = record.map(|record: TaskRecord| record.started);
                    tasks.push((started.unwrap_or(Timestamp::UNIX_EPOCH), path));
                }
                Some("lock") => {
                    let run = path
                        .file_stem()
                        .and_then(|stem| uuid::Uuid::try_parse(stem.to_str()?).ok());
                    if run.is_some_and(|run| run != self.run && self.is_gone(run)) {
                        let _ = fs::remove_file(path);
                    }
                }
                _ => {
                    let age = entry
                        .metadata()
                        .and_then(|metadata| metadata.modified())
                        .map(|modified| modified.elapsed().unwrap_or_default());
                    if age.is_ok_and(|age| age > PARTS_AGE) {
                        let _ = fs::remove_file(path);
                    }
                }
            }
        }
        tasks.sort();
        let oldest = Timestamp::now()
            .checked_sub(MAX_AGE)
            .unwrap_or(Timestamp::UNIX_EPOCH);
        let too_many = tasks.len().saturating_sub(MAX_TASKS);
        for (index, (started, path)) in tasks.into_iter().enumerate() {
            if index < too_many || started < oldest {
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }

    /// Releases the lock, as the end of the process does.
    #[cfg(test)]
    pub(super) fn unlock(&self) {
        lock(&self.alive).take();
    }
}

/// Makes a rename survive a power failure.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::TaskStatusResponse;

    fn record(folder: &TaskFolder, age: SignedDuration) -> TaskRecord {
        let id = CorrelationId::random();
        TaskRecord {
            response: TaskStatusResponse::new(id, TaskStatus::Completed, String::new()),
            started: Timestamp::now().checked_sub(age).unwrap(),
            ended: Some(Timestamp::now()),
            run: folder.run(),
        }
    }

    fn names(path: &Path, extension: &str) -> usize {
        let named = |entry: &fs::DirEntry| entry.path().extension().is_some_and(|e| e == extension);
        fs::read_dir(path).unwrap().flatten().filter(named).count()
    }

    #[tokio::test]
    async fn tasks_are_bounded_in_number_and_age_and_the_young_ones_stay() {
        let place = tempfile::tempdir().unwrap();
        let folder = Arc::new(TaskFolder::new(place.path().to_owned()));
        folder.prepare().unwrap();
        let old = record(&folder, SignedDuration::from_hours(31 * 24));
        let second = record(&folder, SignedDuration::from_hours(2));
        let third = record(&folder, SignedDuration::from_hours(1));
        for record in [&old, &second, &third] {
            folder.replace(record).unwrap();
        }
        for _ in 3..MAX_TASKS {
            let id = uuid::Uuid::new_v4();
            let file = place.path().join(format!("{id}.json"));
            let filler = record(&folder, SignedDuration::ZERO);
            fs::write(file, serde_json::to_vec(&filler).unwrap()).unwrap();
        }
        let newest = record(&folder, SignedDuration::ZERO);
        let id = newest.response.correlation_id.clone();
        folder.begin(newest).await;
        assert_eq!(names(place.path(), "json"), MAX_TASKS);
        let known = async |record: &TaskRecord| {
            folder
                .read(record.response.correlation_id.clone())
                .await
                .is_some()
        };
        assert!(!known(&old).await && known(&second).await && known(&third).await);
        assert!(folder.read(id).await.is_some());
        // One more than allowed: the oldest one goes.
        folder
            .replace(&record(&folder, SignedDuration::ZERO))
            .unwrap();
        folder.tidy().unwrap();
        assert_eq!(names(place.path(), "json"), MAX_TASKS);
        assert!(!known(&second).await && known(&third).await);
    }

    #[test]
    fn locks_of_others_go_with_their_processes_and_not_before() {
        let place = tempfile::tempdir().unwrap();
        let folder = |_| TaskFolder::new(place.path().to_owned());
        let [mine, other, gone] = [(); 3].map(folder);
        for folder in [&mine, &other, &gone] {
            folder.prepare().unwrap();
        }
        gone.unlock();
        mine.tidy().unwrap();
        assert_eq!(names(place.path(), "lock"), 2);
        assert!(!mine.is_gone(other.run()) && mine.is_gone(gone.run()));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_folder_and_its_files() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let folder = TaskFolder::new(place.path().join("state/tasks"));
        folder.prepare().unwrap();
        folder
            .replace(&record(&folder, SignedDuration::ZERO))
            .unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path), 0o700);
        for entry in fs::read_dir(&folder.path).unwrap().flatten() {
            assert_eq!(mode(&entry.path()), 0o600, "{entry:?}");
        }
    }
}
