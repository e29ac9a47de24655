//! The devices, and the module identities of each.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::options::LoopbackOptions;
use super::refusal::{HubCode, Refusal};
use crate::device::handler::DeviceModule;
use crate::device::identity::DeviceIdentity;
use crate::device::sources::{LogSource, ModuleInfo, SourceError, answered_within};
use crate::methods::{EDGE_AGENT, is_runtime_module};

/// Number of sites that the simulated devices are spread over.
const SITES: u32 = 10;

/// How long a client may wait for what needs the list of modules.
const MODULES_WITHIN: Duration = Duration::from_secs(10);

/// The devices, in the order of their ids. They share one source.
pub(super) struct Registry {
    devices: BTreeMap<String, Device>,
    source: Arc<dyn LogSource>,
    /// When the hub started: the last change of everything in it.
    pub(super) started: Timestamp,
}

/// One device.
pub(super) struct Device {
    pub(super) id: String,
    pub(super) module: DeviceModule,
    /// Its site, from 1 to [`SITES`]; none if the device is not simulated.
    site: Option<u32>,
}

/// Where a device's tasks are stored: by device id, so that they are found on any port.
fn task_folder(device: &str) -> Option<PathBuf> {
    let state = dirs::state_dir().or_else(dirs::data_local_dir)?;
    Some(
        state
            .join("edgelogs")
            .join("tasks")
            .join(crate::hub::encode(device)),
    )
}

/// The modules of all devices at one moment, or why they can't be listed.
pub(super) type Modules = Result<Vec<ModuleInfo>, SourceError>;

impl Registry {
    /// The device `NAME`; or the simulated devices `NAME-0001` and on.
    ///
    /// Simulated devices have an id and tasks of their own; the source is shared.
    pub(super) fn new(hub: &str, source: Arc<dyn LogSource>, options: &LoopbackOptions) -> Self {
        let name = &options.device;
        let device = |id: String, site| {
            let identity = DeviceIdentity {
                hub: hub.to_owned(),
                device: id.clone(),
            };
            let mut module = DeviceModule::new(identity, source.clone())
                .with_directories()
                .with_roots(options.roots.clone());
            if let Some(folder) = task_folder(&id) {
                module = module.with_tasks_in(folder);
            }
            if options.secrets_in_bundles {
                module = module.with_secrets_in_bundles();
            }
            (id.clone(), Device { id, module, site })
        };
        let devices = match options.simulate {
            None => BTreeMap::from([device(name.clone(), None)]),
            Some(count) => (1..=count.get())
                .map(|number| {
                    let site = (number - 1) % SITES + 1;
                    device(format!("{name}-{number:04}"), Some(site))
                })
                .collect(),
        };
        Self {
            devices,
            source,
            started: Timestamp::now(),
        }
    }

    /// The device of exactly this id.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn device(&self, id: &str) -> Result<&Device, Refusal> {
        self.devices.get(id).ok_or_else(|| {
            let message = format!("Device {id} not registered");
            Refusal::registry(HubCode::DeviceNotFound, message)
        })
    }

    /// All devices, in the order of their ids.
    pub(super) fn devices(&self) -> impl Iterator<Item = &Device> {
        self.devices.values()
    }

    /// The modules that each device has.
    pub(super) async fn modules(&self) -> Modules {
        answered_within(MODULES_WITHIN, self.source.modules()).await
    }
}

impl Device {
    /// The device's tags; twin queries can select simulated devices by site.
    pub(super) fn tags(&self) -> Value {
        match self.site {
            None => json!({}),
            Some(site) => json!({ "site": format!("site-{site:02}") }),
        }
    }
}

/// The ids of the module identities: `$edgeAgent` always, and one for each module.
pub(super) fn module_ids(modules: &Modules) -> Vec<String> {
    let mut ids = vec![EDGE_AGENT.to_owned()];
    for module in modules.iter().flatten() {
        let id = if is_runtime_module(&module.name) {
            format!("${}", module.name)
        } else {
            module.name.clone()
        };
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}
