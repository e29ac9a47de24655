//! Notices that the reader of stdout has gone, also while there is nothing to write.

/// Waits until nobody reads stdout any more: for ever where that can't happen, as of a file.
pub async fn stdout_closed() {
    #[cfg(unix)]
    if closed_pipe().await.is_some() {
        return;
    }
    std::future::pending().await
}

/// None where the kernel does not tell.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "this is where stdout is watched")]
async fn closed_pipe() -> Option<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::retry_on_intr;

    let (closed, is_closed) = tokio::sync::oneshot::channel();
    // The runtime would register stdout for writing, and wake up for every write. Unlike a blocking
    // task, a thread does not keep the program from ending.
    let watch = move || {
        let stdout = std::io::stdout();
        // An error and a hang-up are told whether asked for or not.
        let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
        let polled = retry_on_intr(|| poll(&mut watched, None));
        let is_closed = PollFlags::ERR | PollFlags::HUP;
        if polled.is_ok() && watched[0].revents().intersects(is_closed) {
            let _ = closed.send(());
        }
    };
    std::thread::Builder::new().spawn(watch).ok()?;
    is_closed.await.ok()
}
