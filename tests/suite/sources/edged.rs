//! The source `edged` against a server that sends what aziot-edged 1.6 was seen to send.

use super::management_api::{LOG_HEAD, Server, chunk, frame, log, plain};
use edgelogs::device::sources::{
    EdgedSource, LogEntry, LogSource, LogWindow, ModuleState, SourceError, SourceErrorKind,
};
use edgelogs::logs::LogStream;
use jiff::Timestamp;

use super::{joined, last, refusal};

fn stamp(second: u8, nanosecond: u32) -> String {
    format!("2026-11-22T08:44:{second:02}.{nanosecond:09}Z")
}

pub(super) fn time(second: u8, nanosecond: u32) -> Timestamp {
    stamp(second, nanosecond).parse().unwrap()
}

/// Ten seconds with a line each.
pub(super) fn ticks() -> Vec<u8> {
    (0..10)
        .flat_map(|n| {
            frame(
                1 + n % 2,
                &format!("{} tick {n}\n", stamp(40 + n, u32::from(n))),
            )
        })
        .collect()
}

/// The entries of the module `ticker`, and the error that ended its log.
async fn read(source: &EdgedSource, window: &LogWindow) -> (Vec<LogEntry>, Option<SourceError>) {
    super::read(source, "ticker", window).await
}

fn text(entries: &[LogEntry]) -> String {
    String::from_utf8(joined(entries)).unwrap()
}

#[tokio::test]
async fn modules_are_listed_by_name() {
    let server = Server::start(log(&[]));
    let modules = server.source().modules().await.unwrap();
    let names: Vec<_> = modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!(names, ["crasher", "created", "ticker"]);
    let [crasher, created, ticker] = &modules[..] else {
        unreachable!()
    };
    assert_eq!(
        (crasher.state, crasher.exit_code, &crasher.image),
        (ModuleState::Failed, Some(3), &None)
    );
    assert_eq!(
        crasher.exited,
        Some("2026-11-22T08:44:45.69Z".parse().unwrap())
    );
    assert_eq!(
        (created.state, created.started),
        (ModuleState::Stopped, None)
    );
    assert_eq!(
        (ticker.state, ticker.image.as_deref()),
        (ModuleState::Running, Some("mcr.example.net/ticker:1.0"))
    );
    assert_eq!(
        server.requests(),
        ["GET /modules?api-version=2018-06-28 HTTP/1.1"]
    );
}

/// What is read of a body in two chunks, for each place between them.
async fn split_at_every_byte(body: &[u8]) -> Vec<(usize, Vec<LogEntry>)> {
    let server = Server::start(log(&[]));
    let source = server.source();
    let mut all = Vec::new();
    for at in 0..=body.len() {
        server.set(log(&[&body[..at], &body[at..]]));
        let (entries, error) = read(&source, &LogWindow::default()).await;
        assert_eq!(error, None, "{at}");
        all.push((at, entries));
    }
    all
}

#[tokio::test]
async fn frames_may_be_split_at_any_byte() {
    let body = [
        frame(1, &format!("{} out\n", stamp(40, 1))),
        frame(2, &format!("{} \n", stamp(40, 2))),
        frame(1, &format!("{} no line end", stamp(40, 3))),
    ]
    .concat();
    for (at, entries) in split_at_every_byte(&body).await {
        assert_eq!(text(&entries), "out\n\nno line end", "{at}");
        let streams: Vec<_> = entries.iter().map(|entry| entry.stream).collect();
        assert_eq!(
            streams,
            [LogStream::Stdout, LogStream::Stderr, LogStream::Stdout],
            "{at}"
        );
        assert_eq!(entries[2].stamp, Some(time(40, 3)), "{at}");
    }
}

