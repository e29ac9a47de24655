//! Explains a SAS URL, without its signature and without I/O.

use jiff::Timestamp;
use serde::Serialize;

use crate::invalid_input::InvalidInput;
use crate::methods::{SasPurpose, SasUrl, StorageScheme};
use crate::output::ListRow;
use crate::redact::redact;

/// One line of the explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct SasFact {
    pub(crate) check: &'static str,
    /// Whether it is valid; null if only the storage knows.
    pub(crate) ok: Option<bool>,
    pub(crate) value: String,
}

impl ListRow for SasFact {
    const COLUMNS: &'static [&'static str] = &["CHECK", "VALUE"];

    fn cells(&self, _for_people: bool) -> Vec<String> {
        vec![self.check.to_owned(), self.value.clone()]
    }
}

/// What a SAS may be used for.
const JOBS: [(&str, Job); 4] = [
    ("upload as text", Job::Write(SasPurpose::AppendBlobs)),
    ("upload as json", Job::Write(SasPurpose::BlockBlobs)),
    ("bundle", Job::Write(SasPurpose::BlockBlobs)),
    ("--download", Job::Read),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Job {
    /// The device writes.
    Write(SasPurpose),
    /// This machine reads.
    Read,
}

/// The rights of a container SAS or an account SAS, in the order of `sp`.
const RIGHTS: [(char, &str); 16] = [
    ('r', "read"),
    ('a', "add"),
    ('c', "create"),
    ('w', "write"),
    ('d', "delete"),
    ('x', "delete a version"),
    ('y', "delete permanently"),
    ('l', "list"),
    ('t', "tags"),
    ('f', "find by tags"),
    ('m', "move"),
    ('e', "execute"),
    ('o', "change the owner"),
    ('p', "change permissions"),
    ('i', "immutability"),
    ('u', "update"),
];

/// Rights that nothing needs: a SAS with these can destroy data.
const NEEDLESS: &str = "dxyopi";

/// A SAS that expires sooner leaves no margin for a slow task or a wrong clock.
const SHORT_SECONDS: i64 = 15 * 60;

/// Refuses a SAS that neither `upload` nor `bundle` could use.
pub(crate) fn refusal(sas: &SasUrl, now: Timestamp) -> Result<(), InvalidInput> {
    // The scope comes first: a SAS for one blob is useless with any path. Append blobs need every
    // right that block blobs need.
    sas.check(SasPurpose::BlockBlobs, now)?;
    sas.check_form()
}

/// All facts about the URL, and what it can be used for.
pub(crate) fn explain(sas: &SasUrl, now: Timestamp) -> Vec<SasFact> {
    let mut facts = match sas.scheme() {
        StorageScheme::Directory(path) => vec![fact(
            "scope",
            format!(
                "directory {}, for a device behind a hub on this machine",
                path.display()
            ),
        )],
        StorageScheme::Blob | StorageScheme::Upstream => vec![
            account(sas),
            container(sas),
            scope(sas),
            rights(sas),
            start(sas, now),
            ending(sas, now),
            protocol(sas),
            addresses(sas),
            signer(sas),
            match sas.query("sv").filter(|version| !version.is_empty()) {
                Some(version) => fact("version", version),
                None => judged("version", false, "none: `sv` is missing"),
            },
        ],
    };
    facts.extend(JOBS.map(|(name, kind)| job(sas, name, kind, now)));
    facts
}

fn fact(check: &'static str, value: impl Into<String>) -> SasFact {
    SasFact {
        check,
        ok: Some(true),
        // Paths and query values may hold anything.
        value: redact(&value.into()),
    }
}

/// What only the storage knows, or time tells.
fn unknown(check: &'static str, value: impl Into<String>) -> SasFact {
    SasFact {
        ok: None,
        ..fact(check, value)
    }
}

fn judged(check: &'static str, ok: bool, value: impl Into<String>) -> SasFact {
    SasFact {
        ok: Some(ok),
        ..fact(check, value)
    }
}

fn account(sas: &SasUrl) -> SasFact {
    let place = sas.place();
    let name = place.account.unwrap_or_else(|| "not specified".to_owned());
    let host = place.host;
    match sas.scheme() {
        StorageScheme::Upstream => fact("account", format!("{name}, at the parent device {host}")),
        _ => fact("account", format!("{name}, at {host}")),
    }
}

fn container(sas: &SasUrl) -> SasFact {
    match sas.place().container {
        Some(name) => fact("container", name),
        None => judged("container", false, "none: the path is empty"),
    }
}

fn scope(sas: &SasUrl) -> SasFact {
    let below = sas.place().below;
    let types = sas.query("srt");
    let (ok, text) = match (sas.query("sr").as_deref(), types) {
        (Some("c"), _) => (true, "container (sr=c)".to_owned()),
        (Some(kind @ ("b" | "bv" | "bs")), _) => (false, format!("a single blob (sr={kind})")),
        (Some("d"), _) => (false, "a directory (sr=d)".to_owned()),
        (Some(other), _) => (false, format!("not a container (sr={other})")),
        (None, Some(types)) => {
            let services = sas.query("ss").unwrap_or_default();
            let ok = types.contains('o') && services.contains('b');
            (ok, format!("account SAS (ss={services}, srt={types})"))
        }
        (None, None) if sas.query("si").is_some() => (true, "not specified".to_owned()),
        (None, None) => (false, "neither a container nor an account".to_owned()),
    };
    if below.is_empty() {
        judged("scope", ok, text)
    } else {
        judged(
            "scope",
            false,
            format!("{text}; the path continues to `{below}`"),
        )
    }
}

fn rights(sas: &SasUrl) -> SasFact {
    let policy = sas.query("si");
    let Some(rights) = sas.query("sp") else {
        return match policy {
            Some(policy) => unknown(
                "rights",
                format!("those of the stored access policy `{policy}`"),
            ),
            None => judged("rights", false, "none: `sp` is missing"),
        };
    };
    let names: Vec<String> = rights.chars().map(right).collect();
    let needless: Vec<String> = rights
        .chars()
        .filter(|letter| NEEDLESS.contains(*letter))
        .map(right)
        .collect();
    let mut value = names.join(", ");
    if !needless.is_empty() {
        value = format!("{value}; not needed: {}", needless.join(", "));
    }
    let writes = rights.contains(['w', 'c']);
    judged("rights", writes, value)
}

fn right(letter: char) -> String {
    match RIGHTS.iter().find(|(known, _)| *known == letter) {
        Some((_, name)) => format!("{name} ({letter})"),
        None => format!("`{letter}`"),
    }
}

fn start(sas: &SasUrl, now: Timestamp) -> SasFact {
    let Some(text) = sas.query("st") else {
        return fact("start", "valid immediately");
    };
    let Some(begin) = sas.time("st") else {
        return judged("start", false, format!("`{text}`, not a valid time"));
    };
    let ahead = begin.as_second() - now.as_second();
    if ahead <= 0 {
        return fact("start", format!("{text}, {} ago", span(-ahead)));
    }
    let value = format!("{text}, in {}: not valid yet", span(ahead));
    match ahead <= SasUrl::START_TOLERANCE_SECONDS {
        true => unknown("start", value),
        false => judged("start", false, value),
    }
}

fn ending(sas: &SasUrl, now: Timestamp) -> SasFact {
    let Some(text) = sas.query("se") else {
        return match sas.query("si") {
            Some(policy) => unknown(
                "end",
                format!("that of the stored access policy `{policy}`"),
            ),
            None => judged("end", false, "none: `se` is missing"),
        };
    };
    let Some(own) = sas.time("se") else {
        return judged("end", false, format!("`{text}`, not a valid time"));
    };
    let left = own.as_second() - now.as_second();
    let mut value = match left {
        ..=0 => format!("{text}, expired {} ago", span(-left)),
        1..SHORT_SECONDS => format!(
            "{text}, in {}: too short for a slow task or a wrong clock",
            span(left)
        ),
        _ => format!("{text}, in {}", span(left)),
    };
    let mut ok = left > 0;
    if let Some(key) = sas.time("ske").filter(|key| *key < own) {
        let left = key.as_second() - now.as_second();
        ok &= left > 0;
        let word = if left > 0 { "in" } else { "expired" };
        let ago = if left > 0 { "" } else { " ago" };
        value = format!(
            "{value}; its key expires first, {word} {}{ago}",
            span(left.abs())
        );
    }
    judged("end", ok, value)
}

fn protocol(sas: &SasUrl) -> SasFact {
    match sas.query("spr").as_deref() {
        Some("https") => fact("protocol", "https only"),
        Some(other) => fact("protocol", other.replace(',', " and ")),
        None => fact("protocol", "https and http"),
    }
}

fn addresses(sas: &SasUrl) -> SasFact {
    match sas.query("sip") {
        None => fact("addresses", "any"),
        Some(range) => unknown(
            "addresses",
            format!("{range} only, as the storage sees the device"),
        ),
    }
}

fn signer(sas: &SasUrl) -> SasFact {
    let tenant = |field| sas.query(field).unwrap_or_else(|| "unknown".to_owned());
    if sas.query("skoid").is_some() || sas.query("sktid").is_some() {
        return fact(
            "signed by",
            format!("user delegation key of tenant {}", tenant("sktid")),
        );
    }
    match sas.query("si") {
        Some(policy) => fact(
            "signed by",
            format!("account key, under the stored access policy `{policy}`"),
        ),
        None => fact("signed by", "account key"),
    }
}

fn job(sas: &SasUrl, name: &'static str, kind: Job, now: Timestamp) -> SasFact {
    let judgement = match kind {
        Job::Write(purpose) => sas.check(purpose, now),
        // `--download` belongs to an upload, which must be able to write.
        Job::Read => sas
            .check(SasPurpose::BlockBlobs, now)
            .and_then(|()| sas.check_reading()),
    };
    let judgement = judgement.and_then(|()| sas.check_form());
    if let Err(problem) = judgement {
        return judged(name, false, format!("no: {problem}"));
    }
    let mut conditions = Vec::new();
    if let Some(start) = sas.not_before(now) {
        conditions.push(format!("from {start} on"));
    }
    // It may add rights and an end, and it may be gone or expired.
    if let Some(policy) = sas.query("si") {
        conditions.push(format!("if the stored access policy `{policy}` allows it"));
    }
    if let Some(range) = sas.query("sip") {
        let who = match kind {
            Job::Write(_) => "the device",
            Job::Read => "this machine",
        };
        conditions.push(format!("if the storage sees {who} at {range}"));
    }
    if !conditions.is_empty() {
        return unknown(name, conditions.join(", "));
    }
    let small = sas.query("sp").is_some_and(|rights| !rights.contains('w'));
    match kind {
        Job::Write(SasPurpose::BlockBlobs) if small => fact(
            name,
            "yes, up to the size of one request; larger ones need write (w)",
        ),
        _ => fact(name, "yes"),
    }
}

/// A duration as a number and a unit.
fn span(seconds: i64) -> String {
    match seconds {
        ..100 => format!("{seconds} s"),
        100..6000 => format!("{} min", seconds / 60),
        6000..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests;
