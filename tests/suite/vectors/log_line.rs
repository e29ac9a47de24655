//! The answers of the edge agent's own line parser, as recorded in
//! `tests/data`.

use edgelogs::logs::{LogLine, dotnet_timestamp};

use super::cases;

fn assert_parsed_alike(name: &str) {
    let cases = cases(name);
    for case in &cases {
        let line = LogLine::parse(case["input"].as_str().unwrap());
        let timestamp = line.timestamp.map(dotnet_timestamp);
        assert_eq!(case["loglevel"], line.loglevel, "{case}");
        assert_eq!(case["timestamp"].as_str(), timestamp.as_deref(), "{case}");
        assert_eq!(case["text"], line.text, "{case}");
    }
    println!("{} lines", cases.len());
}

#[test]
fn lines_are_parsed_as_the_agent_parses_them() {
    assert_parsed_alike("line_parse_public.json");
}

#[test]
fn fresh_lines_are_parsed_as_the_agent_parses_them() {
    assert_parsed_alike("line_parse_public2.json");
}
