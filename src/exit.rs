//! The exit codes, which scripts may rely on.

/// How the program ends. The numbers are a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Every target answered, even if no line matched; the task completed.
    Success = 0,
    /// An unexpected error, or failures of different kinds.
    Unexpected = 1,
    /// Usage, configuration, or a payload that can't be valid: nothing was sent.
    Usage = 2,
    /// No device or no module matched, or the hub does not know it.
    NothingSelected = 3,
    /// Some targets succeeded and some failed.
    Partial = 4,
    /// Not authorised: HTTP 401 or 403, a key or a token refused.
    NotAuthorized = 5,
    /// A device or module not connected or silent; the hub out of reach or 5xx.
    Unreachable = 6,
    /// The device refused or failed the method, or its answer can't be decoded.
    Refused = 7,
    /// The task is Failed, Cancelled or Unknown.
    TaskFailed = 8,
    /// Stopped waiting; the task is still running.
    GaveUpWaiting = 9,
    /// Throttled by the hub after all retries.
    Throttled = 10,
    /// Interrupted by Ctrl-C, SIGTERM or SIGHUP.
    Interrupted = 130,
}

impl Exit {
    /// The exit code of a run over several targets: 0 if all worked, 4 if some did, otherwise the
    /// code that all failures have in common, or 1.
    pub(crate) fn of_targets(worked: usize, failures: impl IntoIterator<Item = Self>) -> Self {
        let mut failures = failures.into_iter();
        let Some(first) = failures.next() else {
            return Self::Success;
        };
        match worked {
            0 if failures.all(|exit| exit == first) => first,
            0 => Self::Unexpected,
            _ => Self::Partial,
        }
    }

    /// The number for the operating system.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
