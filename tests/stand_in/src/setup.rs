//! What a test puts behind the stand-in: hub, devices, modules.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::agent::AgentVariant;
use super::agent::tasks::TaskPlan;
use super::engine::EngineError;
use super::faults::Fault;
use super::log::{Entry, Log};

/// A hub and its devices.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    pub(crate) devices: Vec<DeviceSetup>,
    pub(crate) hub: HubSetup,
}

/// How the hub behaves.
#[derive(Debug, Clone)]
pub struct HubSetup {
    /// Further addresses for which tokens are signed: of what stands in front of it.
    pub aliases: Vec<String>,
    /// The access tokens of Entra ID whose identity has the role.
    pub bearers: Vec<String>,
    /// More calls of methods a second than this are answered 429.
    pub throttle: Option<Throttle>,
    /// What happens to an answer over 128 KB.
    pub oversize: Oversize,
    /// The sizes of the first pages of a query. Later pages have the size asked for.
    pub page_sizes: Vec<usize>,
    /// How long the hub waits for an answer that will not come. A real hub waits the whole response
    /// timeout, which no test wants to.
    pub patience: Duration,
    /// How long every route but the methods takes.
    pub latency: Duration,
    /// By how many seconds its clock, as the header `Date` tells it, is ahead of this machine's.
    pub clock_ahead: i64,
}

/// A limit of calls a second, over the whole hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// The calls that pass in each second.
    pub calls_per_second: usize,
    /// The header `Retry-After`, which real hubs are not known to send.
    pub retry_after: Option<u64>,
}

/// What a hub does with an answer over 128 KB, which is not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oversize {
    /// 504101, as if the device had not answered.
    GatewayTimeout,
    /// 413001.
    MessageTooLarge,
}

impl Default for HubSetup {
    fn default() -> Self {
        Self {
            aliases: Vec::new(),
            bearers: Vec::new(),
            throttle: None,
            oversize: Oversize::GatewayTimeout,
            page_sizes: Vec::new(),
            patience: Duration::from_millis(50),
            latency: Duration::ZERO,
            clock_ahead: 0,
        }
    }
}

impl Setup {
    /// A hub without devices.
    pub fn new() -> Self {
        Self::default()
    }

    /// A hub with this one device.
    pub fn with(device: DeviceSetup) -> Self {
        Self::new().device(device)
    }

    /// Adds a device.
    #[must_use]
    pub fn device(mut self, device: DeviceSetup) -> Self {
        self.devices.push(device);
        self
    }

    /// Adds devices `prefix0` to `prefixN`, each made from its name.
    #[must_use]
    pub fn fleet(
        mut self,
        prefix: &str,
        count: usize,
        make: impl Fn(DeviceSetup) -> DeviceSetup,
    ) -> Self {
        let devices = (0..count).map(|index| make(DeviceSetup::new(format!("{prefix}{index}"))));
        self.devices.extend(devices);
        self
    }

    /// Changes how the hub behaves.
    #[must_use]
    pub fn hub(mut self, change: impl FnOnce(&mut HubSetup)) -> Self {
        change(&mut self.hub);
        self
    }
}

/// Whether and how a device answers.
#[derive(Debug, Clone, PartialEq)]
pub enum DeviceState {
    /// Its agent answers.
    Online,
    /// 404103, after the connect timeout.
    Offline,
    /// 404001: not registered, or disabled.
    Unknown,
    /// 404010: registered, but no edge device.
    WithoutAgent,
    /// Every call meets this fault.
    Faulty(Fault),
}

/// The clock of a device, which its stamps and durations count by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// This machine's clock, plus so many nanoseconds.
    Offset(i64),
    /// Always the same instant.
    Stopped(i64),
}

/// A device and its agent.
#[derive(Debug, Clone)]
pub struct DeviceSetup {
    pub(crate) id: String,
    pub(crate) modules: Vec<ModuleSetup>,
    pub(crate) tags: Value,
    pub(crate) state: DeviceState,
    pub(crate) latency: Duration,
    pub(crate) clock: Clock,
    pub(crate) variant: AgentVariant,
    pub(crate) task_plan: TaskPlan,
    pub(crate) reported: Value,
}

