//! Names and patterns that match no module of a device, although others do.

use std::sync::Arc;

use regex::RegexBuilder;

use crate::cli::run::session::Session;
use crate::error::Error;
use crate::fetch::{EdgeAgent, LogQuery, LogQueryItem};
use crate::methods::{ContentType, Encoding, GetModuleLogs, LogFilter, LogItem, ModuleLogs};
use crate::output::Console;

/// The items that match none of `modules`, which are the names that any of the items matches.
///
/// # Errors
/// The agent has to judge a pattern, and can't be asked.
async fn unmatched_items(
    agent: &EdgeAgent,
    query: &LogQuery,
    modules: &[String],
) -> Result<Vec<usize>, Error> {
    let mut unmatched = Vec::new();
    // Where a single item matches nothing, there is no answer.
    if query.items.len() > 1 {
        for (index, item) in query.items.iter().enumerate() {
            let matches = match matches_here(item, modules) {
                Some(matches) => matches,
                None => matches_there(agent, item).await?,
            };
            if !matches {
                unmatched.push(index);
            }
        }
    }
    Ok(unmatched)
}

/// Whether an item matches one of the names, if that can be told without .NET.
fn matches_here(item: &LogQueryItem, modules: &[String]) -> Option<bool> {
    if let Some(name) = &item.module {
        // Agents ignore case.
        let name = name.to_lowercase();
        return Some(modules.iter().any(|module| module.to_lowercase() == name));
    }
    if item.id.as_str().eq_ignore_ascii_case("all") {
        return Some(!modules.is_empty());
    }
    let regex = RegexBuilder::new(item.id.as_str())
        .case_insensitive(true)
        .build();
    Some(
        modules
            .iter()
            .any(|name| regex.as_ref().is_ok_and(|regex| regex.is_match(name))),
    )
    .filter(|_| regex.is_ok())
}

/// The same by the agent, which is asked for no lines.
async fn matches_there(agent: &EdgeAgent, item: &LogQueryItem) -> Result<bool, Error> {
    let items = vec![LogItem {
        id: item.id.clone(),
        filter: LogFilter::default().with_tail(0)?,
    }];
    let request = GetModuleLogs::new(items, Encoding::None, ContentType::Text);
    match agent.call::<_, Vec<ModuleLogs>>(&request).await {
        Ok(answer) => Ok(!answer.is_empty()),
        // A module that can't be read fails the call, so that there is one.
        Err(Error::Refused { status: 500, .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

/// What was typed for an item.
fn typed(item: &LogQueryItem) -> String {
    let name = item.module.clone();
    name.unwrap_or_else(|| item.id.as_str().to_owned())
}

/// The failure for items that match no module of the devices `of`, with the names that `agent`
/// reports.
async fn no_such_module(
    session: &Session,
    agent: &EdgeAgent,
    of: String,
    items: impl IntoIterator<Item = &LogQueryItem>,
) -> Error {
    let typed: Vec<String> = items.into_iter().map(typed).collect();
    // Without the names, the message is still right.
    let modules = match agent.reported().await {
        Ok(reported) => reported
            .report
            .modules
            .into_iter()
            .map(|module| module.name)
            .collect(),
        Err(_) => Vec::new(),
    };
    let mut devices = Vec::new();
    for id in &typed {
        // Two ids after one --device: the second one counts as a module.
        if !session.is_local() && session.agent(id).reported().await.is_ok() {
            devices.push(id.clone());
        }
    }
    Error::NoSuchModule {
        of,
        typed,
        modules,
        devices,
    }
}

/// Finds what was typed for modules and matches none.
pub(super) struct Unmatched<'a> {
    session: &'a Session,
    query: Arc<LogQuery>,
    /// How many devices answered, and for each item how many of them have no module for it.
    answered: usize,
    counts: Vec<usize>,
}

impl<'a> Unmatched<'a> {
    pub(super) fn new(session: &'a Session, query: Arc<LogQuery>) -> Self {
        Self {
            session,
            answered: 0,
            counts: vec![0; query.items.len()],
            query,
        }
    }

    /// The ids of the devices that are asked.
    pub(super) fn devices(&self) -> &'a [String] {
        self.session.devices()
    }

    /// Counts a device that answered with these modules. The failure for the items that match none of
    /// them.
    ///
    /// # Errors
    /// The agent has to judge a pattern, and can't be asked.
    pub(super) async fn add(
        &mut self,
        device: &str,
        modules: &[String],
        is_alone: bool,
    ) -> Result<Option<Error>, Error> {
        let agent = self.session.agent(device);
        let unmatched = unmatched_items(&agent, &self.query, modules).await?;
        self.answered += 1;
        for index in &unmatched {
            self.counts[*index] += 1;
        }
        if unmatched.is_empty() || !is_alone {
            return Ok(None);
        }
        let items = unmatched.iter().map(|index| &self.query.items[*index]);
        let of = format!("device `{device}`");
        Ok(Some(no_such_module(self.session, &agent, of, items).await))
    }

    /// A failure of the only device; one that no module matches with the names that there are.
    pub(super) async fn with_names(&self, device: &str, error: Error) -> Error {
        match error {
            Error::NoModule { .. } => {
                let agent = self.session.agent(device);
                let of = format!("device `{device}`");
                no_such_module(self.session, &agent, of, &self.query.items).await
            }
            other => other,
        }
    }

    /// Says which items some devices lack, and returns the failure for those that match nowhere.
    pub(super) async fn summarize(self, console: Console) -> Option<Error> {
        let answered = self.answered;
        let mut nowhere = Vec::new();
        for (item, count) in self.query.items.iter().zip(self.counts) {
            match count {
                0 => {}
                count if count == answered => nowhere.push(item),
                count => console.note(&format!(
                    "`{}` matches no module of {count} of {answered} devices",
                    typed(item)
                )),
            }
        }
        if nowhere.is_empty() {
            return None;
        }
        let agent = self.session.agent(self.session.devices().first()?);
        let of = match answered {
            1 => format!("device `{}`", agent.device()),
            _ => format!("{answered} devices"),
        };
        Some(no_such_module(self.session, &agent, of, nowhere).await)
    }
}
