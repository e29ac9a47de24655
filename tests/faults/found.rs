//! What seeds have found, each by itself.

use crate::damage::Damage;
use crate::process::{Ran, run};
use crate::wire::{Answer, Fault, Planned};
use crate::world::{BIG, World};

/// Runs a line where the hub fails like this at a request, or from it on.
fn ran(line: &str, at: usize, lasts: bool, fault: Fault) -> (Ran, World) {
    ran_with(line, vec![Planned { at, lasts, fault }])
}

fn ran_with(line: &str, planned: Vec<Planned>) -> (Ran, World) {
    let world = World::new(false);
    world.hub.plan(planned);
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    (run(&world, &words, None), world)
}

fn errors(ran: &Ran) -> usize {
    let lines = ran.stderr.lines();
    lines.filter(|line| line.starts_with("error: ")).count()
}

fn instead(status: u16) -> Fault {
    Fault::Instead(Answer {
        status,
        headers: Vec::new(),
        body: b"<html>Welcome</html>".to_vec(),
    })
}

/// Seed 68: exit code 1, and 2 from a query, as if nothing had been sent.
#[test]
fn a_redirect_is_an_answer_that_no_hub_gives() {
    for line in [
        "get -d d1 -m edgeHub",
        "devices",
        "ping -d d1",
        "restart tempSensor --yes -d d1",
    ] {
        for status in [301, 302, 307] {
            let (ran, world) = ran(line, 0, true, instead(status));
            assert_eq!(ran.code, Some(7), "{line}: {}", ran.stderr);
            assert_eq!(errors(&ran), 1, "{line}: {}", ran.stderr);
            assert_eq!(world.stand_in.journal().len(), 0);
        }
    }
}

/// Seed 89: the same error for each level.
#[test]
fn a_module_whose_levels_all_fail_for_one_reason_has_one_error() {
    for fault in [
        Fault::Damaged(Damage::HalfJson),
        Fault::Reset { seen: true },
    ] {
        let line = "get -d d1 -m edgeHub -l 4 --tail 5 --retries 0";
        let (ran, _) = ran(line, 1, true, fault);
        assert!(matches!(ran.code, Some(6 | 7)), "{}", ran.stderr);
        assert_eq!(errors(&ran), 1, "{}", ran.stderr);
    }
}

/// Seed 111: exit code 7, "the agent refused zero lines as too large".
#[test]
fn a_lost_answer_about_the_names_of_modules_is_asked_for_again() {
    let line = "get -d d1 --item edgeHub tail=7 --item temp loglevel=4 -o jsonl --retries 1";
    let mut met = 0;
    for at in 0..6 {
        let (ran, world) = ran(line, at, false, instead(504));
        assert_eq!(ran.code, Some(0), "request {at}: {}", ran.stderr);
        met += usize::from(world.hub.seen().iter().any(|seen| seen.met.is_some()));
    }
    assert!(met > 3);
}

/// Seed 338: a query that came damaged failed `get`, which asks again for everything else.
#[test]
fn a_read_whose_answer_is_damaged_is_asked_for_again() {
    for line in [
        "devices",
        "modules -d d1",
        "ping -d d1",
        "get --match f* -m edgeHub",
    ] {
        for damage in [
            Damage::HalfJson,
            Damage::Empty,
            Damage::Garbage(7),
            Damage::Html,
        ] {
            let line = format!("{line} --retries 1");
            let (ran, _) = ran(&line, 0, false, Fault::Damaged(damage.clone()));
            assert_eq!(ran.code, Some(0), "{line}, {damage:?}: {}", ran.stderr);
        }
    }
    let (ran, world) = ran(
        "restart tempSensor --yes -d d1 --retries 3",
        0,
        false,
        Fault::Damaged(Damage::HalfJson),
    );
    assert_eq!(ran.code, Some(7), "{}", ran.stderr);
    assert_eq!(world.stand_in.restarts("d1", "tempSensor"), 1);
}

/// Seed 904: lines with other letters than the module had written, ahead of the error.
#[test]
fn no_line_of_a_corrupt_stream_is_printed() {
    for seed in 0..12 {
        let line = "get -d d1 -m edgeHub --retries 0 -o raw";
        let (ran, world) = ran(line, 0, true, Fault::Damaged(Damage::FlippedGzip(seed)));
        assert_eq!(ran.code, Some(7), "{}", ran.stderr);
        let log = world.stand_in.module_bytes("d1", "edgeHub");
        assert!(
            log.starts_with(&ran.stdout),
            "{}",
            String::from_utf8_lossy(&ran.stdout)
        );
    }
    // One that only ends too early holds the lines up to there.
    let (ran, world) = ran(
        "get -d d1 -m edgeHub --retries 0 -o raw",
        0,
        true,
        Fault::Damaged(Damage::CutGzip),
    );
    assert_eq!(ran.code, Some(7), "{}", ran.stderr);
    assert!(!ran.stdout.is_empty());
    assert!(
        world
            .stand_in
            .module_bytes("d1", "edgeHub")
            .starts_with(&ran.stdout)
    );
}

