//! Sets of UTF-16 code units.

use std::sync::OnceLock;

use regex_syntax::hir::{Class, HirKind};

use super::casing::case_variants;

/// A set of code units, as sorted inclusive ranges with gaps in between.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct UnitSet {
    ranges: Vec<(u16, u16)>,
}

/// The surrogates. They are not characters, so no property includes them.
const SURROGATES: (u16, u16) = (0xD800, 0xDFFF);

/// .NET's names of the general categories and their groups.
const CATEGORIES: &[&str] = &[
    "C", "Cc", "Cf", "Cn", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn",
    "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm",
    "So", "Z", "Zl", "Zp", "Zs",
];

impl UnitSet {
    /// The union of the ranges.
    pub(super) fn new(mut ranges: Vec<(u16, u16)>) -> UnitSet {
        ranges.sort_unstable();
        let mut merged: Vec<(u16, u16)> = Vec::new();
        for (first, last) in ranges {
            match merged.last_mut() {
                Some((_, end)) if u32::from(first) <= u32::from(*end) + 1 => *end = last.max(*end),
                _ => merged.push((first, last)),
            }
        }
        UnitSet { ranges: merged }
    }

    /// The code units from the first to the last.
    pub(super) fn range(first: u16, last: u16) -> UnitSet {
        UnitSet::new(vec![(first, last)])
    }

    /// The single-unit characters with a Unicode property. `name` is that of `regex_syntax`.
    fn property(name: &str) -> UnitSet {
        let hir = regex_syntax::parse(&format!(r"\p{{{name}}}"));
        let ranges: Vec<(char, char)> = match hir.map(|hir| hir.into_kind()) {
            Ok(HirKind::Class(Class::Unicode(class))) => {
                class.iter().map(|r| (r.start(), r.end())).collect()
            }
            // A property with a single character is parsed into that character.
            Ok(HirKind::Literal(literal)) => String::from_utf8_lossy(&literal.0)
                .chars()
                .map(|c| (c, c))
                .collect(),
            _ => Vec::new(),
        };
        let unit = |c: char| u16::try_from(u32::from(c)).ok();
        let in_bmp = ranges
            .into_iter()
            .filter_map(|(first, last)| Some((unit(first)?, unit(last).unwrap_or(u16::MAX))))
            .collect();
        // A range of characters may span the surrogates without including them.
        UnitSet::new(in_bmp).difference(&UnitSet::new(vec![SURROGATES]))
    }

    /// The general category, or group of categories, that .NET calls `name`.
    pub(super) fn category(name: &str) -> Option<UnitSet> {
        if !CATEGORIES.contains(&name) {
            return None;
        }
        let surrogates = UnitSet::new(vec![SURROGATES]);
        Some(match name {
            "Cs" => surrogates,
            "C" => UnitSet::property("C").union(&surrogates),
            _ => UnitSet::property(name),
        })
    }

    /// The upper, lower and title case letters.
    pub(super) fn cased_letters() -> UnitSet {
        UnitSet::property("LC")
    }

    /// What `\d` matches: the decimal digits of every script.
    pub(super) fn digits() -> UnitSet {
        static DIGITS: OnceLock<UnitSet> = OnceLock::new();
        DIGITS.get_or_init(|| UnitSet::property("Nd")).clone()
    }

    /// What `\s` matches.
    pub(super) fn whitespace() -> UnitSet {
        static WHITESPACE: OnceLock<UnitSet> = OnceLock::new();
        WHITESPACE
            .get_or_init(|| UnitSet::property("White_Space"))
            .clone()
    }

    /// What `\w` matches: letters, non-spacing marks, decimal digits and
    /// connector punctuation.
    pub(super) fn word() -> UnitSet {
        static WORD: OnceLock<UnitSet> = OnceLock::new();
        WORD.get_or_init(|| {
            ["L", "Mn", "Nd", "Pc"]
                .into_iter()
                .map(UnitSet::property)
                .fold(UnitSet::default(), |word, category| word.union(&category))
        })
        .clone()
    }

