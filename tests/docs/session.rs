//! One shell for a page, so that blocks share variables and folders.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::compare::{agrees, settled};
use crate::page::{Page, Step, Use};

/// The longest that a page may take, in seconds.
const LIMIT: &str = "120";

/// What pages that tell how to run from the sources call: the part after `--` goes to the binary
/// that was built for the tests. Cargo does nothing else here.
const CARGO: &str = "\
#!/bin/sh
[ \"$1\" = run ] || { echo \"cargo $1 is not run here: mark the block\" >&2; exit 1; }
while [ $# -gt 0 ] && [ \"$1\" != -- ]; do shift; done
shift && exec edgelogs \"$@\"
";

/// A home, a folder to work in, and variables.
pub(crate) struct Session {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// The result of a step.
struct Outcome {
    output: String,
    /// None where the shell ended in it, or before it.
    code: Option<i32>,
}

impl Session {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["home", "bin", "steps"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let cargo = folder.path().join("bin/cargo");
        fs::write(&cargo, CARGO).expect("a file");
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("rights");
        Self {
            folder,
            variables: Vec::new(),
        }
    }

    pub(crate) fn env(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Runs a page, and returns what differs from it.
    pub(crate) fn run(&self, page: &Page) -> Vec<String> {
        // Ctrl-C at the end for what goes on beside the page, each in a process group of its own.
        let mut script = String::from(
            "cd \"$HOME\"; code=0\n\
             trap 'for job in $(jobs -p); do kill -INT -- \"-$job\"; wait \"$job\"; done' EXIT\n",
        );
        let mut steps: Vec<(Step, bool)> = Vec::new();
        for block in page
            .blocks
            .iter()
            .filter(|block| block.kind() != Use::Nothing)
        {
            for step in block.steps() {
                self.write(&mut script, steps.len(), &step, block.goes_on());
                steps.push((step, block.goes_on()));
            }
        }
        script.push_str("set +e\n");
        self.execute(&script);
        let mut failures = Vec::new();
        for (index, (step, goes_on)) in steps.iter().enumerate() {
            let outcome = self.outcome(index);
            let next = steps.get(index + 1).map_or("", |(next, _)| &next.command);
            if let Some(failure) = judge(step, &outcome, *goes_on, next.contains("$?")) {
                failures.push(format!(
                    "{}:{}: {failure}\n$ {}{}",
                    page.name,
                    step.line,
                    step.command,
                    settled(&outcome.output)
                ));
            }
            // Later failures may only be consequences.
            if outcome.code.is_none() {
                break;
            }
        }
        failures
    }

    /// Adds a step to the script. It is sourced, so that variables and folders stay.
    fn write(&self, script: &mut String, index: usize, step: &Step, goes_on: bool) {
        let base = self.folder.path().join("steps").join(index.to_string());
        let base = base.display();
        fs::write(format!("{base}.sh"), &step.command).expect("a file");
        let lines = step
            .shown
            .as_deref()
            .map_or(1, |shown| shown.lines().count().max(1));
        let run = if goes_on {
            // A `tee` writes its file a moment after it prints.
            format!(
                "set -m; ( . {base}.sh ) > {base}.out 2> {base}.err & set +m
                 until [ \"$(wc -l < {base}.out)\" -ge {lines} ]; do kill -0 $! || exit; sleep 0.05; done
                 sleep 0.1; code=0"
            )
        } else if step.shown.is_some() {
            // The step sees the exit code of the one before it.
            format!("set +e +o pipefail; (exit \"$code\"); . {base}.sh > {base}.out 2>&1; code=$?")
        } else {
            format!("set -e -o pipefail; . {base}.sh > {base}.out 2>&1; code=0")
        };
        script.push_str(&format!("{run}; echo $code > {base}.code\n"));
    }

    fn execute(&self, script: &str) {
        let path = self.folder.path().join("page.sh");
        fs::write(&path, script).expect("a file");
        let bin = self.folder.path().join("bin");
        let search = format!(
            "{}:{}:/usr/local/bin:/usr/bin:/bin",
            bin.display(),
            crate::binary_folder().display()
        );
        support::clean(Command::new("timeout"))
            .args(["--kill-after=5", LIMIT, "bash"])
            .arg(&path)
            .env("HOME", self.folder.path().join("home"))
            .env("PATH", search)
            .env("TERM", "dumb")
            .env("COLUMNS", "100")
            .env("LANG", "C.UTF-8")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .status()
            .expect("bash runs");
    }

    fn outcome(&self, index: usize) -> Outcome {
        let base = self.folder.path().join("steps");
        let read = |name: String| fs::read_to_string(Path::new(&base).join(name));
        Outcome {
            output: read(format!("{index}.out")).unwrap_or_default(),
            code: read(format!("{index}.code"))
                .ok()
                .and_then(|code| code.trim().parse().ok()),
        }
    }
}

/// What is wrong with a step.
fn judge(step: &Step, outcome: &Outcome, goes_on: bool, code_is_shown: bool) -> Option<String> {
    let shown = match (outcome.code, &step.shown) {
        (None, _) => return Some("failed, or took too long".to_owned()),
        (Some(code), _) if code != 0 && !code_is_shown => {
            return Some(format!("ended with {code}, and the page does not show it"));
        }
        (Some(_), None) => return None,
        (Some(_), Some(shown)) => shown,
    };
    // Of a command that keeps running, the page shows the beginning.
    let printed = if goes_on {
        let lines = outcome.output.lines().take(shown.lines().count());
        lines.collect::<Vec<_>>().join("\n")
    } else {
        outcome.output.clone()
    };
    (!agrees(shown, &printed))
        .then(|| format!("printed something else than\n{}--- but", settled(shown)))
}