/// The first part of a long line came as a whole line, where the call for its other part failed.
#[test]
fn no_part_of_a_long_line_is_printed_where_the_call_for_the_rest_fails() {
    let log = World::new(false).stand_in.module_bytes(BIG, "edgeHub");
    let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
    // An agent is asked for everything where level 6 is wanted.
    let is_long = |line: &&[u8]| line.len() > 16_384 && !line.starts_with(b"<6>");
    let number = lines.iter().position(is_long).unwrap();
    let level = char::from(lines[number][1]);
    let time = |second: usize| format!("2026-11-20T08:{:02}:{:02}Z", second / 60, second % 60);
    let (since, until) = (time(number / 5), time(number / 5 + 1));
    let line = format!(
        "get -d {BIG} -m edgeHub -o raw --retries 0 --loglevel-only {level} --since {since} --until {until}"
    );
    let mut codes = Vec::new();
    for at in 0..8 {
        let (ran, _) = ran(&line, at, true, instead(500));
        let mut printed = ran.stdout.split_inclusive(|byte| *byte == b'\n');
        assert!(
            printed.all(|line| lines.contains(&line)),
            "request {at}: {}",
            ran.stderr
        );
        let has_long_line = ran.stdout.len() > 16_384;
        assert_eq!(
            has_long_line,
            ran.code == Some(0),
            "request {at}: {}",
            ran.stderr
        );
        codes.push(ran.code);
    }
    // The call for the other part is the last one.
    assert!(
        codes.contains(&Some(0)) && codes.iter().filter(|code| **code == Some(6)).count() > 1,
        "{codes:?}"
    );
}

/// The end of a long line, which is all that an expression lets through of it, came as a line of its own: where
/// the call that tells such ends failed, and, with exit code 0, where its answer was damaged.
#[test]
fn no_end_of_a_long_line_is_printed_where_nothing_tells_that_it_is_one() {
    let log = World::new(false).stand_in.module_bytes(BIG, "edgeHub");
    let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
    let number = lines.iter().position(|line| line.len() > 16_384).unwrap();
    let end = String::from_utf8_lossy(&lines[number][16_500..])
        .trim()
        .to_owned();
    let time = |second: usize| format!("2026-11-20T08:{:02}:{:02}Z", second / 60, second % 60);
    let (since, until) = (time(number / 5 - 5), time(number / 5 + 5));
    let line = format!(
        "get -d {BIG} -m edgeHub -o raw --retries 0 -g {}|WRN --since {since} --until {until}",
        &end[..20]
    );
    let (clean, _) = ran(&line, usize::MAX, false, Fault::Repeat);
    assert_eq!(clean.code, Some(0), "{}", clean.stderr);
    assert!(clean.stdout.len() > 16_384);
    let mut kept_back = 0;
    for fault in [
        instead(500),
        Fault::Damaged(Damage::CutGzip),
        Fault::Damaged(Damage::FlippedGzip(3)),
        Fault::Damaged(Damage::BadBase64),
    ] {
        for at in 0..6 {
            let (ran, _) = ran(&line, at, false, fault.clone());
            let mut printed = ran.stdout.split_inclusive(|byte| *byte == b'\n');
            assert!(
                printed.all(|line| lines.contains(&line)),
                "request {at}, {fault:?}: {}",
                ran.stderr
            );
            if ran.code == Some(0) {
                assert!(ran.stdout == clean.stdout, "request {at}, {fault:?}");
            }
            if ran.stderr.contains("may be the end of a longer line") {
                kept_back += 1;
                assert_eq!(errors(&ran), 1, "{}", ran.stderr);
                // Those with a level are lines.
                assert!(!ran.stdout.is_empty(), "{}", ran.stderr);
            }
        }
    }
    assert_eq!(kept_back, 4);
}

/// A log counted as rotated, with exit code 0, where the answer that tells was damaged.
#[test]
fn a_damaged_answer_does_not_say_that_a_log_was_rotated() {
    let line = format!("get -d {BIG} -m edgeHub -o raw --retries 0");
    let nothing =
        br#"{"status":200,"payload":[{"id":"edgeHub","payloadBytes":null,"payload":""}]}"#;
    // The first page is the third answer; each one before it is asked for twice where it does not fit.
    for at in [3, 4] {
        let planned = |at, lasts, fault| Planned { at, lasts, fault };
        let empty = Fault::Instead(Answer {
            status: 200,
            headers: Vec::new(),
            body: nothing.to_vec(),
        });
        let (ran, world) = ran_with(
            &line,
            vec![
                planned(at, false, empty.clone()),
                planned(at + 1, false, empty),
                planned(at + 2, true, Fault::Damaged(Damage::CutGzip)),
            ],
        );
        let log = world.stand_in.module_bytes(BIG, "edgeHub");
        assert!(log.ends_with(&ran.stdout), "{}", ran.stderr);
        assert_eq!(ran.code, Some(7), "{}", ran.stderr);
        assert!(!ran.stderr.contains("rotated"), "{}", ran.stderr);
    }
}

