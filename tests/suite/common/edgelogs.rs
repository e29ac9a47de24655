//! The built binary, away from the settings, the variables and the terminal of whoever runs the
//! tests.

use std::ffi::OsStr;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use stand_in::StandIn;
use support::secrets::{Secrets, without_intended_output};

/// Far longer than any run takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program without the variables of whoever runs the tests.
pub(crate) fn program(path: impl AsRef<OsStr>) -> Command {
    support::clean(Command::new(path))
}

/// Words for a command line: a text, which is split as a shell does it, or the words themselves.
pub(crate) trait Args {
    fn words(self) -> Vec<String>;
}

impl Args for &str {
    fn words(self) -> Vec<String> {
        shlex::split(self).expect("a command line")
    }
}

impl Args for String {
    fn words(self) -> Vec<String> {
        self.as_str().words()
    }
}

impl<S: AsRef<str>> Args for &[S] {
    fn words(self) -> Vec<String> {
        self.iter().map(|word| word.as_ref().to_owned()).collect()
    }
}

impl<S: AsRef<str>, const N: usize> Args for [S; N] {
    fn words(self) -> Vec<String> {
        self.as_slice().words()
    }
}

impl<S: AsRef<str>, const N: usize> Args for &[S; N] {
    fn words(self) -> Vec<String> {
        self.as_slice().words()
    }
}

impl<S: AsRef<str>> Args for Vec<S> {
    fn words(self) -> Vec<String> {
        self.as_slice().words()
    }
}

impl<S: AsRef<str>> Args for &Vec<S> {
    fn words(self) -> Vec<String> {
        self.as_slice().words()
    }
}

/// Anything with a connection string.
pub(crate) trait Hub {
    fn connection_string(&self) -> String;
}

impl<H: Hub> Hub for &H {
    fn connection_string(&self) -> String {
        (**self).connection_string()
    }
}

impl Hub for StandIn {
    fn connection_string(&self) -> String {
        (**self).connection_string()
    }
}

#[cfg(feature = "device")]
impl Hub for support::serve::Serve {
    fn connection_string(&self) -> String {
        self.connection_string.clone()
    }
}

/// A run of the binary that has not started.
pub(crate) struct Edgelogs {
    pub(super) command: Command,
    words: Vec<String>,
    stdin: Option<String>,
    /// What no run may show.
    pub(super) secrets: Secrets,
    pub(super) home: TempDir,
}

/// `edgelogs` with these arguments, in an empty home.
pub(crate) fn edgelogs(args: impl Args) -> Edgelogs {
    let home = tempfile::tempdir().expect("a temporary home");
    let mut command = support::edgelogs();
    command
        .env("HOME", home.path())
        .env("TERM", "dumb")
        .env("LC_ALL", "C.UTF-8")
        .env("COLUMNS", "100");
    let run = Edgelogs {
        command,
        words: Vec::new(),
        stdin: None,
        secrets: Secrets::default(),
        home,
    };
    run.args(args)
}

impl Edgelogs {
    /// Adds arguments.
    pub(crate) fn args(mut self, args: impl Args) -> Self {
        for word in args.words() {
            self.secrets.of_argument(&word);
            self.command.arg(&word);
            self.words.push(word);
        }
        self
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let value = value.as_ref();
        self.secrets.of_variable(name, &value.to_string_lossy());
        self.command.env(name, value);
        self
    }

