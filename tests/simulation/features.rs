//! What may occur in a run. Each run draws some of it; a seed can be run again with less.

macro_rules! features {
    ($($feature:ident: $chance:literal),* $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Feature { $($feature),* }

        impl Feature {
            pub(crate) const ALL: &[(Self, f64)] = &[$((Self::$feature, $chance)),*];
        }
    };
}

// Each with the share of runs that have it.
features! {
    // Between two calls.
    Growth: 0.5,
    LargeGrowth: 0.1,
    Rotation: 0.12,
    Restart: 0.08,
    Recreation: 0.06,
    ModulesComeAndGo: 0.08,
    ClockSteps: 0.06,
    FarAhead: 0.05,
    Damage: 0.12,
    SilentDamage: 0.03,
    Failures: 0.1,
    Unreadable: 0.06,
    // In the logs.
    Bursts: 0.35,
    FullSeconds: 0.12,
    EqualStamps: 0.25,
    OutOfOrder: 0.2,
    FarOutOfOrder: 0.06,
    HistoryStepsBack: 0.04,
    Repeats: 0.2,
    Frames: 0.15,
    Blanks: 0.2,
    LongLines: 0.15,
    PartBoundaries: 0.06,
    Interleaved: 0.1,
    Untagged: 0.3,
    JsonLike: 0.1,
    OddFirst: 0.06,
    DaemonFrames: 0.06,
    Unfinished: 0.04,
    OwnStamps: 0.05,
    // The other end.
    IgnoresTimestamps: 0.04,
    OwnModule: 0.15,
    SkewedClock: 0.2,
    // Drawn by itself, so that older seeds stay what they are.
    Folder: 0.0,
}

/// A set of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Features(u64);

impl Features {
    pub(crate) const EVERY: Self = Self(u64::MAX);

    pub(crate) fn has(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u64) != 0
    }

    pub(crate) fn with(self, feature: Feature) -> Self {
        Self(self.0 | 1 << feature as u64)
    }

    pub(crate) fn without(self, feature: Feature) -> Self {
        Self(self.0 & !(1 << feature as u64))
    }

    /// Those that a run has, of those that are allowed.
    pub(crate) fn draw(rng: &mut crate::rng::Rng, allowed: Self) -> Self {
        let mut drawn = 0;
        let by_share = Feature::ALL.iter().filter(|(_, share)| *share > 0.0);
        for (feature, share) in by_share {
            drawn |= u64::from(rng.chance(*share)) << *feature as u64;
        }
        Self(drawn & allowed.0)
    }

    /// Their names.
    pub(crate) fn names(self) -> Vec<String> {
        let all = Feature::ALL.iter();
        let has = all.filter(|(feature, _)| self.has(*feature));
        has.map(|(feature, _)| format!("{feature:?}")).collect()
    }
}
