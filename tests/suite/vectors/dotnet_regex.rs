//! The answers of .NET itself, as recorded in `tests/data`.

use std::collections::BTreeMap;

use edgelogs::device::{DotNetRegex, DotNetRegexError};

use super::cases;

/// Checks a file of cases: no answer is wrong, and no more patterns are refused than known.
fn assert_score(name: &str, refusals_known: usize) {
    let cases = cases(name);
    let (mut right, mut wrong) = (0, Vec::new());
    let mut refusals = BTreeMap::<String, usize>::new();
    for case in &cases {
        let pattern = case["pattern"].as_str().unwrap();
        let input = case["input"].as_str().unwrap();
        let is_error = case["error"].as_bool().unwrap();
        let regex = DotNetRegex::new(pattern, case["ignore_case"].as_bool().unwrap());
        match regex.and_then(|regex| regex.is_match(input)) {
            Err(DotNetRegexError::Invalid { .. }) if is_error => right += 1,
            Ok(answer) if !is_error && answer == case["is_match"] => right += 1,
            Err(error) if !is_error && !matches!(error, DotNetRegexError::Invalid { .. }) => {
                *refusals.entry(error.to_string()).or_default() += 1;
            }
            answer => wrong.push(format!("{case} {answer:?}")),
        }
    }
    let total = cases.len();
    println!("{name}: {right} of {total} right, refused: {refusals:#?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    let refused = total - right;
    assert!(refused <= refusals_known, "{refused} of {total} refused");
}

#[test]
fn recorded_patterns_match_as_in_dotnet() {
    assert_score("dotnet_regex_public.json", 22);
}

#[test]
fn random_patterns_match_as_in_dotnet() {
    assert_score("dotnet_regex_fuzz_public.json", 28);
}

#[test]
fn fresh_patterns_match_as_in_dotnet() {
    assert_score("dotnet_regex_public2.json", 8);
}

#[test]
fn fresh_random_patterns_match_as_in_dotnet() {
    assert_score("dotnet_regex_fuzz_public2.json", 166);
}

#[test]
fn patterns_that_dotnet_10_reads_anew_match_as_in_it() {
    // Its quirks, a quarter of which are refused by name.
    assert_score("dotnet_regex_net10_public2.json", 13);
}
