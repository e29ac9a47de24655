//! Suggestions for mistyped names.

/// The known name that is closest to a mistyped one.
pub(crate) fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |other: &str| strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    let scored = known.into_iter().map(|other| (likeness(other), other));
    // The first of several equally close ones.
    let best = scored.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    (best.0 > 0.75).then_some(best.1)
}
