//! `edgelogs device serve`, for as long as a test needs it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

use super::secrets::{Secrets, register};

/// A running hub.
pub struct Serve {
    child: Child,
    /// Its first line.
    pub connection_string: String,
    /// The path in its second line, with `--tls`.
    pub ca_file: Option<String>,
    stdout: BufReader<ChildStdout>,
    stderr: Option<JoinHandle<Vec<u8>>>,
    secrets: Secrets,
}

impl Serve {
    /// Starts one with these arguments.
    pub fn start(args: &[&str]) -> Self {
        Self::start_in(args, &[])
    }

    /// Starts one with these arguments and variables.
    pub fn start_in(args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = crate::edgelogs()
            .envs(variables.iter().copied())
            .args(["device", "serve"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut secrets = Secrets::default();
        for (name, value) in variables {
            secrets.of_variable(name, value);
        }
        let mut errors = child.stderr.take().expect("stderr");
        let stderr = std::thread::spawn(move || {
            let mut all = Vec::new();
            // What came before it broke is looked at as well.
            let _ = errors.read_to_end(&mut all);
            all
        });
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout"));
        let mut next_line = || {
            let mut line = String::new();
            stdout.read_line(&mut line).expect("a line");
            line.trim_end().to_owned()
        };
        let connection_string = next_line();
        assert!(
            connection_string.starts_with("HostName="),
            "{connection_string}"
        );
        let ca_file = args.contains(&"--tls").then(|| {
            let line = next_line();
            let path = line.strip_prefix("CaFile=");
            path.expect("the second line").to_owned()
        });
        let serve = Self {
            child,
            connection_string,
            ca_file,
            stdout,
            stderr: Some(stderr),
            secrets,
        };
        register(serve.key());
        serve
    }

    /// The key.
    pub fn key(&self) -> &str {
        self.connection_string
            .split_once("SharedAccessKey=")
            .map_or("", |(_, key)| key)
    }

    /// How much memory the process has taken at most, in KiB.
    #[cfg(target_os = "linux")]
    pub fn peak_memory(&self) -> u64 {
        crate::peak_kb(&self.child).expect("a running process")
    }

    /// Stops it like a service manager, and waits for its end.
    #[cfg(unix)]
    pub fn terminate(&mut self) -> Option<i32> {
        self.end("-TERM")
    }

    /// Ends it with a signal, and waits for its end.
    #[cfg(unix)]
    pub fn end(&mut self, signal: &str) -> Option<i32> {
        assert!(self.signal(signal));
        self.child.wait().expect("it ends").code()
    }

    #[cfg(unix)]
    fn signal(&self, signal: &str) -> bool {
        let id = self.child.id().to_string();
        let kill = Command::new("kill").args([signal, &id]).status();
        kill.is_ok_and(|status| status.success())
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may have ended by itself. One that made a certificate deletes the file.
        #[cfg(unix)]
        let ends = self.ca_file.is_some() && self.signal("-TERM");
        #[cfg(not(unix))]
        let ends = false;
        if !ends {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        if std::thread::panicking() {
            return;
        }
        let mut rest = Vec::new();
        let _ = self.stdout.read_to_end(&mut rest);
        let errors = self.stderr.take().and_then(|reader| reader.join().ok());
        let run = "device serve, behind its first line,";
        self.secrets.assert_absent(run, "stdout", &rest);
        self.secrets
            .assert_absent(run, "stderr", &errors.unwrap_or_default());
    }
}
