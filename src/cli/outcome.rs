//! One exit code out of what became of many targets.

use crate::exit::Exit;

/// What became of the targets so far.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    worked: usize,
    failures: Vec<Exit>,
}

impl Outcome {
    /// A target answered.
    pub(super) fn worked(&mut self) {
        self.worked += 1;
    }

    /// A target failed for a reason that alone would end the program like this.
    pub(super) fn failed(&mut self, exit: Exit) {
        self.failures.push(exit);
    }

    /// All worked: 0. Some did: 4. None did: their common code, or 1.
    pub(super) fn exit(&self) -> Exit {
        match self.failures.as_slice() {
            [] => Exit::Success,
            _ if self.worked > 0 => Exit::Partial,
            [first, rest @ ..] if rest.iter().all(|exit| exit == first) => *first,
            _ => Exit::Unexpected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(worked: usize, failures: &[Exit]) -> Exit {
        Outcome {
            worked,
            failures: failures.to_vec(),
        }
        .exit()
    }

    #[test]
    fn the_exit_code_tells_all_some_or_why_none() {
        assert_eq!(exit(2, &[]), Exit::Success);
        assert_eq!(exit(1, &[Exit::Unreachable]), Exit::Partial);
        assert_eq!(
            exit(0, &[Exit::Unreachable, Exit::Unreachable]),
            Exit::Unreachable
        );
        assert_eq!(
            exit(0, &[Exit::Unreachable, Exit::Refused]),
            Exit::Unexpected
        );
    }
}
