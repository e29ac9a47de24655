//! Hostile patterns terminate, with an answer or an error.

use std::time::{Duration, Instant};

use edgelogs::device::{DotNetRegex, DotNetRegexError};

/// Far more than any of this takes, even unoptimised on a busy machine.
const AGES: Duration = Duration::from_secs(60);

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
