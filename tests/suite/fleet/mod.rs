//! Many devices behind one hub: the built binary against the stand-in.

#[cfg(unix)]
mod interrupted;
mod ledger;
mod out_dir;
mod retry;
mod selection;
mod summary;
mod tasks;
#[cfg(unix)]
mod told_ids;
mod verbose;

use stand_in::Call;

/// The devices that were called, in order of their calls.
fn called(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|call| call.device.clone()).collect()
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}
