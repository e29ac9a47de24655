//! What ends a run early: Ctrl-C, and on Unix the signals of service managers and of a terminal that
//! goes. All of them end the work in the same way, so that half files are removed.

use std::io;

/// Waits until somebody wants the program to end. `terminable` says whether SIGTERM and SIGHUP are
/// waited for too; a command that waits for them itself has its own way to end.
///
/// # Errors
/// The system lets nobody wait for a signal.
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

#[cfg(unix)]
async fn ended() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    // `nohup` starts programs so that they outlive their terminal. They still must.
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

#[cfg(not(unix))]
async fn ended() -> io::Result<()> {
    std::future::pending().await
}

/// Whether the program was started so that it ignores a signal; true where nobody tells.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
}