    /// The word characters of `\b`: those of `\w`, and the zero-width joiner and non-joiner.
    pub(super) fn boundary_word() -> &'static UnitSet {
        static WORD: OnceLock<UnitSet> = OnceLock::new();
        WORD.get_or_init(|| UnitSet::word().union(&UnitSet::range(0x200C, 0x200D)))
    }

    pub(super) fn union(&self, other: &UnitSet) -> UnitSet {
        UnitSet::new([self.ranges.as_slice(), &other.ranges].concat())
    }

    pub(super) fn complement(&self) -> UnitSet {
        let mut gaps = Vec::with_capacity(self.ranges.len() + 1);
        let mut next = Some(0);
        for (first, last) in &self.ranges {
            if let Some(start) = next
                && start < *first
            {
                gaps.push((start, first - 1));
            }
            next = last.checked_add(1);
        }
        gaps.extend(next.map(|start| (start, u16::MAX)));
        UnitSet { ranges: gaps }
    }

    pub(super) fn difference(&self, other: &UnitSet) -> UnitSet {
        self.complement().union(other).complement()
    }

    /// The set with the case variants of its members.
    pub(super) fn with_case_variants(&self) -> UnitSet {
        let mut ranges = self.ranges.clone();
        for (first, last) in &self.ranges {
            for (_, variants) in case_variants().range(first..=last) {
                ranges.extend(variants.iter().map(|variant| (*variant, *variant)));
            }
        }
        UnitSet::new(ranges)
    }

    pub(super) fn contains(&self, unit: u16) -> bool {
        let above = self.ranges.partition_point(|(first, _)| *first <= unit);
        above > 0 && unit <= self.ranges[above - 1].1
    }

    /// The ranges, in order.
    pub(super) fn ranges(&self) -> &[(u16, u16)] {
        &self.ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_touch_are_one() {
        let set = UnitSet::new(vec![(5, 6), (0, 2), (3, 4), (9, 9)]);
        assert_eq!(set.ranges(), [(0, 6), (9, 9)]);
        assert!(set.contains(6) && !set.contains(7) && set.contains(9));
    }

    #[test]
    fn complements_reach_both_ends() {
        let set = UnitSet::range(0, 9).union(&UnitSet::range(0xFFF0, 0xFFFF));
        assert_eq!(set.complement().ranges(), [(10, 0xFFEF)]);
        assert_eq!(set.complement().complement(), set);
        assert_eq!(UnitSet::default().complement(), UnitSet::range(0, 0xFFFF));
    }

    #[test]
    fn surrogates_are_in_their_own_category_only() {
        assert!(UnitSet::category("Cs").unwrap().contains(0xDC00));
        assert!(UnitSet::category("C").unwrap().contains(0xD800));
        assert!(!UnitSet::category("Cn").unwrap().contains(0xD800));
        assert!(!UnitSet::word().contains(0xD800));
    }

    #[test]
    fn the_categories_divide_all_code_units() {
        let mut rest = UnitSet::default().complement();
        for name in CATEGORIES.iter().filter(|name| name.len() == 2) {
            let category = UnitSet::category(name).unwrap();
            assert!(!category.ranges().is_empty(), "{name}");
            assert_eq!(rest.complement().difference(&category), rest.complement());
            rest = rest.difference(&category);
        }
        assert_eq!(rest, UnitSet::default());
    }

    #[test]
    fn categories_of_other_engines_are_unknown() {
        assert_eq!(UnitSet::category("LC"), None);
        assert_eq!(UnitSet::category("Letter"), None);
        assert_eq!(UnitSet::category("lu"), None);
    }

    #[test]
    fn words_have_no_enclosing_marks_or_letter_numbers() {
        let word = UnitSet::word();
        assert!(word.contains(u16::from(b'_')) && word.contains(0x0301));
        assert!(!word.contains(0x20DD) && !word.contains(0x2160) && !word.contains(0x200D));
        assert!(UnitSet::boundary_word().contains(0x200D));
    }
}
