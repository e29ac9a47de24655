use super::*;

fn matches(pattern: &str, text: &str) -> bool {
    DotNetRegex::new(pattern, false)
        .unwrap()
        .is_match(text)
        .unwrap()
}

fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    DotNetRegex::new(pattern, true)
        .unwrap()
        .is_match(text)
        .unwrap()
}

/// What a pattern is refused for, though .NET takes it.
fn unsupported(pattern: &str) -> &'static str {
    match DotNetRegex::new(pattern, false) {
        Err(DotNetRegexError::Unsupported { construct }) => construct,
        other => panic!("{pattern}: {other:?}"),
    }
}

/// Where .NET stops reading a pattern it refuses.
fn refusal(pattern: &str) -> usize {
    match DotNetRegex::new(pattern, false) {
        Err(DotNetRegexError::Invalid { offset, .. }) => offset,
        other => panic!("{pattern}: {other:?}"),
    }
}

#[test]
fn a_regex_can_be_shared_between_threads() {
    fn assert_shared<T: Clone + Send + Sync>() {}
    assert_shared::<DotNetRegex>();
}

#[test]
fn private_use_text_is_not_taken_for_a_stand_in() {
    assert!(!matches("😀", "\u{10F03D}\u{10F600}"));
    assert!(matches("\u{10F03D}", "\u{10F03D}"));
    assert!(matches(r"^\p{Co}$", "\u{E000}") && !matches(r"\p{Co}", "\u{10F03D}"));
}

#[test]
fn word_characters_are_those_of_dotnet() {
    assert!(matches(r"^\w+$", "naïve_1\u{301}") && !matches(r"\w", "²"));
    assert!(matches(r"a\b", "a²") && !matches(r"a\b", "a\u{200D}"));
    assert!(matches(r"\d", "٣") && matches(r"\s", "\u{85}") && !matches(r"\s", "\u{1E}"));
}

#[test]
fn ignoring_case_is_lower_casing() {
    assert!(matches_ignoring_case("k", "\u{212A}") && matches_ignoring_case("[à-ý]", "É"));
    assert!(!matches_ignoring_case("s", "ſ") && !matches_ignoring_case("straße", "STRASSE"));
    assert!(!matches_ignoring_case("i", "İ") && !matches_ignoring_case("I", "ı"));
    assert!(matches_ignoring_case(r"(a)\1", "aA") && !matches(r"(a)\1", "aA"));
    assert!(
        matches_ignoring_case(r"^\p{Lu}$", "a"),
        "cased letters are one"
    );
    assert!(matches("a(?i)b|c", "C") && !matches("(?i:a)b", "AB"));
}

#[test]
fn classes_can_be_subtracted() {
    assert!(matches("^[a-z-[aeiou]]+$", "bcd") && !matches("[a-z-[aeiou]]", "a"));
    assert!(matches(r"^[\w-[\d-[5]]]+$", "ab5") && !matches(r"[\w-[\d-[5]]]", "4"));
    assert!(!matches("[^a-z-[-]]", "-"));
}

#[test]
fn what_other_engines_read_into_a_class_is_literal() {
    assert!(matches("^[]a]$", "]") && matches("^[a[b]c]$", "[c]"));
    assert!(matches("^[&&a]$", "&") && matches("^[[:alpha:]_]$", ":_]"));
    assert!(matches(r"^[\w-a]$", "-") && matches(r"^[\b]$", "\u{8}"));
}

#[test]
fn conditionals_test_a_group_or_an_expression() {
    assert!(matches(r"^(\()?a(?(1)\))$", "(a)") && !matches(r"^(\()?a(?(1)\))$", "(a"));
    assert!(matches("^(?(?!a)cd|ab)$", "ab") && matches("^(?(a)ab|c)$", "c"));
    assert!(
        matches("^(?(none)b|c)$", "c"),
        "not a group, so an expression"
    );
}

#[test]
fn balancing_groups_outside_repetitions_take_captures_back() {
    assert!(matches("^(?<o>a)?(?<-o>b)?(?(o)c|d)$", "abd"));
    assert!(!matches("^(?<o>a)?(?<-o>b)?(?(o)c|d)$", "abc"));
    assert!(matches("^(?<o>a)?(?<-o>b)?(?(o)c|d)$", "ac"));
    assert!(!matches("^(?<o>a)?(?<-o>b)$", "b") && matches("^(?<o>a)?(?<-o>b)$", "ab"));
    assert!(!matches(r"(a)(?<-1>b)\1", "aba"));
    assert!(matches(r"^(?<n>a)(?<n>b)(?<-n>c)\k<n>$", "abca"));
}

