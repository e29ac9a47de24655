//! Adds the typed hub and settings flags to hints that are `edgelogs` commands: without them, a pasted
//! command could call another hub.

/// The typed flags that choose hub and settings, each after a space. They live as long as the program.
#[derive(Debug, Clone, Copy, Default)]
pub struct HintFlags {
    settings_file: &'static str,
    all: &'static str,
    module: &'static str,
}

/// The commands that take `--module-id`.
const CALL_A_MODULE: [&str; 9] = [
    "get", "logs", "upload", "bundle", "status", "ping", "restart", "invoke", "doctor",
];

impl HintFlags {
    /// `settings_file` is the flag for the settings file; `all` is that and the others; `module` is the
    /// one for the module that answers. All are leaked: call this once.
    pub fn new(settings_file: String, all: String, module: String) -> Self {
        Self {
            settings_file: settings_file.leak(),
            all: all.leak(),
            module: module.leak(),
        }
    }

    /// The hint, with the flags if it is or ends with a command.
    pub(super) fn append_to(self, hint: &str) -> String {
        let command = match hint.find(": edgelogs ") {
            Some(at) => &hint[at + 2..],
            None => hint,
        };
        let added = match command.strip_prefix("edgelogs ") {
            // `config` writes the settings: its --hub is a value, not a choice.
            Some(words) if words.starts_with("config ") => self.settings_file,
            Some(_) => self.all,
            None => "",
        };
        let words = command.strip_prefix("edgelogs ").unwrap_or_default();
        let name = words.split(' ').next().unwrap_or_default();
        let takes_module = CALL_A_MODULE.contains(&name) && !words.contains("--module-id");
        let module = if takes_module { self.module } else { "" };
        format!("{hint}{added}{module}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_added_to_commands_only() {
        let typed = HintFlags::new(
            " --config f".to_owned(),
            " -p a --config f".to_owned(),
            " --module-id m".to_owned(),
        );
        for (hint, added) in [
            ("edgelogs modules -d x", " -p a --config f"),
            ("see which there are: edgelogs devices", " -p a --config f"),
            (
                "all: edgelogs status | edgelogs status -",
                " -p a --config f --module-id m",
            ),
            ("edgelogs invoke x --module-id y", " -p a --config f"),
            ("make it with: edgelogs config init n", " --config f"),
            ("start one `edgelogs get` for each device", ""),
            ("pass --force to overwrite", ""),
        ] {
            assert_eq!(typed.append_to(hint), format!("{hint}{added}"));
            assert_eq!(HintFlags::default().append_to(hint), hint);
        }
    }
}
