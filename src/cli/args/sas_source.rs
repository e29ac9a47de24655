//! Where a SAS URL was typed, and what is to be said of that place.

use crate::invalid_input::InvalidInput;
use std::fs;
use std::path::Path;

use crate::cli::args::files::{MAX_SECRET_BYTES, read_text};
use crate::cli::environment::{self, state_folder};
use crate::error::Error;
use crate::output::Console;

/// The file that remembers that the note on literal URLs was given.
const NOTED: &str = "literal-sas-noted";

/// Where a SAS URL comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SasSource<'a> {
    /// Nowhere.
    Missing,
    /// Standard input.
    Stdin,
    /// A file.
    File(&'a str),
    /// The URL itself, in the environment.
    Variable(&'a str),
    /// The URL itself, on the command line.
    Literal(&'a str),
}

impl<'a> SasSource<'a> {
    /// The source that an argument names, which may have been taken from the environment.
    pub(crate) fn of(typed: Option<&'a str>) -> Self {
        match typed {
            None | Some("") => Self::Missing,
            Some("-" | "@-") => Self::Stdin,
            Some(text) => match text.strip_prefix('@') {
                Some(path) => Self::File(path),
                // Which of the two it was, the parser does not tell.
                None if std::env::var(environment::SAS).is_ok_and(|set| set == text) => {
                    Self::Variable(text)
                }
                None => Self::Literal(text),
            },
        }
    }

    /// What stands there.
    ///
    /// # Errors
    /// There is no source, or it can't be read.
    pub(crate) async fn text(self) -> Result<String, Error> {
        match self {
            Self::Missing => Err(InvalidInput::new("no SAS URL is given")
                .hint("give one with --sas URL, --sas @FILE or EDGELOGS_SAS")
                .into()),
            Self::Stdin => read_text(Path::new("-"), MAX_SECRET_BYTES).await,
            Self::File(path) => read_text(Path::new(path), MAX_SECRET_BYTES).await,
            Self::Literal(path) if !path.contains("://") && Path::new(path).is_file() => Err(
                InvalidInput::new(format!("`{path}` is a file and no SAS URL"))
                    .hint(format!("say that it is to be read: @{path}"))
                    .into(),
            ),
            Self::Variable(text) | Self::Literal(text) => Ok(text.to_owned()),
        }
    }

    /// Says, once on this machine, what becomes of a URL on a command line. It is never in the way:
    /// where that it was said can't be remembered, it is said again.
    pub(crate) fn note_history(self, console: Console) {
        let Self::Literal(text) = self else {
            return;
        };
        // A file:// URL, or what is no URL, holds no secret.
        if console.is_quiet() || !text.contains("sig=") {
            return;
        }
        let folder = state_folder();
        let noted = folder.as_ref().map(|folder| folder.join(NOTED));
        if noted.as_ref().is_some_and(|file| file.exists()) {
            return;
        }
        console.note(
            "a SAS URL on the command line stays in the shell's history; \
             --sas @FILE or EDGELOGS_SAS keeps it out (this is said once)",
        );
        if let (Some(folder), Some(noted)) = (folder, noted) {
            // The next run says it again if this fails.
            let _ = fs::create_dir_all(folder).and_then(|()| fs::write(noted, ""));
        }
    }
}