#[test]
fn what_has_no_faithful_counterpart_is_refused_by_name() {
    let balanced = r"^(?:(?<o>\()|(?<-o>\))|[^()])*(?(o)(?!))$";
    assert_eq!(unsupported(balanced), "a balancing group in a repetition");
    for (pattern, construct) in [
        (
            r"^(?<o>a)x(?<c-o>b)\k<c>$",
            "a reference to the capture of a balancing group",
        ),
        (r"(?<=(\w)\1)x", "a backreference inside a lookbehind"),
        (
            r"(?<=(a)+b)c\1",
            "a reference to a group inside a lookbehind",
        ),
        (
            r"(a)?b(?<=(?(1)ab|b))c",
            "a conditional inside a lookbehind",
        ),
        ("(?<=(?>a*)a)b", "an atomic group inside a lookbehind"),
        (
            r"(?<=\b\w+)-",
            "a lookbehind of variable length around another assertion",
        ),
        (
            r"^(a|\1b)+c",
            "a reference to a repeated group from inside that group",
        ),
        (r"^(?:(?=(\w+))\w)+\1", "a repeated lookahead that captures"),
        (
            r"^(?:(a)|b?)+\1",
            "a repetition of what may match nothing and yet capture",
        ),
        (
            r"^(?:(?<n>a)|(?<n>b))+\k<n>",
            "a group name used more than once in a repetition",
        ),
        (
            r"^(?((a)\1)b|c)d",
            "a conditional whose test reads its own capture",
        ),
    ] {
        assert_eq!(unsupported(pattern), construct, "{pattern}");
    }
    let regex = DotNetRegex::new(r"(?i)^(\w)\1", false).unwrap();
    assert_eq!(regex.is_match("kK"), Ok(true));
    assert!(matches!(
        regex.is_match("k\u{212A}"),
        Err(DotNetRegexError::Unsupported { .. })
    ));
}

#[test]
fn what_the_engine_of_dotnet_runs_wrongly_is_refused_by_name() {
    for (construct, patterns) in [
        (
            "a repeated atomic group around the repetition of a character",
            ["(?>a?)*a", "(?>a+){2}", "(?:(?>[ab]{2,})){3}"],
        ),
        (
            "a leading atomic group that starts with a lazy repetition",
            ["(?>.*?a)b", "((?>a+?b))c", "(?>(?>.+?a)b)c"],
        ),
        (
            r"a \B after a repetition of non-word characters",
            [r"\W+\B", r"(?:x|-+)(?:\Ba|b)", r"[^\d]{2,}y?\B"],
        ),
        (
            "a lazy repetition of what may match nothing, inside another group",
            ["(?:a()*?){2}", "(?=(?:a?)+?b)a", r"((?:a?)*?)b\1"],
        ),
    ] {
        for pattern in patterns {
            assert_eq!(unsupported(pattern), construct, "{pattern}");
        }
    }
}

#[test]
fn what_resembles_a_defect_of_dotnet_is_not_refused() {
    assert!(matches("(?>a?b)*a", "a") && !matches("^(?>.*?a)b", "aab"));
    assert!(matches(r"\W+\b", "--a") && matches(r"\w+\B", "ab") && matches(r"-{2}\B", "--"));
    assert!(matches(r"(?:a|-*)\B", "--") && matches("(?>a*?)b", "b"));
    assert!(matches("(?:a(?:b?)*?)+c", "abac") && matches(r"(?:x\b*?){2}", "xx"));
}

#[test]
fn groups_inside_a_lookbehind_of_one_length_capture() {
    assert!(matches(r"(?<=(\w)\s)\1", "a a") && !matches(r"(?<=(\w)\s)\1", "a b"));
    assert_eq!(
        unsupported(r"(?<=(\w){2})\1"),
        "a reference to a group inside a lookbehind"
    );
}

