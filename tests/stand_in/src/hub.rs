//! The hub: who may call, which device is meant, what goes wrong on the way.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::device::Device;
use super::faults::Faults;
use super::hub_error::HubError;
use super::journal::Journal;
use super::mqtt::Front;
use super::setup::{HubSetup, Setup};

/// Everything behind the address.
pub(crate) struct Hub {
    /// `127.0.0.1:PORT`, which tokens are signed for.
    pub authority: String,
    /// How it behaves.
    pub setup: RwLock<HubSetup>,
    /// All calls.
    pub journal: Journal,
    /// What is to go wrong.
    pub faults: Faults,
    /// The front on which modules connect, if a test started it.
    pub mqtt: OnceLock<Arc<Front>>,
    devices: RwLock<Devices>,
    recent: Mutex<VecDeque<Instant>>,
}

#[derive(Default)]
struct Devices {
    by_id: HashMap<String, Arc<Device>>,
    order: Vec<Arc<Device>>,
}

/// The name by which the devices call the hub, in their records.
pub(crate) const HUB_NAME: &str = "127.0.0.1";

impl Hub {
    /// A hub that listens at `authority`.
    pub(crate) fn new(authority: String, setup: Setup) -> Self {
        let hub = Self {
            authority,
            setup: RwLock::new(setup.hub),
            journal: Journal::new(),
            faults: Faults::default(),
            mqtt: OnceLock::new(),
            devices: RwLock::default(),
            recent: Mutex::default(),
        };
        for device in setup.devices {
            hub.add(Device::new(device));
        }
        hub
    }

    /// Adds a device, or replaces the one of this id.
    pub(crate) fn add(&self, device: Device) {
        let device = Arc::new(device);
        let mut devices = self.devices.write().unwrap_or_else(PoisonError::into_inner);
        devices.order.retain(|other| other.id != device.id);
        devices.order.push(Arc::clone(&device));
        devices.by_id.insert(device.id.clone(), device);
    }

    /// The device of this id.
    pub(crate) fn device(&self, id: &str) -> Option<Arc<Device>> {
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        devices.by_id.get(id).cloned()
    }

    /// All devices, in the order in which they were set up.
    pub(crate) fn devices(&self) -> Vec<Arc<Device>> {
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        devices.order.clone()
    }

    /// How the hub behaves at the moment.
    pub(crate) fn behaviour(&self) -> HubSetup {
        let setup = self.setup.read().unwrap_or_else(PoisonError::into_inner);
        setup.clone()
    }

    /// Whether a call of a method is one too many in this second.
    pub(crate) fn throttled(&self, setup: &HubSetup) -> Option<HubError> {
        let throttle = setup.throttle?;
        let now = Instant::now();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        while recent
            .front()
            .is_some_and(|call| now - *call >= Duration::from_secs(1))
        {
            recent.pop_front();
        }
        if recent.len() < throttle.calls_per_second {
            recent.push_back(now);
            return None;
        }
        let retry_after = throttle.retry_after;
        Some(HubError {
            retry_after,
            ..HubError::throttled()
        })
    }
}
