//! What a test does with a stand-in that runs.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::agent::tasks::TaskPlan;
use super::device::{Device, Inner};
use super::faults::Fault;
use super::hub::Hub;
use super::journal::Call;
use super::log::{Entry, Log, bytes_of};
use super::reference::{Line, ReferenceFilter, lines, reference};
use super::setup::{DeviceSetup, DeviceState, HubSetup, ModuleSetup};
use super::token;

/// A handle of a running stand-in; a rule may hold one to change things in the middle of a call.
#[derive(Clone)]
pub struct Controls {
    hub: Arc<Hub>,
}

impl Controls {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self { hub }
    }

    pub(crate) fn attach(&self, front: &super::mqtt::MqttFront) {
        let attached = self.hub.mqtt.set(front.front());
        assert!(attached.is_ok(), "one front for each stand-in");
    }

    /// The connection string of the hub's policy.
    pub fn connection_string(&self) -> String {
        format!(
            "HostName=http://{};SharedAccessKeyName={};SharedAccessKey={}",
            self.hub.authority,
            token::POLICY,
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
        self.hub.faults.add_rule(fits, fault);
    }

    /// Takes back all faults.
    ///
    /// # Panics
    /// One of them met no call.
    pub fn clear_faults(&self) {
        self.assert_faults_met();
        self.hub.faults.clear();
    }

    /// Fails unless every fault that was planned has met a call.
    pub(crate) fn assert_faults_met(&self) {
        let unmet = self.hub.faults.unmet();
        assert!(unmet.is_empty(), "no call met the planned faults {unmet:?}");
    }

    /// Waits until the calls so far are enough.
    ///
    /// # Panics
    /// They are not after a minute.
    pub fn wait_until(&self, enough: impl Fn(&[Call]) -> bool) {
        self.hub.journal.wait_until(enough);
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

    /// Sets whether and how a device answers.
    pub fn set_state(&self, device: &str, state: DeviceState) {
        self.with(device, |inner| inner.setup.state = state);
    }

    /// Sets what becomes of the tasks that a device starts from now on.
    pub fn set_tasks(&self, device: &str, plan: TaskPlan) {
        self.with(device, |inner| inner.setup.task_plan = plan);
    }

    /// Restarts an agent: it is offline for so long, and forgets its tasks.
    pub fn restart_agent(&self, device: &str, offline_for: Duration) {
        self.with(device, |inner| inner.restart_agent(offline_for));
    }

    /// Registers one more device, or another one of this id.
    pub fn add_device(&self, device: DeviceSetup) {
        self.hub.add(Device::new(device));
    }

    /// Puts one more module on a device.
    pub fn add_module(&self, device: &str, module: ModuleSetup) {
        self.with(device, |inner| inner.setup.modules.push(module));
    }

    /// Takes a module off a device, with its log.
    pub fn remove_module(&self, device: &str, name: &str) {
        self.with(device, |inner| {
            inner.setup.modules.retain(|module| module.name != name);
        });
    }

    /// Leaves only the last entries of a module's log, as the engine does when it rotates.
    pub fn rotate(&self, device: &str, module: &str, last: usize) {
        self.with_module(device, module, |module| {
            let log = Log::make_mut(&mut module.log);
            log.drain(..log.len().saturating_sub(last));
        });
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
