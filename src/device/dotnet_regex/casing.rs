//! Which code units are the same letter to .NET under `IgnoreCase`.
//!
//! .NET compares by simple lower-casing under the invariant culture, not by
//! Unicode case folding: the Kelvin sign equals `k`, but `ſ` is not `s` and
//! `ς` is not `Σ`. The two dotted and dotless forms of `i` stand alone.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Every code unit that has case variants, with all of them, itself included.
pub(super) fn case_variants() -> &'static BTreeMap<u16, Vec<u16>> {
    static VARIANTS: OnceLock<BTreeMap<u16, Vec<u16>>> = OnceLock::new();
    VARIANTS.get_or_init(|| {
        let mut by_lower: BTreeMap<u16, Vec<u16>> = BTreeMap::new();
        for unit in 0..=u16::MAX {
            by_lower.entry(lower(unit)).or_default().push(unit);
        }
        by_lower
            .into_values()
            .filter(|units| units.len() > 1)
            .flat_map(|units| units.clone().into_iter().map(move |u| (u, units.clone())))
            .collect()
    })
}

/// Whether two code units are the same letter.
pub(super) fn is_same_letter(a: u16, b: u16) -> bool {
    a == b
        || case_variants()
            .get(&a)
            .is_some_and(|variants| variants.contains(&b))
}

/// The simple lower case of a code unit, which a surrogate does not have.
fn lower(unit: u16) -> u16 {
    char::from_u32(u32::from(unit))
        .and_then(|c| single(c.to_lowercase()))
        .and_then(|c| u16::try_from(u32::from(c)).ok())
        .unwrap_or(unit)
}

/// The only character of a case mapping; a mapping to several is not simple.
fn single(mut mapping: impl Iterator<Item = char>) -> Option<char> {
    let first = mapping.next()?;
    mapping.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(a: char, b: char) -> bool {
        let unit = |c| u16::try_from(u32::from(c)).unwrap();
        is_same_letter(unit(a), unit(b))
    }

    #[test]
    fn lower_casing_decides_not_folding() {
        assert!(equal('k', '\u{212A}'));
        assert!(equal('Σ', 'σ'));
        assert!(!equal('Σ', 'ς'));
        assert!(!equal('s', 'ſ'));
        assert!(equal('ß', 'ẞ'));
    }

    #[test]
    fn dotted_and_dotless_i_stand_alone() {
        assert!(equal('i', 'I'));
        assert!(!equal('i', 'İ'));
        assert!(!equal('i', 'ı'));
    }
}
