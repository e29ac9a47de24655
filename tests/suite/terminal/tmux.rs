//! The binary in a real terminal, which is tmux's.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::common::eventually::eventually;
use crate::common::program;
use stand_in::StandIn;
use support::secrets::Secrets;

/// How many rows a terminal has.
const ROWS: u16 = 60;

/// A terminal in which one shell command runs.
pub(super) struct Terminal {
    /// It holds tmux's socket too.
    home: TempDir,
    secrets: Secrets,
}

/// Where a command is to run.
pub(super) struct Setting {
    columns: u16,
    variables: Vec<(String, String)>,
    /// The file below the home folder that holds the tasks of this machine.
    ledger: String,
}

impl Setting {
    /// A terminal of 100 columns.
    pub(super) fn new() -> Self {
        Self {
            columns: 100,
            variables: Vec::new(),
            ledger: String::new(),
        }
    }

    /// The same for an operator of this hub.
    pub(super) fn on(hub: &StandIn) -> Self {
        Self::new().env("EDGELOGS_CONNECTION_STRING", &hub.connection_string())
    }

    pub(super) fn columns(self, columns: u16) -> Self {
        Self { columns, ..self }
    }

    pub(super) fn ledger(self, ledger: String) -> Self {
        Self { ledger, ..self }
    }

    /// Sets a variable, `TERM` included.
    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts a shell command, in which `edgelogs` is the binary; `[exit N]` follows its output.
    pub(super) fn start(&self, command: &str) -> Terminal {
        let home = tempfile::tempdir().unwrap();
        let state = home.path().join(".local/state/edgelogs");
        std::fs::create_dir_all(&state).unwrap();
        std::fs::write(state.join("tasks.jsonl"), &self.ledger).unwrap();
        let mut environment = program("sh");
        environment
            .env("HOME", home.path())
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("TERM", "screen")
            .env("LC_ALL", "C.UTF-8")
            .envs(self.variables.iter().cloned());
        // Ctrl-C is for the command and not for the script around it.
        let script = home.path().join("script");
        let text = format!(
            "trap : INT\nedgelogs() {{ {} \"$@\"; }}\n{command}\nprintf '[exit %s]\\n' $?\nexec cat\n",
            env!("CARGO_BIN_EXE_edgelogs"),
        );
        std::fs::write(&script, text).unwrap();
        let mut secrets = Secrets::default();
        secrets.of_text(command);
        for (name, value) in &self.variables {
            secrets.of_variable(name, value);
        }
        let terminal = Terminal { home, secrets };
        let quoted: Vec<String> = environment
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)))
            .map(|(name, value)| format!("'{}={}'", name.display(), value.display()))
            .collect();
        let (columns, rows) = (self.columns.to_string(), ROWS.to_string());
        // What it prints is recorded from its first byte on.
        let pane = format!(
            "tmux -S '{}' wait-for go; exec env -i {} sh '{}'",
            terminal.socket().display(),
            quoted.join(" "),
            script.display()
        );
        let size = ["-x", columns.as_str(), "-y", rows.as_str()];
        let mut new = vec!["-f", "/dev/null", "new-session", "-d"];
        new.extend(size);
        new.push(&pane);
        terminal.tmux(&new);
        let record = format!("cat > '{}'", terminal.transcript_path().display());
        terminal.tmux(&["pipe-pane", &record]);
        terminal.tmux(&["wait-for", "-S", "go"]);
        terminal
    }

    /// Runs a command to its end, and returns what is on the screen then.
    pub(super) fn screen(&self, command: &str) -> String {
        self.start(command).at_end()
    }
}

impl Terminal {
    /// Waits until the screen shows a text, and returns the screen.
    pub(super) fn wait_for(&self, text: &str) -> String {
        await_text(text, || self.capture(&[]))
    }

    /// Waits for the end of the command, and returns the screen as text.
    pub(super) fn at_end(&self) -> String {
        self.wait_for("[exit ").trim_end().to_owned() + "\n"
    }

    /// The same with colours, as `␛` sequences.
    pub(super) fn at_end_in_colour(&self) -> String {
        self.at_end();
        let screen = self.capture(&["-e"]);
        screen.trim_end().replace('\u{1b}', "␛") + "\n"
    }

    /// Everything that the command has written to the terminal, when it has ended.
    pub(super) fn transcript(&self) -> String {
        await_text("[exit ", || {
            let bytes = std::fs::read(self.transcript_path()).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        })
    }

    /// Presses keys, by tmux's names.
    pub(super) fn press(&self, keys: &str) {
        self.tmux(&["send-keys", keys]);
    }

    fn socket(&self) -> PathBuf {
        self.home.path().join("tmux")
    }

    fn transcript_path(&self) -> PathBuf {
        self.home.path().join("transcript")
    }

    fn capture(&self, more: &[&str]) -> String {
        let screen = self.tmux(&[&["capture-pane", "-p"], more].concat());
        let shown = screen.as_bytes();
        self.secrets.assert_absent("a run", "the screen", shown);
        screen
    }

    fn tmux(&self, args: &[&str]) -> String {
        let output = Command::new("tmux")
            .env_remove("TMUX")
            .env("LC_ALL", "C.UTF-8")
            .arg("-S")
            .arg(self.socket())
            .args(args)
            .output()
            .expect("tmux runs");
        assert!(
            output.status.success(),
            "tmux {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("UTF-8 on the screen")
    }
}

/// Looks until there is a text.
fn await_text(text: &str, mut look: impl FnMut() -> String) -> String {
    eventually(text, || Some(look()).filter(|found| found.contains(text)))
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The server of this socket alone; it may have ended by itself.
        let _ = Command::new("tmux")
            .arg("-S")
            .arg(self.socket())
            .arg("kill-server")
            .output();
    }
}
