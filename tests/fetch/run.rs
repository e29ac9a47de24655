//! The built binary, pointed at the stand-in.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use stand_in::StandIn;
use support::secrets::Secrets;

/// What a run printed, how it ended, and what it took.
pub(crate) struct Ran {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) code: i32,
    /// The most memory that the process ever held, in KB.
    pub(crate) peak_kb: u64,
    pub(crate) took: Duration,
}

impl Ran {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Fails unless all went well and nothing was said.
    pub(crate) fn expect_quiet(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.stderr);
        assert_eq!(self.stderr, "");
        self
    }
}

/// `edgelogs get` of device `d1` with these arguments.
pub(crate) fn command(stand_in: &StandIn, args: &[&str]) -> Command {
    let mut command = support::edgelogs();
    command
        .env("EDGELOGS_CONNECTION_STRING", stand_in.connection_string())
        .env("EDGELOGS_DEVICE", "d1")
        .arg("get")
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub(crate) fn get(stand_in: &StandIn, args: &[&str]) -> Ran {
    let start = Instant::now();
    let mut child = command(stand_in, args).spawn().expect("the binary runs");
    let out = drain(child.stdout.take().expect("stdout"));
    let err = drain(child.stderr.take().expect("stderr"));
    let mut peak_kb = 0;
    let status = loop {
        peak_kb = peak_kb.max(support::peak_kb(&child).unwrap_or(0));
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            break status;
        }
        assert!(start.elapsed() < Duration::from_secs(170), "{args:?} hangs");
        std::thread::sleep(Duration::from_millis(3));
    };
    let took = start.elapsed();
    let stdout = out.join().expect("stdout is read");
    let stderr = err.join().expect("stderr is read");
    let mut secrets = Secrets::default();
    secrets.of_text(&stand_in.connection_string());
    secrets.assert_absent(&format!("{args:?}"), "stdout", &stdout);
    secrets.assert_absent(&format!("{args:?}"), "stderr", &stderr);
    Ran {
        took,
        stdout,
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
        code: status.code().unwrap_or(-1),
        peak_kb,
    }
}

/// Reads a stream to its end beside the test.
pub(crate) fn drain(mut stream: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream
            .read_to_end(&mut bytes)
            .expect("a stream of the child");
        bytes
    })
}
