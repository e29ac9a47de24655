//! Every recorded answer of the shipped agent, compared with ours.
//!
//! A row is answered as the agent answers it; or it is in [`differences`], which says exactly what
//! we answer instead, and in the table of `docs/agent-differences.md`, which says why.

mod differences;
mod observed;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use differences::differences;
use observed::Observed;

/// One row: a request, and the key facts of the agent's answer.
#[derive(Debug, Deserialize)]
struct Row {
    name: String,
    method: String,
    /// One payload, or several for calls one after the other.
    #[serde(default)]
    request: Value,
    /// A payload that is not JSON.
    request_raw: Option<String>,
    modules: Vec<String>,
    /// The frames of the modules' logs; a module that is not here has the log of
    /// [`observed::usual_log`].
    #[serde(default)]
    logs: Map<String, Value>,
    expect: Map<String, Value>,
}

fn rows() -> Vec<Row> {
    let text = include_str!("../../data/agent-behaviour.json");
    serde_json::from_str(text).expect("the rows")
}

#[test]
fn every_recorded_request_is_answered_as_by_the_agent_or_as_documented() {
    let differences = differences();
    let mut wrong = Vec::new();
    for row in rows() {
        let observed = Observed::of(&row);
        let as_shipped = observed.mismatches(&row.expect);
        match differences.get(&row.name) {
            None if as_shipped.is_empty() => {}
            None => wrong.push(format!("{}: {}", row.name, as_shipped.join("; "))),
            Some(_) if as_shipped.is_empty() => {
                wrong.push(format!("{}: is listed as different, and is not", row.name));
            }
            Some(ours) => {
                let mismatches = observed.mismatches(ours.as_object().expect("an expectation"));
                if !mismatches.is_empty() {
                    wrong.push(format!("{}: {}", row.name, mismatches.join("; ")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_documented_differences_are_the_tested_ones() {
    let known: BTreeSet<String> = rows().into_iter().map(|row| row.name).collect();
    let listed: BTreeSet<String> = differences().into_iter().map(|(name, _)| name).collect();
    assert!(listed.is_subset(&known), "{:?}", listed.difference(&known));
    let documented: BTreeSet<String> = include_str!("../../../docs/agent-differences.md")
        .lines()
        .filter(|line| line.starts_with('|'))
        .filter_map(|line| line.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|name| known.contains(*name))
        .map(str::to_owned)
        .collect();
    assert_eq!(documented, listed);
}
