//! The modules that the edge agent selects, as recorded in `tests/data`.

use edgelogs::device::match_modules;
use serde_json::Value;
use std::collections::BTreeSet;

use super::cases;

fn strings(values: &Value) -> Vec<String> {
    let values = values.as_array().unwrap();
    values
        .iter()
        .map(|v| v.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn requests_select_the_same_modules_as_the_agent() {
    let cases = cases("module_match_public.json");
    for case in &cases {
        let modules = strings(&case["modules"]);
        let selected = match_modules(&strings(&case["regexes"]), &modules);
        if case["error"].as_bool().unwrap() {
            assert!(selected.is_err(), "{case}");
            continue;
        }
        let selected: BTreeSet<(String, u64)> = selected
            .unwrap()
            .into_iter()
            .map(|(module, item)| (modules[module].clone(), item as u64))
            .collect();
        let expected: BTreeSet<(String, u64)> = case["matched"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| {
                (
                    m["module"].as_str().unwrap().to_owned(),
                    m["item"].as_u64().unwrap(),
                )
            })
            .collect();
        assert_eq!(selected, expected, "{case}");
    }
    println!("{} requests", cases.len());
}
