//! Many devices behind one hub: the built binary against the stand-in.

#[cfg(unix)]
mod interrupted;
mod ledger;
mod out_dir;
mod retry;
mod selection;
mod summary;
mod tasks;
mod verbose;

use crate::common::{Edgelogs, Ran, edgelogs};
use crate::stand_in::{Call, DeviceSetup, LogScript, StandIn, at};

/// A container's SAS URL, which nobody writes with here.
const SAS: &str = "https://acct.blob.core.windows.net/logs?sv=2025-01-05&sr=c&sp=acw&se=2126-01-01T00%3A00Z&sig=c2VjcmV0LXNpZ25hdHVyZQ%3D%3D";

/// The binary as an operator of this hub.
fn operator<'a>(stand_in: &StandIn, args: impl IntoIterator<Item = &'a str>) -> Edgelogs {
    edgelogs(args).env("EDGELOGS_CONNECTION_STRING", &stand_in.connection_string())
}

/// Runs the binary as an operator of this hub.
fn run(stand_in: &StandIn, args: &[&str]) -> Ran {
    operator(stand_in, args.iter().copied()).run()
}

/// A device with ten lines of one module.
fn with_log(device: DeviceSetup) -> DeviceSetup {
    let log = LogScript::new(at("2026-11-22T08:00:00Z")).evenly(10, 80, 10);
    device.log("edgeHub", log.log())
}

/// The devices that were called, in order of their calls.
fn called(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|call| call.device.clone()).collect()
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}