#[tokio::test]
async fn a_tty_is_detected() {
    let body = format!(
        "{} tty out 1\r\n{} tty err 1\r\n",
        stamp(40, 1),
        stamp(40, 2)
    )
    .into_bytes();
    for (at, entries) in split_at_every_byte(&body).await {
        assert_eq!(text(&entries), "tty out 1\r\ntty err 1\r\n", "{at}");
        assert_eq!(entries[1].stamp, Some(time(40, 2)), "{at}");
        let is_stdout = |entry: &LogEntry| entry.stream == LogStream::Stdout;
        assert!(entries.iter().all(is_stdout), "{at}");
    }
}

#[tokio::test]
async fn parts_of_a_long_line_are_one_line() {
    let part = "a".repeat(16384);
    let body = [
        frame(1, &format!("{} before\n", stamp(40, 0))),
        frame(1, &format!("{} {part}", stamp(40, 1))),
        frame(2, &format!("{} other\n", stamp(40, 2))),
        frame(1, &format!("{} {part}", stamp(40, 1))),
        frame(1, &format!("{} \n", stamp(40, 1))),
    ]
    .concat();
    // Chunks of the size that hyper was seen to send.
    let server = Server::start(log(&body.chunks(8186).collect::<Vec<_>>()));
    let (entries, error) = read(&server.source(), &LogWindow::default()).await;
    assert_eq!(error, None);
    let continues: Vec<_> = entries.iter().map(|entry| entry.continues).collect();
    // They come together.
    assert_eq!(continues, [false, true, true, false, false]);
    let (entries, _) = read(&server.source(), &last(2)).await;
    assert_eq!(entries.len(), 4);
}

#[tokio::test]
async fn an_empty_log_is_empty() {
    let server = Server::start(log(&[]));
    assert_eq!(
        read(&server.source(), &LogWindow::default()).await,
        (Vec::new(), None)
    );
}

#[tokio::test]
async fn the_engines_message_ends_the_log() {
    let message = "Error grabbing logs: error unmarshalling log entry (size=27): proto: LogEntry: illegal tag 0\n";
    let body = [ticks(), frame(3, message)].concat();
    let server = Server::start(log(&[&body]));
    let (entries, error) = read(&server.source(), &LogWindow::default()).await;
    assert_eq!(entries.len(), 11);
    assert_eq!(entries[10].bytes, message.as_bytes());
    assert_eq!(entries[10].stream, LogStream::Stderr);
    let error = error.unwrap();
    assert_eq!(error.kind(), SourceErrorKind::Truncated);
    assert!(error.to_string().contains(message.trim_end()), "{error}");
}

#[tokio::test]
async fn a_truncated_body_keeps_what_arrived() {
    let body = ticks();
    let server = Server::start(log(&[]));
    for (kept, lines) in [(body.len(), 10), (body.len() / 2, 5)] {
        let sent = [LOG_HEAD, &chunk(&body[..kept])].concat();
        server.set(sent);
        let (entries, error) = read(&server.source(), &LogWindow::default()).await;
        assert_eq!(entries.len(), lines);
        assert_eq!(error.unwrap().kind(), SourceErrorKind::Truncated);
    }
    // A chunk that is not complete, and within an entry.
    let sent = [LOG_HEAD, b"FFFF\r\n", &body[..body.len() - 3]].concat();
    server.set(sent);
    let (entries, error) = read(&server.source(), &LogWindow::default()).await;
    assert!(text(&entries).ends_with("tick 8\ntick"));
    assert_eq!(error.unwrap().kind(), SourceErrorKind::Truncated);
}

#[tokio::test]
async fn a_wrong_content_encoding_is_ignored() {
    let head = String::from_utf8(LOG_HEAD.to_vec())
        .unwrap()
        .replace("date:", "content-encoding: deflate\r\ndate:");
    let server = Server::start([head.as_bytes(), &chunk(&ticks()), b"0\r\n\r\n"].concat());
    let (entries, error) = read(&server.source(), &LogWindow::default()).await;
    assert_eq!((entries.len(), error), (10, None));
}

