//! Properties of everything that reads what others wrote. Each takes bytes of any kind, and panics where a
//! property does not hold. Tests draw the bytes (below), and so does the fuzzer (`tests/fuzz`).

use azure_core::credentials::Secret;
use jiff::Timestamp;
use jiff::tz::TimeZone;

#[cfg(feature = "device")]
pub use crate::device::probes::{entries, frames, payload};
pub use crate::download::probes::blob_names;
pub use crate::logs::probes::decoder;

use crate::hub::{ConnectionString, SasToken, TokenScope};
use crate::methods::{SasUrl, TimeBound};

/// The text at the start of bytes that need not be one.
fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A pattern that compiles answers, the same each time and within a group, and never hangs. The pattern
/// ends with the first line, and the rest is the line to match.
#[cfg(feature = "device")]
pub fn dotnet_regex(bytes: &[u8]) {
    use crate::device::DotNetRegex;
    let text = text_of(bytes);
    let (pattern, line) = text.split_once('\n').unwrap_or((&text, "<3> a line 7"));
    for ignore_case in [false, true] {
        let Ok(regex) = DotNetRegex::new(pattern, ignore_case) else {
            continue;
        };
        // It may need more steps than one line gets, which is an error.
        let Ok(answer) = regex.is_match(line) else {
            continue;
        };
        assert_eq!(
            regex.is_match(line).ok(),
            Some(answer),
            "{pattern:?} on {line:?}"
        );
        let grouped = DotNetRegex::new(&format!("(?:{pattern})"), ignore_case);
        // A pattern may also lean on its beginning or its end, as `(?x)a #` does.
        if let Some(Ok(grouped)) = grouped.ok().map(|regex| regex.is_match(line)) {
            assert_eq!(grouped, answer, "{pattern:?} in a group on {line:?}");
        }
    }
}

/// What is taken for a connection string is written so that it is taken again, and hides its key.
pub fn connection_string(bytes: &[u8]) {
    let text = text_of(bytes);
    let Ok(parsed) = ConnectionString::parse(&text) else {
        return;
    };
    let again = ConnectionString::parse(&parsed.expose());
    let again = again.map(|again| (again.policy, again.key, again.endpoint.host_name()));
    let own = (
        parsed.policy.clone(),
        parsed.key.clone(),
        parsed.endpoint.host_name(),
    );
    assert_eq!(again, Ok(own), "{text:?}");
    let key = parsed.key.secret();
    // The name of a policy may hold the same text.
    if key.len() >= 6 && !parsed.policy.contains(key) {
        assert!(!format!("{parsed:?}").contains(key), "{text:?}");
    }
}

/// A token holds for what it was signed for, and one that was changed does not. The first byte is the place
/// of the change, and the rest names the resource.
pub fn sas_token(bytes: &[u8]) {
    let (place, resource) = bytes.split_first().unwrap_or((&0, &[]));
    let resource = text_of(resource);
    let key = Secret::new("a2V5IG9mIGEgdGVzdCB0aGF0IG5vYm9keSBoYXM=".to_owned());
    let scope = TokenScope {
        resource: resource.clone(),
        policy: Some("service".to_owned()),
    };
    // As a header of its own it is no token, or none of this key.
    assert!(!SasToken::verify(&resource, &scope, &key, 0));
    let Ok(token) = SasToken::sign(&scope, &key, 2_000_000_000) else {
        return;
    };
    let header = token.expose();
    assert!(
        SasToken::verify(header, &scope, &key, 1_999_999_999),
        "{resource:?}"
    );
    assert!(
        !SasToken::verify(header, &scope, &key, 2_000_000_000),
        "{resource:?}"
    );
    let at = usize::from(*place) * header.len() / 256;
    let mut changed = header.as_bytes().to_vec();
    changed[at] = if changed[at] == b'!' { b'?' } else { b'!' };
    let changed = text_of(&changed);
    assert!(!SasToken::verify(&changed, &scope, &key, 0), "{changed}");
    assert!(!format!("{token:?}").contains(header), "{token:?}");
}

