//! Shell completion: the static scripts, and the engine behind the dynamic ones.
//!
//! The engine is still unstable in `clap_complete`, so nothing outside this folder uses it. It runs
//! at each TAB: it never prompts, is silent on failure, and ends within a second.

mod cache;
mod lookup;
mod words;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Command;
use clap::builder::PossibleValuesParser;
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, ValueCompleter};
use clap_complete::env::{EnvCompleter, Shells};

use crate::exit::Exit;
use crate::logs::Severity;
use crate::output::Console;
use lookup::Names;
use words::Words;

/// Log sources that need no argument.
const SOURCES: [&str; 3] = ["sample", "docker", "edged"];

const BIN: &str = "edgelogs";

/// Set by a shell that requests completions, to the shell's name.
const VARIABLE: &str = "COMPLETE";

/// The static script.
pub(crate) fn script(shell: Shell, tree: Command) -> io::Result<String> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut with_values(tree), BIN, &mut script);
    text(script)
}

/// The script that runs this program at each TAB.
pub(crate) fn registration(shell: Shell) -> io::Result<String> {
    let shells = Shells::builtins();
    let shell = shells
        .completer(&shell.to_string())
        .ok_or(io::ErrorKind::Unsupported)?;
    written_registration(shell)
}

/// Answers a shell that requests completions or its script; none in any other run.
pub(crate) fn answer(args: &[OsString], tree: fn() -> Command) -> Option<Exit> {
    let name = std::env::var_os(VARIABLE)?;
    let shells = Shells::builtins();
    let shell = shells.completer(Path::new(&name).file_stem()?.to_str()?)?;
    let words = args.iter().position(|arg| arg == "--");
    let words = words.map_or(&[][..], |escape| &args[escape + 1..]);
    let answer = if words.is_empty() {
        written_registration(shell).map(String::into_bytes)
    } else {
        candidates(shell, words, tree)
    };
    // Failures must not disturb the operator's command line.
    let mut out = Console::silent().data();
    let _ = out.write_all(&answer.unwrap_or_default());
    let _ = out.flush();
    Some(Exit::Success)
}

/// The completions at the cursor.
fn candidates(
    shell: &dyn EnvCompleter,
    words: &[OsString],
    make_tree: fn() -> Command,
) -> io::Result<Vec<u8>> {
    let mut tree = with_values(make_tree());
    tree.build();
    let line = Line {
        words: Words::new(words, make_tree),
        // Other shells quote what they insert.
        quotes: shell.name() == "bash",
    };
    let mut tree = with_completers(tree, &Arc::new(line));
    let folder = std::env::current_dir().ok();
    let mut answer = Vec::new();
    shell.write_complete(&mut tree, words.to_vec(), folder.as_deref(), &mut answer)?;
    Ok(answer)
}

fn written_registration(shell: &dyn EnvCompleter) -> io::Result<String> {
    // A program that was run by its path may not be on PATH.
    let mut program = PathBuf::from(std::env::args_os().next().unwrap_or_else(|| BIN.into()));
    if program.components().count() > 1 {
        program = std::env::current_dir()?.join(program);
    }
    let mut script = Vec::new();
    let program = program.to_string_lossy();
    shell.write_registration(VARIABLE, BIN, BIN, &program, &mut script)?;
    text(script)
}

fn text(script: Vec<u8>) -> io::Result<String> {
    String::from_utf8(script).map_err(io::Error::other)
}

/// Lists values for arguments that accept more. Not used for parsing.
fn with_values(command: Command) -> Command {
    let levels = || (0..8).filter_map(Severity::from_number).map(Severity::name);
    command
        .mut_args(|arg| match arg.get_id().as_str() {
            "loglevel" | "loglevel_only" => arg.value_parser(PossibleValuesParser::new(levels())),
            "local" | "source" => arg.value_parser(SOURCES),
            _ => arg,
        })
        .mut_subcommands(with_values)
}

/// Adds completers for the names of devices, modules and profiles.
fn with_completers(command: Command, line: &Arc<Line>) -> Command {
    let calls_hub = words::calls_hub(&command);
    command
        .mut_args(|arg| match Names::of(&arg, calls_hub) {
            Some(names) => arg.add(ArgValueCompleter::new(Completer {
                names,
                line: Arc::clone(line),
            })),
            None => arg,
        })
        .mut_subcommands(|command| with_completers(command, line))
}

/// The command line to complete.
struct Line {
    words: Words,
    /// Whether names must be quoted for the shell.
    quotes: bool,
}

struct Completer {
    names: Names,
    line: Arc<Line>,
}

impl ValueCompleter for Completer {
    fn complete(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        self.complete_at(0, current)
    }

    fn complete_at(&self, index: usize, current: &OsStr) -> Vec<CompletionCandidate> {
        let Some(current) = current.to_str() else {
            return Vec::new();
        };
        let inserted = |name: String| match self.line.quotes {
            true => quoted(&name),
            false => name,
        };
        lookup::names(self.names, index, &self.line.words)
            .into_iter()
            // A line break would split the name, leaving the second part unquoted.
            .filter(|name| name.starts_with(current) && !name.contains(char::is_control))
            .map(|name| CompletionCandidate::new(inserted(name)))
            .collect()
    }
}

/// Quotes a name for bash, where `$edgeAgent` would be a variable.
fn quoted(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len());
    for character in name.chars() {
        if !character.is_alphanumeric() && !"-_.:@/=+,%".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_for_bash() {
        assert_eq!(quoted("press-07"), "press-07");
        assert_eq!(quoted("$edgeAgent"), r"\$edgeAgent");
        assert_eq!(quoted("a'b (1)"), r"a\'b\ \(1\)");
    }
}
