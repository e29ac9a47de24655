//! The source `dir` on real files.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;

use edgelogs::device::sources::{DirSource, LogEntry, LogSource, LogWindow, SourceErrorKind};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt;
use jiff::Timestamp;
use tempfile::TempDir;

use super::{joined, last, read, refusal, whole};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(&folder.path().join(name), text);
    }
    folder
}

fn write(path: &Path, text: &str) {
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut encoder = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap();
    } else {
        fs::write(path, text).unwrap();
    }
}

async fn entries(folder: &TempDir, window: &LogWindow) -> Vec<LogEntry> {
    whole(&DirSource::new(folder.path()), "m", window).await
}

async fn text(folder: &TempDir, window: &LogWindow) -> String {
    String::from_utf8(joined(&entries(folder, window).await)).unwrap()
}

fn line(minute: usize, text: &str) -> String {
    let time = Timestamp::from_second(1_795_337_000 + 60 * i64::try_from(minute).unwrap()).unwrap();
    format!(
        "<6> {} [INF] - {text}\n",
        time.strftime("%Y-%m-%d %H:%M:%S.000 +00:00")
    )
}

fn minute(minute: i64) -> Option<Timestamp> {
    Timestamp::from_second(1_795_337_000 + 60 * minute).ok()
}

#[tokio::test]
async fn modules_are_named_after_their_files() {
    let folder = folder(&[
        ("edgeHub.log", ""),
        ("edgeAgent.log", ""),
        ("edgeAgent.log.1", ""),
        ("gone.log.2.gz", ""),
        ("README.md", ""),
    ]);
    fs::create_dir(folder.path().join("folder.log")).unwrap();
    let modules = DirSource::new(folder.path()).modules().await.unwrap();
    let names: Vec<_> = modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!(names, ["edgeAgent", "edgeHub", "gone"]);
}

#[tokio::test]
async fn missing_folders_and_modules_have_different_errors() {
    let folder = folder(&[("m.log", "")]);
    let missing = DirSource::new(folder.path().join("nowhere"))
        .modules()
        .await
        .unwrap_err();
    assert_eq!(missing.kind(), SourceErrorKind::Unreachable);
    for name in ["n", "M", "m.log", "../m", "", "/etc/passwd"] {
        let error = refusal(&DirSource::new(folder.path()), name).await;
        assert_eq!(error.kind(), SourceErrorKind::NotFound, "{name}");
    }
}

#[tokio::test]
async fn links_out_of_the_folder_are_ignored() {
    let outside = folder(&[("secret", "secret\n")]);
    let folder = folder(&[("m.log", "inside\n")]);
    let secret = outside.path().join("secret");
    for (target, name) in [
        (secret.as_path(), "secret.log"),
        (&secret, "m.log.1"),
        (Path::new("../nowhere"), "broken.log"),
        (Path::new("m.log"), "alias.log"),
    ] {
        symlink(target, folder.path().join(name)).unwrap();
    }
    let modules = DirSource::new(folder.path()).modules().await.unwrap();
    let names: Vec<_> = modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!(names, ["alias", "m"]);
    assert_eq!(text(&folder, &LogWindow::default()).await, "inside\n");
}

#[tokio::test]
async fn rotated_files_are_read_oldest_first() {
    let folder = folder(&[
        ("m.log", "e\nf"),
        ("m.log.1", "d\n"),
        ("m.log.2.gz", "c\n"),
        ("m.log.10.gz", "a\nb\n"),
    ]);
    assert_eq!(
        text(&folder, &LogWindow::default()).await,
        "a\nb\nc\nd\ne\nf"
    );
    let all = ["a\n", "b\n", "c\n", "d\n", "e\n", "f"];
    for lines in 0..=7_u8 {
        let expected = all[all.len().saturating_sub(lines.into())..].concat();
        assert_eq!(
            text(&folder, &last(lines.into())).await,
            expected,
            "{lines}"
        );
    }
}

#[tokio::test]
async fn bytes_are_read_unchanged() {
    let folder = folder(&[]);
    let bytes = b"\xff\xfe\0\r\n\n\n\x1b[31mred\x1b[0m\ncr\r\nno end \xc3".to_vec();
    fs::write(folder.path().join("m.log"), &bytes).unwrap();
    let entries = entries(&folder, &LogWindow::default()).await;
    assert_eq!(joined(&entries), bytes);
    assert_eq!(entries.len(), 6);
}

#[tokio::test]
async fn a_window_is_inclusive_and_keeps_untimed_lines() {
    let stack = "   at Module.Main()\n";
    let text_of: Vec<_> = (0..10)
        .map(|n| line(n, &format!("line {n}")) + stack)
        .collect();
    let folder = folder(&[("m.log", &text_of.concat())]);
    let window = LogWindow {
        since: minute(3),
        until: minute(5),
        ..LogWindow::default()
    };
    assert_eq!(text(&folder, &window).await, text_of[3..=5].concat());
    let tail = LogWindow {
        tail: Some(3),
        ..window
    };
    assert_eq!(text(&folder, &tail).await, stack.to_owned() + &text_of[5]);
    let tail = entries(&folder, &last(1)).await;
    assert_eq!(tail[0].stamp, minute(9), "the time of the line before it");
}

