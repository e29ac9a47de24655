//! Whether a page shows what was printed.
//!
//! Times, ids, ports and keys differ from run to run, and so do the lines of the sample modules,
//! which are a function of the time; on both sides they become a word that says what they are.
//! Lines that stand next to each other come in an order that depends on the time, too. Beyond that,
//! `…` on a page stands for any part of a line, and alone for any number of lines.

use std::sync::LazyLock;

use regex::Regex;

/// What differs from run to run, the longer before what it holds.
static VARIABLE: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let regex = |text| Regex::new(text).expect("a regex");
    vec![
        (regex(r"\d{4}-\d\d-\d\d--\d\d-\d\d-\d\d"), "STAMP"),
        (
            regex(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?( ?[+-]\d\d:\d\d|Z)?"),
            "TIME",
        ),
        (regex(r"<\d> TIME \[[A-Z]{3}\] - .*"), "LINE"),
        (
            regex(r#""loglevel":\d,"text":"(\\.|[^"\\])*""#),
            r#""loglevel":N,"text":TEXT"#,
        ),
        (
            regex(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
            "ID",
        ),
        (regex(r"(127\.0\.0\.1|localhost):\d+"), "$1:PORT"),
        (regex(r"SharedAccessKey=\S+"), "SharedAccessKey=KEY"),
        (regex("sig=REDACTED"), "no signature"),
        (regex(r#"sig=[^\s&"]+"#), "sig=SIGNATURE"),
        (regex(r#"/home/you\b|[^\s`"]*/\.tmp\w+/home\b"#), "HOME"),
        (regex(r"/tmp/\S+"), "/tmp/PATH"),
        (regex(r#""ms":\d+"#), r#""ms":N"#),
        // A page shows columns as a terminal does; here they are separated by tabs.
        (regex(r"[ \t]+"), " "),
        (
            regex(r"\b\d+(\.\d+)? ?(ms|s|min|days|bytes|KiB|MiB|B)\b"),
            "AMOUNT",
        ),
    ]
});

/// A text with what differs from run to run taken out.
pub(crate) fn settled(text: &str) -> String {
    let settled = VARIABLE
        .iter()
        .fold(text.to_owned(), |text, (regex, word)| {
            regex.replace_all(&text, *word).into_owned()
        });
    let mut lines: Vec<&str> = settled.lines().collect();
    for neighbours in lines.chunk_by_mut(|a, b| a.ends_with("LINE") == b.ends_with("LINE")) {
        if neighbours.iter().all(|line| line.ends_with("LINE")) {
            neighbours.sort_unstable();
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Whether `printed` is what `shown` stands for.
pub(crate) fn agrees(shown: &str, printed: &str) -> bool {
    let (shown, printed) = (settled(shown), settled(printed));
    let shown: Vec<&str> = shown.lines().map(str::trim_end).collect();
    let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
    lines_agree(&shown, &printed)
}

fn lines_agree(shown: &[&str], printed: &[&str]) -> bool {
    match (shown, printed) {
        ([], []) => true,
        (["…", rest @ ..], _) => {
            (0..=printed.len()).any(|skipped| lines_agree(rest, &printed[skipped..]))
        }
        ([first, rest @ ..], [line, lines @ ..]) => {
            line_agrees(first, line) && lines_agree(rest, lines)
        }
        _ => false,
    }
}

fn line_agrees(shown: &str, printed: &str) -> bool {
    let parts: Vec<String> = shown.split('…').map(regex::escape).collect();
    let pattern = format!("^{}$", parts.join(".*"));
    Regex::new(&pattern).is_ok_and(|regex| regex.is_match(printed))
}

#[test]
fn only_times_and_ids_may_differ() {
    let line = "[edgeHub] <6> 2026-11-22 09:00:00.000 +00:00 [INF] - one";
    let other = "[edgeHub] <4> 2026-11-23 10:00:00.000 +00:00 [WRN] - two";
    assert!(agrees(line, other));
    assert!(!agrees(line, &other.replace("edgeHub", "edgeAgent")));
    let agent = line.replace("edgeHub", "edgeAgent");
    assert!(agrees(
        &format!("{line}\n{agent}"),
        &format!("{agent}\n{line}")
    ));
    assert!(agrees("NAME     STATE\na        b", "NAME\tSTATE\na\tb"));
    assert!(agrees("a\n…\nz", "a\nb\nc\nz"));
    assert!(agrees("HostName=…;key", "HostName=x;key"));
    assert!(!agrees("a\n", "a\nb\n"));
    assert!(!agrees("", "a"));
}
