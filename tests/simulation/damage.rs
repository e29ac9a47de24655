//! Answers that arrive other than they were sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgelogs::methods::ModuleLogs;

use crate::rng::Rng;

/// What was done to an answer.
pub(crate) enum Damage {
    /// Nothing: there was nothing to damage.
    None,
    /// Something that whoever reads the answer can see.
    Visible(&'static str),
    /// Something that looks like another answer.
    Silent(&'static str),
    /// The payload is none of this method.
    Body(&'static str),
}

/// Damages one module's part of an answer, or all of it.
pub(crate) fn damage(rng: &mut Rng, answer: &mut Vec<ModuleLogs>, is_silent: bool) -> Damage {
    if answer.is_empty() {
        return Damage::None;
    }
    let index = rng.below(answer.len());
    if is_silent {
        return silent(rng, answer, index);
    }
    let kind = rng.below(11);
    if kind >= 8 {
        return Damage::Body(rng.pick(&[
            "there is no payload",
            "invalid type: string \"<html>\", expected a sequence",
            "invalid type: map, expected a sequence",
        ]));
    }
    let logs = &mut answer[index];
    let Some(text) = &mut logs.payload_bytes else {
        return Damage::Body("EOF while parsing a string");
    };
    if text.len() < 40 {
        return Damage::None;
    }
    match kind {
        0 => {
            let at = rng.below(text.len());
            text.replace_range(at..=at, "!");
            Damage::Visible("bad base64")
        }
        1 => {
            // Not at the end of a group of four.
            let at = rng.below(text.len() / 4 - 1) * 4 + 1 + rng.below(2);
            text.truncate(at);
            Damage::Visible("cut base64")
        }
        2 => packed(text, |bytes| {
            bytes.truncate(1 + bytes.len() * 2 / 3);
            "cut gzip"
        }),
        3 => packed(text, |bytes| {
            let at = 12 + rng.below(bytes.len() - 20);
            bytes[at] ^= 1 << rng.below(8);
            "flipped bit in gzip"
        }),
        4 => packed(text, |bytes| {
            bytes.extend(b"garbage behind the end");
            "garbage after gzip"
        }),
        5 => packed(text, |bytes| {
            let middle = bytes.len() / 2;
            bytes.drain(middle..middle + 5);
            "gzip without its middle"
        }),
        6 => {
            *text = "<html><body>502 Bad Gateway</body></html>".to_owned();
            Damage::Visible("HTML for base64")
        }
        _ => packed(text, |bytes| {
            bytes.truncate(bytes.len() - 4);
            "gzip without its last bytes"
        }),
    }
}

fn packed(text: &mut String, change: impl FnOnce(&mut Vec<u8>) -> &'static str) -> Damage {
    let Ok(mut bytes) = STANDARD.decode(&*text) else {
        return Damage::None;
    };
    let what = change(&mut bytes);
    *text = STANDARD.encode(bytes);
    Damage::Visible(what)
}

fn silent(rng: &mut Rng, answer: &mut Vec<ModuleLogs>, index: usize) -> Damage {
    let logs = &mut answer[index];
    match rng.below(4) {
        0 => {
            if let Some(text) = logs.payload_bytes.as_mut().or(logs.payload.as_mut()) {
                text.clear();
            }
            Damage::Silent("empty payload")
        }
        1 => {
            (logs.payload, logs.payload_bytes) = (None, None);
            Damage::Silent("no payload")
        }
        2 => {
            answer.remove(index);
            Damage::Silent("a module is missing")
        }
        _ => {
            logs.id = logs.id.to_uppercase();
            Damage::Silent("an id in another case")
        }
    }
}
