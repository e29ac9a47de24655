//! `devices`, `modules`, `ping`, `restart` and `invoke` against the stand-in, and against the device
//! module where it matters.

mod completion_names;
mod devices;
mod invoke;
mod modules;
#[cfg(target_os = "linux")]
mod on_a_terminal;
mod ping;
mod restart;

use stand_in::{DeviceSetup, DeviceState, ModuleSetup, Setup, StandIn};

/// A device with the modules of the runtime and one more, `tempSensor`.
fn press(id: &str) -> DeviceSetup {
    ["edgeAgent", "edgeHub", "tempSensor"]
        .into_iter()
        .fold(DeviceSetup::new(id), |device, module| {
            device.module(ModuleSetup::new(module))
        })
}

/// Three devices: one that works, one that is offline, one that the hub does not know.
fn mixed() -> StandIn {
    StandIn::start(
        Setup::new()
            .device(press("good"))
            .device(press("asleep").state(DeviceState::Offline))
            .device(press("gone").state(DeviceState::Unknown)),
    )
}

/// The arguments that select all three.
const MIXED: [&str; 6] = ["-d", "good", "-d", "asleep", "-d", "gone"];
