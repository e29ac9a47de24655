//! The candidates that a shell with a completion script offers for a line.

use std::path::Path;
use std::process::Stdio;

use crate::common::program;

pub(super) const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// A line up to the cursor, in a shell.
#[derive(Debug, Clone)]
pub(super) struct Line {
    shell: Shell,
    dynamic: bool,
    env: Vec<(String, String)>,
    typed: String,
}

/// Calls the function that is registered, as bash does at a TAB.
const BASH: &str = r#"
source <(edgelogs completions bash $MODE)
# Only a real TAB has options to set.
compopt() { :; }
registered=($(complete -p edgelogs))
for ((i = 0; i < ${#registered[@]}; i++)); do
    [[ ${registered[i]} == -F ]] && function=${registered[i + 1]}
done
read -r -a COMP_WORDS <<<"$LINE"
[[ $LINE == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_TYPE=9
"$function" edgelogs "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"#;

const FISH: &str = r#"
eval "edgelogs completions fish $MODE" | source
complete -C "$LINE"
"#;

/// Presses TAB in a zsh on its own terminal, and records what it would add.
const ZSH: &str = r#"
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner "source $SETUP"
zpty -w -n inner "$LINE"$'\t'
while zpty -r inner heard; do [[ $heard == *tab-is-done* ]] && break; done
zpty -d inner
"#;
const ZSH_SETUP: &str = r#"
PROMPT=''
autoload -Uz compinit && compinit -u -D
source <(edgelogs completions zsh $=MODE)
compadd() {
    local flag
    for flag in "$@"; do
        # Such a call only asks which of the words match.
        case $flag in (--) break ;; (-[OAD]) builtin compadd "$@"; return ;; esac
    done
    local -a words
    builtin compadd -O words "$@"
    print -rl -- $words >>$FOUND
    builtin compadd "$@"
}
when_done() { print tab-is-done; exit }
comppostfuncs=(when_done)
bindkey '^I' complete-word
"#;

impl Line {
    /// With the static script.
    pub(super) fn fixed(shell: Shell) -> Self {
        Self {
            shell,
            dynamic: false,
            env: Vec::new(),
            typed: String::new(),
        }
    }

    /// With the dynamic script, which calls the binary at each TAB.
    pub(super) fn asking(shell: Shell) -> Self {
        Self {
            dynamic: true,
            ..Self::fixed(shell)
        }
    }

    pub(super) fn is_asking(&self) -> bool {
        self.dynamic
    }

    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn typed(&self, typed: &str) -> Self {
        Self {
            typed: typed.to_owned(),
            ..self.clone()
        }
    }

    /// What the shell offers for the last word.
    pub(super) fn candidates(&self) -> Vec<String> {
        let home = tempfile::tempdir().unwrap();
        let found = home.path().join("found");
        let setup = home.path().join("setup.zsh");
        std::fs::write(&setup, ZSH_SETUP).unwrap();
        let (shell, script) = match self.shell {
            Shell::Bash => ("bash", BASH),
            Shell::Zsh => ("zsh", ZSH),
            Shell::Fish => ("fish", FISH),
        };
        let mut command = program(shell);
        match self.shell {
            Shell::Bash => command.args(["--noprofile", "--norc"]),
            Shell::Zsh => command.arg("-f"),
            Shell::Fish => command.arg("--no-config"),
        };
        let output = support::clean(command)
            .args(["-c", script])
            .envs(self.env.iter().cloned())
            .env("PATH", path())
            .env("HOME", home.path())
            .env("TERM", "dumb")
            .env("MODE", if self.dynamic { "--dynamic" } else { "" })
            .env("LINE", &self.typed)
            .env("SETUP", &setup)
            .env("FOUND", &found)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("{shell}: {error}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(errors, "", "{self:?}");
        let listed = match self.shell {
            Shell::Zsh => std::fs::read_to_string(found).unwrap_or_default(),
            _ => String::from_utf8(output.stdout).unwrap(),
        };
        listed.lines().filter_map(candidate).collect()
    }
}

/// A candidate without its description and without the blank that is to follow it.
fn candidate(line: &str) -> Option<String> {
    let word = line.split('\t').next()?.trim_end();
    (!word.is_empty()).then(|| word.to_owned())
}

/// The binary before the shells.
fn path() -> std::ffi::OsString {
    let binary = Path::new(env!("CARGO_BIN_EXE_edgelogs")).parent().unwrap();
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(binary.to_owned()).chain(std::env::split_paths(&inherited));
    std::env::join_paths(folders).unwrap()
}
