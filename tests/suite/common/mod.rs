//! What the tests share: the binary in a clean environment.

#[cfg(feature = "device")]
pub(crate) mod blob_stand_in;
#[cfg(feature = "device")]
pub(crate) mod engine;
#[cfg(feature = "device")]
pub(crate) mod lossy_proxy;
#[cfg(feature = "device")]
pub(crate) mod memory;
#[cfg(unix)]
pub(crate) mod running;

pub(crate) use support::secrets;
#[cfg(feature = "device")]
pub(crate) use support::{azurite, caller, serve};

use std::process::Output;

use assert_cmd::Command;
use secrets::{Secrets, without_what_is_meant};
use tempfile::TempDir;

/// The binary, away from the configuration, the variables and the terminal of whoever runs the
/// tests.
pub(crate) struct Edgelogs {
    command: Command,
    args: Vec<String>,
    /// What no run may show.
    secrets: Secrets,
    home: TempDir,
}

/// What a run printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

/// `edgelogs` with these arguments.
pub(crate) fn edgelogs<I, S>(args: I) -> Edgelogs
where
    I: IntoIterator<Item = S>,
    S: AsRef<std::ffi::OsStr>,
{
    let home = tempfile::tempdir().expect("a temporary home");
    let args: Vec<_> = args
        .into_iter()
        .map(|arg| arg.as_ref().to_owned())
        .collect();
    let typed = args
        .iter()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    let mut command = Command::from_std(support::edgelogs());
    command
        .env("HOME", home.path())
        .env("TERM", "dumb")
        .env("COLUMNS", "100")
        .args(args);
    Edgelogs {
        command,
        args: typed,
        secrets: Secrets::default(),
        home,
    }
}

impl Edgelogs {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.secrets.of_variable(name, value);
        self.command.env(name, value);
        self
    }

    pub(crate) fn args<'a>(mut self, args: impl IntoIterator<Item = &'a str>) -> Self {
        for arg in args {
            self.args.push(arg.to_owned());
            self.command.arg(arg);
        }
        self
    }

    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.secrets.of_text(text);
        self.command.write_stdin(text.to_owned());
        self
    }

    /// Runs it where files may be left behind.
    pub(crate) fn at_home(mut self) -> Self {
        self.command.current_dir(self.home.path());
        self
    }

    /// Runs it and returns the bytes, which hold no secret.
    pub(crate) fn output(mut self) -> Output {
        for argument in &self.args {
            self.secrets.of_argument(argument);
        }
        let output = self
            .command
            .timeout(std::time::Duration::from_secs(120))
            .output()
            .expect("the binary runs");
        let run = format!("{:?}", self.args);
        let stdout = without_what_is_meant(&self.args, &output.stdout);
        self.secrets.assert_absent(&run, "stdout", stdout);
        self.secrets.assert_absent(&run, "stderr", &output.stderr);
        output
    }

    /// Runs it and returns the texts.
    pub(crate) fn run(self) -> Ran {
        let output = self.output();
        Ran {
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
            code: output.status.code().expect("an exit code"),
        }
    }
}

/// Everything that a run showed, for a snapshot.
pub(crate) fn shown(ran: &Ran) -> String {
    format!(
        "exit: {}\n--- stdout\n{}--- stderr\n{}",
        ran.code, ran.stdout, ran.stderr
    )
}
