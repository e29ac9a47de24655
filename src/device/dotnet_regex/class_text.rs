//! Sets of code units in the syntax of the engine.

use std::fmt::Write as _;

use super::code_units::stand_in;
use super::unit_set::UnitSet;

/// A set without characters; the engine has no shorter spelling.
pub(super) const NOTHING: &str = "[a&&b]";

/// The last ASCII character.
const LAST_ASCII: u16 = 0x7F;

/// Writes a set for ASCII text, without other characters.
pub(super) fn write_ascii_set(out: &mut String, set: &UnitSet) {
    let ranges: Vec<(u16, u16)> = set
        .ranges()
        .iter()
        .map(|(first, last)| (*first, (*last).min(LAST_ASCII)))
        .filter(|(first, last)| first <= last)
        .collect();
    write_ranges(out, &ranges, false);
}

/// Writes a set for text of any kind, with the stand-ins of surrogates.
pub(super) fn write_set(out: &mut String, set: &UnitSet) {
    if let Some(name) = shorthand(set) {
        out.push_str(name);
        return;
    }
    let complement = set.complement();
    // The engine's own complement includes characters that are neither code units nor stand-ins,
    // but those occur in no text.
    let negated = !complement.ranges().is_empty() && complement.ranges().len() < set.ranges().len();
    let ranges = if negated { &complement } else { set };
    write_ranges(out, ranges.ranges(), negated);
}

/// The most common sets, in a shorter form than their ranges. None of them includes the categories
/// of the stand-ins.
fn shorthand(set: &UnitSet) -> Option<&'static str> {
    const FEWEST: usize = 8;
    if set.ranges().len() < FEWEST {
        return None;
    }
    if *set == UnitSet::word() {
        Some(r"[\p{L}\p{Mn}\p{Nd}\p{Pc}]")
    } else if *set == UnitSet::word().complement() {
        Some(r"[^\p{L}\p{Mn}\p{Nd}\p{Pc}]")
    } else if *set == UnitSet::digits() {
        Some(r"\p{Nd}")
    } else if *set == UnitSet::digits().complement() {
        Some(r"\P{Nd}")
    } else if set == UnitSet::boundary_word() {
        Some(r"[\p{L}\p{Mn}\p{Nd}\p{Pc}\x{200C}\x{200D}]")
    } else {
        None
    }
}

fn write_ranges(out: &mut String, ranges: &[(u16, u16)], negated: bool) {
    match ranges {
        [] => out.push_str(NOTHING),
        [(first, last)] if first == last && !negated => write_character(out, *first),
        ranges => {
            out.push_str(if negated { "[^" } else { "[" });
            for (first, last) in ranges {
                // The stand-ins of surrogates are a separate range.
                let parts: [(u16, u16); 3] = [(0, 0xD7FF), (0xD800, 0xDFFF), (0xE000, 0xFFFF)];
                for (low, high) in parts {
                    let (first, last) = (*first.max(&low), *last.min(&high));
                    if first > last {
                        continue;
                    }
                    write_character(out, first);
                    if first != last {
                        out.push('-');
                        write_character(out, last);
                    }
                }
            }
            out.push(']');
        }
    }
}

/// Writes a code unit as a literal, inside a class or not.
fn write_character(out: &mut String, unit: u16) {
    let c = stand_in(unit);
    if c.is_ascii_alphanumeric() {
        out.push(c);
    } else {
        // Writing to a string cannot fail.
        let _ = write!(out, r"\x{{{:X}}}", u32::from(c));
    }
}
