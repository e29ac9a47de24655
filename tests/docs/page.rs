//! The blocks of a page, and what their marks mean.
//!
//! A block of commands is ```` ```sh ```` (commands alone) or ```` ```console ```` (`$ ` before each
//! command, and what it prints). It is run, unless the word after that says otherwise:
//!
//! | mark | meaning |
//! |---|---|
//! | `azure` | needs an Azure subscription, and must use one |
//! | `set-up` | installs or builds; each of its commands is in [`SET_UP`], with the reason |
//! | `until-ctrl-c` | goes on until it is interrupted: runs beside the rest of the page, which has stdout alone |

use std::path::Path;

/// Commands that are not run here: how they begin, and what covers them instead.
pub(crate) const SET_UP: &[(&str, &str)] = &[
    ("tests/run", "it runs this test"),
    (".ci/run", "it runs this test"),
    (
        "cargo install --path .",
        "compiles for minutes what cargo test has compiled",
    ),
    ("cargo binstall", "downloads a release"),
    ("cargo build", "what runs here was built by it"),
    ("cargo test", "it runs this test"),
    ("cargo bench", "takes minutes and 1 GB of disk"),
    ("cargo clippy", "part of .ci/run"),
    ("tests/fuzz/make-corpus", "goes with the fuzzer"),
    (
        "cargo +nightly fuzz",
        "needs cargo-fuzz, and goes on for ever",
    ),
    ("cargo fmt", "part of .ci/run"),
    ("npm install azurite", "tests/run installs it"),
    ("npx azurite-blob", "tests/run starts it"),
    ("cargo deb", "needs cargo-deb, and builds a release"),
    (
        "INSTA_UPDATE=always cargo test",
        "rewrites files of the repository",
    ),
    (
        "EDGELOGS_RENEW=1 cargo test",
        "rewrites files of the repository",
    ),
    (
        "edgelogs completions powershell >> $PROFILE",
        "needs PowerShell",
    ),
    ("kubectl logs", "needs a cluster"),
];

/// What shows that a block needs Azure.
const AZURE: [&str; 5] = [
    "az ",
    ".azure-devices.net",
    "--auth entra",
    "--hub ",
    ".core.windows.net",
];

/// A page of the documentation.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) name: String,
    pub(crate) blocks: Vec<Block>,
}

/// A fenced block.
#[derive(Debug)]
pub(crate) struct Block {
    /// The line of its first command, from 1.
    pub(crate) line: usize,
    language: String,
    marks: Vec<String>,
    pub(crate) text: String,
}

/// What is done with a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It holds no commands, or is not run.
    Nothing,
    /// Run as one script, which must succeed.
    Script,
    /// Run command by command, and compared.
    Transcript,
}

/// A command of a block, and what the page shows of its output.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) line: usize,
    pub(crate) command: String,
    /// None where the page shows commands alone.
    pub(crate) shown: Option<String>,
}

impl Page {
    pub(crate) fn read(root: &Path, name: &str) -> Self {
        let text = std::fs::read_to_string(root.join(name)).expect("a page");
        let mut blocks: Vec<Block> = Vec::new();
        let mut open = false;
        for (index, line) in text.lines().enumerate() {
            match (line.trim_start().strip_prefix("```"), open) {
                (Some(_), true) => open = false,
                (Some(info), false) => {
                    let mut words = info.split_whitespace().map(str::to_owned);
                    blocks.push(Block {
                        line: index + 2,
                        language: words.next().unwrap_or_default(),
                        marks: words.collect(),
                        text: String::new(),
                    });
                    open = true;
                }
                (None, true) => {
                    let block = blocks.last_mut().expect("an open block");
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, false) => {}
            }
        }
        assert!(!open, "{name}: the last block has no end");
        Self {
            name: name.to_owned(),
            blocks,
        }
    }

    /// What is wrong with the marks of the page.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let of_block = |block: &Block| {
            let mistake = block.mistake()?;
            Some(format!("{}:{}: {mistake}", self.name, block.line))
        };
        self.blocks.iter().filter_map(of_block).collect()
    }
}

impl Block {
    fn is(&self, mark: &str) -> bool {
        self.marks.iter().any(|has| has == mark)
    }

    /// Whether it goes on until it is interrupted.
    pub(crate) fn goes_on(&self) -> bool {
        self.is("until-ctrl-c")
    }

    pub(crate) fn kind(&self) -> Use {
        match self.language.as_str() {
            _ if self.is("azure") || self.is("set-up") => Use::Nothing,
            "sh" => Use::Script,
            "console" => Use::Transcript,
            _ => Use::Nothing,
        }
    }

    fn mistake(&self) -> Option<String> {
        let known = ["azure", "set-up", "until-ctrl-c"];
        if self.language.is_empty() {
            return Some("a block without a language".to_owned());
        }
        if let Some(mark) = self
            .marks
            .iter()
            .find(|mark| !known.contains(&mark.as_str()))
        {
            return Some(format!("`{mark}` is no mark"));
        }
        match self.language.as_str() {
            "sh" | "console" if self.is("azure") => {
                let uses = AZURE.iter().any(|sign| self.text.contains(sign));
                (!uses).then(|| "marked as needing Azure, which it does not use".to_owned())
            }
            "sh" | "console" | "powershell" if self.is("set-up") => {
                let known =
                    |command: &str| SET_UP.iter().any(|(start, _)| command.starts_with(start));
                let unknown = self
                    .steps()
                    .into_iter()
                    .find(|step| !known(&step.command))?;
                Some(format!(
                    "`{}` is not a command of set-up",
                    unknown.command.trim_end()
                ))
            }
            "console" if !self.text.starts_with("$ ") => {
                Some("a transcript begins with `$ `".to_owned())
            }
            "sh" | "console" => None,
            "bash" | "shell" | "zsh" | "fish" | "powershell" => Some(format!(
                "`{}` is not run: write sh or console",
                self.language
            )),
            _ => None,
        }
    }

    /// Its commands. A script that is run is one; all else is a command a line.
    pub(crate) fn steps(&self) -> Vec<Step> {
        if self.kind() == Use::Script {
            return vec![Step {
                line: self.line,
                command: self.text.clone(),
                shown: None,
            }];
        }
        let transcript = self.language == "console";
        let mut steps: Vec<Step> = Vec::new();
        let mut continued = false;
        for (index, line) in self.text.lines().enumerate() {
            let command = match line.strip_prefix("$ ") {
                Some(command) => Some(command),
                None if transcript => None,
                None => Some(line).filter(|line| !line.is_empty() && !line.starts_with('#')),
            };
            match (command, steps.last_mut()) {
                (_, Some(step)) if continued => {
                    step.command
                        .push_str(line.strip_prefix("> ").unwrap_or(line));
                    step.command.push('\n');
                }
                (Some(command), _) => steps.push(Step {
                    line: self.line + index,
                    command: format!("{command}\n"),
                    shown: transcript.then(String::new),
                }),
                (None, Some(step)) => {
                    let shown = step.shown.get_or_insert_default();
                    shown.push_str(line);
                    shown.push('\n');
                }
                (None, None) => {}
            }
            continued = line.ends_with('\\') && (continued || command.is_some());
        }
        steps
    }
}