/// Seed 739: `[7]` in place of an answer was "device `f3` refused ping, status 7".
#[test]
fn an_array_is_not_an_answer_of_a_device() {
    let array = Fault::Instead(Answer {
        status: 200,
        headers: Vec::new(),
        body: b"[7]".to_vec(),
    });
    let (ran_once, _) = ran("ping -d d1 --retries 1", 0, false, array.clone());
    assert_eq!(ran_once.code, Some(0), "{}", ran_once.stderr);
    let (ran, _) = ran("restart tempSensor --yes -d d1", 0, true, array);
    assert_eq!(ran.code, Some(7), "{}", ran.stderr);
    assert!(!ran.stderr.contains("refused"), "{}", ran.stderr);
}

/// Seeds 822 and 872: where newer lines were missing, or those of another level, older ones than the last seven
/// took their place.
#[test]
fn a_line_that_may_be_older_than_the_tail_does_not_stand_in_for_one_that_is_missing() {
    let mut printed = 0;
    for line in [
        "get -d d1 -m edgeHub -o raw --retries 0 --tail 7",
        "get -d d1 -m edgeHub -o raw --retries 0 --tail 7 -l warning",
        "get -d d1 -o text --prefix never --retries 0 --item edgeHub tail=7 -l warning",
    ] {
        let (clean, _) = ran(line, usize::MAX, false, Fault::Repeat);
        assert_eq!(clean.code, Some(0), "{}", clean.stderr);
        let last = String::from_utf8(clean.stdout).unwrap();
        let mut failed = 0;
        for fault in [Fault::Damaged(Damage::CutGzip), instead(500)] {
            for (at, lasts) in (0..16).map(|number| (number / 2, number % 2 == 1)) {
                let (ran, _) = ran(line, at, lasts, fault.clone());
                let stdout = String::from_utf8(ran.stdout).unwrap();
                failed += usize::from(ran.code != Some(0));
                printed += usize::from(ran.code != Some(0) && !stdout.is_empty());
                let is_of_tail = |line: &str| last.lines().any(|last| last == line);
                assert!(
                    stdout.lines().all(is_of_tail),
                    "{line}, {fault:?} at {at}: {stdout} {}",
                    ran.stderr
                );
            }
        }
        assert!(failed > 0, "{line}");
    }
    assert!(printed > 0);
}

/// Seed 3186: 865 MB, and an error of 10 MB.
#[test]
fn an_answer_of_megabytes_that_is_no_list_of_blobs_costs_little_and_is_not_repeated() {
    let world = World::new(false);
    world.storage.plan(vec![Planned {
        at: 0,
        lasts: true,
        fault: Fault::Damaged(Damage::Huge),
    }]);
    let words =
        "upload --sas {SAS} -m edgeHub -d d1 --download {HOME}/out --interval 50ms --retries 0";
    let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    let ran = run(&world, &words, None);
    assert_ne!(ran.code, Some(0));
    assert_eq!(errors(&ran), 1, "{}", ran.stderr);
    assert!(ran.stderr.len() < 4000, "{} bytes", ran.stderr.len());
    assert!(ran.peak_kb < 150_000, "{} KB", ran.peak_kb);
}

/// Like seed 3186, from a hub and from an agent.
#[test]
fn an_error_of_megabytes_costs_little_and_is_cut() {
    let words = "no ".repeat(3 << 20);
    let answer = |status, body: String| {
        Fault::Instead(Answer {
            status,
            headers: Vec::new(),
            body: body.into_bytes(),
        })
    };
    for fault in [
        answer(400, format!("ErrorCode:ArgumentInvalid;{words}")),
        answer(400, format!("ErrorCode:{words}")),
        answer(
            200,
            format!(r#"{{"status":400,"payload":{{"message":"{words}"}}}}"#),
        ),
    ] {
        let (ran, _) = ran("restart tempSensor --yes -d d1", 0, true, fault);
        assert_ne!(ran.code, Some(0));
        assert_eq!(errors(&ran), 1);
        assert!(ran.stderr.len() < 5000, "{} bytes", ran.stderr.len());
        assert!(ran.peak_kb < 150_000, "{} KB", ran.peak_kb);
    }
}

/// Seeds 78 and 483: the lines of a device came by module where they were printed at once, and by time where
/// they waited for those of another device.
#[test]
fn the_lines_of_a_device_have_one_order_whichever_device_answers_first() {
    let line = "get -d f0 -d f1 -d f2 -o text --order device";
    let (clean, _) = ran(line, usize::MAX, false, Fault::Repeat);
    assert_eq!(clean.code, Some(0), "{}", clean.stderr);
    for at in 0..8 {
        let late = Fault::Delay(std::time::Duration::from_millis(400));
        let (ran, _) = ran(line, at, false, late);
        assert!(ran.stdout == clean.stdout, "request {at}: {}", ran.stderr);
    }
}

/// Seed 8 of the device's side: SIGTERM right after the first line ended it with the signal.
#[test]
fn device_serve_ends_cleanly_as_soon_as_its_first_line_is_there() {
    for _ in 0..20 {
        let mut serve = support::serve::Serve::start(&[]);
        assert_eq!(serve.terminate(), Some(0));
    }
}
