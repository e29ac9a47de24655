//! One run of the built binary against a stand-in, in an empty home.

use std::ffi::OsStr;
use std::time::Duration;

use stand_in::{DeviceSetup, ModuleSetup, Setup, StandIn};
use support::secrets::{Secrets, without_intended_output};

/// A signed URL that an upload accepts.
pub(crate) const SAS: &str = "https://acct.blob.core.windows.net/logs?sv=2023-11-03&sr=c&sp=racwl&se=2999-01-01&sig=QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU%3D";

/// The hub that all runs share, the files that their lines name, and the home of the current one.
pub(crate) struct Bench {
    stand_in: StandIn,
    files: tempfile::TempDir,
    pub(crate) home: tempfile::TempDir,
}

/// What a run printed, on both streams, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Ran {
    pub(crate) fn shows(&self, text: &str) -> bool {
        self.stdout.contains(text) || self.stderr.contains(text)
    }

    /// Whether it was refused with a message that holds one of these texts.
    pub(crate) fn is_refused(&self, names: &[String]) -> bool {
        self.code == 2
            && self.stdout.is_empty()
            && names.iter().any(|name| self.stderr.contains(name.as_str()))
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        let module = |name: &str| ModuleSetup::new(name).lines(0, ["<3> one", "<6> two"]);
        let device = DeviceSetup::new("d1")
            .module(module("edgeHub"))
            .module(module("filter"));
        let files = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            std::fs::write(files.path().join(name), text).unwrap();
        };
        write("ids", "d2\n");
        write("hub", "not a connection string");
        write("key", "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=");
        std::fs::create_dir(files.path().join("logs")).unwrap();
        write("logs/edgeHub.log", "2024-05-01T10:00:02Z <6> one\n");
        write(
            "logs/filter.log",
            "2024-05-01T10:00:01Z <3> one\n2024-05-01T10:00:01Z <6> two\n",
        );
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        write("cert.pem", &made.cert.pem());
        write("key.pem", &made.signing_key.serialize_pem());
        Self {
            stand_in: StandIn::start(Setup::with(device)),
            files,
            home: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn connection_string(&self) -> String {
        self.stand_in.connection_string()
    }

    /// Runs a line in a new home, with more arguments and variables. In the line, `FILES` is the folder of
    /// the files, and `SAS` a signed URL.
    pub(crate) fn run<A: AsRef<OsStr>, V: AsRef<OsStr>>(
        &mut self,
        line: &str,
        more: &[A],
        variables: &[(&str, V)],
    ) -> Ran {
        self.home = tempfile::tempdir().unwrap();
        self.run_at_home(line, more, variables)
    }

    /// The same in the home of the last run.
    pub(crate) fn run_at_home<A: AsRef<OsStr>, V: AsRef<OsStr>>(
        &self,
        line: &str,
        more: &[A],
        variables: &[(&str, V)],
    ) -> Ran {
        let line = line
            .replace("FILES", &self.files.path().display().to_string())
            .replace("SAS", &format!("'{SAS}'"));
        let words = shlex::split(&line).unwrap();
        let mut command = support::edgelogs();
        command
            .current_dir(self.home.path())
            .env("HOME", self.home.path())
            .env("TERM", "dumb")
            .env("COLUMNS", "100")
            .env("EDGELOGS_CONNECTION_STRING", self.connection_string())
            .envs(variables.iter().map(|(name, value)| (name, value.as_ref())))
            .args(&words)
            .args(more);
        let output = assert_cmd::Command::from_std(command)
            .timeout(Duration::from_secs(120))
            .output()
            .unwrap();
        let mut secrets = Secrets::default();
        secrets.of_text(&self.connection_string());
        let intended = without_intended_output(&words, &output.stdout);
        secrets.assert_absent(&line, "stdout", intended);
        secrets.assert_absent(&line, "stderr", &output.stderr);
        Ran {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code().unwrap_or(-1),
        }
    }
}