#[tokio::test]
async fn windows_are_exact_to_the_nanosecond() {
    let server = Server::start(log(&[&ticks()]));
    let window = LogWindow {
        since: Some(time(42, 2)),
        until: Some(time(45, 5)),
        ..LogWindow::default()
    };
    assert_eq!(
        text(&read(&server.source(), &window).await.0),
        "tick 2\ntick 3\ntick 4\ntick 5\n"
    );
    let seconds = "&timestamps=true&until=1795337086 HTTP/1.1";
    assert!(
        server.requests()[1].ends_with(seconds),
        "{:?}",
        server.requests()
    );
    let window = LogWindow {
        since: Some(time(42, 3)),
        until: Some(time(45, 4)),
        ..LogWindow::default()
    };
    assert_eq!(
        text(&read(&server.source(), &window).await.0),
        "tick 3\ntick 4\n"
    );
    let window = LogWindow {
        tail: Some(1),
        ..window
    };
    assert_eq!(text(&read(&server.source(), &window).await.0), "tick 4\n");
}

#[tokio::test]
async fn every_status_has_its_own_error() {
    let server = Server::start(log(&[]));
    let source = server.source();
    let engine = r#"{"message":"container runtime error"}"#;
    let parameter = r#"{"message":"invalid parameter: since"}"#;
    use SourceErrorKind::{Invalid, NotFound, Unreadable};
    for (status, body, kind, words) in [
        ("404 Not Found", engine, NotFound, "no module `ticker`"),
        (
            "501 Not Implemented",
            engine,
            Unreadable,
            "log driver keeps nothing",
        ),
        (
            "500 Internal Server Error",
            engine,
            Unreadable,
            "the container engine fails, or is down",
        ),
        (
            "301 Moved Permanently",
            engine,
            Invalid,
            "does not know this address",
        ),
        (
            "400 Bad Request",
            parameter,
            Invalid,
            "invalid parameter: since",
        ),
        ("502 Bad Gateway", "<html>", Unreadable, "Bad Gateway"),
    ] {
        server.set(plain(status, body));
        let error = refusal(&source, "ticker").await;
        assert_eq!(error.kind(), kind, "{status}");
        assert!(error.to_string().contains(words), "{error}");
    }
    // The 51st connection is closed without an answer.
    server.set(Vec::new());
    let error = refusal(&source, "ticker").await;
    assert_eq!(error.kind(), SourceErrorKind::Unreachable);
}

#[tokio::test]
async fn hostile_names_are_never_sent() {
    let server = Server::start(log(&[]));
    let source = server.source();
    for name in [
        "ticker%2Fjson%3F",
        "ticker/json?",
        "../info",
        "..",
        "",
        "ticker?x=",
        "edge Hub",
        "$edgeAgent",
        "a\r\nb",
    ] {
        let error = refusal(&source, name).await;
        assert_eq!(error.kind(), SourceErrorKind::NotFound, "{name}");
        assert_eq!(
            source.restart(name).await.unwrap_err().kind(),
            SourceErrorKind::NotFound,
            "{name}"
        );
    }
    assert!(server.requests().is_empty());
    // A container that is no module, and the beginning of an id, are not asked for either.
    refusal(&source, "notamodule").await;
    assert_eq!(
        server.requests(),
        ["GET /modules?api-version=2018-06-28 HTTP/1.1"]
    );
}

#[tokio::test]
async fn a_restart_is_one_post() {
    let server = Server::start(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec());
    server.source().restart("ticker").await.unwrap();
    assert_eq!(
        server.requests()[1],
        "POST /modules/ticker/restart?api-version=2018-06-28 HTTP/1.1"
    );
    server.set(plain(
        "500 Internal Server Error",
        r#"{"message":"runtime operation error: restart"}"#,
    ));
    let error = server.source().restart("ticker").await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("aziot-edged can't restart module `ticker`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_missing_socket_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let error = EdgedSource::new(folder.path().join("mgmt.sock"))
        .unwrap()
        .modules()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Unreachable);
    assert!(
        error.to_string().contains("the socket does not exist"),
        "{error}"
    );
}
