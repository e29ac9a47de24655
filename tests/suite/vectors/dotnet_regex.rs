//! The answers of .NET itself, as recorded in `tests/data`.

use edgelogs::device::{DotNetRegex, DotNetRegexError};

use super::cases;

/// How a file of cases fared.
#[derive(Debug, Default)]
struct Score {
    right: usize,
    refused: usize,
    wrong: Vec<String>,
    accepted: Vec<String>,
    invalid: usize,
}

fn run(name: &str) -> (usize, Score) {
    let cases = cases(name);
    let mut score = Score::default();
    let mut refusals = std::collections::BTreeMap::<String, usize>::new();
    for case in &cases {
        let pattern = case["pattern"].as_str().unwrap();
        let input = case["input"].as_str().unwrap();
        let is_error = case["error"].as_bool().unwrap();
        let regex = DotNetRegex::new(pattern, case["ignore_case"].as_bool().unwrap());
        let answer = regex.and_then(|regex| regex.is_match(input));
        match answer {
            Err(DotNetRegexError::Invalid { .. }) if is_error => {
                score.right += 1;
                score.invalid += 1;
            }
            Err(DotNetRegexError::Invalid { .. }) => score.wrong.push(format!("{case} {answer:?}")),
            _ if is_error => score.accepted.push(format!("{case} {answer:?}")),
            Ok(answer) if answer == case["is_match"] => score.right += 1,
            Ok(_) => score.wrong.push(format!("{case} {answer:?}")),
            Err(error) => {
                score.refused += 1;
                *refusals.entry(error.to_string()).or_default() += 1;
            }
        }
    }
    println!(
        "{name}: {} cases, {} right ({} of them refused as invalid), {} refused, {} wrong",
        cases.len(),
        score.right,
        score.invalid,
        score.refused,
        score.wrong.len() + score.accepted.len(),
    );
    for (refusal, count) in refusals {
        println!("  {count:4} {refusal}");
    }
    (cases.len(), score)
}

fn assert_score(name: &str) {
    let (total, score) = run(name);
    assert!(score.wrong.is_empty(), "{:#?}", score.wrong);
    assert!(score.accepted.is_empty(), "{:#?}", score.accepted);
    assert!(
        score.right * 100 >= total * 98,
        "{} of {total}",
        score.right
    );
}

#[test]
fn recorded_patterns_match_as_in_dotnet() {
    assert_score("dotnet_regex_public.json");
}

#[test]
fn random_patterns_match_as_in_dotnet() {
    assert_score("dotnet_regex_fuzz_public.json");
}
