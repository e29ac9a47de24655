//! Devices that come to be selected while others are followed, and those that no longer are.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::stream::{self, Stream};

use crate::cli::args::target::Selection;
use crate::cli::run::devices::selected_now;
use crate::cli::run::session::Session;
use crate::fetch::EdgeAgent;
use crate::output::Console;

/// How many devices a page of a query holds, and how often a page is asked for: one unit of IoT Hub
/// answers 20 queries a minute, of which others need some.
const PAGE_ROWS: usize = 100;
const EACH_PAGE: Duration = Duration::from_secs(6);

/// How often the hub is asked at the most, and at the least.
const OFTEN: Duration = Duration::from_secs(15);
const SELDOM: Duration = Duration::from_secs(60);

/// The devices of a selection, as the hub tells again and again.
pub(crate) struct Joining<'a> {
    session: &'a Session,
    console: Console,
    selection: Selection,
    /// Whether each device is selected at the moment.
    known: HashMap<String, Arc<AtomicBool>>,
    /// How many devices may be followed.
    most: usize,
    is_full: bool,
    has_failed: bool,
    new: Vec<EdgeAgent>,
}

impl<'a> Joining<'a> {
    /// Those of a session that has been opened with this selection; none if the hub would never tell
    /// another one.
    pub(crate) fn of(session: &'a Session, selection: Selection, console: Console) -> Option<Self> {
        selection.query.as_ref()?;
        let devices = session.devices();
        let known = devices.iter().map(|id| (id.clone(), selected()));
        Some(Self {
            console,
            known: known.collect(),
            most: match selection.limit_typed || devices.len() <= selection.max_devices {
                true if !selection.yes || selection.limit_typed => selection.max_devices,
                // Whoever has agreed to more does so to others as well.
                _ => usize::MAX,
            },
            session,
            selection,
            is_full: false,
            has_failed: false,
            new: Vec::new(),
        })
    }

    /// The agent of a device of the session.
    pub(crate) fn agent(&self, device: &str) -> EdgeAgent {
        let agent = self.session.agent(device);
        match self.known.get(device) {
            Some(selected) => agent.while_selected(Arc::clone(selected)),
            None => agent,
        }
    }

    /// The agents of devices that are selected later.
    pub(crate) fn later(self) -> impl Stream<Item = EdgeAgent> {
        stream::unfold(self, async |mut joining| {
            loop {
                if let Some(agent) = joining.new.pop() {
                    return Some((agent, joining));
                }
                let pages = joining.known.len().div_ceil(PAGE_ROWS);
                let pause = EACH_PAGE.saturating_mul(u32::try_from(pages).unwrap_or(u32::MAX));
                tokio::time::sleep(pause.clamp(OFTEN, SELDOM)).await;
                joining.look().await;
            }
        })
    }

    async fn look(&mut self) {
        let selected_ids = match selected_now(&self.selection, self.session.client()).await {
            Ok(ids) => ids,
            Err(error) => {
                if !std::mem::replace(&mut self.has_failed, true) {
                    let causes = error.causes();
                    let why = causes.first().cloned().unwrap_or_else(|| error.to_string());
                    self.console.warn(&format!(
                        "the hub can't be asked for new devices ({why}); retrying"
                    ));
                }
                return;
            }
        };
        self.has_failed = false;
        for is_selected in self.known.values() {
            is_selected.store(false, Ordering::Relaxed);
        }
        for id in selected_ids {
            if let Some(is_selected) = self.known.get(&id) {
                is_selected.store(true, Ordering::Relaxed);
            } else if self.known.len() < self.most {
                self.console.note(&format!("following `{id}` too"));
                let is_selected = selected();
                let agent = self.session.agent(&id);
                self.new
                    .push(agent.while_selected(Arc::clone(&is_selected)));
                self.known.insert(id, is_selected);
            } else if !std::mem::replace(&mut self.is_full, true) {
                self.console.warn(&format!(
                    "more devices are selected now than --max-devices {}, so new ones are not followed",
                    self.most
                ));
            }
        }
    }
}

fn selected() -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(true))
}
