//! Odd values, and what becomes of them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::run::{Bench, Ran};

/// Odd values, and what entries call them.
pub(crate) const ODD: [(&str, &[u8]); 6] = [
    ("empty", b""),
    ("blank", b" "),
    ("negative", b"-7"),
    ("huge", b"99999999999999999999999"),
    ("word", "odd\u{e9}".as_bytes()),
    ("bytes", b"od\xffd"),
];

/// The values of some kinds are honoured, and what shows it: a text that is printed; after `folder:` one
/// that exists in the home; after `config:` a text in the settings file. `{}` is the value.
pub(crate) type Honoured = (&'static str, &'static str);

/// What is swept, the line to run, and what is honoured. Everything else is refused by its name, by the
/// value, or with the text of the kind `named`.
pub(crate) type Entry = (&'static str, &'static str, &'static [Honoured]);

/// What is wrong with the end of a run, if anything.
pub(crate) fn fault(
    bench: &Bench,
    ran: &Ran,
    kind: &str,
    value: &OsStr,
    honoured: &[Honoured],
    names: &[String],
) -> Option<String> {
    let text = value.to_string_lossy();
    let has = |kinds: &str, kind: &str| kinds.split(' ').any(|other| other == kind);
    let proof = honoured.iter().find(|(kinds, _)| has(kinds, kind));
    let fits = match proof {
        Some((_, shown)) => {
            let shown = shown.replace("{}", &text);
            let home = bench.home.path();
            ran.code != 2
                && match shown.split_once(':') {
                    Some(("folder", _)) => home.join(value).is_dir(),
                    Some(("config", held)) => {
                        std::fs::read_to_string(home.join(".config/edgelogs/config.toml"))
                            .is_ok_and(|config| config.contains(held))
                    }
                    _ => ran.shows(&shown),
                }
        }
        None => {
            let quoted = ["`", "'"].map(|quote| format!("{quote}{text}{quote}"));
            let named = honoured.iter().filter(|(kinds, _)| *kinds == "named");
            let mut names = names.to_vec();
            names.extend(quoted);
            names.extend(named.map(|(_, name)| (*name).to_owned()));
            ran.is_refused(&names)
        }
    };
    (!fits).then(|| format!("{kind} value `{text}`: {ran:?}"))
}

/// An odd value as the operating system passes it.
pub(crate) fn raw(bytes: &'static [u8]) -> &'static OsStr {
    OsStr::from_bytes(bytes)
}
