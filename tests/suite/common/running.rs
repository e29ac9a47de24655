//! The binary while it runs, to be interrupted as Ctrl-C does.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use support::secrets::Secrets;
use tempfile::TempDir;

use super::Edgelogs;
use super::eventually::eventually;

/// A run that is still going.
pub(crate) struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    secrets: Secrets,
    _home: TempDir,
}

impl Edgelogs {
    /// Starts it, and does not wait for its end.
    pub(crate) fn start(self) -> Running {
        self.start_with(Stdio::null())
    }

    /// The same with a stdin that stays open and on which nothing comes.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_with_silent_stdin(self) -> Running {
        self.start_with(Stdio::piped())
    }

    fn start_with(mut self, stdin: Stdio) -> Running {
        self.command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the binary runs");
        let stdout = BufReader::new(child.stdout.take().expect("stdout"));
        Running {
            child,
            stdout,
            secrets: self.secrets,
            _home: self.home,
        }
    }
}

impl Running {
    /// Waits until the run has installed its handler of Ctrl-C.
    #[cfg(target_os = "linux")]
    pub(crate) fn await_handler(&self) {
        let status = format!("/proc/{}/status", self.child.id());
        eventually("a handler of SIGINT", || {
            let status = std::fs::read_to_string(&status).expect("a process");
            assert!(!status.contains("State:\tZ"), "it has ended");
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
            let caught = u64::from_str_radix(caught.expect("its signals").trim(), 16).unwrap();
            // SIGINT is the second of the signals.
            (caught & 2 != 0).then_some(())
        });
    }

    /// The next line of stdout.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a line");
        self.secrets
            .assert_absent("a run", "stdout", line.as_bytes());
        line.trim_end().to_owned()
    }

    /// Interrupts it, with its stdin still open; its exit code, and what stderr holds.
    pub(crate) fn interrupt(self) -> (i32, String) {
        self.end_with("-INT")
    }

    /// The same, with what stdout holds that was not read.
    pub(crate) fn interrupt_reading(mut self) -> (i32, String, String) {
        let id = self.child.id().to_string();
        let kill = Command::new("kill").args(["-INT", &id]).status();
        assert!(kill.expect("kill runs").success());
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).expect("UTF-8");
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().expect("stderr");
        pipe.read_to_string(&mut stderr).expect("UTF-8");
        let status = self.child.wait().expect("its state");
        (status.code().expect("an exit code"), stdout, stderr)
    }

    /// The same with another signal, such as `-TERM`.
    pub(crate) fn end_with(mut self, signal: &str) -> (i32, String) {
        let id = self.child.id().to_string();
        let kill = Command::new("kill").args([signal, &id]).status();
        assert!(kill.expect("kill runs").success());
        let status = eventually("its end", || self.child.try_wait().expect("its state"));
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().expect("stderr");
        pipe.read_to_string(&mut stderr).expect("UTF-8");
        self.secrets
            .assert_absent("a run", "stderr", stderr.as_bytes());
        (status.code().expect("an exit code"), stderr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