/// What is taken for a SAS URL can be explained, and shown without its signature.
pub fn sas_url(bytes: &[u8]) {
    let text = text_of(bytes);
    let Ok(sas) = SasUrl::read(&text) else {
        return;
    };
    let now = Timestamp::UNIX_EPOCH;
    let _ = (sas.check_form(), sas.not_before(now), sas.check_reading());
    let _ = (
        sas.place(),
        sas.container(),
        sas.scheme(),
        sas.plain_http_warning(),
    );
    let shown = [sas.redacted(), format!("{sas:?}")];
    let signature = sas.query("sig").filter(|signature| signature.len() > 20);
    // The rest of the URL may hold the same text.
    let is_elsewhere = |signature: &String| text.matches(signature.as_str()).count() > 1;
    if let Some(signature) = signature.filter(|signature| !is_elsewhere(signature)) {
        let is_shown = shown.iter().any(|shown| shown.contains(&signature));
        assert!(!is_shown, "{text:?}: {shown:?}");
    }
}

/// What is taken for a time is printed so that it is taken again, and sent so that an agent takes it.
pub fn time(bytes: &[u8]) {
    let text = text_of(bytes);
    let _ = TimeBound::typed("--until", &text, &TimeZone::UTC);
    time_of(&text, |text| {
        TimeBound::typed("--since", text, &TimeZone::UTC).ok()
    });
    time_of(&text, |text| TimeBound::parse("since", text).ok());
}

fn time_of(text: &str, read: impl Fn(&str) -> Option<TimeBound>) {
    let Some(bound) = read(text) else { return };
    assert!(read(bound.as_str()).is_some(), "{text:?}: {bound:?}");
    for sent in [
        bound.to_send(std::time::Duration::ZERO),
        bound.to_send_as_end(std::time::Duration::ZERO),
    ] {
        assert!(
            TimeBound::parse("since", &sent).is_ok(),
            "{text:?} is sent as {sent:?}"
        );
    }
    let _ = bound.resolve(Timestamp::UNIX_EPOCH);
}

/// A ledger of any bytes is read, and takes the next task.
///
/// # Panics
/// It does not, or the machine gives no folder for it.
pub fn ledger(bytes: &[u8]) {
    let result = crate::cli::ledger_probe(bytes);
    assert!(result.is_ok(), "{result:?}");
}

/// A settings file of any bytes is read or refused, and a secret in it is refused and not shown.
///
/// # Panics
/// It is not, or the machine gives no folder for it.
pub fn settings(bytes: &[u8]) {
    let result = crate::cli::settings_probe(bytes);
    assert!(result.is_ok(), "{result:?}");
}

/// A file of a checkpoint is read or refused, and what was read is written so that it is read again.
///
/// # Panics
/// It is not, or the machine gives no folder for it.
pub fn checkpoint(bytes: &[u8]) {
    let result = crate::checkpoint::probe(bytes);
    assert!(result.is_ok(), "{result:?}");
}

/// A file that people make is decoded, or refused with a reason; plain text stays as it is.
pub fn text_file(bytes: &[u8]) {
    let decoded = crate::text_file::decode(bytes);
    if let Ok(text) = std::str::from_utf8(bytes)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() || byte == b' ')
    {
        assert_eq!(decoded.as_deref(), Ok(text));
    }
}