    /// Sets several variables.
    pub(crate) fn envs<'a, V: AsRef<OsStr> + 'a>(
        self,
        variables: impl IntoIterator<Item = &'a (&'a str, V)>,
    ) -> Self {
        let variables = variables.into_iter();
        variables.fold(self, |run, (name, value)| run.env(name, value))
    }

    /// Signs in to a hub with its connection string.
    pub(crate) fn on(self, hub: &impl Hub) -> Self {
        self.env("EDGELOGS_CONNECTION_STRING", hub.connection_string())
    }

    /// Gives it a text on stdin.
    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.secrets.of_text(text);
        self.stdin = Some(text.to_owned());
        self
    }

    /// Runs it in its home folder, where it may leave files behind.
    pub(crate) fn at_home(mut self) -> Self {
        self.command.current_dir(self.home.path());
        self
    }

    /// Limits the files it writes to this many blocks of 512 bytes.
    #[cfg(unix)]
    pub(crate) fn with_files_up_to(self, blocks: u32) -> Self {
        self.limited(&format!("trap '' XFSZ; ulimit -f {blocks}"))
    }

    /// Lets it open this many files.
    #[cfg(unix)]
    pub(crate) fn with_open_files(self, files: u32) -> Self {
        self.limited(&format!("ulimit -n {files}"))
    }

    #[cfg(unix)]
    fn limited(mut self, limit: &str) -> Self {
        let mut limited = program("/bin/sh");
        limited
            .arg("-c")
            .arg(format!("{limit}; exec \"$0\" \"$@\""))
            .arg(self.command.get_program())
            .args(self.command.get_args())
            .envs(
                self.command
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
        self.command = limited;
        self
    }

    /// Runs it and returns the bytes, which hold no secret.
    pub(crate) fn output(self) -> Output {
        let mut command = assert_cmd::Command::from_std(self.command);
        if let Some(stdin) = self.stdin {
            command.write_stdin(stdin);
        }
        let output = command.timeout(PATIENCE).output().expect("the binary runs");
        let run = format!("{:?}", self.words);
        let stdout = without_intended_output(&self.words, &output.stdout);
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

    /// Runs it, and fails the test unless it exits with this code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Ran {
        let words = self.words.join(" ");
        let ran = self.run();
        assert_eq!(ran.code, code, "{words}: {}{}", ran.stdout, ran.stderr);
        ran
    }

    /// Runs it, and fails the test unless it exits with 0 and prints nothing on stderr.
    #[track_caller]
    pub(crate) fn quiet(self) -> Ran {
        let ran = self.exits(0);
        assert_eq!(ran.stderr, "");
        ran
    }

    /// Runs it, and fails the test unless it exits with 0 and prints at most a summary on stderr.
    #[track_caller]
    pub(crate) fn quiet_apart_from_summary(self) -> Ran {
        let ran = self.exits(0);
        let is_summary = |line: &str| line.contains(" devices: ");
        assert!(ran.stderr.lines().all(is_summary), "{}", ran.stderr);
        ran
    }

    /// Runs it, and fails the test unless it exits with 2 and prints nothing on stdout.
    #[track_caller]
    pub(crate) fn refused(self) -> Ran {
        let ran = self.exits(2);
        assert_eq!(ran.stdout, "");
        ran
    }
}

/// What a run printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Ran {
    /// The one JSON value on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("one JSON value")
    }

    /// The JSON values on stdout, one a line.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let values = self.stdout.lines().map(serde_json::from_str);
        values.map(|value| value.expect("a JSON value")).collect()
    }

    /// Fails the test unless stdout holds this text.
    #[track_caller]
    pub(crate) fn assert_stdout(&self, text: impl AsRef<str>) {
        assert_in(&self.stdout, text.as_ref(), |stream, text| {
            stream.contains(text)
        });
    }

    /// Fails the test unless stderr holds this text.
    #[track_caller]
    pub(crate) fn assert_stderr(&self, text: impl AsRef<str>) {
        assert_in(&self.stderr, text.as_ref(), |stream, text| {
            stream.contains(text)
        });
    }

    /// Fails the test unless stderr starts with this text.
    #[track_caller]
    pub(crate) fn assert_stderr_starts(&self, text: impl AsRef<str>) {
        assert_in(&self.stderr, text.as_ref(), |stream, text| {
            stream.starts_with(text)
        });
    }

    /// Fails the test unless stderr ends with this text.
    #[track_caller]
    pub(crate) fn assert_stderr_ends(&self, text: impl AsRef<str>) {
        assert_in(&self.stderr, text.as_ref(), |stream, text| {
            stream.ends_with(text)
        });
    }

    /// Fails the test if stderr holds this text.
    #[track_caller]
    pub(crate) fn assert_no_stderr(&self, text: impl AsRef<str>) {
        let text = text.as_ref();
        assert!(!self.stderr.contains(text), "`{text}` in: {}", self.stderr);
    }

    /// Fails the test if either stream holds this text.
    #[track_caller]
    pub(crate) fn assert_nowhere(&self, text: impl AsRef<str>) {
        let text = text.as_ref();
        let shown = shown(self);
        assert!(!shown.contains(text), "`{text}` in: {shown}");
    }
}

#[track_caller]
fn assert_in(stream: &str, text: &str, holds: fn(&str, &str) -> bool) {
    assert!(holds(stream, text), "no `{text}` in: {stream}");
}

/// Everything that a run showed, for a snapshot.
pub(crate) fn shown(ran: &Ran) -> String {
    format!(
        "exit: {}\n--- stdout\n{}--- stderr\n{}",
        ran.code, ran.stdout, ran.stderr
    )
}
