//! Hostile patterns terminate, with an answer or an error.

use std::time::{Duration, Instant};

use edgelogs::device::{DotNetRegex, DotNetRegexError};

use super::cases;

/// Far more than any of this takes, even unoptimised on a busy machine.
const AGES: Duration = Duration::from_secs(60);

/// What one line may take in a release build.
const MOMENT: Duration = Duration::from_secs(1);

/// How many hostile patterns that .NET itself decided have the same answer here. The others are refused.
const DECIDED: usize = 25;

fn decide(pattern: &str, text: &str) -> Result<bool, DotNetRegexError> {
    let start = Instant::now();
    let answer = DotNetRegex::new(pattern, false).and_then(|regex| regex.is_match(text));
    assert!(start.elapsed() < AGES, "{pattern:.40}");
    answer
}

fn assert_too_complex(pattern: &str, text: &str) {
    let answer = decide(pattern, text);
    assert!(
        matches!(answer, Err(DotNetRegexError::TooComplex { .. })),
        "{pattern:.40}: {answer:?}"
    );
}

#[test]
fn nested_regular_quantifiers_are_answered() {
    let text = "a".repeat(40) + "b";
    assert_eq!(decide("(a+)+$", &text), Ok(false));
    assert_eq!(decide("(?:(?:a*)*)*c", &text), Ok(false));
}

#[test]
fn nested_backtracking_quantifiers_are_too_complex() {
    let text = "a".repeat(40) + "b";
    assert_too_complex(r"(a+)+\1$", &text);
    assert_too_complex(r"^(?=(a+)+\1$)", &text);
    assert_too_complex("^(?:(?=a)a|a)*$(?<!a)", &text[..40]);
}

#[test]
fn large_repetitions_terminate() {
    let text = "a".repeat(2000);
    for pattern in [
        "(?:a{1000}){1000}",
        "(?:(?:(?:a?){1000}){1000}){1000}",
        "a{1000000000}",
        r"(?:.{1,90}){1,90}x",
        r"\w{5000}(?=b)",
        "(?:){2147483647}",
    ] {
        let _ = decide(pattern, &text);
        let _ = decide(pattern, &(text.clone() + "é"));
    }
    assert_eq!(decide("(?:(?=)){1000000000}", &text), Ok(true));
    assert_too_complex(r"()(?:(?:(?:\1){100}){100}){10}x", &text);
}

#[test]
fn nested_conditionals_are_too_complex() {
    let nested = "(?(".repeat(40) + "a" + &")b|c)".repeat(40);
    assert_too_complex(&nested, "");
}

#[test]
fn deep_nesting_is_refused() {
    assert_too_complex(&"(".repeat(100_000), "");
    assert_too_complex(&("(".repeat(4000) + &")".repeat(4000)), "");
    assert_too_complex(&("[a-".repeat(3000) + &"]".repeat(3000)), "");
    let nested = "(?:a|".repeat(90) + &")*".repeat(90);
    assert_eq!(decide(&nested, "b"), Ok(true));
}

#[test]
fn overlong_patterns_are_too_complex() {
    assert_too_complex(&"a".repeat(100_000), "");
    let _ = decide(&r"\w".repeat(4900), "é");
    let _ = decide(&format!("[{}]", r"\w\p{L}".repeat(1000)), "é");
    assert_eq!(decide(&"x*".repeat(4000), "y"), Ok(true));
}

#[test]
fn hostile_patterns_end_and_none_is_answered_wrongly() {
    let limit = if cfg!(debug_assertions) { AGES } else { MOMENT };
    let mut decided = 0;
    for case in cases("dotnet_regex_hostile_public2.json") {
        let pattern = case["pattern"].as_str().unwrap();
        let start = Instant::now();
        let answer = DotNetRegex::new(pattern, case["ignore_case"].as_bool().unwrap())
            .and_then(|regex| regex.is_match(case["input"].as_str().unwrap()));
        assert!(start.elapsed() < limit, "{pattern:.40}");
        decided += usize::from(
            answer
                .as_ref()
                .is_ok_and(|answer| case["is_match"] == *answer),
        );
        match answer {
            // .NET itself gave no answer to some.
            Ok(answer) if case["error"] == false => {
                assert!(
                    case["is_match"].is_null() || case["is_match"] == answer,
                    "{pattern:.40}"
                );
            }
            Err(DotNetRegexError::Invalid { .. }) => {
                assert_eq!(case["error"], true, "{pattern:.40}")
            }
            answer => assert!(answer.is_err(), "{pattern:.40}"),
        }
    }
    assert!(decided >= DECIDED, "{decided}");
}

#[test]
fn steps_forward_are_limited_as_well() {
    let text = "a".repeat(16_000) + "b";
    assert_too_complex("^(?:(?=(?:(?=.*b)a)*b)a)*b$", &text);
    let text: String = ('\u{4E00}'..).take(20_000).collect();
    assert_too_complex(r"(?:(.)(?!.*\1))+$", &text);
}

#[test]
fn automata_are_limited_by_the_length_of_the_text() {
    let text = "ab".repeat(32_000);
    assert_too_complex("(?:a|b)*a(?:a|b){2000}c", &text);
    assert_eq!(decide("(?:a|b)*a(?:a|b){2000}c", &text[..2000]), Ok(false));
    assert_eq!(decide("a.{0,200}c", &text), Ok(false));
}
