//! The source `docker` and the versions of the Engine's API, against a server that answers like one.

use std::sync::{Arc, Mutex};

use edgelogs::device::sources::{DockerSource, LogSource, LogWindow};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use super::management_api::{frame, log, plain};
use super::{joined, whole};

/// The minor versions that an Engine speaks, at least and at most.
type Versions = (u32, u32);

struct FakeEngine {
    folder: TempDir,
    versions: Arc<Mutex<Versions>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl FakeEngine {
    fn start(versions: Versions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("docker.sock")).unwrap();
        let engine = Self {
            folder,
            versions: Arc::new(Mutex::new(versions)),
            requests: Arc::default(),
        };
        let (versions, requests) = (engine.versions.clone(), engine.requests.clone());
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, versions.clone(), requests.clone()));
            }
        });
        engine
    }

    fn source(&self) -> DockerSource {
        DockerSource::new(self.folder.path().join("docker.sock")).unwrap()
    }

    /// The last log request.
    fn log_request(&self) -> String {
        let requests = self.requests.lock().unwrap();
        let mut last = requests.iter().rev();
        last.find(|path| path.contains("/logs?")).unwrap().clone()
    }
}

async fn serve(
    mut connection: UnixStream,
    versions: Arc<Mutex<Versions>>,
    requests: Arc<Mutex<Vec<String>>>,
) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = connection.read_u8().await else {
                return;
            };
            head.push(byte);
        }
        let head = String::from_utf8(head).unwrap();
        let path = head.split(' ').nth(1).unwrap().to_owned();
        let (least, most) = *versions.lock().unwrap();
        requests.lock().unwrap().push(path.clone());
        let version = path
            .strip_prefix("/v1.")
            .and_then(|rest| rest.split('/').next());
        let asked: Option<u32> = version.map(|minor| minor.parse().unwrap());
        let answer = match asked {
            Some(asked) if asked > most => plain(
                "400 Bad Request",
                &format!(
                    r#"{{"message":"client version 1.{asked} is too new. Maximum supported API version is 1.{most}"}}"#
                ),
            ),
            Some(asked) if asked < least => plain(
                "400 Bad Request",
                &format!(
                    r#"{{"message":"client version 1.{asked} is too old. Minimum supported API version is 1.{least}"}}"#
                ),
            ),
            _ if path.ends_with("/version") => plain(
                "200 OK",
                &format!(r#"{{"ApiVersion":"1.{most}","MinAPIVersion":"1.{least}"}}"#),
            ),
            _ if path.contains("/logs?") => log(&[
                &frame(1, "2026-11-22T08:44:47.000000000Z before\n"),
                &frame(1, "2026-11-22T08:44:48.000000000Z line\n"),
            ]),
            _ => plain(
                "200 OK",
                r#"{"Id":"1f","Name":"/m","Config":{"Tty":false}}"#,
            ),
        };
        if connection.write_all(&answer).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn an_engine_replaced_by_another_version_is_asked_in_that_version() {
    let engine = FakeEngine::start((24, 50));
    let source = engine.source();
    let since: Timestamp = "2026-11-22T08:44:48Z".parse().unwrap();
    let window = LogWindow {
        since: Some(since),
        ..LogWindow::default()
    };
    let sent = format!("&since={}", since.as_second());
    // Engines below 1.42 lose lines with `since`.
    for (versions, sends_since) in [((24, 50), true), ((12, 41), false), ((44, 51), true)] {
        *engine.versions.lock().unwrap() = versions;
        let entries = whole(&source, "m", &window).await;
        assert_eq!(joined(&entries), b"line\n", "{versions:?}");
        let request = engine.log_request();
        assert!(
            request.starts_with(&format!("/v1.{}/", versions.1)),
            "{request}"
        );
        assert_eq!(request.contains(&sent), sends_since, "{request}");
    }
}

#[tokio::test]
async fn another_refusal_is_passed_on() {
    let engine = FakeEngine::start((60, 41));
    let error = engine.source().logs("m", &LogWindow::default()).await;
    let error = error.err().expect("a refusal").to_string();
    assert!(error.contains("client version 1.41 is too old"), "{error}");
}
