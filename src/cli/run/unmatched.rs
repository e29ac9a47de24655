//! Names and patterns that match no module of a device, although others do.

use std::cell::RefCell;

use regex::RegexBuilder;

use crate::cli::run::session::Session;
use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::{EdgeAgent, LogAgent, LogQueryItem};
use crate::methods::{ContentType, Encoding, GetModuleLogs, LogFilter, LogItem, ModuleLogs};
use crate::output::Console;

/// The items that match none of `modules`, which are the names that any of the items matches.
///
/// # Errors
/// The agent has to judge a pattern, and can't be asked.
async fn unmatched_items(
    agent: &EdgeAgent,
    items: &[LogQueryItem],
    modules: &[String],
) -> Result<Vec<usize>, Error> {
    let mut unmatched = Vec::new();
    // Where a single item matches nothing, there is no answer.
    if items.len() > 1 {
        for (index, item) in items.iter().enumerate() {
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
    let modules = agent.module_names().await.unwrap_or_default();
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
pub(crate) struct Unmatched<'a> {
    session: &'a Session,
    items: Vec<LogQueryItem>,
    counts: RefCell<Counts>,
}

/// How many devices are known, and for each item how many of them have no module for it.
struct Counts {
    devices: usize,
    unmatched: Vec<usize>,
}

impl<'a> Unmatched<'a> {
    pub(crate) fn new(session: &'a Session, items: Vec<LogQueryItem>) -> Self {
        Self {
            session,
            counts: RefCell::new(Counts {
                devices: 0,
                unmatched: vec![0; items.len()],
            }),
            items,
        }
    }

    /// The ids of the devices that are asked.
    pub(crate) fn devices(&self) -> &'a [String] {
        self.session.devices()
    }

    /// The connection to the hub.
    pub(crate) fn session(&self) -> &'a Session {
        self.session
    }

    /// The failure where nothing that was typed matches a module of any device.
    pub(crate) async fn all(&self) -> Error {
        let devices = self.devices();
        let of = format!("{} devices", devices.len());
        let first = devices.first().map_or("", String::as_str);
        no_such_module(self.session, &self.session.agent(first), of, &self.items).await
    }

    /// Counts a device that answered with these modules. The failure for the items that match none of
    /// them, if it `is_alone`.
    ///
    /// # Errors
    /// The agent has to judge a pattern, and can't be asked.
    pub(crate) async fn add(
        &self,
        device: &str,
        modules: &[String],
        is_alone: bool,
    ) -> Result<Option<Error>, Error> {
        let agent = self.session.agent(device);
        let unmatched = unmatched_items(&agent, &self.items, modules).await?;
        self.count(&unmatched);
        if unmatched.is_empty() || !is_alone {
            return Ok(None);
        }
        Ok(Some(self.of_device(device, &unmatched).await))
    }

    /// Counts a device before it is asked, by the modules that its agent reports, or those that the module
    /// of `--module-id` reads. Where these are not known, or a pattern needs .NET, the call will tell.
    ///
    /// # Errors
    /// Nothing that was typed matches.
    pub(crate) async fn check(&self, device: &str) -> Result<(), Error> {
        let Ok(modules) = self.session.agent(device).module_names().await else {
            return Ok(());
        };
        if modules.is_empty() {
            return Ok(());
        }
        let items = self.items.iter().enumerate();
        let unmatched = items.filter(|(_, item)| matches_here(item, &modules) == Some(false));
        let unmatched: Vec<usize> = unmatched.map(|(index, _)| index).collect();
        if unmatched.len() == self.items.len() {
            return Err(self.of_device(device, &unmatched).await);
        }
        self.count(&unmatched);
        Ok(())
    }

    fn count(&self, unmatched: &[usize]) {
        let mut counts = self.counts.borrow_mut();
        counts.devices += 1;
        for index in unmatched {
            counts.unmatched[*index] += 1;
        }
    }

    async fn of_device(&self, device: &str, unmatched: &[usize]) -> Error {
        let items = unmatched.iter().map(|index| &self.items[*index]);
        let of = format!("device `{device}`");
        no_such_module(self.session, &self.session.agent(device), of, items).await
    }

    /// A failure of the only device; one that no module matches with the names that there are.
    pub(crate) async fn with_names(&self, device: &str, error: Error) -> Error {
        match error {
            Error::NoModule { .. } => {
                let all: Vec<usize> = (0..self.items.len()).collect();
                self.of_device(device, &all).await
            }
            other => other,
        }
    }

    /// Says which items some devices lack, and which match nowhere: before the summary, which is the
    /// last word. The failure for those.
    pub(crate) async fn nowhere(&self, console: Console) -> Option<Error> {
        let (devices, counts) = {
            let counts = self.counts.borrow();
            (counts.devices, counts.unmatched.clone())
        };
        let mut nowhere = Vec::new();
        for (item, count) in self.items.iter().zip(counts) {
            match count {
                0 => {}
                count if count == devices => nowhere.push(item),
                count => console.note(&format!(
                    "`{}` matches no module of {count} of {devices} devices",
                    typed(item)
                )),
            }
        }
        let first = self.devices().first().filter(|_| !nowhere.is_empty())?;
        let agent = self.session.agent(first);
        let of = match devices {
            1 => format!("device `{}`", agent.device()),
            _ => format!("{devices} devices"),
        };
        let error = no_such_module(self.session, &agent, of, nowhere).await;
        console.error(&error);
        Some(error)
    }

    /// How a run ends that would end with `exit` if nothing were missing.
    pub(crate) fn finish(&self, nowhere: Option<&Error>, exit: Exit) -> Exit {
        let Some(error) = nowhere else {
            return exit;
        };
        match (exit, self.devices().len()) {
            (Exit::Success, 1) => Exit::Partial,
            (Exit::Success, _) => error.exit(),
            (exit, _) => exit,
        }
    }
}
