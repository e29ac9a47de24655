//! Requests that acted, so that none acts twice.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use tokio::time::Instant;

use crate::methods::{MethodRequest, RestartModule, UploadModuleLogs, UploadSupportBundle};

/// How long a request may come again. IoT Hub forgets it after its two timeouts, of 300 s each.
const AGAIN_WITHIN: Duration = Duration::from_secs(600);

/// How many are remembered.
const MOST: usize = 1000;

/// The requests that acted, of all connections.
#[derive(Debug, Default)]
pub(super) struct Acted {
    recent: VecDeque<(Instant, Acting)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Acting {
    rid: String,
    method: String,
    /// A hash, since a body may have 128 KB.
    body: u64,
}

impl Acted {
    /// Remembers a request. If the same one came before, returns how long ago.
    ///
    /// The id alone does not tell: IoT Hub begins anew with each connection. So method and payload
    /// have to be the same too.
    pub(super) fn again(&mut self, rid: &str, method: &str, body: &[u8]) -> Option<Duration> {
        let acts = [
            RestartModule::NAME,
            UploadModuleLogs::NAME,
            UploadSupportBundle::NAME,
        ];
        if !acts.iter().any(|name| method.eq_ignore_ascii_case(name)) {
            return None;
        }
        while let Some((at, _)) = self.recent.front()
            && (at.elapsed() > AGAIN_WITHIN || self.recent.len() >= MOST)
        {
            self.recent.pop_front();
        }
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let acting = Acting {
            rid: rid.to_owned(),
            method: method.to_ascii_lowercase(),
            body: hasher.finish(),
        };
        let before = self.recent.iter().find(|(_, other)| *other == acting);
        if let Some((at, _)) = before {
            return Some(at.elapsed());
        }
        self.recent.push_back((Instant::now(), acting));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_what_acts_and_is_the_same_in_everything_comes_again() {
        let mut acted = Acted::default();
        let (one, two) = (&b"1"[..], &b"2"[..]);
        assert_eq!(acted.again("1", "RestartModule", one), None);
        assert_eq!(acted.again("2", "RestartModule", one), None);
        assert_eq!(acted.again("1", "RestartModule", two), None);
        assert_eq!(acted.again("1", "UploadModuleLogs", one), None);
        for _ in 0..2 {
            assert_eq!(acted.again("1", "GetModuleLogs", one), None);
        }
        tokio::time::advance(Duration::from_secs(9)).await;
        let ago = acted.again("1", "restartmodule", one);
        assert_eq!(ago, Some(Duration::from_secs(9)));
        tokio::time::advance(AGAIN_WITHIN).await;
        assert_eq!(acted.again("1", "RestartModule", one), None);
    }

    #[test]
    fn the_number_of_remembered_requests_is_bounded() {
        let mut acted = Acted::default();
        for rid in 0..3 * MOST {
            acted.again(&rid.to_string(), "RestartModule", b"");
        }
        assert_eq!(acted.recent.len(), MOST);
    }
}
