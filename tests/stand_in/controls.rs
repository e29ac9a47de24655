//! What a test does with a stand-in that runs.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::agent::AgentVariant;
use super::agent::tasks::TaskPlan;
use super::device::{Device, Inner};
use super::engine::{EngineError, EngineQuery};
use super::faults::Fault;
use super::hub::{HUB_NAME, Hub};
use super::journal::Call;
use super::log::{Entry, Log, bytes_of};
use super::reference::{Line, ReferenceFilter, lines, reference};
use super::setup::{DeviceSetup, DeviceState, HubSetup, ModuleSetup};
use super::token;

/// What an agent answered to [`Controls::call_agent`].
#[derive(Debug, Clone)]
pub struct DirectAnswer {
    /// The method's status.
    pub status: i32,
    /// JSON, or nothing.
    pub payload: Option<String>,
    /// What the agent asked the container engine for.
    pub reads: Vec<EngineQuery>,
}

/// A handle of a running stand-in; a rule may hold one to change things in the middle of a call.
#[derive(Clone)]
pub struct Controls {
    hub: Arc<Hub>,
}

impl Controls {
    pub(super) fn new(hub: Arc<Hub>) -> Self {
        Self { hub }
    }

    /// The connection string of the hub's policy.
    pub fn connection_string(&self) -> String {
        format!(
            "HostName=http://{};SharedAccessKeyName={};SharedAccessKey={}",
            self.hub.authority,
            self.hub.behaviour().policy.name(),
            token::key_base64()
        )
    }

    /// What `--hub` takes: `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.hub.authority)
    }

    /// `127.0.0.1:PORT`
    pub fn authority(&self) -> &str {
        &self.hub.authority
    }

    /// A token for this hub that lasts an hour.
    pub fn token(&self) -> String {
        let expiry = jiff::Timestamp::now().as_second() + 3600;
        token::sign(&self.hub.authority, self.hub.behaviour().policy, expiry)
    }

    /// Changes how the hub behaves from now on.
    pub fn change_hub(&self, change: impl FnOnce(&mut HubSetup)) {
        let mut setup = self
            .hub
            .setup
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        change(&mut setup);
    }

    /// Makes the next call of a method that meets no other fault meet this one; several wait in
    /// line.
    pub fn fault_next(&self, fault: Fault) {
        self.hub.faults.push(fault);
    }

    /// Makes every call that fits meet this fault.
    pub fn fault_when(&self, fits: impl Fn(&Call) -> bool + Send + Sync + 'static, fault: Fault) {
        self.fault_with(move |call| fits(call).then(|| fault.clone()));
    }

    /// Asks about every call which fault it is to meet. The function may change the stand-in.
    pub fn fault_with(&self, rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) {
        self.hub.faults.add_rule(rule);
    }

    /// Takes back all faults.
    pub fn clear_faults(&self) {
        self.hub.faults.clear();
    }

    /// Every call so far, in the order in which they came.
    pub fn journal(&self) -> Vec<Call> {
        self.hub.journal.calls()
    }

    /// The calls of one method, of whatever module. Names are compared without case.
    pub fn calls(&self, method: &str) -> Vec<Call> {
        let mut calls = self.journal();
        calls.retain(|call| call.method.eq_ignore_ascii_case(method));
        calls
    }

    /// Forgets the journal.
    pub fn clear_journal(&self) {
        self.hub.journal.clear();
    }

    /// Adds a device, or replaces the one of this id.
    pub fn add_device(&self, device: DeviceSetup) {
        self.hub.add(Device::new(device));
    }

    /// Sets whether and how a device answers.
    pub fn set_state(&self, device: &str, state: DeviceState) {
        self.with(device, |inner| inner.setup.state = state);
    }

    /// Sets how an agent differs from the shipped one.
    pub fn set_agent(&self, device: &str, variant: AgentVariant) {
        self.with(device, |inner| inner.setup.variant = variant);
    }

    /// Sets what becomes of the tasks that a device starts from now on.
    pub fn set_tasks(&self, device: &str, plan: TaskPlan) {
        self.with(device, |inner| inner.setup.task_plan = plan);
    }

    /// Restarts an agent: it is offline for so long, and forgets its tasks.
    pub fn restart_agent(&self, device: &str, offline_for: Duration) {
        self.with(device, |inner| inner.restart_agent(offline_for));
    }

    /// How often a module was restarted.
    pub fn restarts(&self, device: &str, module: &str) -> usize {
        self.with(device, |inner| {
            inner.restarts.get(module).copied().unwrap_or(0)
        })
    }

    /// Writes entries to a module's log.
    pub fn append(&self, device: &str, module: &str, entries: impl IntoIterator<Item = Entry>) {
        self.with_module(device, module, |module| {
            Log::make_mut(&mut module.log).extend(entries);
        });
    }

    /// Writes a line to a module's log, stamped with the present of the device's clock, in parts if
    /// it is long.
    pub fn write(&self, device: &str, module: &str, text: impl AsRef<[u8]>) {
        let now = self.with(device, |inner| inner.setup.clock.now());
        let parts = super::log::line(now, super::log::Stream::Stdout, text);
        self.append(device, module, parts);
    }

    /// Cuts the first entries of a log away, as rotation does.
    pub fn drop_oldest(&self, device: &str, module: &str, count: usize) {
        self.with_module(device, module, |module| {
            let log = Log::make_mut(&mut module.log);
            log.drain(..count.min(log.len()));
        });
    }

    /// Makes the engine fail on a module's log with this status, or read it again.
    pub fn set_unreadable(&self, device: &str, module: &str, status: Option<u16>) {
        self.with_module(device, module, |module| {
            module.unreadable = status.map(EngineError::Runtime);
        });
    }

    /// A module's log as the engine holds it.
    ///
    /// # Panics
    /// No such device or module.
    pub fn log(&self, device: &str, module: &str) -> Log {
        self.with_module(device, module, |module| Log::clone(&module.log))
    }

    /// All bytes of a module's log.
    pub fn module_bytes(&self, device: &str, module: &str) -> Vec<u8> {
        bytes_of(&self.log(device, module))
    }

    /// All lines of a module's log, parts joined.
    pub fn lines(&self, device: &str, module: &str) -> Vec<Line> {
        lines(&self.log(device, module))
    }

    /// The lines of a module's log that the filter keeps by its documented meaning.
    pub fn reference(&self, device: &str, module: &str, filter: &ReferenceFilter) -> Vec<Line> {
        reference(&self.log(device, module), filter)
    }

    /// What an agent answers to a payload that need not be JSON, past the hub.
    ///
    /// # Panics
    /// No such device.
    pub fn call_agent(&self, device: &str, method: &str, payload: Option<&str>) -> DirectAnswer {
        let device = self.hub.device(device).expect("a device of the setup");
        let mut reads = Vec::new();
        let answer = device.call_agent(HUB_NAME, method, payload, &mut reads);
        DirectAnswer {
            status: answer.status,
            payload: answer.payload,
            reads,
        }
    }

    fn with<T>(&self, device: &str, change: impl FnOnce(&mut Inner) -> T) -> T {
        let device = self.hub.device(device).expect("a device of the setup");
        let mut inner = device.lock();
        change(&mut inner)
    }

    fn with_module<T>(
        &self,
        device: &str,
        module: &str,
        change: impl FnOnce(&mut ModuleSetup) -> T,
    ) -> T {
        self.with(device, |inner| {
            let mut modules = inner.setup.modules.iter_mut();
            let module = modules.find(|candidate| candidate.name == module);
            change(module.expect("a module of the setup"))
        })
    }
}
