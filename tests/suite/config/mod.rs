//! The settings file: profiles, precedence and refusals.

mod init_and_use;
mod precedence;
mod refusals;
mod secrets;
mod show;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use stand_in::StandIn;
use tempfile::TempDir;

use crate::common::{Args, Edgelogs, Ran, edgelogs};

/// The home folder of an operator.
struct Home {
    folder: TempDir,
}

impl Home {
    /// Without any file.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder }
    }

    /// With this settings file.
    fn with(settings: &str) -> Self {
        let home = Self::new();
        home.write(".config/edgelogs/config.toml", settings, 0o600);
        home
    }

    /// The same with the hub's connection string in `hub.txt`.
    fn with_hub(hub: &StandIn, settings: &str) -> Self {
        let home = Self::with(settings);
        home.write("hub.txt", &hub.connection_string(), 0o600);
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn settings_path(&self) -> PathBuf {
        self.path(".config/edgelogs/config.toml")
    }

    fn settings(&self) -> String {
        fs::read_to_string(self.settings_path()).expect("a settings file")
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
        set_mode(&path, mode);
        path
    }

    fn command(&self, args: impl Args) -> Edgelogs {
        edgelogs(args).env("HOME", self.folder.path())
    }

    fn run(&self, args: impl Args) -> Ran {
        self.command(args).run()
    }

    /// Runs what must work without a word on stderr.
    #[track_caller]
    fn quietly(&self, args: impl Args) -> String {
        let ran = self.command(args).exits(0);
        assert_eq!(ran.stderr, "");
        ran.stdout
    }

    /// The first request of a command.
    fn request(&self, args: impl Args) -> Value {
        first_request(self.command(args).args("--dry-run -q"))
    }

    /// What a run showed, with the home folder taken out.
    fn shown(&self, ran: &Ran) -> String {
        let home = self.folder.path().to_str().expect("a path");
        crate::common::shown(ran).replace(home, "HOME")
    }
}

fn first_request(command: Edgelogs) -> Value {
    let ran = command.exits(0);
    ran.json()
}

fn set_mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
}
