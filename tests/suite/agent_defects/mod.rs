//! Defects of the shipped agent that the device module does not have.

mod reading;
mod writing;

use edgelogs::device::DeviceModule;

use crate::common::memory_source::{MemoryModule, of_modules};

/// A device with the module `m`, whose log holds these frames.
fn of_frames<S: AsRef<str>>(frames: &[S]) -> DeviceModule {
    of_modules(vec![MemoryModule::of_frames("m", frames)])
}

/// The same with stamps of the last seconds.
fn of_stamped<S: AsRef<str>>(frames: &[S]) -> DeviceModule {
    of_modules(vec![MemoryModule::of_frames("m", frames).stamped()])
}
