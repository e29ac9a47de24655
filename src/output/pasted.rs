//! Hints that are commands of ours, with what the operator typed to choose hub and settings: without
//! it, what is pasted may ask another hub. Nothing is printed here.

/// What was typed of the choice of hub and settings, each flag with a blank before it. It lasts as
/// long as the program.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypedChoice {
    file: &'static str,
    all: &'static str,
}

impl TypedChoice {
    /// `file` is what was typed for the settings file, and `all` is this and everything else. Both
    /// are kept for good, so that this is for the start of a run alone.
    pub fn new(file: String, all: String) -> Self {
        Self {
            file: file.leak(),
            all: all.leak(),
        }
    }

    /// The hint with what was typed, where it is a command or ends with one.
    pub(super) fn added_to(self, hint: &str) -> String {
        let command = match hint.find(": edgelogs ") {
            Some(at) => &hint[at + 2..],
            None => hint,
        };
        let added = match command.strip_prefix("edgelogs ") {
            // These make the file that the others read: their --hub is a value to write.
            Some(words) if words.starts_with("config ") => self.file,
            Some(_) => self.all,
            None => "",
        };
        format!("{hint}{added}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stands_behind_a_command_and_nothing_else() {
        let typed = TypedChoice::new(" --config f".to_owned(), " -p a --config f".to_owned());
        for (hint, added) in [
            ("edgelogs modules -d x", " -p a --config f"),
            ("see which there are: edgelogs devices", " -p a --config f"),
            (
                "all: edgelogs status | edgelogs status -",
                " -p a --config f",
            ),
            ("make it with: edgelogs config init n", " --config f"),
            ("start one `edgelogs get` for each device", ""),
            ("pass --force to overwrite", ""),
        ] {
            assert_eq!(typed.added_to(hint), format!("{hint}{added}"));
            assert_eq!(TypedChoice::default().added_to(hint), hint);
        }
    }
}