#[tokio::test]
async fn a_window_over_large_files_finds_every_line() {
    // 13 MB in three files, the oldest packed.
    let lines: Vec<_> = (0..24_000).map(|n| line(n, &format!("{n:0500}"))).collect();
    let folder = folder(&[
        ("m.log.2.gz", &lines[..6_000].concat()),
        ("m.log.1", &lines[6_000..16_000].concat()),
        ("m.log", &lines[16_000..].concat()),
    ]);
    for (since, until) in [
        (0, 10),
        (5_990, 6_010),
        (7_000, 17_000),
        (15_999, 16_000),
        (23_990, 50_000),
    ] {
        let window = LogWindow {
            since: minute(since),
            until: minute(until),
            ..LogWindow::default()
        };
        let entries = entries(&folder, &window).await;
        let (from, to) = (
            usize::try_from(since).unwrap(),
            usize::try_from(until.min(23_999)).unwrap(),
        );
        assert!(
            entries
                .iter()
                .map(|entry| &entry.bytes[..])
                .eq(lines[from..=to].iter().map(|line| line.as_bytes()))
        );
    }
    for count in [1, 700, 7_999, 8_000, 8_001, 18_000, 18_001, 23_999, 24_000] {
        let entries = entries(&folder, &last(count)).await;
        assert_eq!(entries.len() as u64, count);
        assert_eq!(
            entries[0].bytes,
            lines[lines.len() - entries.len()].as_bytes()
        );
        assert!(entries[0].stamp.is_some());
    }
}

#[tokio::test]
async fn no_line_is_lost_after_the_clock_was_set_back() {
    let texts: Vec<_> = [0, 1, 2, 7, 8, 1, 2, 3, 4, 9, 10]
        .iter()
        .map(|n| line(*n, &n.to_string()))
        .collect();
    let folder = folder(&[("m.log", &texts.concat())]);
    let window = LogWindow {
        since: minute(3),
        ..LogWindow::default()
    };
    assert_eq!(
        text(&folder, &window).await,
        [&texts[3..5], &texts[7..]].concat().concat()
    );
    let window = LogWindow {
        until: minute(3),
        ..LogWindow::default()
    };
    assert_eq!(
        text(&folder, &window).await,
        [&texts[..3], &texts[5..8]].concat().concat()
    );
}

#[tokio::test]
async fn a_damaged_rotated_file_is_reported_after_all_readable_lines() {
    let packed: String = (0..20_000).map(|n| line(n, "packed")).collect();
    let folder = folder(&[("m.log", "new\n"), ("m.log.1.gz", &packed)]);
    let path = folder.path().join("m.log.1.gz");
    let length = fs::metadata(&path).unwrap().len();
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(length / 2).unwrap();
    let source = DirSource::new(folder.path());
    let (mut entries, error) = read(&source, "m", &LogWindow::default()).await;
    assert_eq!(error.unwrap().kind(), SourceErrorKind::Truncated);
    assert_eq!(entries.pop().unwrap().bytes, &b"new\n"[..]);
    assert!(entries.len() > 1000);
}

#[tokio::test]
async fn a_rotation_that_is_being_packed_is_read_once() {
    let old = [line(1, "a"), line(2, "b")].concat();
    let folder = folder(&[("m.log", &line(3, "c")), ("m.log.1", &old)]);
    // What has been packed so far is no whole stream.
    write(&folder.path().join("m.log.1.gz"), &old);
    let packed = fs::read(folder.path().join("m.log.1.gz")).unwrap();
    for length in [packed.len() / 2, packed.len()] {
        fs::write(folder.path().join("m.log.1.gz"), &packed[..length]).unwrap();
        let all = text(&folder, &LogWindow::default()).await;
        assert_eq!(all, old.clone() + &line(3, "c"));
    }
}

#[tokio::test]
async fn a_log_that_is_cut_off_while_it_is_read_is_no_whole_one() {
    let folder = folder(&[]);
    let path = folder.path().join("m.log");
    let all: String = (0..200_000).map(|n| line(n, "reading")).collect();
    fs::write(&path, &all).unwrap();
    let source = DirSource::new(folder.path());
    let mut log = source.logs("m", &LogWindow::default()).await.unwrap();
    assert!(log.next().await.unwrap().is_ok());
    // As `copytruncate` does.
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(0)
        .unwrap();
    let rest: Vec<_> = log.collect().await;
    let error = rest.last().unwrap().as_ref().unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Truncated, "{error}");
    assert!(error.to_string().contains("cut off"), "{error}");
}
