//! The built binary in a world, with what it took.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::world::World;

/// What a run printed, how it ended, and what it took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ran {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    /// `None`: it did not end, or a signal ended it.
    pub(crate) code: Option<i32>,
    /// The most memory that the process ever held, in KB.
    pub(crate) peak_kb: u64,
    pub(crate) hangs: bool,
}

/// No run takes so long, on the busiest machine.
const LONGEST: Duration = Duration::from_secs(240);

/// Runs these words, and interrupts them after a while if told to.
pub(crate) fn run(world: &World, words: &[String], interrupt: Option<Duration>) -> Ran {
    let home = world.home.path();
    let mut command = support::edgelogs();
    command
        .current_dir(home)
        .env("HOME", home)
        .env("TERM", "dumb")
        .env("COLUMNS", "100")
        .env("EDGELOGS_CONNECTION_STRING", world.connection_string())
        .args(words.iter().map(|word| world.meaning(word)));
    ended(command, interrupt)
}

/// Waits for the end of a process, which must come.
fn ended(mut command: Command, interrupt: Option<Duration>) -> Ran {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let start = Instant::now();
    let mut child = command.spawn().expect("the binary runs");
    let out = drain(child.stdout.take().expect("stdout"));
    let err = drain(child.stderr.take().expect("stderr"));
    let mut peak_kb = 0;
    let (mut interrupted, mut hangs) = (false, false);
    let status = loop {
        peak_kb = peak_kb.max(support::peak_kb(&child).unwrap_or(0));
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            break status;
        }
        if interrupt.is_some_and(|after| start.elapsed() > after) && !interrupted {
            interrupted = true;
            signal(&child, rustix::process::Signal::INT);
        }
        if start.elapsed() > LONGEST && !hangs {
            hangs = true;
            child.kill().expect("it runs");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    Ran {
        stdout: out.join().expect("stdout is read"),
        stderr: String::from_utf8_lossy(&err.join().expect("stderr is read")).into_owned(),
        code: status.code(),
        peak_kb,
        hangs,
    }
}

fn signal(child: &Child, signal: rustix::process::Signal) {
    let id = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    // It may have ended by itself.
    let _ = rustix::process::kill_process(id.expect("a process id"), signal);
}

/// Reads a stream to its end beside the test.
fn drain(mut stream: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        bytes
    })
}
