//! Recognises the secrets of this run by their value, in whatever form somebody sends them back.
//!
//! Escapes are undone (percent, JSON, HTML, quoted-printable, several times over), base64 is decoded,
//! and only letters and digits are compared: line breaks, padding and the escapes of `+`, `/` and `=`
//! make no difference.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::{LazyLock, PoisonError, RwLock};

/// Any part of a random secret that is this long counts, since errors are cut anywhere. Shorter parts
/// are of no use to anybody, and occur by chance.
const PART: usize = 8;
/// A text with upper case, lower case and digits is random from this length on. Other secrets, such as
/// passwords of words, count only as a whole.
const RANDOM: usize = 12;
/// A run holds a few; a loopback hub may meet many over time.
const MAX_KNOWN: usize = 256;
/// Proxies and logs escape what is already escaped.
const MAX_ESCAPES: usize = 5;
/// Base64 within base64.
const MAX_BASE64: usize = 2;
/// Less base64 can't hold a part.
const MIN_BASE64: usize = PART * 4 / 3;
/// Parts that are this close in bytes are redacted as one: an unknown escape stands between them.
const GAP: usize = 6;

static KNOWN: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);

/// Without `Debug`, which would show them.
#[derive(Default)]
struct Known {
    /// The oldest first, reduced to letters and digits.
    secrets: VecDeque<Secret>,
    /// All parts of random secrets, and how many times each occurs.
    parts: HashMap<[u8; PART], usize>,
}

struct Secret {
    letters: Vec<u8>,
    random: bool,
    /// Whether it is the run's own, which is forgotten last.
    is_own: bool,
}

impl Secret {
    fn parts(&self) -> impl Iterator<Item = [u8; PART]> {
        let letters: &[u8] = if self.random { &self.letters } else { &[] };
        letters
            .windows(PART)
            .filter_map(|part| part.try_into().ok())
    }
}

/// A character, perhaps decoded, and where it stands in the original text.
#[derive(Debug, Clone, Copy)]
struct Piece {
    character: char,
    start: usize,
    end: usize,
}

/// From now on, [`ranges`] finds this secret: until the end if it `is_own`, and else until there are many.
pub(super) fn remember(secret: &str, is_own: bool) {
    let letters: Vec<u8> = letters(&unescaped(secret))
        .map(|(letter, _)| letter)
        .collect();
    if letters.len() < PART {
        return;
    }
    let has = |class: fn(&char) -> bool| secret.chars().any(|c| class(&c));
    let random = letters.len() >= RANDOM
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_digit);
    let secret = Secret {
        letters,
        random,
        is_own,
    };
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    let mut same = known.secrets.iter_mut();
    if let Some(same) = same.find(|known| known.letters == secret.letters) {
        same.is_own |= is_own;
        return;
    }
    for part in secret.parts() {
        *known.parts.entry(part).or_default() += 1;
    }
    known.secrets.push_back(secret);
    if known.secrets.len() <= MAX_KNOWN {
        return;
    }
    let of_others = known.secrets.iter().position(|secret| !secret.is_own);
    let forgotten = known.secrets.remove(of_others.unwrap_or(0));
    for part in forgotten.iter().flat_map(Secret::parts) {
        if let Some(count) = known.parts.get_mut(&part) {
            *count -= 1;
            if *count == 0 {
                known.parts.remove(&part);
            }
        }
    }
}

