//! The names to complete, from the cache or from the hub within a second.

use std::future::Future;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use clap::Arg;

use crate::cli::args::connection::ConnectionArgs;
use crate::cli::args::target::LOCAL_DEVICE;
use crate::cli::args::timing::CallOptions;
use crate::cli::complete::cache::NameCache;
use crate::cli::complete::words::{Words, defaults};
use crate::cli::context::Context;
use crate::cli::help::value_name;
use crate::cli::run::ledger::Ledger;
use crate::cli::run::session::Session;
use crate::cli::settings::loaded::Settings;
use crate::fetch::{EdgeDevices, edge_devices_query, module_names};
use crate::output::Console;

/// How long a TAB may take.
const BUDGET: Duration = Duration::from_secs(1);

/// More names would be no help.
const MAX_NAMES: usize = 5000;

/// The keys that may follow the module in `--item`.
const ITEM_KEYS: [&str; 5] = ["tail=", "since=", "until=", "loglevel=", "regex="];

/// The kind of names that an argument accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    Devices,
    Modules,
    /// Modules as the hub names them: those of the runtime begin with `$`.
    ModuleIds,
    /// A module, followed by keys.
    Item,
    Profiles,
    /// The tasks that this machine remembers.
    Tasks,
}

impl Names {
    /// The kind that this argument accepts.
    pub(crate) fn of(arg: &Arg, calls_hub: bool) -> Option<Self> {
        match arg.get_id().as_str() {
            "device" if calls_hub => Some(Self::Devices),
            "module" | "ids" if calls_hub => Some(Self::Modules),
            "module_id" if calls_hub => Some(Self::ModuleIds),
            "item" if calls_hub => Some(Self::Item),
            "profile" => Some(Self::Profiles),
            "devices" | "named" if calls_hub && value_name(arg) == "DEVICE" => Some(Self::Devices),
            "correlation_id" => Some(Self::Tasks),
            _ if value_name(arg) == "PROFILE" => Some(Self::Profiles),
            _ => None,
        }
    }
}

/// The names that arrive in time. `index` is the value's position in its argument.
pub(crate) fn names(kind: Names, index: usize, words: &Words) -> Vec<String> {
    match kind {
        Names::Item if index > 0 => ITEM_KEYS.map(str::to_owned).to_vec(),
        Names::Profiles => words.profiles().unwrap_or_default(),
        Names::Tasks => tasks().unwrap_or_default(),
        Names::Devices => devices(words).unwrap_or_default(),
        Names::Modules | Names::Item => modules(words).unwrap_or_default(),
        Names::ModuleIds => {
            let modules = modules(words).unwrap_or_default();
            modules.into_iter().map(module_id).collect()
        }
    }
}

/// The hub's name of a module.
fn module_id(name: String) -> String {
    match crate::methods::is_runtime_module(&name) {
        true => format!("${name}"),
        false => name,
    }
}

/// The ids of the remembered tasks, the latest first.
fn tasks() -> Option<Vec<String>> {
    let entries = Ledger::entries(Console::silent()).ok()?;
    let ids = entries
        .into_iter()
        .rev()
        .map(|entry| entry.correlation_id.to_string());
    Some(ids.collect())
}

fn devices(words: &Words) -> Option<Vec<String>> {
    let typed = words.read()?;
    let connection = typed.connection()?;
    if connection.is_local() {
        return Some(vec![LOCAL_DEVICE.to_owned()]);
    }
    let (context, settings) = (typed.context, typed.settings);
    Some(within_budget(move |names| {
        fetch_names(context, settings, connection, None, names)
    }))
}

fn modules(words: &Words) -> Option<Vec<String>> {
    let typed = words.read()?;
    let connection = typed.connection()?;
    let device = typed.device(connection.is_local())?;
    let (context, settings) = (typed.context, typed.settings);
    Some(within_budget(move |names| {
        fetch_names(context, settings, connection, Some(device), names)
    }))
}

/// Fetches names on another thread: clap's engine is synchronous but runs inside the async runtime.
/// Returns the names that arrive in time.
fn within_budget<F>(
    fetch: impl FnOnce(mpsc::Sender<Vec<String>>) -> F + Send + 'static,
) -> Vec<String>
where
    F: Future<Output = Option<()>>,
{
    let end = Instant::now() + BUDGET;
    let (names, received) = mpsc::channel();
    // This thread doesn't keep the program from exiting.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .ok()?;
        runtime.block_on(fetch(names))
    });
    let mut all = Vec::new();
    while let Ok(some) = received.recv_timeout(end.saturating_duration_since(Instant::now())) {
        all.extend(some);
    }
    all
}

/// Fetches the devices of a hub, or the modules of a device.
async fn fetch_names(
    context: Context,
    settings: Settings,
    connection: ConnectionArgs,
    device: Option<String>,
    names: mpsc::Sender<Vec<String>>,
) -> Option<()> {
    let options = CallOptions::new(&defaults()?, &defaults()?);
    let connection = connection.resolve(&context, &settings).await.ok()?;
    // Check the cache before signing in, which may take longer than a TAB.
    let hub = connection.authority().map(str::to_owned);
    let cache = hub.and_then(|hub| NameCache::of(&hub, device.as_deref()));
    if let Some(known) = cache.as_ref().and_then(NameCache::fresh) {
        return names.send(known).ok();
    }
    let local_device = device.as_deref().unwrap_or_default();
    let session = Session::connect(&context, connection, options, local_device);
    let session = session.await.ok()?;
    let mut all = Vec::new();
    match &device {
        Some(device) => {
            all = module_names(session.client(), device).await.ok()?;
            names.send(all.clone()).ok()?;
        }
        None => {
            let sql = edge_devices_query("deviceId", None);
            let mut pages = EdgeDevices::query(session.client(), &sql);
            while all.len() < MAX_NAMES
                && let Some(page) = pages.next_page().await.ok()?
            {
                let ids: Vec<String> = page.into_iter().filter_map(|device| device.id).collect();
                all.extend_from_slice(&ids);
                names.send(ids).ok()?;
            }
        }
    }
    if let Some(cache) = cache {
        cache.store(&all);
    }
    Some(())
}
