//! A device while the stand-in runs: its agent's memory, its logs, its connection.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::agent::{AgentAnswer, AgentMemory, Context, Effect, ModuleView};
use super::engine::EngineQuery;
use super::log::{self, Log};
use super::setup::{Clock, DeviceSetup, DeviceState};

/// A device of the stand-in.
pub(crate) struct Device {
    /// Its id.
    pub id: String,
    inner: Mutex<Inner>,
}

/// What changes while the stand-in runs.
pub(crate) struct Inner {
    /// As the test made it, and changed it since.
    pub setup: DeviceSetup,
    /// How often each module was restarted.
    pub restarts: HashMap<String, usize>,
    memory: AgentMemory,
    offline_until: Option<Instant>,
    random: fastrand::Rng,
}

impl Device {
    /// A device that has just been set up; its agent has run for long.
    pub(crate) fn new(setup: DeviceSetup) -> Self {
        // The order of modules changes from call to call, and is the same in every run of a test.
        let seed = setup.id.bytes().map(u64::from).sum();
        Self {
            id: setup.id.clone(),
            inner: Mutex::new(Inner {
                setup,
                restarts: HashMap::new(),
                memory: AgentMemory::default(),
                offline_until: None,
                random: fastrand::Rng::with_seed(seed),
            }),
        }
    }

    /// The device, for as long as it is looked at.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the agent answers, however the way to it may be.
    pub(crate) fn call_agent(
        &self,
        hub_name: &str,
        method: &str,
        payload: Option<&str>,
        reads: &mut Vec<EngineQuery>,
    ) -> AgentAnswer {
        let mut inner = self.lock();
        let inner = &mut *inner;
        let modules: Vec<ModuleView> = inner
            .setup
            .modules
            .iter()
            .map(|module| ModuleView {
                name: module.name.clone(),
                log: Log::clone(&module.log),
                unreadable: module.unreadable.clone(),
            })
            .collect();
        let answer = Context {
            hub_name,
            device: &self.id,
            variant: &inner.setup.variant,
            modules: &modules,
            now: inner.setup.clock.now(),
            task_plan: &inner.setup.task_plan,
            memory: &mut inner.memory,
            random: &mut inner.random,
            reads,
        }
        .handle(method, payload);
        if let Effect::Restarted(module) = &answer.effect {
            *inner.restarts.entry(module.clone()).or_default() += 1;
            if module == "edgeAgent" {
                inner.restart_agent(Duration::ZERO);
            }
        }
        answer
    }

    /// What a module other than the agent answers; `None`: it is not connected.
    pub(crate) fn call_module(&self, module: &str, method: &str) -> Option<(i32, Value)> {
        let inner = self.lock();
        let mut modules = inner.setup.modules.iter();
        let module = modules.find(|candidate| candidate.name == module)?;
        if module.methods.is_empty() {
            return None;
        }
        // A module of Microsoft's SDKs answers 501 to a method that it does not know.
        let known = module.methods.get(method).cloned();
        Some(known.unwrap_or((501, Value::Null)))
    }
}

impl Inner {
    /// The state, which an agent that is restarting makes "offline".
    pub(crate) fn state(&self) -> DeviceState {
        match self.offline_until {
            Some(until) if Instant::now() < until => DeviceState::Offline,
            _ => self.setup.state.clone(),
        }
    }

    /// Makes the agent forget everything, and not be connected for a while.
    pub(crate) fn restart_agent(&mut self, offline_for: Duration) {
        self.memory = AgentMemory::default();
        self.offline_until = Some(Instant::now() + offline_for);
    }

    /// Whether the identity exists: `$edgeAgent` and `$edgeHub` are modules of every edge device.
    pub(crate) fn has_identity(&self, module: &str) -> bool {
        let name = module.strip_prefix('$').unwrap_or(module);
        let is_system = matches!(name, "edgeAgent" | "edgeHub");
        let listed = self.setup.modules.iter().any(|module| module.name == name);
        match module.starts_with('$') {
            true => is_system && self.setup.state != DeviceState::WithoutAgent,
            false => listed && !is_system,
        }
    }
}

impl Clock {
    /// The current time of this clock, in nanoseconds since 1970.
    pub fn now(self) -> i64 {
        match self {
            Self::Offset(offset) => log::now().saturating_add(offset),
            Self::Stopped(instant) => instant,
        }
    }
}
