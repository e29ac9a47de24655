//! `--shard`: one worker's part of the selected devices.

use std::num::NonZeroU32;
use std::str::FromStr;

use flate2::Crc;

use crate::cli::environment::{JOB_COUNT, JOB_INDEX};
use crate::invalid_input::InvalidInput;

/// Part `index` of `count`, written `K/N`, with K from 0 to N-1.
///
/// A device belongs to part CRC-32(id) mod N, which does not depend on the machine, the order or the
/// other devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    index: u32,
    count: NonZeroU32,
}

impl FromStr for Shard {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        let parsed = text
            .split_once('/')
            .and_then(|(index, count)| Self::new(index, count));
        parsed.ok_or_else(|| {
            InvalidInput::new(format!("shard `{text}` is not K/N with K from 0 to N-1"))
                .hint("for three workers, use 0/3, 1/3 and 2/3")
        })
    }
}

impl Shard {
    fn new(index: &str, count: &str) -> Option<Self> {
        let index = index.trim().parse().ok()?;
        let count: NonZeroU32 = count.trim().parse().ok()?;
        (index < count.get()).then_some(Self { index, count })
    }

    /// The part that the environment names, as in a Kubernetes indexed Job.
    ///
    /// # Errors
    /// Only one of the variables is set, so that every worker would call all devices, or they are not a
    /// valid part.
    pub(crate) fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, InvalidInput> {
        let (index, count) = match (variable(JOB_INDEX), variable(JOB_COUNT)) {
            (Some(index), Some(count)) => (index, count),
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(half_set(JOB_INDEX, JOB_COUNT)),
            (None, Some(_)) => return Err(half_set(JOB_COUNT, JOB_INDEX)),
        };
        Self::new(&index, &count).map(Some).ok_or_else(|| {
            InvalidInput::new(format!(
                "{JOB_INDEX}={index} and {JOB_COUNT}={count} are not a shard"
            ))
            .hint("set both as in a Kubernetes indexed Job, or pass --shard K/N")
        })
    }

    /// Whether the device belongs to this part.
    pub(crate) fn contains(self, device: &str) -> bool {
        let mut crc = Crc::new();
        crc.update(device.as_bytes());
        crc.sum() % self.count == self.index
    }
}

fn half_set(set: &str, unset: &str) -> InvalidInput {
    InvalidInput::new(format!("{set} is set, but {unset} is not"))
        .hint("set both as in a Kubernetes indexed Job, or pass --shard K/N; 0/1 is all devices")
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_index_below_the_count_is_a_shard() {
        assert_eq!("2/3".parse::<Shard>().unwrap().to_string(), "2/3");
        for text in ["3/3", "0/0", "-1/3", "1", "1/", "a/b", "1/2/3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_environment_needs_both_variables() {
        let from = |index: Option<&str>, count: Option<&str>| {
            Shard::from_environment(|name| {
                let value = if name == JOB_INDEX { index } else { count };
                value.map(str::to_owned)
            })
        };
        assert_eq!(from(Some("1"), Some("4")).unwrap(), "1/4".parse().ok());
        assert_eq!(from(None, None).unwrap(), None);
        for (index, count) in [(Some("1"), None), (None, Some("4"))] {
            let refused = from(index, count).unwrap_err().to_string();
            assert!(
                refused.contains(JOB_INDEX) && refused.contains(JOB_COUNT),
                "{refused}"
            );
        }
        assert!(from(Some("4"), Some("4")).is_err());
        assert!(from(Some(" "), Some("4")).is_err());
    }

    #[test]
    fn the_part_of_a_device_never_changes() {
        // python3 -c 'import zlib; print(zlib.crc32(b"press-07") % 16)'
        let shard: Shard = "0/16".parse().unwrap();
        assert!(shard.contains("press-07"));
    }
}
