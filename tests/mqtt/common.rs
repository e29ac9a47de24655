//! A device module that runs, and an operator who calls it.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use stand_in::mqtt::{MqttFront, MqttSetup, Proof};
use stand_in::{DeviceSetup, ModuleSetup, Setup, StandIn};
use support::secrets::{Secrets, register};
use tempfile::TempDir;

/// The module's key.
pub(crate) const KEY: &str = "dGhlIGtleSBvZiB0aGUgbW9kdWxlIGVkZ2Vsb2dzIQ==";

/// How long a busy machine may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running `edgelogs device run`.
pub(crate) struct Device {
    child: Child,
    lines: Arc<(Mutex<Vec<String>>, Condvar)>,
    stderr: Option<JoinHandle<Vec<u8>>>,
    secrets: Secrets,
    home: TempDir,
}

/// One that has not started.
pub(crate) struct DeviceRun {
    command: Command,
    secrets: Secrets,
    home: TempDir,
}

/// `edgelogs device run` with these arguments, in an empty home.
pub(crate) fn device_run(arguments: &[&str]) -> DeviceRun {
    register(KEY);
    let home = tempfile::tempdir().unwrap();
    let mut command = support::edgelogs();
    command
        .env("HOME", home.path())
        .args(["device", "run"])
        .args(arguments);
    DeviceRun {
        command,
        secrets: Secrets::default(),
        home,
    }
}

impl DeviceRun {
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let value = value.as_ref();
        self.secrets.of_variable(name, &value.to_string_lossy());
        self.command.env(name, value);
        self
    }

    /// Runs it to its end.
    pub(crate) fn output(mut self) -> Output {
        let output = self.command.output().unwrap();
        for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            self.secrets.assert_absent("device run", stream, bytes);
        }
        output
    }

    /// Starts it.
    pub(crate) fn start(mut self) -> Device {
        let command = self.command.stdin(Stdio::null());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let taken = lines.clone();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                taken.0.lock().unwrap().push(line);
                taken.1.notify_all();
            }
        });
        let mut errors = child.stderr.take().unwrap();
        let stderr = std::thread::spawn(move || {
            let mut all = Vec::new();
            let _ = errors.read_to_end(&mut all);
            all
        });
        Device {
            child,
            lines,
            stderr: Some(stderr),
            secrets: self.secrets,
            home: self.home,
        }
    }
}

impl Device {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its home, which was empty.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Its log so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.lines
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }

    /// How many lines of its log hold a text.
    pub(crate) fn count(&self, text: &str) -> usize {
        self.log().iter().filter(|line| line.contains(text)).count()
    }

    /// Waits until so many lines of its log hold a text.
    #[track_caller]
    pub(crate) fn await_lines(&self, text: &str, times: usize) {
        let waits = |lines: &mut Vec<String>| {
            lines.iter().filter(|line| line.contains(text)).count() < times
        };
        let lines = self.lines.0.lock().unwrap();
        let (lines, result) = self
            .lines
            .1
            .wait_timeout_while(lines, PATIENCE, waits)
            .unwrap();
        assert!(!result.timed_out(), "no {times} of `{text}`: {lines:#?}");
    }

    /// Resident memory, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        let status = format!("/proc/{}/status", self.id());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        number.unwrap().parse().unwrap()
    }

    pub(crate) fn signal(&self, signal: &str) {
        let id = self.id().to_string();
        let kill = Command::new("kill").args([signal, &id]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits for its end: the exit code.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(began.elapsed() < PATIENCE, "it runs on: {:#?}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it as a service manager does: the exit code.
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        self.signal("-TERM");
        self.wait()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            println!("{:#?}", self.log());
            return;
        }
        let log = self.log().join("\n");
        self.secrets
            .assert_absent("device run", "stdout", log.as_bytes());
        let errors = self.stderr.take().and_then(|reader| reader.join().ok());
        let errors = errors.unwrap_or_default();
        self.secrets.assert_absent("device run", "stderr", &errors);
        assert_eq!(String::from_utf8_lossy(&errors), "", "stderr of device run");
    }
}

/// A hub with the device `d`, whose module `edgelogs` connects over MQTT, and files to work with.
pub(crate) struct Plant {
    pub(crate) stand_in: StandIn,
    pub(crate) front: MqttFront,
    pub(crate) folder: TempDir,
}

/// The lines of the module `filter`, one second apart.
pub(crate) const LINES: usize = 5;

impl Plant {
    pub(crate) fn new() -> Self {
        Self::with(MqttSetup::module(
            "d",
            "edgelogs",
            Proof::Key(KEY.to_owned()),
        ))
    }

    pub(crate) fn with(mqtt: MqttSetup) -> Self {
        let names = ["edgeAgent", "filter", "edgelogs"];
        let device = names
            .into_iter()
            .fold(DeviceSetup::new("d"), |device, name| {
                device.module(ModuleSetup::new(name))
            });
        let stand_in = StandIn::start(Setup::with(device));
        let front = stand_in.start_mqtt(mqtt);
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        std::fs::create_dir(&logs).unwrap();
        let now = jiff::Timestamp::now().as_second();
        for name in ["edgeAgent", "filter"] {
            let lines: String = (0..LINES)
                .map(|number| {
                    let at = now - 600 + i64::try_from(number).unwrap();
                    let at = jiff::Timestamp::from_second(at).unwrap();
                    let at = at.strftime("%Y-%m-%d %H:%M:%S.000 +00:00");
                    format!("<6> {at} [INF] - {name} {number}\n")
                })
                .collect();
            std::fs::write(logs.join(format!("{name}.log")), lines).unwrap();
        }
        let plant = Self {
            stand_in,
            front,
            folder,
        };
        plant.write("ca.pem", &plant.front.certificates().root());
        plant
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The source of logs that it has.
    pub(crate) fn source(&self) -> String {
        format!("dir:{}", self.path("logs"))
    }

    /// The module's connection string.
    pub(crate) fn module_string(&self) -> String {
        format!(
            "HostName=localhost:{};DeviceId=d;ModuleId=edgelogs;SharedAccessKey={KEY}",
            self.front.port()
        )
    }

    /// `device run` over its source, with its connection string.
    pub(crate) fn device(&self, more: &[&str]) -> DeviceRun {
        let (source, ca) = (self.source(), self.path("ca.pem"));
        let arguments = ["--source", &source, "--ca-file", &ca];
        device_run(&[&arguments, more].concat())
            .env("EDGELOGS_DEVICE_CONNECTION_STRING", self.module_string())
    }

    /// Runs `edgelogs` as an operator: exit code, stdout, stderr.
    pub(crate) fn operator(&self, line: &str) -> Ran {
        let home = self.folder.path().join("home");
        operator(&self.stand_in, &home, line)
    }

    /// The same, which has to end in 0.
    #[track_caller]
    pub(crate) fn works(&self, line: &str) -> String {
        let ran = self.operator(line);
        assert_eq!(ran.code, 0, "{line}: {}{}", ran.stdout, ran.stderr);
        ran.stdout
    }
}

/// What a run printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn operator(stand_in: &StandIn, home: &Path, line: &str) -> Ran {
    let output = support::edgelogs()
        .env("HOME", home)
        .env("EDGELOGS_CONNECTION_STRING", stand_in.connection_string())
        .env("EDGELOGS_DEVICE", "d")
        .args(shlex::split(line).unwrap())
        .output()
        .unwrap();
    output.into()
}

/// Polls until something is there.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
