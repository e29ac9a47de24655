use std::num::NonZeroU32;

use super::*;
use crate::device::{LoopbackOptions, sources};

fn registry(count: u32) -> Registry {
    let source = sources::open("sample").unwrap();
    let options = LoopbackOptions {
        simulate: NonZeroU32::new(count),
        ..LoopbackOptions::local("press")
    };
    Registry::new("localhost", source, &options)
}

fn all(query: &str, count: u32) -> Vec<Value> {
    let page = Page {
        start: 0,
        size: 100_000,
    };
    let modules = Ok(vec![crate::device::sources::ModuleInfo::named("edgeAgent")]);
    let (items, continuation) = Query::parse(query)
        .unwrap()
        .run(&registry(count), &modules, page);
    assert_eq!(continuation, None);
    items.as_array().unwrap().clone()
}

#[test]
fn the_queries_that_clients_send_find_what_they_ask_for() {
    for (query, found) in [
        ("SELECT * FROM devices", 25),
        (
            "SELECT * FROM devices WHERE capabilities.iotEdge = true",
            25,
        ),
        (
            "select deviceId from devices where capabilities.iotEdge = TRUE",
            25,
        ),
        (
            "SELECT deviceId FROM devices WHERE capabilities.iotEdge = true AND deviceId = 'press-0007'",
            1,
        ),
        (
            "SELECT * FROM devices WHERE deviceId IN ['press-0007', 'press-0008','other']",
            2,
        ),
        (
            "SELECT * FROM devices WHERE deviceId NIN ['press-0007']",
            24,
        ),
        (
            "SELECT * FROM devices WHERE capabilities.iotEdge = true AND tags.site = 'site-03'",
            3,
        ),
        (
            "SELECT * FROM devices WHERE tags.site = 'site-03' OR (tags.site='site-04' AND deviceId != 'press-0004')",
            5,
        ),
        ("SELECT * FROM devices WHERE NOT tags.site = 'site-03'", 22),
        ("SELECT * FROM devices WHERE NOT tags.nothere = 'x'", 0),
        ("SELECT * FROM devices WHERE tags.nothere != 'x'", 0),
        ("SELECT * FROM devices WHERE IS_DEFINED(tags.site)", 25),
        ("SELECT * FROM devices WHERE IS_DEFINED(tags.[[si te]])", 0),
        ("SELECT * FROM devices WHERE status = 'disabled'", 0),
        (
            "SELECT * FROM devices.modules WHERE moduleId = '$edgeAgent'",
            25,
        ),
        (
            "SELECT * FROM devices.modules WHERE moduleId = '$edgeAgent' AND properties.reported.lastDesiredStatus.code != 200",
            0,
        ),
        (
            "SELECT * FROM devices.modules WHERE properties.reported.lastDesiredStatus.code >= 200",
            25,
        ),
    ] {
        assert_eq!(all(query, 25).len(), found, "{query}");
    }
}

#[test]
fn a_projection_holds_what_was_named_and_no_more() {
    assert_eq!(
        all(
            "SELECT deviceId, tags.site AS place, tags.none FROM devices",
            1
        ),
        [json!({"deviceId": "press-0001", "place": "site-01"})]
    );
    assert_eq!(
        all("SELECT COUNT() AS n FROM devices", 25),
        [json!({"n": 25})]
    );
}

#[test]
fn pages_hold_each_item_once_and_the_last_has_no_continuation() {
    let registry = registry(25);
    let query = Query::parse("SELECT * FROM devices WHERE tags.site != 'site-05'").unwrap();
    let (mut start, mut seen, mut pages) = (0, Vec::new(), 0);
    loop {
        let page = Page { start, size: 11 };
        let (items, continuation) = query.run(&registry, &Ok(Vec::new()), page);
        seen.extend(
            items
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["deviceId"].to_string()),
        );
        pages += 1;
        match continuation {
            Some(token) => start = query.start_of(&token).unwrap(),
            None => break,
        }
    }
    // 22 of 25 match, and two full pages hold them.
    assert_eq!((pages, seen.len()), (2, 22));
    seen.dedup();
    assert_eq!(seen.len(), 22);
}

#[test]
fn a_continuation_is_good_for_its_own_query_only() {
    let query = Query::parse("SELECT * FROM devices").unwrap();
    let (_, token) = query.run(&registry(3), &Ok(Vec::new()), Page { start: 0, size: 1 });
    let other = Query::parse("SELECT deviceId FROM devices").unwrap();
    assert_eq!(query.start_of(token.as_deref().unwrap()), Some(1));
    assert_eq!(other.start_of(token.as_deref().unwrap()), None);
    assert_eq!(query.start_of("garbage"), None);
}

#[test]
fn what_is_not_understood_is_refused_and_named() {
    for (query, named) in [
        ("", "its end"),
        ("DELETE FROM devices", "`DELETE`"),
        ("SELECT * FROM devices.jobs", "`devices`"),
        ("SELECT * FROM devices GROUP BY status", "`GROUP`"),
        (
            "SELECT * FROM devices WHERE STARTSWITH(deviceId, 'p')",
            "`STARTSWITH`",
        ),
        ("SELECT TOP 5 * FROM devices", "`5`"),
        ("SELECT * FROM devices WHERE deviceId = 'x", "its end"),
        ("SELECT * FROM devices WHERE deviceId", "its end"),
        ("SELECT * FROM devices WHERE deviceId = other", "`other`"),
        ("SELECT * FROM devices WHERE a = 1 ; b", "`;`"),
        ("SELECT * FROM devices WHERE a = 1-2", "`1-2`"),
    ] {
        let error = Query::parse(query).unwrap_err().to_string();
        assert!(error.ends_with(named), "{query}: {error}");
    }
    let long = format!("SELECT * FROM devices WHERE a = '{}'", "x".repeat(8192));
    assert_eq!(Query::parse(&long), Err(QueryError::TooLong));
    let deep = format!("SELECT * FROM devices WHERE {}", "(".repeat(8000));
    assert_eq!(Query::parse(&deep), Err(QueryError::TooDeep));
}
