//! Searches the output of a run of the binary for the secrets in use. Every place that runs it
//! calls this.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use percent_encoding::percent_decode_str;

/// What stands in front of a secret, in lower case.
const MARKERS: [&str; 6] = [
    "sig=",
    "sig%3d",
    "sharedaccesskey=",
    "accountkey=",
    "sharedaccesssignature=",
    "bearer ",
];

/// Words in the names of variables whose values are secrets.
const SECRET_VARIABLES: [&str; 6] = [
    "SECRET",
    "PASSWORD",
    "TOKEN",
    "KEY",
    "IDENTITY_HEADER",
    "SAS",
];

/// Shorter words occur anywhere by chance.
const SHORTEST: usize = 6;

/// No file of a secret is larger.
const LARGEST_FILE: u64 = 64 << 10;

/// Secrets made up by servers of this process.
static REGISTERED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// From now on, no run may show this.
pub fn register(secret: &str) {
    let mut registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
    registered.extend(forms(secret));
}

/// The secrets that a run was given.
#[derive(Debug, Default, Clone)]
pub struct Secrets {
    known: BTreeSet<String>,
}

impl Secrets {
    /// Takes what stands behind a marker, wherever it stands.
    pub fn of_text(&mut self, text: &str) {
        // Not `to_lowercase`, which may change lengths.
        let lower = text.to_ascii_lowercase();
        for marker in MARKERS {
            for (at, _) in lower.match_indices(marker) {
                let rest = &text[at + marker.len()..];
                let ends = |c: char| c.is_whitespace() || "&;\"'`<>,)\\".contains(c);
                self.known
                    .extend(forms(rest.split(ends).next().unwrap_or(rest)));
            }
        }
    }

    /// Takes those of an argument: in it, or in the file that it names.
    pub fn of_argument(&mut self, argument: &str) {
        self.of_text(argument);
        let path = argument
            .rsplit_once(['@', '='])
            .map_or(argument, |(_, path)| path);
        for path in [argument, path].map(Path::new) {
            let small = std::fs::metadata(path)
                .is_ok_and(|file| file.is_file() && file.len() <= LARGEST_FILE);
            if small {
                self.of_text(&std::fs::read_to_string(path).unwrap_or_default());
            }
        }
    }

    /// Takes those of a variable: in its value, or all of it where its name says so.
    pub fn of_variable(&mut self, name: &str, value: &str) {
        self.of_argument(value);
        let name = name.to_ascii_uppercase();
        let is_secret = SECRET_VARIABLES.iter().any(|word| name.contains(word));
        // A URL, a file or a connection string is not a secret as a whole.
        if is_secret && !value.contains(['/', '@', ';', ' ']) {
            self.known.extend(forms(value));
        }
    }

    /// The secret that a text holds, if any.
    pub fn in_text(&self, text: &str) -> Option<String> {
        let registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = self.known.iter().chain(registered.iter());
        known.find(|secret| text.contains(secret.as_str())).cloned()
    }

    /// Fails where a stream holds a secret.
    pub fn assert_absent(&self, run: &str, stream: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        if let Some(secret) = self.in_text(&text) {
            panic!("{run} shows the secret {secret} on {stream}: {text}");
        }
    }
}

/// A secret as written, and decoded.
fn forms(secret: &str) -> Vec<String> {
    let decoded = percent_decode_str(secret).decode_utf8_lossy().into_owned();
    [secret.to_owned(), decoded]
        .into_iter()
        // A key without its padding is as good as with it.
        .map(|form| form.trim_end_matches('=').to_owned())
        .filter(|form| form.len() >= SHORTEST && form != "REDACTED")
        .collect()
}

/// Stdout without the secrets that `sas new` and `device serve` are meant to print.
pub fn without_intended_output<'a>(args: &[String], stdout: &'a [u8]) -> &'a [u8] {
    let words: Vec<&str> = args
        .iter()
        .map(String::as_str)
        .filter(|word| !word.starts_with('-'))
        .collect();
    match words.as_slice() {
        ["sas", "new", ..] => b"",
        ["device", "serve", ..] => {
            let line = stdout.iter().position(|byte| *byte == b'\n');
            line.map_or(b"", |end| &stdout[end..])
        }
        _ => stdout,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(secrets: &Secrets, text: &str) -> bool {
        secrets.in_text(text).is_some()
    }

    #[test]
    fn a_secret_is_found_as_typed_and_decoded() {
        let mut secrets = Secrets::default();
        secrets.of_text("https://a/c?sp=acw&SIG=first%2Bpart%3D&se=1");
        secrets.of_text("HostName=h;SharedAccessKey=bm90LWZvci15b3U=;X=1");
        secrets.of_text("Authorization: Bearer eyJhbGci.b.c\n");
        for text in [
            "a first%2Bpart%3D b",
            "first+part=",
            "(bm90LWZvci15b3U=)",
            "eyJhbGci.b.c",
        ] {
            assert!(found(&secrets, text), "{text}");
        }
        assert!(!found(
            &secrets,
            "https://a/c?sp=acw&sig=REDACTED&se=1 HostName=h"
        ));
    }

    #[test]
    fn secrets_are_found_in_files_and_variables() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sas.txt");
        std::fs::write(&file, "https://a/c?sig=in-a-file").unwrap();
        let path = file.display();
        for argument in [
            format!("{path}"),
            format!("@{path}"),
            format!("--sas=@{path}"),
        ] {
            let mut secrets = Secrets::default();
            secrets.of_argument(&argument);
            assert!(found(&secrets, "in-a-file"), "{argument}");
        }
        let mut secrets = Secrets::default();
        secrets.of_variable("AZURE_CLIENT_SECRET", "hunter-2");
        secrets.of_variable("EDGELOGS_DEVICE", "press-07");
        assert!(found(&secrets, "hunter-2") && !found(&secrets, "press-07"));
    }

    #[test]
    fn registered_secrets_are_found_in_every_run() {
        register("made-up-by-a-test-server");
        assert!(found(&Secrets::default(), "x made-up-by-a-test-server x"));
    }

    #[test]
    #[should_panic(expected = "get shows the secret leaked-key on stderr")]
    fn a_leak_fails_the_test() {
        let mut secrets = Secrets::default();
        secrets.of_text("SharedAccessKey=leaked-key");
        secrets.assert_absent("get", "stderr", b"key leaked-key refused");
    }

    #[test]
    fn only_intended_output_is_exempt() {
        let args = |line: &str| -> Vec<String> { line.split(' ').map(str::to_owned).collect() };
        let shown = |line: &str| without_intended_output(&args(line), b"first\nsecond").to_vec();
        assert_eq!(shown("sas new --container x"), b"");
        assert_eq!(shown("-v device serve --tls"), b"\nsecond");
        assert_eq!(shown("sas check x"), b"first\nsecond");
        assert_eq!(shown("get sas new"), b"first\nsecond");
    }
}
