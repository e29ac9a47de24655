//! Signals that end a run early: Ctrl-C, and on Unix SIGTERM and SIGHUP. All of them end the run in
//! the same way, so that partial files are removed.

use std::io;

/// Waits for a signal to end. `terminable` includes SIGTERM and SIGHUP, unless the command handles
/// them itself.
///
/// # Errors
/// The signal handler can't be installed.
pub(crate) async fn interrupted(terminable: bool) -> io::Result<()> {
    let ctrl_c = tokio::signal::ctrl_c();
    if !terminable {
        return ctrl_c.await;
    }
    tokio::select! {
        pressed = ctrl_c => pressed,
        ended = ended() => ended,
    }
}

/// Waits for SIGTERM or SIGHUP.
///
/// # Errors
/// The signal handler can't be installed.
#[cfg(unix)]
pub(crate) async fn ended() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    // Under `nohup` the program must outlive its terminal.
    if is_ignored(SignalKind::hangup().as_raw_value()) {
        terminate.recv().await;
        return Ok(());
    }
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}

/// Other systems have no such signals.
#[cfg(not(unix))]
pub(crate) async fn ended() -> io::Result<()> {
    std::future::pending().await
}

/// Whether the program was started with the signal ignored; true if unknown.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
}
