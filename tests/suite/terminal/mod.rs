//! The output of the binary in a terminal and in a pipe.

mod colour;
mod progress;
mod screens;
mod tmux;

use stand_in::{DeviceSetup, ModuleSetup, Setup, StandIn, at};

/// A device with a module that writes tagged lines and one that writes JSON.
fn two_modules() -> StandIn {
    let start = at("2026-11-22T12:05:09Z");
    let hub = ModuleSetup::new("edgeHub").lines(
        start,
        [
            "<6> 2026-11-22 12:05:09.123 +00:00 [INF] - Started\n",
            "<4> 2026-11-22 12:05:10.123 +00:00 [WRN] - Retrying in 2 s\n",
            "<3> 2026-11-22 12:05:11.123 +00:00 [ERR] - No route to upstream\n",
            "<7> 2026-11-22 12:05:12.123 +00:00 [DBG] - 3 connections\n",
        ],
    );
    let sensor = ModuleSetup::new("tempSensor").lines(
        start,
        [
            "{\"level\":\"info\",\"ts\":\"12:05:09\",\"msg\":\"reading\",\"temperature\":21.5,\"unit\":\"C\"}\n",
            "{\"level\":\"error\",\"ts\":\"12:05:10\",\"msg\":\"sensor \\u001b[2J gone\",\"code\":7}\n",
            "plain \u{1b}[31mred\u{1b}[0m text \u{1b}]0;title\u{7}\n",
            "{\"temperature\":21.5}\n",
        ],
    );
    StandIn::start(Setup::with(
        DeviceSetup::new("press-07").module(hub).module(sensor),
    ))
}
