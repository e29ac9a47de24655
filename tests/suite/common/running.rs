//! The binary while it runs, to be interrupted as Ctrl-C does.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::secrets::Secrets;

/// How long an end may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A run that has not ended.
pub(crate) struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    secrets: Secrets,
}

impl Running {
    /// Starts the binary with these arguments and no variables but these.
    pub(crate) fn start(args: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::with_stdin(args, variables, Stdio::null())
    }

    /// The same with a stdin that stays open and on which nothing comes.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_with_silent_stdin(args: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::with_stdin(args, variables, Stdio::piped())
    }

    /// Returns when the run handles the signal of Ctrl-C by itself.
    #[cfg(target_os = "linux")]
    pub(crate) fn await_handler(&self) {
        let status = format!("/proc/{}/status", self.child.id());
        // SIGINT is the second of the signals.
        let handles = |caught: &str| u64::from_str_radix(caught.trim(), 16).unwrap() & 2 != 0;
        let handled = || {
            let status = std::fs::read_to_string(&status).expect("a process");
            assert!(!status.contains("State:\tZ"), "it has ended");
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
            handles(caught.expect("its signals"))
        };
        while !handled() {
            std::thread::yield_now();
        }
    }

    fn with_stdin(args: &[&str], variables: &[(&str, &str)], stdin: Stdio) -> Self {
        let mut secrets = Secrets::default();
        args.iter().for_each(|arg| secrets.of_argument(arg));
        for (name, value) in variables {
            secrets.of_variable(name, value);
        }
        let mut child = support::edgelogs()
            .envs(variables.iter().copied())
            .args(args)
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let stdout = BufReader::new(child.stdout.take().expect("stdout"));
        Self {
            child,
            stdout,
            secrets,
        }
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

    /// The same with another signal, such as `-TERM`.
    pub(crate) fn end_with(mut self, signal: &str) -> (i32, String) {
        let id = self.child.id().to_string();
        let kill = Command::new("kill").args([signal, &id]).status();
        assert!(kill.expect("kill runs").success());
        let deadline = Instant::now() + PATIENCE;
        let code = loop {
            match self.child.try_wait().expect("its state") {
                Some(status) => break status.code(),
                None => assert!(Instant::now() < deadline, "{signal} does not end it"),
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().expect("stderr");
        pipe.read_to_string(&mut stderr).expect("UTF-8");
        self.secrets
            .assert_absent("a run", "stderr", stderr.as_bytes());
        (code.expect("an exit code"), stderr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
