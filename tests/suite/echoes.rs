//! A secret that was sent is shown in no form in which it can come back: not from the hub, the device,
//! the storage or `az`.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use stand_in::{DeviceSetup, Fault, HubError, Setup, StandIn, TaskEnd, TaskPlan};

use crate::common::folder::Folder;
use crate::common::one_answer::OneAnswer;
use crate::common::samples::with_log;
use crate::common::{Edgelogs, Ran, edgelogs};

/// 32 bytes in base64, with each character that something escapes.
const SIGNATURE: &str = "mQ+8rT/zK1pXw3LfVhY7cN0jDs5aGbE+u4iRoZ2tJk8=";
/// What counts as shown: so many characters of an echo in a row.
const PART: usize = 10;

/// A form in which a text comes back.
type Form = (&'static str, fn(&str) -> String);

fn each(text: &str, form: impl Fn(u32) -> String) -> String {
    text.chars().map(|c| form(u32::from(c))).collect()
}

fn escaped(text: &str, form: impl Fn(u32) -> String) -> String {
    text.chars()
        .map(|c| match c.is_ascii_alphanumeric() {
            true => c.to_string(),
            false => form(u32::from(c)),
        })
        .collect()
}

fn wrapped(text: &str, length: usize, end: &str) -> String {
    let lines: Vec<&[u8]> = text.as_bytes().chunks(length).collect();
    let lines: Vec<_> = lines.into_iter().map(String::from_utf8_lossy).collect();
    lines.join(end)
}

fn json(text: &str) -> String {
    escaped(text, |c| format!("\\u{c:04x}"))
}

fn percent(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

const FORMS: [Form; 34] = [
    ("as decoded", str::to_owned),
    ("as sent", percent),
    ("percent, lower case", |t| percent(t).to_lowercase_escapes()),
    ("percent, each character", |t| {
        each(t, |c| format!("%{c:02X}"))
    }),
    ("percent twice", |t| percent(&percent(t))),
    ("percent three times", |t| percent(&percent(&percent(t)))),
    ("JSON", json),
    ("JSON, upper case", |t| {
        escaped(t, |c| format!("\\u{c:04X}"))
    }),
    ("JSON, each character", |t| {
        each(t, |c| format!("\\u{c:04x}"))
    }),
    ("JSON in JSON", |t| json(t).replace('\\', "\\\\")),
    ("JSON, slashes", |t| t.replace('/', "\\/")),
    ("JSON of percent", |t| json(&percent(t))),
    ("percent of JSON", |t| percent(&json(t))),
    ("HTML, decimal", |t| escaped(t, |c| format!("&#{c};"))),
    ("HTML, hexadecimal", |t| {
        escaped(t, |c| format!("&#x{c:X};"))
    }),
    ("HTML, each character", |t| each(t, |c| format!("&#{c};"))),
    ("HTML, named", |t| {
        t.replace('+', "&plus;")
            .replace('/', "&sol;")
            .replace('=', "&equals;")
    }),
    ("HTML of percent", |t| percent(t).replace('%', "&#37;")),
    ("form", |t| t.replace('+', " ")),
    ("quoted-printable", |t| t.replace('=', "=3D")),
    ("wrapped", |t| wrapped(t, 16, "\n")),
    ("wrapped, CRLF and indented", |t| wrapped(t, 20, "\r\n\t")),
    ("wrapped in JSON", |t| wrapped(t, 16, "\\n")),
    ("wrapped with blanks", |t| wrapped(t, 4, " ")),
    ("base64", |t| BASE64_STANDARD.encode(t)),
    ("base64, shifted by one", |t| {
        BASE64_STANDARD.encode(format!("?{t}"))
    }),
    ("base64, shifted by two", |t| {
        BASE64_STANDARD.encode(format!("?s{t}"))
    }),
    ("base64 for URLs, of percent", |t| {
        BASE64_URL_SAFE_NO_PAD.encode(percent(t))
    }),
    ("base64, wrapped", |t| {
        wrapped(&BASE64_STANDARD.encode(t), 24, "\n")
    }),
    ("base64 twice", |t| {
        BASE64_STANDARD.encode(BASE64_STANDARD.encode(t))
    }),
    ("base64 in percent", |t| percent(&BASE64_STANDARD.encode(t))),
    ("cut at its end", |t| t[..20].to_owned()),
    ("cut at its start", |t| t[20..].to_owned()),
    ("upper case", str::to_uppercase),
];

trait LowercaseEscapes {
    fn to_lowercase_escapes(&self) -> String;
}

impl LowercaseEscapes for String {
    fn to_lowercase_escapes(&self) -> String {
        self.replace("%2B", "%2b")
            .replace("%2F", "%2f")
            .replace("%3D", "%3d")
    }
}

/// All forms, each as a sentence that holds the secret alone.
fn echoes() -> impl Iterator<Item = (&'static str, String)> {
    FORMS.iter().map(|(name, form)| (*name, form(SIGNATURE)))
}

/// Fails where a part of the echo is shown, whatever stands between its letters.
fn assert_not_shown(form: &str, echo: &str, ran: &Ran) {
    let plain = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
    let (echo, out) = (plain(echo), plain(&format!("{}{}", ran.stdout, ran.stderr)));
    let letters: Vec<char> = echo.chars().collect();
    for part in letters.windows(PART) {
        let part: String = part.iter().collect();
        assert!(
            !out.contains(&part),
            "{form}: `{part}` of `{echo}` in {ran:?}"
        );
    }
    assert!(
        out.contains("REDACTED"),
        "{form}: the echo of `{echo}` is missing in {ran:?}"
    );
}

fn sas(container: &str) -> String {
    let signature = percent(SIGNATURE);
    format!("{container}?sv=2021-12-02&sr=c&sp=racwl&se=2126-01-01&sig={signature}")
}

fn upload(hub: &StandIn, container: &str) -> Edgelogs {
    edgelogs("upload -m edgeHub -d d --interval 10ms --retries 0 -vv")
        .args(["--sas", &sas(container)])
        .on(hub)
}

fn hub(end: TaskEnd) -> StandIn {
    let device = DeviceSetup::new("d").tasks(TaskPlan::new(std::time::Duration::ZERO, end));
    StandIn::start(Setup::with(with_log(device)))
}

const STORAGE: &str = "https://acct.blob.core.windows.net/logs";

#[test]
fn no_echo_of_the_hub_is_shown() {
    let hub = hub(TaskEnd::Completed);
    for (form, echo) in echoes() {
        hub.fault_next(Fault::Hub(HubError::invalid_argument(format!(
            "what is {echo} here"
        ))));
        assert_not_shown(form, &echo, &upload(&hub, STORAGE).exits(1));
        hub.fault_next(Fault::Raw {
            status: 400,
            body: format!("what is {echo} here").into_bytes(),
        });
        assert_not_shown(form, &echo, &upload(&hub, STORAGE).exits(1));
    }
}

#[test]
fn no_echo_of_the_device_is_shown() {
    for (form, echo) in echoes() {
        let failing = hub(TaskEnd::Failed(format!("what is {echo} here")));
        for more in ["", "-o jsonl", "-o json"] {
            let ran = upload(&failing, STORAGE).args(more).exits(8);
            assert_not_shown(form, &echo, &ran);
        }
        let refusing = hub(TaskEnd::Completed);
        let message = serde_json::json!({ "message": format!("what is {echo} here") });
        let refusal = Fault::Answer {
            status: 400,
            payload: message.to_string(),
        };
        refusing.fault_when(|_| true, refusal);
        assert_not_shown(form, &echo, &upload(&refusing, STORAGE).exits(7));
        let payload = serde_json::json!({ "sasUrl": sas(STORAGE) });
        let ran = edgelogs("invoke UploadModuleLogs -d d")
            .args(["--payload", &payload.to_string()])
            .on(&refusing)
            .exits(7);
        assert_not_shown(form, &echo, &ran);
        let _: serde_json::Value = serde_json::from_str(&ran.stdout).expect("still JSON");
    }
}

#[test]
fn no_echo_of_the_storage_is_shown() {
    let hub = hub(TaskEnd::Completed);
    for (form, echo) in echoes() {
        let xml = echo.replace('&', "&amp;");
        let storage = OneAnswer::http(move |_| {
            let error = format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>AuthenticationFailed</Code>\
                 <Message>what is {xml} here</Message></Error>"
            );
            ("403 Forbidden\r\ncontent-type: application/xml", error)
        });
        let folder = tempfile::tempdir().unwrap();
        let ran = upload(&hub, &format!("{}/acct/logs", storage.url))
            .args(["--download", folder.path().to_str().unwrap()])
            .exits(5);
        // The storage's error is one line.
        let first = echo.lines().next().unwrap_or_default();
        assert_not_shown(form, first, &ran);
    }
}

#[cfg(unix)]
#[test]
fn no_echo_of_az_is_shown() {
    use crate::entra::Tools;
    for (form, echo) in echoes() {
        let tools = Tools::none();
        tools.put(
            "az",
            &format!("/bin/cat >&2 <<'END'\nERROR: what is {echo} here\nEND\nexit 1"),
        );
        let ran = edgelogs("upload -m edgeHub -d d --hub 127.0.0.1:1 --auth entra --retries 0 -vv")
            .args(["--sas", &sas(STORAGE)])
            .env("PATH", tools.path())
            .exits(5);
        assert_not_shown(form, &echo, &ran);
    }
}

#[test]
fn no_usage_error_shows_a_secret_of_another_argument() {
    for (form, echo) in echoes() {
        let ran = edgelogs([
            "upload",
            "--sas",
            &sas(STORAGE),
            &format!("--encoding={echo}"),
        ])
        .exits(2);
        assert_not_shown(form, &echo, &ran);
    }
}

/// As PowerShell's `>` writes it.
fn utf16(text: &str) -> Vec<u8> {
    let units = format!("\u{feff}{text}\r\n");
    units.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_secret_is_known_in_whatever_form_its_file_is_written() {
    let hub = hub(TaskEnd::Completed);
    let folder = Folder::new();
    let connection = hub.connection_string();
    let (_, key) = connection.rsplit_once("SharedAccessKey=").unwrap();
    let printed = serde_json::json!({ "connectionString": connection });
    let connection_file = folder.write("connection", utf16(&printed.to_string()));
    let sas_file = folder.write("sas", utf16(&format!("'{}'", sas(STORAGE))));
    let payload = serde_json::json!({ "sasUrl": sas(STORAGE) });
    let payload_file = folder.write("payload", utf16(&payload.to_string()));
    for (echo, args) in [
        (
            key,
            format!("ping -d d --connection-string-file {connection_file}"),
        ),
        (
            SIGNATURE,
            format!("upload -m edgeHub -d d --sas @{sas_file}"),
        ),
        (
            SIGNATURE,
            format!("invoke UploadModuleLogs -d d --payload @{payload_file}"),
        ),
    ] {
        hub.fault_next(Fault::Hub(HubError::invalid_argument(format!(
            "what is {echo} here"
        ))));
        let ran = match args.contains("connection-string-file") {
            true => edgelogs(&*args),
            false => edgelogs(&*args).on(&hub),
        };
        assert_not_shown(&args, echo, &ran.exits(1));
    }
}
