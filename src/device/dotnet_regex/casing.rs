//! Which code units .NET treats as the same letter under `IgnoreCase`.
//!
//! .NET compares by simple lower-casing under the invariant culture, not by
//! Unicode case folding: the Kelvin sign equals `k`, but `ſ` is not `s` and
//! `ς` is not `Σ`. `İ` and `ı` equal only themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

/// For every code unit with case variants, all of its variants, including itself.
pub(super) fn case_variants() -> &'static BTreeMap<u16, Vec<u16>> {
    static VARIANTS: OnceLock<BTreeMap<u16, Vec<u16>>> = OnceLock::new();
    VARIANTS.get_or_init(|| variants_in(WITH_CASE.into_iter().flatten()))
}

/// The ranges of code units with case variants. East Asian scripts, surrogates and the private use
/// area have none; searching them would take longer than most requests.
const WITH_CASE: [RangeInclusive<u16>; 3] = [0..=0x2FFF, 0xA640..=0xABFF, 0xFF00..=0xFFFF];

fn variants_in(units: impl Iterator<Item = u16>) -> BTreeMap<u16, Vec<u16>> {
    let mut by_lower: BTreeMap<u16, Vec<u16>> = BTreeMap::new();
    for unit in units {
        let lower = lower(unit);
        if lower != unit {
            by_lower
                .entry(lower)
                .or_insert_with(|| vec![lower])
                .push(unit);
        }
    }
    by_lower
        .into_values()
        .map(|mut units| {
            units.sort_unstable();
            units
        })
        .flat_map(|units| units.clone().into_iter().map(move |u| (u, units.clone())))
        .collect()
}

/// Whether a text has letters that .NET and the engine compare differently when they ignore case.
/// The engine folds case instead of lowering it, and compares only texts of equal length in bytes.
pub(super) fn has_irregular_case(text: &str) -> bool {
    text.chars().any(|c| !c.is_ascii() && is_irregular(c))
}

fn is_irregular(c: char) -> bool {
    let Ok(unit) = u16::try_from(u32::from(c)) else {
        // To .NET this is two surrogates, which have no case.
        return false;
    };
    let mut folded = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
    if folded.try_case_fold_simple().is_err() {
        return true;
    }
    let folded: BTreeSet<char> = folded
        .iter()
        .flat_map(|range| range.start()..=range.end())
        .collect();
    let lowered: BTreeSet<char> = match case_variants().get(&unit) {
        Some(variants) => variants
            .iter()
            .filter_map(|unit| char::from_u32(u32::from(*unit)))
            .collect(),
        None => BTreeSet::from([c]),
    };
    folded != lowered || folded.iter().any(|form| form.len_utf8() != c.len_utf8())
}

/// Letters whose lower case .NET 10 does not know.
const WITHOUT_LOWER_CASE: [u16; 3] = [0xA7CE, 0xA7D2, 0xA7D4];

/// The simple lower case of a code unit; surrogates have none.
fn lower(unit: u16) -> u16 {
    if WITHOUT_LOWER_CASE.contains(&unit) {
        return unit;
    }
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
        case_variants()
            .get(&unit(a))
            .is_some_and(|variants| variants.contains(&unit(b)))
    }

    #[test]
    fn no_code_unit_outside_the_ranges_has_variants() {
        assert_eq!(*case_variants(), variants_in(0..=u16::MAX));
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
    fn letters_are_irregular_where_folding_is_not_lowering() {
        assert!(!has_irregular_case("käse ñÑ жЖ漢"));
        for text in ["\u{212A}", "ſ", "ς", "ẞ", "Ⱥ"] {
            assert!(has_irregular_case(text), "{text}");
        }
    }

    #[test]
    fn dotted_and_dotless_i_stand_alone() {
        assert!(equal('i', 'I'));
        assert!(!equal('i', 'İ'));
        assert!(!equal('i', 'ı'));
    }
}
