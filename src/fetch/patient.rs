//! A device that is waited for while it is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;

use super::log_agent::{Clock, LogAgent, Report, Silence};
use super::pace::Pace;
use super::{follow, notices};
use crate::error::Error;
use crate::hub::HubErrorKind;
use crate::methods::{GetModuleLogs, ModuleLogs};

/// An agent whose calls wait for the device once it has been reached: what is printed before following
/// begins must not end where the device goes away for a moment.
#[derive(Debug)]
pub(super) struct PatientAgent {
    agent: Arc<dyn LogAgent>,
    report: Arc<dyn Report>,
    clock: Clock,
    pace: Pace,
    is_reached: AtomicBool,
    /// Whether it was said to be away; several modules are read at a time.
    is_away: AtomicBool,
}

impl PatientAgent {
    pub(super) fn new(
        agent: Arc<dyn LogAgent>,
        report: Arc<dyn Report>,
        clock: Clock,
        pace: Pace,
    ) -> Self {
        Self {
            agent,
            report,
            clock,
            pace,
            is_reached: AtomicBool::new(false),
            is_away: AtomicBool::new(false),
        }
    }

    /// From now on the device is waited for.
    pub(super) fn reached(&self) {
        self.is_reached.store(true, Ordering::Relaxed);
    }

    fn waits_after(&self, error: &Error, silence: Silence) -> bool {
        let Error::Hub { source, .. } = error else {
            return false;
        };
        let is_away = match source.kind {
            // It may be an answer.
            HubErrorKind::NoAnswer => silence == Silence::Lost,
            HubErrorKind::NotConnected => true,
            kind => kind.is_transient(),
        };
        is_away && self.is_reached.load(Ordering::Relaxed) && self.is_selected()
    }
}

#[async_trait]
impl LogAgent for PatientAgent {
    fn hub(&self) -> &str {
        self.agent.hub()
    }

    fn device(&self) -> &str {
        self.agent.device()
    }

    async fn get_module_logs(
        &self,
        request: &GetModuleLogs,
        silence: Silence,
    ) -> Result<Vec<ModuleLogs>, Error> {
        let mut pauses = self.pace.pauses();
        loop {
            let result = self.agent.get_module_logs(request, silence).await;
            match result {
                Err(error) if self.waits_after(&error, silence) => {
                    if !self.is_away.swap(true, Ordering::Relaxed) {
                        let why = follow::reason(&error);
                        let text = notices::contact_lost(self.device(), &why);
                        self.report.warn(&text);
                    }
                    self.clock.sleep(pauses.longer()).await;
                }
                result => {
                    if result.is_ok() && self.is_away.swap(false, Ordering::Relaxed) {
                        self.report.note(&notices::reconnected(self.device()));
                    }
                    return result;
                }
            }
        }
    }

    async fn module_names(&self) -> Result<Vec<String>, Error> {
        self.agent.module_names().await
    }

    fn is_selected(&self) -> bool {
        self.agent.is_selected()
    }

    fn retries(&self) -> u32 {
        self.agent.retries()
    }
}
