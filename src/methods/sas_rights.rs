//! Checks whether a SAS allows an upload or a download.

use jiff::Timestamp;

use super::sas_url::{CREATE_SAS_HINT, SasUrl, StorageScheme};
use crate::invalid_input::InvalidInput;

/// What a SAS URL is used for, which determines the permissions it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SasPurpose {
    /// Append blobs, for `UploadModuleLogs` with `contentType` text: `w`, or `c` and `a`.
    AppendBlobs,
    /// Block blobs, for json logs and support bundles: `w` or `c`. Before version 2026-04-06, `c` alone
    /// only allows blobs that fit into one request: blocks need `w`.
    BlockBlobs,
}

impl SasUrl {
    /// How far in the future a start may be, since the storage's clock and ours may differ.
    pub const START_TOLERANCE_SECONDS: i64 = 5 * 60;

    /// Checks the scope, permissions and times needed for writing.
    ///
    /// A stored access policy (`si`) may define permissions and times, so their absence from the URL is
    /// not an error then.
    ///
    /// # Errors
    /// The first problem that makes every write fail.
    pub fn check(&self, purpose: SasPurpose, now: Timestamp) -> Result<(), InvalidInput> {
        if matches!(self.scheme(), StorageScheme::Directory(_)) {
            return Ok(());
        }
        self.check_scope()?;
        self.check_rights(purpose)?;
        self.check_times(now)?;
        if self.query("sv").is_none_or(|version| version.is_empty()) {
            return Err(
                InvalidInput::new("the SAS has no version (`sv` is missing)").hint(CREATE_SAS_HINT),
            );
        }
        Ok(())
    }

    /// Checks that the SAS covers a container or all blobs of an account.
    fn check_scope(&self) -> Result<(), InvalidInput> {
        if self.expose().starts_with("http://") && self.query("spr").as_deref() == Some("https") {
            return Err(InvalidInput::new(
                "the SAS allows https only (`spr=https`), but its URL is http",
            ));
        }
        match (self.query("sr").as_deref(), self.query("srt")) {
            (Some("c"), _) => {}
            (Some("b" | "bv" | "bs"), _) => {
                return Err(InvalidInput::new(
                    "the SAS is for a single blob, but the device chooses the blob names itself",
                )
                .hint(CREATE_SAS_HINT));
            }
            (Some("d"), _) => {
                return Err(InvalidInput::new(
                    "the SAS is for a directory (`sr=d`), but the device writes outside it",
                )
                .hint(CREATE_SAS_HINT));
            }
            (Some(other), _) => {
                return Err(InvalidInput::new(format!(
                    "the SAS has the scope `sr={other}`, not a container"
                ))
                .hint(CREATE_SAS_HINT));
            }
            (None, Some(types)) => {
                if !types.contains('o') {
                    return Err(InvalidInput::new(format!(
                        "the account SAS does not cover objects (`srt={types}`)"
                    ))
                    .hint("make it with --resource-types co"));
                }
                if self
                    .query("ss")
                    .is_some_and(|services| !services.contains('b'))
                {
                    return Err(InvalidInput::new("the account SAS is not for Blob Storage")
                        .hint("make it with --services b"));
                }
            }
            (None, None) if self.query("si").is_some() => {}
            (None, None) => {
                return Err(InvalidInput::new(
                    "the SAS has neither `sr=c` nor `srt`, so it is not for a container",
                )
                .hint(CREATE_SAS_HINT));
            }
        }
        Ok(())
    }

    fn check_rights(&self, purpose: SasPurpose) -> Result<(), InvalidInput> {
        if let Some(rights) = self.query("sp") {
            let has = |right| rights.contains(right);
            let missing = match purpose {
                SasPurpose::AppendBlobs if !(has('w') || has('c') && has('a')) => {
                    "write (w), or create and add (ca)"
                }
                SasPurpose::BlockBlobs if !(has('w') || has('c')) => "create (c) or write (w)",
                _ => "",
            };
            if !missing.is_empty() {
                return Err(InvalidInput::new(format!(
                    "the SAS lacks the right to {missing}: it has `sp={rights}`"
                ))
                .hint(CREATE_SAS_HINT));
            }
        } else if self.query("si").is_none() {
            return Err(
                InvalidInput::new("the SAS grants no rights (`sp` is missing)")
                    .hint(CREATE_SAS_HINT),
            );
        }
        Ok(())
    }

    /// Checks start and expiry of the SAS and of the user delegation key that signed it.
    fn check_times(&self, now: Timestamp) -> Result<(), InvalidInput> {
        for (field, subject) in [
            ("se", "the SAS"),
            ("ske", "the user delegation key of the SAS"),
        ] {
            match self.query(field) {
                Some(expiry) => {
                    let end = parse_sas_time(&expiry).ok_or_else(|| {
                        InvalidInput::new(format!(
                            "{subject} has an expiry that is not a time: `{expiry}`"
                        ))
                    })?;
                    if end <= now {
                        return Err(InvalidInput::new(format!("{subject} expired at {expiry}"))
                            .hint(CREATE_SAS_HINT));
                    }
                }
                None if field == "se" && self.query("si").is_none() => {
                    return Err(InvalidInput::new("the SAS has no expiry (`se` is missing)")
                        .hint(CREATE_SAS_HINT));
                }
                None => {}
            }
        }
        for (field, subject) in [
            ("st", "the SAS"),
            ("skt", "the user delegation key of the SAS"),
        ] {
            let Some(start) = self.query(field) else {
                continue;
            };
            let begin = parse_sas_time(&start).ok_or_else(|| {
                InvalidInput::new(format!(
                    "{subject} has a start that is not a time: `{start}`"
                ))
            })?;
            if begin.as_second() > now.as_second() + Self::START_TOLERANCE_SECONDS {
                return Err(InvalidInput::new(format!(
                    "{subject} is not valid before {start}"
                )));
            }
        }
        Ok(())
    }