impl DeviceSetup {
    /// A device that is online, with a right clock, the shipped agent and no modules at all.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            modules: Vec::new(),
            tags: json!({}),
            state: DeviceState::Online,
            latency: Duration::ZERO,
            clock: Clock::Offset(0),
            variant: AgentVariant::default(),
            task_plan: TaskPlan::default(),
            reported: json!({}),
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Adds a module.
    #[must_use]
    pub fn module(mut self, module: ModuleSetup) -> Self {
        self.modules.push(module);
        self
    }

    /// Adds a module with this log.
    #[must_use]
    pub fn log(self, module: &str, log: impl Into<Log>) -> Self {
        self.module(ModuleSetup::new(module).log(log))
    }

    /// Sets the twin's tags.
    #[must_use]
    pub fn tags(mut self, tags: Value) -> Self {
        self.tags = tags;
        self
    }

    /// Sets whether and how it answers.
    #[must_use]
    pub fn state(mut self, state: DeviceState) -> Self {
        self.state = state;
        self
    }

    /// Sets how long each of its answers takes.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Sets its clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets fields of what its agent reports in the twin; `null` takes one away.
    #[must_use]
    pub fn reports(mut self, fields: Value) -> Self {
        self.reported = fields;
        self
    }

    /// Sets how its agent differs from the shipped one.
    #[must_use]
    pub fn agent(mut self, variant: AgentVariant) -> Self {
        self.variant = variant;
        self
    }

    /// Sets what becomes of its tasks.
    #[must_use]
    pub fn tasks(mut self, plan: TaskPlan) -> Self {
        self.task_plan = plan;
        self
    }
}

/// A module: its log, its row in the twin, the methods it answers itself.
#[derive(Debug, Clone)]
pub struct ModuleSetup {
    pub(crate) name: String,
    pub(crate) log: Log,
    pub(crate) unreadable: Option<EngineError>,
    pub(crate) image: String,
    pub(crate) methods: HashMap<String, (i32, Value)>,
    pub(crate) reported: Value,
}

impl ModuleSetup {
    /// A running module that has written nothing. `edgeAgent` and `edgeHub` become system modules.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            image: format!("mcr.example.net/{}:1.0", name.to_lowercase()),
            name,
            log: Log::default(),
            unreadable: None,
            methods: HashMap::new(),
            reported: json!({}),
        }
    }

    /// Sets its log.
    #[must_use]
    pub fn log(mut self, log: impl Into<Log>) -> Self {
        self.log = log.into();
        self
    }

    /// Adds lines on stdout, one second apart, the first at `start`.
    #[must_use]
    pub fn lines<T: AsRef<[u8]>>(mut self, start: i64, lines: impl IntoIterator<Item = T>) -> Self {
        let log = Log::make_mut(&mut self.log);
        for (second, text) in (0..).zip(lines) {
            let bytes = bytes::Bytes::copy_from_slice(text.as_ref());
            log.push(Entry::stdout(start + second * super::log::SECOND, bytes));
        }
        self
    }

    /// Makes the engine fail on its log with this status: 500, or 501 for a log driver that can't
    /// be read. One such module fails every call that selects it.
    #[must_use]
    pub fn unreadable(mut self, status: u16) -> Self {
        self.unreadable = Some(EngineError::Runtime(status));
        self
    }

    /// Gives its container a terminal, so that the agent takes text for frame headers and fails.
    #[must_use]
    pub fn tty(mut self) -> Self {
        self.unreadable = Some(EngineError::NoFrames);
        self
    }

    /// Sets fields of its row in the twin; `null` takes one away.
    #[must_use]
    pub fn reports(mut self, fields: Value) -> Self {
        self.reported = fields;
        self
    }

    /// Makes the module itself answer a method. Without one it is not connected (404103).
    #[must_use]
    pub fn answers(mut self, method: &str, status: i32, payload: Value) -> Self {
        self.methods.insert(method.to_owned(), (status, payload));
        self
    }
}
