//! `edgelogs device serve`, for as long as a test needs it.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running hub.
pub(crate) struct Serve {
    child: Child,
    /// Its first line.
    pub(crate) connection_string: String,
    _stdout: BufReader<ChildStdout>,
}

impl Serve {
    /// Starts one with these arguments.
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_edgelogs"))
            .env_clear()
            .args(["device", "serve"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a first line");
        let connection_string = line.trim_end().to_owned();
        assert!(
            connection_string.starts_with("HostName=http://127.0.0.1:"),
            "{connection_string}"
        );
        Self {
            child,
            connection_string,
            _stdout: stdout,
        }
    }

    /// The key, to look for where it must not be.
    pub(crate) fn key(&self) -> &str {
        self.connection_string
            .split_once("SharedAccessKey=")
            .map_or("", |(_, key)| key)
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
