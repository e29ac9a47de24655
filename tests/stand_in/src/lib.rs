//! A stand-in for IoT Hub with shipped edge agents behind it, faults included.
//!
//! It imitates what really happens, not what is documented: the direct methods of edgeAgent 1.6
//! (`agent`), the container engine's idea of `tail`, `since` and `until` (`engine`), and the hub's
//! routes, errors and limits (`server`, `methods`, `registry`, `query`, `hub_error`). It shares no
//! code with the program under test, so that no mistake can hide in both.
//!
//! ```ignore
//! let log = LogScript::new(at("2026-11-22T08:00:00Z")).evenly(10_000, 120, 50).entries();
//! let stand_in = StandIn::start(Setup::with(DeviceSetup::new("d1").log("edgeHub", log)));
//! stand_in.fault_next(Fault::LostAnswer);
//! // … run the program with `stand_in.connection_string()` …
//! assert_eq!(stand_in.calls("RestartModule").len(), 1);
//! ```

pub mod generate;
pub mod log;
pub mod mqtt;
pub mod pattern;
pub mod reference;

mod agent;
mod controls;
mod corruption;
mod device;
mod engine;
mod faults;
mod hub;
mod hub_error;
mod journal;
mod methods;
mod query;
mod registry;
mod reply;
mod server;
mod setup;
mod token;
#[cfg(unix)]
mod workload;

use std::ops::Deref;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

pub use self::agent::AgentVariant;
pub use self::agent::tasks::{TaskEnd, TaskPlan};
pub use self::controls::Controls;
pub use self::faults::Fault;
pub use self::generate::{Filler, Levels, LogScript};
pub use self::hub_error::{ErrorShape, HubError};
pub use self::journal::{Call, Route};
pub use self::log::{Entry, Stream, at};
pub use self::reference::ReferenceFilter;
pub use self::setup::{Clock, DeviceSetup, DeviceState, ModuleSetup, Oversize, Setup, Throttle};
#[cfg(unix)]
pub use self::workload::WorkloadApi;

/// A hub on 127.0.0.1 that runs in threads of its own until it is dropped.
///
/// It can be used from blocking tests and from asynchronous ones.
pub struct StandIn {
    controls: Controls,
    runtime: Option<Runtime>,
}

/// The threads that answer. Tests run beside each other, on machines with few cores.
const THREADS: usize = 2;

impl StandIn {
    /// Starts to listen.
    ///
    /// # Panics
    /// The machine gives no port or no thread.
    pub fn start(setup: Setup) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("stand-in")
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port on 127.0.0.1");
        listener
            .set_nonblocking(true)
            .expect("a listener that does not block");
        let address = listener.local_addr().expect("a listener has an address");
        let hub = Arc::new(hub::Hub::new(address.to_string(), setup));
        let served = Arc::clone(&hub);
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener for the runtime");
            server::serve(listener, served).await;
        });
        Self {
            controls: Controls::new(hub),
            runtime: Some(runtime),
        }
    }
}

impl StandIn {
    /// Starts the front for modules that connect over MQTT, which answer their methods themselves from
    /// then on.
    ///
    /// # Panics
    /// The address and the port are taken, or a front was started before.
    pub fn start_mqtt(&self, setup: mqtt::MqttSetup) -> mqtt::MqttFront {
        let runtime = self.runtime.as_ref().expect("it runs until it is dropped");
        let (sends, started) = std::sync::mpsc::channel();
        runtime.spawn(async move {
            let _ = sends.send(mqtt::MqttFront::start(setup).await);
        });
        let front = started.recv().expect("the address and the port");
        self.controls.attach(&front);
        front
    }
}

impl Deref for StandIn {
    type Target = Controls;

    fn deref(&self) -> &Controls {
        &self.controls
    }
}

impl Drop for StandIn {
    /// # Panics
    /// A planned fault met no call, so the test did not test it.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // An asynchronous test must not be blocked.
            runtime.shutdown_background();
        }
        if !std::thread::panicking() {
            self.controls.assert_faults_met();
        }
    }
}
