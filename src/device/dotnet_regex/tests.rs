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

/// Where .NET stops reading a pattern it refuses.
fn refusal(pattern: &str) -> usize {
    match DotNetRegex::new(pattern, false) {
        Err(DotNetRegexError::Invalid { offset, .. }) => offset,
        other => panic!("{pattern}: {other:?}"),
    }
}

#[test]
fn dollar_matches_before_a_final_newline() {
    assert!(matches("a$", "a\n") && matches(r"a\Z", "a\n"));
    assert!(!matches("a$", "a\n\n") && !matches("a$", "a\r\n"));
    assert!(!matches(r"a\z", "a\n"));
    assert!(matches(r"a$\n", "a\n"));
}

#[test]
fn multiline_anchors_know_the_line_feed_alone() {
    assert!(matches("(?m)^b$", "a\nb\nc"));
    assert!(!matches("(?m)^b", "a\rb") && !matches("(?m)a$", "a\r\n"));
    assert!(!matches(r"(?m)\Ab", "a\nb"));
}

#[test]
fn a_dot_is_one_code_unit() {
    assert!(matches("^..$", "😀") && !matches("^.$", "😀"));
    assert!(matches(r"\ud83d.", "😀") && matches(r"^\p{Cs}{2}$", "😀"));
    assert!(!matches("^[😀]$", "😀"), "a class holds the two halves");
    assert!(matches("^.$", "\u{2028}") && !matches("^.$", "\n"));
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
fn digits_are_a_reference_or_octal() {
    assert!(matches(r"(a)\1", "aa") && matches(r"(a)\10", "a\u{8}"));
    assert!(matches(r"\07", "\u{7}") && matches(r"\101", "A"));
    assert!(matches(r"((((((((((a))))))))))\10", "aa"));
}

#[test]
fn unnamed_groups_are_numbered_first() {
    assert!(matches(r"(?<n>a)(b)\1", "abb") && matches(r"(?<n>a)(b)\2", "aba"));
    assert!(matches(r"(?<n>a)(?<n>b)\k<n>", "abb"));
    assert!(matches("(?'n'a)\\k'n'", "aa") && matches(r"(?<5>a)\5", "aa"));
}

#[test]
fn a_reference_to_an_unset_group_fails() {
    assert!(!matches(r"(a)?b\1", "b") && !matches(r"\1(a)", "aa"));
    assert!(!matches(r"\k<0>", "") && matches("(?(0)a|b)", "b"));
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
fn balancing_groups_count() {
    let nested = r"^[^()]*(?:(?:(?<o>\()[^()]*)+(?:(?<-o>\))[^()]*)+)*(?(o)(?!))$";
    assert!(matches(nested, "a(b)((c))") && !matches(nested, "((a)"));
    let palindrome = r"^(?<p>.)+.?(?:\k<p>(?<-p>))+(?(p)(?!))$";
    assert!(matches(palindrome, "abba") && !matches(palindrome, "abca"));
    assert!(matches(r"^(?<o>a)x(?<c-o>b)\k<c>$", "axbx"));
}

#[test]
fn lookbehinds_match_from_right_to_left() {
    assert!(matches(r"(?<=\1(\w))x", "aax") && !matches(r"(?<=(\w)\1)x", "aax"));
    assert!(matches(r"(?<=^(\d+?)(\d+))x(?!\1)", "12x2"));
    assert!(matches(r"(?<=\berror:\s*)\d", "an error:  7") && !matches(r"(?<=a{2,4})b", "ab"));
}

#[test]
fn lookarounds_and_atomic_groups_are_not_gone_back_into() {
    assert!(!matches(r"(?=(a+))a*b\1", "aaab") && matches(r"(?=(a+))a*b\1", "baaabac"));
    assert!(!matches("(?>a+)ab", "aaab"));
}

#[test]
fn zero_width_nodes_can_be_quantified() {
    assert!(matches("(?=a)*b", "b") && matches(r"\b?a", "ba") && matches("^*a", "ba"));
    assert!(matches("^(?:|a)+b", "aab") && matches("(?:a*)*", ""));
    assert!(matches(r"(?:(?=(a))?){2}a\1", "aa"));
}

#[test]
fn free_spacing_leaves_out_blanks_and_comments() {
    assert!(matches("(?x) a {2} # two", "aa") && matches("(?x)[a b]c", " c"));
    assert!(matches("a(?#c)+b", "aab"));
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
        "a++",
        "a{2}+",
        "a???",
        "(?P<n>a)",
        "(?P=n)",
        "(?|a)",
        "(?R)",
        "(?1)",
        "(*FAIL)",
        r"\h",
        r"\R",
        r"\K",
        r"\x{41}",
        r"\u{41}",
        r"\o{101}",
        r"\p{Greek}",
        r"\p{Letter}",
        r"\p{^Lu}",
        r"\pL",
        "(?u)a",
        "{1}a",
        "a{3,1}",
        "[a-z-[b]c]",
        r"\_",
        r"\é",
        "(?(1)a|b)",
        r"\2",
        "(?<0>a)",
        "(?(a)b|c|d)",
        "(?(a)(?i:b)|c)",
        "(?<n-m>a)",
        "[^]",
        "(?)",
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

#[test]
fn both_programs_decide_alike() {
    let patterns = [
        "a|b",
        "^a*b?$",
        r"\bfail\w*",
        "(?i)k",
        "[^a]",
        "a$",
        "(?m)^b$",
        r"(?:a|ab)(?:c|bcd)?$",
        r"\B.",
        "(?:|a){2,3}b",
        "(?:^|a){3}",
        r"\p{L}+\s\d{1,2}",
        "(?:a?b??)*c",
        "[a-[a]]|é",
    ];
    let texts = [
        "", "a", "b", "ab\n", "aab", "a\nb", "abcd", "failed", "K", "é 7", "😀a", "\u{212A}", "-",
    ];
    for pattern in patterns {
        let regex = DotNetRegex::new(pattern, false).unwrap();
        let program = Program::new(&regex.node);
        for text in texts {
            let units: Vec<u16> = text.encode_utf16().collect();
            let matched = matcher::search(&program, units.as_slice(), 0);
            assert_eq!(regex.is_match(text), matched, "{pattern} on {text:?}");
        }
    }
}

#[test]
fn what_operators_write_is_decided_in_linear_time() {
    let ascii = TextKind {
        ascii: true,
        final_newline: false,
    };
    for pattern in [
        "error|warn",
        r"\bfail\w*$",
        "(?i)time(d)?[ -]?out",
        "^<[0-4]>.*$",
    ] {
        let regex = DotNetRegex::new(pattern, false).unwrap();
        assert!(regex.linear(ascii).unwrap().exact, "{pattern}");
    }
}
