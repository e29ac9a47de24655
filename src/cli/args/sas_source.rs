//! Where a SAS URL comes from.

use std::fs;
use std::path::Path;

use crate::cli::args::files::{MAX_SECRET_BYTES, read_text};
use crate::cli::environment::{self, state_folder};
use crate::error::Error;
use crate::invalid_input::InvalidInput;
use crate::output::Console;

/// This file exists once the note on literal URLs was shown.
const NOTED: &str = "literal-sas-noted";

/// Where a SAS URL comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SasSource<'a> {
    Missing,
    Stdin,
    File(&'a str),
    /// The URL itself, in the environment.
    Variable(&'a str),
    /// The URL itself, on the command line.
    Literal(&'a str),
}

impl<'a> SasSource<'a> {
    /// The source that an argument names. clap may have taken it from the environment.
    pub(crate) fn of(typed: Option<&'a str>) -> Self {
        match typed {
            None | Some("") => Self::Missing,
            Some("-" | "@-") => Self::Stdin,
            Some(text) => match text.strip_prefix('@') {
                Some(path) => Self::File(path),
                // clap doesn't say which of the two it was.
                None if std::env::var(environment::SAS).is_ok_and(|set| set == text) => {
                    Self::Variable(text)
                }
                None => Self::Literal(text),
            },
        }
    }

    /// # Errors
    /// The source is missing or can't be read.
    pub(crate) async fn text(self) -> Result<String, Error> {
        match self {
            Self::Missing => Err(InvalidInput::new("no SAS URL given")
                .hint("pass one with --sas URL, --sas @FILE or EDGELOGS_SAS")
                .into()),
            Self::Stdin => read_text(Path::new("-"), MAX_SECRET_BYTES).await,
            Self::File(path) => read_text(Path::new(path), MAX_SECRET_BYTES).await,
            Self::Literal(path) if !path.contains("://") && Path::new(path).is_file() => Err(
                InvalidInput::new(format!("`{path}` is a file, not a SAS URL"))
                    .hint(format!("to read it, write: @{path}"))
                    .into(),
            ),
            Self::Variable(text) | Self::Literal(text) => Ok(text.to_owned()),
        }
    }

    /// Notes, once on this machine, that a URL on the command line stays in the shell's history.
    pub(crate) fn note_history(self, console: Console) {
        let Self::Literal(text) = self else {
            return;
        };
        // A file:// URL holds no secret.
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
             --sas @FILE or EDGELOGS_SAS keeps it out (shown once)",
        );
        if let (Some(folder), Some(noted)) = (folder, noted) {
            // If this fails, the next run shows the note again.
            let _ = fs::create_dir_all(folder).and_then(|()| fs::write(noted, ""));
        }
    }
}
