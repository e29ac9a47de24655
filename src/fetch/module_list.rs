//! Which modules a request is about.

use std::collections::{BTreeSet, HashMap};

use super::entries::EntryForm;
use super::log_calls::{CallFailure, LogCalls};
use super::log_query::{LogQuery, LogQueryItem};
use crate::error::Error;
use crate::methods::{LogFilter, LogItem, ModulePattern};

/// A module, and the number of the item that it belongs to.
pub(super) type Selected = (String, usize);

/// The modules that the items select, in the order of their names. The first item that matches a
/// module counts.
///
/// # Errors
/// The agent can't be asked, or refuses a pattern.
pub(super) async fn select(calls: &LogCalls, query: &LogQuery) -> Result<Vec<Selected>, Error> {
    if let [item] = query.items.as_slice()
        && let Some(module) = &item.module
    {
        return Ok(vec![(module.clone(), 0)]);
    }
    let mut selected: Vec<Selected> = Vec::new();
    for (index, item) in query.items.iter().enumerate() {
        for name in names_of(calls, item).await? {
            if selected.iter().all(|(known, _)| *known != name) {
                selected.push((name, index));
            }
        }
    }
    selected.sort();
    Ok(selected)
}

/// To which items modules belong, each of which some item selects. The agent is asked only where names and
/// plain patterns do not tell and the items ask for different lines.
///
/// # Errors
/// The agent can't be asked, or refuses a pattern.
pub(super) async fn items_of(
    calls: &LogCalls,
    query: &LogQuery,
    names: Vec<String>,
) -> Result<HashMap<String, usize>, Error> {
    let mut known = HashMap::new();
    let mut open = names;
    let mut items = query.items.iter().map(|item| &item.filter);
    let first = items.next();
    if items.all(|filter| Some(filter) == first) {
        known.extend(open.drain(..).map(|name| (name, 0)));
    }
    for (index, item) in query.items.iter().enumerate() {
        let mut asked: Option<Vec<String>> = None;
        for name in std::mem::take(&mut open) {
            let belongs = match is_of(item, &name) {
                Some(belongs) => belongs,
                None if index + 1 == query.items.len() => true,
                None => match &asked {
                    Some(names) => names.contains(&name),
                    None => asked.insert(names_of(calls, item).await?).contains(&name),
                },
            };
            match belongs {
                true => {
                    known.insert(name, index);
                }
                false => open.push(name),
            }
        }
    }
    Ok(known)
}

/// Whether a module belongs to an item, where no agent is needed to tell.
fn is_of(item: &LogQueryItem, name: &str) -> Option<bool> {
    match &item.module {
        // The agent ignores the case of names.
        Some(module) => Some(module.eq_ignore_ascii_case(name)),
        None => match_locally(&item.id, name),
    }
}

/// The modules that an item matches.
async fn names_of(calls: &LogCalls, item: &LogQueryItem) -> Result<Vec<String>, Error> {
    match matching(calls, &item.id).await {
        // One module that can't be read fails the whole call, even for no lines of it.
        Err(Error::Refused { status: 500, .. }) => matching_of_twin(calls, item).await,
        names => names,
    }
}

/// The names that a pattern matches: no lines are asked for.
async fn matching(calls: &LogCalls, id: &ModulePattern) -> Result<Vec<String>, Error> {
    let filter = LogFilter::default().with_tail(0)?;
    let item = LogItem {
        id: id.clone(),
        filter,
    };
    match calls.get_logs(vec![item], EntryForm::Plain).await {
        Ok(answer) => Ok(answer.into_iter().map(|logs| logs.id).collect()),
        Err(CallFailure::Failed(error)) => Err(error),
        Err(CallFailure::TooLarge(_)) => Err(Error::BadPayload {
            device: calls.device().to_owned(),
            method: "GetModuleLogs",
            cause: "the agent refused zero lines as too large".to_owned(),
        }),
    }
}

/// The same by the names that the agent reports in its twin, asked for one by one.
async fn matching_of_twin(calls: &LogCalls, item: &LogQueryItem) -> Result<Vec<String>, Error> {
    let names: BTreeSet<String> = calls.agent().module_names().await?.into_iter().collect();
    let mut matching_names = Vec::new();
    for name in names {
        let matches = match match_locally(&item.id, &name) {
            Some(matches) => matches,
            None => match matching(calls, &both(&item.id, &name)?).await {
                Ok(found) => !found.is_empty(),
                // The modules are selected before the first log is read.
                Err(Error::Refused { status: 500, .. }) => true,
                Err(error) => return Err(error),
            },
        };
        if matches {
            matching_names.push(name);
        }
    }
    Ok(matching_names)
}

/// Whether a pattern matches a name, where that needs no .NET.
fn match_locally(id: &ModulePattern, name: &str) -> Option<bool> {
    let pattern = id.as_str();
    if pattern.eq_ignore_ascii_case("all") || matches!(pattern, ".*" | ".+" | ".") {
        return Some(true);
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let contained = pattern.chars().all(is_plain) && name.is_ascii();
    contained.then(|| {
        let name = name.to_ascii_lowercase();
        name.contains(&pattern.to_ascii_lowercase())
    })
}

/// The pattern that matches this name if the other pattern does as well, and no other name.
fn both(id: &ModulePattern, name: &str) -> Result<ModulePattern, Error> {
    let exact = ModulePattern::exact(name)?;
    let exact = exact.as_str().trim_start_matches('^');
    let both = format!("^(?=.*(?:{})){exact}", id.as_str());
    Ok(ModulePattern::regex(&both)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> ModulePattern {
        ModulePattern::regex(text).unwrap()
    }

    #[test]
    fn plain_patterns_are_matched_locally_and_others_by_the_agent() {
        assert_eq!(match_locally(&pattern("EDGE"), "edgeHub"), Some(true));
        assert_eq!(match_locally(&pattern("edge"), "sensor"), Some(false));
        assert_eq!(match_locally(&pattern("All"), "sensor"), Some(true));
        assert_eq!(match_locally(&pattern("^edge"), "edgeHub"), None);
    }

    #[test]
    fn a_pattern_is_narrowed_down_to_one_name() {
        assert_eq!(
            both(&pattern("^edge|x"), "edge.Hub").unwrap().as_str(),
            r"^(?=.*(?:^edge|x))edge\.Hub$"
        );
    }
}