/// Where a text holds a remembered secret or a part of one, in order.
pub(super) fn ranges(text: &str) -> Vec<Range<usize>> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if known.secrets.is_empty() || text.len() < PART {
        return Vec::new();
    }
    let mut found = known.find(&unescaped(text), MAX_BASE64);
    found.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in found {
        match merged.last_mut() {
            Some(last) if range.start <= last.end + GAP => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

impl Known {
    fn find(&self, pieces: &[Piece], base64: usize) -> Vec<Range<usize>> {
        let (letters, places): (Vec<u8>, Vec<Range<usize>>) = letters(pieces).unzip();
        let range = |at: usize, length: usize| places[at].start..places[at + length - 1].end;
        let mut found: Vec<_> = letters
            .windows(PART)
            .enumerate()
            .filter(|(_, window)| self.parts.contains_key(*window))
            .map(|(at, _)| range(at, PART))
            .collect();
        for whole in self.secrets.iter().filter(|secret| !secret.random) {
            let length = whole.letters.len();
            found.extend(
                letters
                    .windows(length)
                    .enumerate()
                    .filter(|(_, window)| *window == whole.letters)
                    .map(|(at, _)| range(at, length)),
            );
        }
        if base64 > 0 {
            for run in base64_runs(pieces) {
                // Words before it may be taken for its beginning.
                for skipped in 0..4 {
                    let decoded = decoded_base64(run.get(skipped..).unwrap_or_default());
                    found.extend(self.find(&unescape(decoded), base64 - 1));
                }
            }
        }
        found
    }
}

/// The letters and digits, in lower case.
fn letters(pieces: &[Piece]) -> impl Iterator<Item = (u8, Range<usize>)> {
    pieces.iter().filter_map(|piece| {
        let letter = u8::try_from(piece.character).ok()?;
        letter
            .is_ascii_alphanumeric()
            .then(|| (letter.to_ascii_lowercase(), piece.start..piece.end))
    })
}

fn unescaped(text: &str) -> Vec<Piece> {
    unescape(
        text.char_indices()
            .map(|(start, character)| Piece {
                character,
                start,
                end: start + character.len_utf8(),
            })
            .collect(),
    )
}

/// Undoes escapes, and escapes of escapes.
fn unescape(mut pieces: Vec<Piece>) -> Vec<Piece> {
    for _ in 0..MAX_ESCAPES {
        let before = pieces.len();
        let mut decoded = Vec::with_capacity(before);
        let mut at = 0;
        while let Some(piece) = pieces.get(at) {
            let (character, length) = escape(&pieces[at..]).unwrap_or((piece.character, 1));
            decoded.push(Piece {
                character,
                start: piece.start,
                end: pieces[at + length - 1].end,
            });
            at += length;
        }
        pieces = decoded;
        if pieces.len() == before {
            break;
        }
    }
    pieces
}

/// HTML's names of the characters in a URL.
const ENTITIES: [(&str, char); 9] = [
    ("amp;", '&'),
    ("plus;", '+'),
    ("equals;", '='),
    ("sol;", '/'),
    ("quot;", '"'),
    ("percnt;", '%'),
    ("num;", '#'),
    ("lt;", '<'),
    ("gt;", '>'),
];

/// The longest escape: `&equals;`, `&#x0000003d;`.
const LONGEST: usize = 12;

/// The character that the escape at the start stands for, and the escape's length.
fn escape(pieces: &[Piece]) -> Option<(char, usize)> {
    let first = pieces.first()?.character;
    if !matches!(first, '%' | '\\' | '&' | '=') {
        return None;
    }
    let text: String = pieces
        .iter()
        .skip(1)
        .take(LONGEST)
        .map(|piece| piece.character)
        .collect();
    let hex = |digits: usize, skipped: usize| {
        let digits_text = text.get(skipped..skipped + digits)?;
        let code = u32::from_str_radix(digits_text, 16).ok()?;
        Some((char::from_u32(code)?, 1 + skipped + digits))
    };
    match first {
        '%' => hex(2, 0),
        '=' if ["3D", "2B", "2F"].iter().any(|code| text.starts_with(code)) => hex(2, 0),
        '\\' => match text.chars().next()? {
            'u' => hex(4, 1),
            'x' => hex(2, 1),
            'n' | 'r' | 't' => Some((' ', 2)),
            escaped @ ('/' | '\\' | '"') => Some((escaped, 2)),
            _ => None,
        },
        '&' => match text.strip_prefix('#') {
            Some(number) => {
                let (digits, _) = number.split_once(';')?;
                let code = match digits.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => digits.parse().ok()?,
                };
                // `&`, `#` and `;` are not among the digits.
                Some((char::from_u32(code)?, digits.len() + 3))
            }
            None => ENTITIES
                .iter()
                .find(|(name, _)| text.starts_with(name))
                .map(|(name, character)| (*character, 1 + name.len())),
        },
        _ => None,
    }
}

/// What may be base64, of any alphabet, wrapped or not.
fn base64_runs(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let printed: Vec<Piece> = pieces
        .iter()
        .filter(|piece| !piece.character.is_whitespace())
        .copied()
        .collect();
    printed
        .split(|piece| base64_value(piece.character).is_none())
        .filter(|run| run.len() >= MIN_BASE64)
        .map(<[Piece]>::to_vec)
        .collect()
}

fn base64_value(character: char) -> Option<u8> {
    let byte = u8::try_from(character).ok()?;
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// The bytes of a run that is base64 from its start, as characters with the places they come from.
fn decoded_base64(run: &[Piece]) -> Vec<Piece> {
    let mut decoded = Vec::with_capacity(run.len());
    for group in run.chunks(4) {
        for pair in 0..group.len().saturating_sub(1) {
            let value = |at: usize| u32::from(base64_value(group[at].character).unwrap_or(0));
            // Of 12 bits, each byte takes the last 8 less 0, 2 or 4 at the end.
            let bits = (value(pair) << 6 | value(pair + 1)) >> (4 - 2 * pair);
            decoded.push(Piece {
                character: char::from(u8::try_from(bits & 0xff).unwrap_or_default()),
                start: group[pair].start,
                end: group[pair + 1].end,
            });
        }
    }
    decoded
}