    /// When the SAS begins to be valid, as its query writes it, if that is after `now`.
    pub fn not_before(&self, now: Timestamp) -> Option<String> {
        ["st", "skt"]
            .into_iter()
            .filter(|field| self.time(field).is_some_and(|start| start > now))
            .max_by_key(|field| self.time(field))
            .and_then(|field| self.query(field))
    }

    /// A time in the query, such as the expiry `se`; `None` if it is missing or not a time.
    pub fn time(&self, field: &str) -> Option<Timestamp> {
        parse_sas_time(&self.query(field)?)
    }

    /// Checks that the blobs can be listed and read from this machine, in addition to
    /// [`check`](Self::check).
    ///
    /// # Errors
    /// A permission is missing, or only the device reaches the storage.
    pub fn check_reading(&self) -> Result<(), InvalidInput> {
        match self.scheme() {
            StorageScheme::Blob if self.plain_http_warning().is_some() => {
                return Err(InvalidInput::new(
                    "fetching over plain http would send the signature in the clear from this machine too",
                )
                .hint("omit --download"));
            }
            StorageScheme::Blob => {}
            StorageScheme::Upstream => {
                return Err(InvalidInput::new(
                    "blobs can't be fetched from `$upstream`, which only the device reaches",
                )
                .hint("omit --download"));
            }
            StorageScheme::Directory(_) => {
                return Err(InvalidInput::new(
                    "a file:// URL needs no --download: the device writes to this machine",
                )
                .hint("omit --download"));
            }
        }
        if let Some(types) = self.query("srt").filter(|types| !types.contains('c')) {
            return Err(InvalidInput::new(format!(
                "the account SAS does not cover containers (`srt={types}`), which --download lists"
            ))
            .hint("make it with --resource-types co"));
        }
        let Some(rights) = self.query("sp") else {
            // A stored access policy defines them.
            return Ok(());
        };
        let missing: Vec<&str> = [('r', "read (r)"), ('l', "list (l)")]
            .into_iter()
            .filter(|(right, _)| !rights.contains(*right))
            .map(|(_, name)| name)
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(InvalidInput::new(format!(
            "the SAS lacks the right to {}, which --download needs: it has `sp={rights}`",
            missing.join(" and to ")
        ))
        .hint("make one with `edgelogs sas new --container NAME --download`, or with `az storage container generate-sas --permissions racwl`"))
    }
}

/// Parses a time in a SAS: a date, or a UTC time with minutes, seconds or a fraction.
fn parse_sas_time(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let date_time = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        _ => format!("{}:00Z", text.strip_suffix('Z')?),
    };
    date_time.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTAINER: &str = "https://acct.blob.core.windows.net/logs";
    const SIGNATURE: &str = "c2VjcmV0LXNpZ25hdHVyZS1vZi10aGlydHktdHdvLWI%3D";

    fn now() -> Timestamp {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }

    fn check(query: &str, purpose: SasPurpose) -> Result<(), String> {
        SasUrl::parse(&format!("{CONTAINER}?{query}"))
            .and_then(|sas| sas.check(purpose, now()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn write_permission_on_a_container_is_enough() {
        let query = format!("sv=2025-01-05&sr=c&sp=w&se=2026-11-23T00%3A00Z&sig={SIGNATURE}");
        assert_eq!(check(&query, SasPurpose::AppendBlobs), Ok(()));
        assert_eq!(check(&query, SasPurpose::BlockBlobs), Ok(()));
    }

    #[test]
    fn reading_needs_its_own_permissions_and_a_reachable_storage() {
        let check = |url: &str| {
            SasUrl::read(url)
                .and_then(|sas| sas.check_reading())
                .map_err(|error| error.to_string())
        };
        for (url, part) in [
            (
                "https://acct.blob.core.windows.net/logs?sr=c&sp=acw&sig=",
                "read (r) and to list (l)",
            ),
            (
                "https://acct.blob.core.windows.net/logs?sr=c&sp=rw&sig=",
                "to list (l)",
            ),
            (
                "https://acct.blob.core.windows.net/logs?sr=c&sp=wl&sig=",
                "to read (r)",
            ),
            (
                "https://acct.blob.core.windows.net/logs?srt=o&ss=b&sp=rwl&sig=",
                "srt=o",
            ),
            (
                "http://edgeblob:11002/acct/logs?sr=c&sp=rwl&sig=",
                "plain http",
            ),
            ("https://$upstream:8000/logs?sr=c&sp=rwl&sig=", "$upstream"),
            ("file:///var/tmp/x", "file://"),
        ] {
            let error = check(url).unwrap_err();
            assert!(error.contains(part), "{url}: {error}");
        }
        for url in [
            "https://acct.blob.core.windows.net/logs?sr=c&sp=racwl&sig=",
            "https://acct.blob.core.windows.net/logs?sr=c&si=policy&sig=",
            "https://acct.blob.core.windows.net/logs?srt=sco&ss=b&sp=rwl&sig=",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
    }
}