#[test]
fn repetitions_of_one_character_are_not_merged() {
    assert!(!matches(r"took \d+\.?\d+ms", "took 5ms") && matches(r"took \d+\.?\d+ms", "took 15ms"));
    assert!(!matches(r"^(?:a+b?a+)$", "a"));
}

#[test]
fn what_the_form_of_a_pattern_decides_is_not_refused() {
    assert!(!matches(r"(?<=\1)(a)", "aa") && matches(r"(?<!\1)(a)", "aa"));
    assert!(!matches(r"(?:x(?<n>\k<n>a))+b", "xab"));
    assert!(matches(r"(?:a|(?<n>b)(?<-n>c))+", "a"));
    assert!(matches(r"(?:(a)|b?)+", ""));
}

#[test]
fn repetitions_that_capture_are_not_merged() {
    assert!(matches(r"^(a+)+\1$", "aaa") && !matches(r"^(a+)+\1b$", "ab"));
    assert!(matches(r"^(a)*b?(a)+\2$", "aaa") && !matches(r"^(a)*b?(a)+\1$", "a"));
    assert!(
        matches(r"^((a)*)+\1b", "aab"),
        "the last iteration is empty"
    );
}

#[test]
fn the_first_match_of_an_atomic_group_is_that_of_dotnet() {
    assert!(matches("b(?>a(?:[ab]|)+?) a", "bab a"));
    assert!(!matches("^(?>a*(?:aab)?a+)$", "aaaba"));
    assert!(matches("^(?>a|ab)c|d", "d") && !matches("^(?>a|ab)c", "abc"));
}

#[test]
fn a_filter_lets_through_all_that_matches() {
    for (pattern, text) in [
        (r"(?<!not )\bfail\w*$", "it failed\n"),
        (r"(\w+) \1 é\b", "the the é"),
        ("^(?(?=a)ab|c)$", "ab\n"),
        (r"(?<o>a)(?<-o>b)c", "abc"),
    ] {
        assert!(matches(pattern, text), "{pattern}");
    }
}

#[test]
fn groups_of_one_name_capture_in_turn() {
    let pattern = r"^(?:(?<n>a)|(?<n>b))(?<n>c)?\k<n>$";
    for text in ["aa", "bb", "acc", "bcc"] {
        assert!(matches(pattern, text), "{text}");
    }
    for text in ["ab", "aca", "bcb"] {
        assert!(!matches(pattern, text), "{text}");
    }
}

#[test]
fn lookbehinds_of_any_length_hold_assertions() {
    let bounded = r"(?<=\berror\b.{0,5})\d";
    assert!(matches(bounded, "an error: 7") && !matches(bounded, "an error at last: 7"));
    assert!(!matches(bounded, "terror: 7") && matches(r"(?<!\b\w{1,3})-", "abcd-"));
    assert!(matches(r"(?<=\w+\b:)x", "ab:x") && !matches(r"(?<=\w+\b:)x", " :x"));
    assert!(matches(r"(?<=^\s*)\d", "  7") && !matches("(?<=a{2,4})b", "ab"));
}

#[test]
fn braces_that_quantify_nothing_are_literal() {
    assert!(matches("^a{,3}$", "a{,3}") && matches("^a{1, 2}$", "a{1, 2}"));
    assert!(matches("^a{1,$", "a{1,") && matches("^{}$", "{}"));
}

#[test]
fn what_dotnet_refuses_is_refused_where_it_stops() {
    assert_eq!(refusal("a**"), 2);
    assert_eq!(refusal("(a"), 2);
    assert_eq!(refusal("a)"), 1);
    assert_eq!(refusal("😀[z-a]"), 6, "in code units");
}

#[test]
fn syntax_of_other_engines_is_refused() {
    for pattern in [
        "(?P<n>a)",
        "(?R)",
        "(?1)",
        r"\K",
        r"\x{41}",
        r"\pL",
        "(?u)a",
        "a{3,1}",
        "[a-z-[b]c]",
        "(?<0>a)",
        "(?(a)b|c|d)",
        "(?(a)(?i:b)|c)",
        "(?<n-m>a)",
        r"a\",
    ] {
        refusal(pattern);
    }
}

#[test]
fn classes_of_xml_names_are_refused_by_name() {
    assert!(matches!(
        DotNetRegex::new(r"\p{_xmlC}", false),
        Err(DotNetRegexError::Unsupported { .. })
    ));
}