/// No text shows a secret that follows one of the markers, however it goes on.
pub fn redaction(bytes: &[u8]) {
    const SECRET: &str = "Zm91bmQtYnktYS1mdXp6ZXI0NzExMDgxNQ";
    let text = text_of(bytes);
    // Without a marker it is a text like any other.
    if text.contains(SECRET) {
        return;
    }
    let middle = text.char_indices().map(|(at, _)| at);
    let middle = middle.take_while(|at| *at <= text.len() / 2).last();
    let (before, after) = text.split_at(middle.unwrap_or(0));
    for marker in ["sig=", "SharedAccessKey=", "sig%3D"] {
        let whole = format!("{before} {marker}{SECRET} {after}");
        let shown = crate::redact::redact(&whole);
        assert!(!shown.contains(SECRET), "{whole:?}: {shown:?}");
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Bytes that look like what is read, more or less: pieces of it, in any order.
    fn pieces(pieces: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            4 => (0..pieces.len()).prop_map(|at| pieces[at].to_vec()),
            1 => vec(any::<u8>(), 0..6),
        ];
        vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[cfg(feature = "device")]
        #[test]
        fn frames_are_the_same_however_they_are_cut(bytes in pieces(&[
            b"\x01\0\0\0\0\0\0\x05hello", b"\x02\0\0\0\0\0\0\0", b"\x03\0\0\0\0\0\0\x01x", b"\x01\0\0\0", b"\0\0\0\x04",
            b"\x01\0\0\0\0\0\0\x202026-11-22T08:44:48.148000988Z \n", b"\x04\0\0\0\0\0\0\x01", b"\x01\0\0\0\xff\xff\xff\xff",
        ])) {
            frames(&bytes);
            entries(&bytes);
        }

        #[cfg(feature = "device")]
        #[test]
        fn a_pattern_that_compiles_answers_the_same_in_a_group(bytes in pieces(&[
            b"a", b"b", b"(", b")", b"(?:", b"(?=", b"(?!", b"(?<=", b"(?<n>", b"\\k<n>", b"(?>", b"(?i)", b"|", b"*", b"+", b"?",
            b"{2,3}", b"[a-c", b"]", b"-[b]", b"[^", b"\\d", b"\\W", b"\\b", b"\\1", b"^", b"$", b".", b"\\p{Lu}", b"\n", b"ab7 ", b"\xc3\xa9",
        ])) {
            dotnet_regex(&bytes);
        }

        #[cfg(feature = "device")]
        #[test]
        fn a_payload_is_read_or_refused(bytes in pieces(&[
            b"{", b"}", b"[", b"]", b",", b":", b"\"schemaVersion\":\"1.0\"", b"'items'", b"id:'a'", b"\"filter\"", b"tail", b"10",
            b"\"\"", b"null", b"true", b"1e999", b"//", b"/*", b"*/", b"\\u0000", b"\"encoding\":\"gzip\"", b"\"sasUrl\":\"https://a/b?sig=c\"",
        ])) {
            payload(&bytes);
        }

        #[test]
        fn an_answer_is_decoded_in_bounds(flags in any::<u8>(), bytes in pieces(&[
            b"[", b"]", b",", b"{\"text\":\"a\",\"loglevel\":6}", b"{\"text\":", b"\"a\\", b"null", b"7", b"\n", b"\r\n", b"<3> x\n", b"H4sIAAAAAAAA",
            b"AAAA", b"==", b"{\"stream\":[[[[", b"]]]]}",
        ])) {
            decoder(&[&[flags], bytes.as_slice()].concat());
        }

        #[test]
        fn a_connection_string_is_taken_again(bytes in pieces(&[
            b"HostName=", b"h.azure-devices.net", b"http://127.0.0.1:80", b";", b"SharedAccessKeyName=", b"service", b"SharedAccessKey=",
            b"a2V5a2V5a2V5", b"=", b"\"", b"DeviceId=d", b" ", b"\n", b"{\"connectionString\":\"", b"\"}",
        ])) {
            connection_string(&bytes);
        }

        #[test]
        fn a_whole_connection_string_is_taken_again(host in "[a-z0-9]{1,9}(-[a-z]{1,4})?", policy in "[a-zA-Z]{1,12}", key in vec(any::<u8>(), 1..40)) {
            let key = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, key);
            let text = format!("HostName={host}.azure-devices.net;SharedAccessKeyName={policy};SharedAccessKey={key}");
            prop_assert!(ConnectionString::parse(&text).is_ok(), "{}", text);
            connection_string(text.as_bytes());
        }

        #[test]
        fn a_token_that_was_changed_does_not_hold(bytes in vec(any::<u8>(), 0..60)) {
            sas_token(&bytes);
        }

        #[test]
        fn a_sas_url_is_shown_without_its_signature(bytes in pieces(&[
            b"https://", b"acct.blob.core.windows.net", b"/logs", b"?", b"&", b"sig=", b"c2lnbmF0dXJlLXRoaXJ0eS10d28tYnl0ZXMtbG9uZyE%3D", b"sig%3D",
            b"se=2126-01-01", b"sp=racw", b"sr=c", b"sv=2021-12-02", b"amp;", b"\\u0026", b"\"", b"%25", b"$upstream:8000", b"file:///tmp", b"#",
        ])) {
            sas_url(&bytes);
        }

        #[test]
        fn a_time_is_taken_again(bytes in pieces(&[
            b"2026-11-22", b"T", b" ", b"08:44", b":48", b".148", b"Z", b"+00:00", b"-08:00", b"2h", b"5 minutes ago", b"yesterday", b"today",
            b"1795337088", b"-", b"9999-12-31", b"23:59:60", b"0001-01-01", b"now", b"1d 2h", b"99999999999999999999s", b"am", b"Monday",
        ])) {
            time(&bytes);
        }

        #[test]
        fn a_made_file_is_decoded(bytes in pieces(&[
            b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"a\0", b"\0a", b"text", b"\"", b"\r\n", b"\0\xd8", b"\xd8\0",
        ])) {
            text_file(&bytes);
        }

        #[test]
        fn a_secret_is_never_shown(bytes in pieces(&[
            b"sig=", b"&", b"SIG%253D", b"SharedAccessKey", b"=", b"\"", b"\\", b"bearer ", b"eyJ", b" ", b"\xe2\x84\xaa", b"\xc4\xb0", b";", b"REDACTED",
        ])) {
            redaction(&bytes);
        }

        #[test]
        fn a_blob_is_saved_below_its_folder(bytes in pieces(&[
            b"hub/", b"d/", b"..", b"/", b"\\", b".", b"edgeHub", b"-2026-11-22--08-00-00", b".log.gz", b".zip", b"con", b"nul.", b"\0", b"%2F", b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ])) {
            blob_names(&bytes);
        }
    }

    proptest! {
        // Each writes a file.
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_ledger_of_any_bytes_is_read_and_goes_on(bytes in pieces(&[
            b"{\"device\":\"d\",\"method\":\"UploadModuleLogs\",\"correlationId\":\"3fa85f64-5717-4562-b3fc-2c963f66afa6\",\"hub\":\"h\",\"time\":\"2026-11-22T08:00:00Z\"}",
            b"\n", b"{", b"}", b"\0", b"null", b"\"device\":7", b"\xff",
        ])) {
            ledger(&bytes);
        }

        #[test]
        fn a_settings_file_of_any_bytes_is_read_or_refused(bytes in pieces(&[
            b"hub = \"h\"\n", b"device = [\"a\", \"b\"]\n", b"[profiles.a]\n", b"default-profile = \"a\"\n", b"timeout = \"5s\"\n", b"retries = 3\n",
            b"output = \"jsonl\"\n", b"=", b"[", b"]", b"\"", b"''", b"#", b"\n", b"connection-string-file = \"/x\"\n", b"\xef\xbb\xbf", b"a.b.c = 1\n",
        ])) {
            settings(&bytes);
        }

        #[test]
        fn a_file_of_a_checkpoint_is_read_again(bytes in pieces(&[
            b"{\"version\":1,\"hub\":\"h\",\"device\":\"d\",\"answered_by\":\"$edgeAgent\",\"module\":\"m\",\"time\":null,\"saved\":\"2026-11-22T08:00:00Z\",\"is_whole\":true,\"tail\":0,\"pending\":0,",
            b"\"entries\":[[1795337088148000988,\"00ff\"]],", b"\"entries\":[],", b"\"repeats\":[[1,\"a\",2]]}", b"\"repeats\":[]}", b"}", b"null", b"-1", b"[",
        ])) {
            checkpoint(&bytes);
        }
    }
}
