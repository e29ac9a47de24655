//! Where the collecting of each log stands, in a folder.
//!
//! A small file for each log says which entries were read last. It is replaced once what was printed
//! has been taken by whoever reads it: written under another name, synced, renamed. So a run that is
//! killed repeats lines at the most, and each has a `uid` that tells it again.
//!
//! One run at a time uses a folder: it holds a lock, which ends with the process.

mod collected;
mod place_file;
mod uid;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use collected::Collected;
#[cfg(any(test, fuzzing))]
pub(crate) use place_file::probe;
pub use place_file::{Log, Stored};

use tokio::time::{Instant, sleep};

use crate::error::Error;
use crate::file_name::file_name;
use crate::invalid_input::InvalidInput;
use crate::private_folder::create_private_folder;

/// The file that a run locks.
const LOCK: &str = "lock";

/// How often a run that waits for another one looks.
const LOOK: Duration = Duration::from_millis(200);

/// A folder that holds places.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

/// A file of a checkpoint.
#[derive(Debug)]
pub struct Found {
    path: PathBuf,
    /// What it holds, or why that can't be told.
    pub stored: Result<Stored, Error>,
}

/// A folder that no other run uses meanwhile.
#[derive(Debug)]
pub struct LockedFolder {
    folder: Folder,
    _lock: File,
}

impl Folder {
    /// The folder with this path, which need not exist yet.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Locks the folder, and makes it if need be. With `waits`, another run is waited for, which `says`
    /// is told, until a time if there is one.
    ///
    /// # Errors
    /// Another run uses it, or it can't be made.
    pub async fn lock(
        self,
        waits: bool,
        until: Option<Instant>,
        says: impl FnOnce(&str),
    ) -> Result<LockedFolder, Error> {
        let unwritable = |source| unwritable(&self.root, source);
        create_private_folder(&self.root).map_err(unwritable)?;
        let mut options = File::options();
        options.create(true).write(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options.open(self.root.join(LOCK)).map_err(unwritable)?;
        let root = self.root.display();
        let mut says = Some(says);
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock)
                    if waits && until.is_none_or(|until| Instant::now() < until) =>
                {
                    if let Some(says) = says.take() {
                        says(&format!(
                            "waiting for another run that uses the checkpoint `{root}`"
                        ));
                    }
                    sleep(LOOK).await;
                }
                Err(TryLockError::WouldBlock) if waits => {
                    return Err(InvalidInput::new(format!(
                        "another run used the checkpoint `{root}` until --max-run was over"
                    ))
                    .into());
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(InvalidInput::new(format!(
                        "another run uses the checkpoint `{root}`"
                    ))
                    .hint("wait for its end with --wait-lock")
                    .into());
                }
                Err(TryLockError::Error(source)) => return Err(unwritable(source)),
            }
        }
        Ok(LockedFolder {
            folder: self,
            _lock: lock,
        })
    }

    /// All files, those that can be read by hub, device, answering module and module.
    ///
    /// # Errors
    /// The folder does not exist, or can't be read.
    pub fn all(&self) -> Result<Vec<Found>, Error> {
        if !self.root.is_dir() {
            let root = self.root.display();
            return Err(InvalidInput::new(format!("there is no checkpoint `{root}`")).into());
        }
        let unreadable = |source| unreadable(&self.root, source);
        let mut folders = vec![self.root.clone()];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                let path = entry.path();
                if entry.file_type().map_err(unreadable)?.is_dir() {
                    folders.push(path);
                } else if place_file::is_one(&path) {
                    let stored = self.read(&path);
                    found.push(Found { path, stored });
                }
            }
        }
        found.sort_by(|one, other| {
            let of = |found: &Found| found.stored.as_ref().ok().map(|stored| stored.log.clone());
            (of(one), &one.path).cmp(&(of(other), &other.path))
        });
        Ok(found)
    }

    /// Reads a file, which must be where that of its log belongs.
    fn read(&self, path: &Path) -> Result<Stored, Error> {
        let stored = place_file::read(path)?;
        match self.path(&stored.log) == path {
            true => Ok(stored),
            false => Err(place_file::unusable(path)),
        }
    }

    /// Where the files of a device's logs are.
    fn of_device(&self, hub: &str, device: &str, answered_by: &str) -> PathBuf {
        let names = [hub, device, answered_by].map(file_name);
        names
            .iter()
            .fold(self.root.clone(), |path, name| path.join(name))
    }

    fn path(&self, log: &Log) -> PathBuf {
        self.of_device(&log.hub, &log.device, &log.answered_by)
            .join(place_file::name(&log.module))
    }
}

impl Found {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is of one of these devices and one of these modules; none means all. One that can't be
    /// read is told by its names.
    pub fn is_of(&self, devices: &[String], modules: &[String]) -> bool {
        let is_named = |names: &[String], name: &dyn Fn(&String) -> bool| {
            names.is_empty() || names.iter().any(name)
        };
        let above = |count| self.path.ancestors().nth(count).and_then(Path::file_name);
        match &self.stored {
            Ok(Stored { log, .. }) => {
                is_named(devices, &|id| *id == log.device)
                    && is_named(modules, &|name| *name == log.module)
            }
            Err(_) => {
                is_named(devices, &|id| above(2) == Some(file_name(id).as_ref()))
                    && is_named(modules, &|name| {
                        above(0) == Some(place_file::name(name).as_ref())
                    })
            }
        }
    }
}

impl LockedFolder {
    /// Forgets where a log stands.
    ///
    /// # Errors
    /// Its file can't be removed.
    pub fn forget(&self, found: &Found) -> Result<(), Error> {
        let path = &found.path;
        fs::remove_file(path).map_err(|source| unwritable(path, source))
    }

    /// The places of the logs of one hub that are read through a module.
    pub fn of_hub(self, hub: &str, answered_by: &str) -> HubPlaces {
        HubPlaces {
            folder: self,
            hub: hub.to_owned(),
            answered_by: answered_by.to_owned(),
        }
    }
}

/// The places of the logs of one hub.
#[derive(Debug)]
pub struct HubPlaces {
    folder: LockedFolder,
    hub: String,
    answered_by: String,
}

impl HubPlaces {
    fn log(&self, device: &str, module: &str) -> Log {
        Log {
            hub: self.hub.clone(),
            device: device.to_owned(),
            answered_by: self.answered_by.clone(),
            module: module.to_owned(),
        }
    }

    /// What is stored of a device.
    fn stored(&self, device: &str) -> Result<Vec<Stored>, Error> {
        let root = &self.folder.folder;
        let folder = root.of_device(&self.hub, device, &self.answered_by);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|source| unreadable(&folder, source))?,
        };
        let mut stored = Vec::new();
        for entry in entries {
            let path = entry.map_err(|source| unreadable(&folder, source))?.path();
            if place_file::is_one(&path) {
                stored.push(root.read(&path)?);
            }
        }
        Ok(stored)
    }
}

fn unwritable(path: &Path, source: io::Error) -> Error {
    Error::Unwritable {
        path: path.display().to_string(),
        source,
    }
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::System {
        action: format!("reading the checkpoint `{}`", path.display()),
        source,
    }
}
