//! The operator's side: commands against a hub and a storage behind proxies that break what passes.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use fastrand::Rng;

use crate::commands::{Kind, Typed};
use crate::judge::{self, Truth, judge};
use crate::plan::Plan;
use crate::process::{Ran, run};
use crate::seeds::{self, Seeds};
use crate::world::{World, marker};

/// Commands that wait at the same time: most of them sleep.
const WORKERS: usize = 16;

/// What a typed command does where nothing goes wrong, by its line.
type Truths = Mutex<HashMap<String, Arc<OnceLock<Truth>>>>;

static TRUTHS: OnceLock<Truths> = OnceLock::new();

/// A run and what does not hold of it.
struct Outcome {
    typed: Typed,
    plan: Plan,
    ran: Ran,
    faults: Vec<String>,
}

/// Starts what the command asks about, if anything, and tells the words.
fn prepared(world: &World, typed: &Typed) -> Vec<String> {
    let Kind::Status(_) = typed.kind else {
        return typed.words.clone();
    };
    let mut start: Vec<String> = "upload -d d1 -m edgeHub --no-wait --sas {SAS}"
        .split(' ')
        .map(str::to_owned)
        .collect();
    if typed.tls {
        start.extend(["--ca-file".to_owned(), "{HOME}/ca.pem".to_owned()]);
    }
    let ran = run(world, &start, None);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let id = String::from_utf8(ran.stdout).unwrap().trim().to_owned();
    typed
        .words
        .iter()
        .map(|word| word.replace("{ID}", &id))
        .collect()
}

fn truth_of(typed: &Typed) -> Arc<OnceLock<Truth>> {
    let truths = TRUTHS.get_or_init(Truths::default);
    let cell = {
        let mut truths = truths.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(truths.entry(typed.line()).or_default())
    };
    cell.get_or_init(|| {
        let world = World::new(typed.tls);
        let words = prepared(&world, typed);
        world.hub.plan(Vec::new());
        let ran = run(&world, &words, None);
        let stdout = String::from_utf8(ran.stdout).unwrap();
        Truth {
            code: ran.code,
            stderr: ran.stderr,
            stdout: judge::normalised(&stdout, &world),
            files: judge::files(world.home.path()),
            hub: world.hub.seen().len(),
            storage: world.storage.seen().len(),
        }
    });
    cell
}

/// One command with what goes wrong, all of which follows from the seed.
fn run_seed(seed: u64) -> Outcome {
    let mut rng = Rng::with_seed(seed);
    let typed = Typed::draw(&mut rng);
    let world = World::new(typed.tls);
    let trap = world.trap_url();
    let words = prepared(&world, &typed);
    if let Kind::Follow(after) = typed.kind {
        // It polls once a second or so.
        let plan = Plan::draw(&mut rng, &typed, 8, 0, &trap);
        world.hub.plan(plan.hub.clone());
        let writing = world.stand_in.clone();
        let ran = std::thread::scope(|scope| {
            let running = scope.spawn(|| run(&world, &words, Some(after)));
            let mut number = 60;
            while !running.is_finished() {
                writing.write(
                    "d1",
                    "edgeHub",
                    format!("<6> {}\n", marker("d1", "edgeHub", number)),
                );
                number += 1;
                std::thread::sleep(Duration::from_millis(70));
            }
            running.join().unwrap()
        });
        let mut faults = judge(&typed, None, &ran, &world);
        if typed.collects() {
            let written = world.stand_in.module_bytes("d1", "edgeHub");
            let written = String::from_utf8_lossy(&written);
            faults.extend(go_on(&world, &words, &ran, &written));
        }
        return Outcome {
            typed,
            plan,
            ran,
            faults,
        };
    }
    let cell = truth_of(&typed);
    let truth = cell.get().unwrap();
    if truth.code != Some(0) {
        let faults = vec![format!(
            "{:?} where nothing goes wrong: {}",
            truth.code, truth.stderr
        )];
        let ran = Ran::default();
        return Outcome {
            typed,
            plan: Plan::default(),
            ran,
            faults,
        };
    }
    let plan = Plan::draw(&mut rng, &typed, truth.hub, truth.storage, &trap);
    world.hub.plan(plan.hub.clone());
    world.storage.plan(plan.storage.clone());
    let ran = run(&world, &words, None);
    let mut faults = judge(&typed, Some(truth), &ran, &world);
    if typed.collects() {
        faults.extend(go_on(&world, &words, &ran, &truth.stdout));
    }
    Outcome {
        typed,
        plan,
        ran,
        faults,
    }
}

/// Goes on where a run ended, and nothing goes wrong: what does not hold of both runs.
fn go_on(world: &World, words: &[String], first: &Ran, truth: &str) -> Vec<String> {
    world.hub.plan(Vec::new());
    let words = words.iter().filter(|word| *word != "-f");
    let second = run(world, &words.cloned().collect::<Vec<_>>(), None);
    judge::collected(first, &second, truth)
}

/// What a run did, for whoever reads it.
fn report(seed: u64, outcome: &Outcome) -> String {
    let Outcome {
        typed,
        plan,
        ran,
        faults,
    } = outcome;
    let mut plan = format!("{plan:?}");
    plan.truncate(1500);
    let stderr: String = ran.stderr.chars().take(2000).collect();
    format!(
        "EDGELOGS_SEED={seed} (exit code {:?}, {} KB)\n  {}\n  {plan}\n  {}\n  stderr: {stderr}",
        ran.code,
        ran.peak_kb,
        typed.line(),
        faults.join("\n  "),
    )
}

#[test]
fn every_command_ends_well_whatever_its_servers_do() {
    let seeds = Seeds::of_run(500, 10_000);
    let (peak, codes) = (AtomicU64::new(0), Mutex::new(BTreeMap::<i32, usize>::new()));
    let failures = seeds::run_all(&seeds, WORKERS, |seed| {
        let outcome = run_seed(seed);
        peak.fetch_max(outcome.ran.peak_kb, Ordering::Relaxed);
        *codes
            .lock()
            .unwrap()
            .entry(outcome.ran.code.unwrap_or(-1))
            .or_default() += 1;
        let report = report(seed, &outcome);
        if outcome.faults.is_empty() {
            if seeds.is_one() {
                println!("{report}");
            }
            return Ok(());
        }
        Err(report)
    });
    println!(
        "{} commands, at most {} KB, exit codes {:?}",
        seeds.count(),
        peak.into_inner(),
        codes.into_inner().unwrap()
    );
    seeds::assert_none(&failures);
}
