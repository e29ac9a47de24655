//! Runs queries over the twins, a page at a time.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::query_text::{ParsedQuery, QueryError, Selection, parse, value_at};
use super::registry::{Modules, Registry, module_ids};
use super::twin;

/// A query that can be run.
pub(super) struct Query {
    query: ParsedQuery,
    /// Distinguishes the continuations of this query from those of others.
    fingerprint: u64,
}

/// Which part of the result to return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// How many twins to skip, whether they match or not.
    pub(super) start: usize,
    /// The maximum number of items.
    pub(super) size: usize,
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// The text is not a query, or is one that the loopback hub does not support.
    pub(super) fn parse(text: &str) -> Result<Self, QueryError> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Ok(Self {
            query: parse(text)?,
            fingerprint: hasher.finish(),
        })
    }

    /// Whether the modules of the devices must be known.
    pub(super) fn is_over_modules(&self) -> bool {
        self.query.over_modules
    }

    /// The value of `x-ms-item-type`.
    pub(super) fn item_type(&self) -> &'static str {
        match self.query.selection {
            Selection::Twin => "Twin",
            Selection::Fields(_) | Selection::Count(_) => "Raw",
        }
    }

    /// Where a continuation of this query starts; none for any other text.
    pub(super) fn start_of(&self, continuation: &str) -> Option<usize> {
        let bytes = URL_SAFE_NO_PAD.decode(continuation).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (start, fingerprint) = text.split_once(' ')?;
        (fingerprint == self.fingerprint.to_string()).then(|| start.parse().ok())?
    }

    /// A page of the result, an array, and the continuation if there is more.
    pub(super) fn run(
        &self,
        registry: &Registry,
        modules: &Modules,
        page: Page,
    ) -> (Value, Option<String>) {
        let ids: Vec<Option<String>> = match self.query.over_modules {
            false => vec![None],
            true => module_ids(modules).into_iter().map(Some).collect(),
        };
        let pairs = registry
            .devices()
            .flat_map(|device| ids.iter().map(move |id| (device, id.as_deref())));
        let twin = |(device, id)| match id {
            None => twin::device_twin(device, registry.started),
            Some(id) => twin::module_twin(device, id, modules, registry.started),
        };
        let matches = |twin: &Value| {
            let condition = self.query.condition.as_ref();
            condition.is_none_or(|condition| condition(twin) == Some(true))
        };
        if let Selection::Count(name) = &self.query.selection {
            let count = pairs.map(twin).filter(matches).count();
            return (json!([{ name: count }]), None);
        }
        let mut matching = pairs
            .enumerate()
            .skip(page.start)
            // Built only when needed: most pages skip more twins than they look at.
            .map(|(index, pair)| (index, twin(pair)))
            .filter(|(_, twin)| matches(twin));
        let items: Vec<(usize, Value)> = matching.by_ref().take(page.size).collect();
        let next = items.last().map_or(0, |(index, _)| index + 1);
        // Looks for one more, so that the last page does not promise another one.
        let more = matching.next().is_some();
        let continuation =
            more.then(|| URL_SAFE_NO_PAD.encode(format!("{next} {}", self.fingerprint)));
        let items = items.into_iter().map(|(_, twin)| self.selected(twin));
        (items.collect(), continuation)
    }

    fn selected(&self, twin: Value) -> Value {
        let Selection::Fields(fields) = &self.query.selection else {
            return twin;
        };
        let found = fields
            .iter()
            .filter_map(|(path, name)| Some((name.clone(), value_at(&twin, path)?.clone())));
        Value::Object(found.collect::<Map<_, _>>())
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::device::sources;
    use crate::device::transports::loopback::options::LoopbackOptions;

    fn registry(count: u32) -> Registry {
        let source = sources::open("sample", None).unwrap();
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
        let modules = Ok(vec![sources::ModuleInfo::named("edgeAgent")]);
        let query = Query::parse(query).ok().unwrap();
        let (items, continuation) = query.run(&registry(count), &modules, page);
        assert_eq!(continuation, None);
        items.as_array().unwrap().clone()
    }

    #[test]
    fn conditions_select_the_twins_that_meet_them() {
        for (condition, found) in [
            ("capabilities.iotEdge = true", 25),
            ("capabilities.iotEdge = TRUE AND deviceId = 'press-0007'", 1),
            ("deviceId IN ['press-0007', 'press-0008','other']", 2),
            ("deviceId nin ['press-0007']", 24),
            (
                "tags.site = 'site-03' OR (tags.site='site-04' AND deviceId <> 'press-0004')",
                5,
            ),
            ("NOT tags.site = 'site-03'", 22),
            ("NOT tags.nothere = 'x'", 0),
            ("tags.nothere != 'x'", 0),
            ("IS_DEFINED(tags.site)", 25),
            ("NOT IS_DEFINED(tags.nothere)", 25),
            ("deviceId = 'it''s'", 0),
            ("version >= 2", 25),
            ("version > 2.0", 0),
            ("version != 'two'", 25),
        ] {
            let query = format!("SELECT * FROM devices WHERE {condition}");
            assert_eq!(all(&query, 25).len(), found, "{query}");
        }
        let agents = "select * from devices.modules where moduleId = '$edgeAgent' and \
                      properties.reported.lastDesiredStatus.code = 200";
        assert_eq!(all(agents, 25).len(), 25);
    }

    #[test]
    fn a_projection_holds_what_was_named_and_nothing_else() {
        assert_eq!(
            all(
                "SELECT deviceId, tags.site AS place, tags.site, tags.none FROM devices",
                1
            ),
            [json!({"deviceId": "press-0001", "place": "site-01", "site": "site-01"})]
        );
        assert_eq!(
            all("SELECT COUNT() AS n FROM devices", 25),
            [json!({"n": 25})]
        );
        let some = "SELECT COUNT() FROM devices WHERE tags.site = 'site-03'";
        assert_eq!(all(some, 25), [json!({"numberOfDevices": 3})]);
    }

    #[test]
    fn a_continuation_belongs_to_its_query() {
        let query = Query::parse("SELECT * FROM devices").ok().unwrap();
        let (_, token) = query.run(&registry(3), &Ok(Vec::new()), Page { start: 0, size: 1 });
        let other = Query::parse("SELECT deviceId FROM devices").ok().unwrap();
        assert_eq!(query.start_of(token.as_deref().unwrap()), Some(1));
        assert_eq!(other.start_of(token.as_deref().unwrap()), None);
        assert_eq!(query.start_of("garbage"), None);
    }

    #[test]
    fn an_unsupported_query_is_refused_by_name() {
        for (query, named) in [
            ("", "the end of the query"),
            ("DELETE FROM devices", "`DELETE`"),
            ("SELECT * FROM devices.jobs", "`devices.jobs`"),
            ("SELECT * FROM devices GROUP BY status", "`GROUP`"),
            ("SELECT SUM(a) FROM devices", "`SUM`"),
            ("SELECT deviceId AS a.b FROM devices", "`FROM`"),
            ("SELECT TOP 5 * FROM devices", "`5`"),
            (
                "SELECT * FROM devices WHERE STARTSWITH(deviceId, 'p')",
                "`STARTSWITH`",
            ),
            (
                "SELECT * FROM devices WHERE deviceId = 'x",
                "the end of the query",
            ),
            (
                "SELECT * FROM devices WHERE deviceId",
                "the end of the query",
            ),
            ("SELECT * FROM devices WHERE deviceId = other", "`other`"),
            ("SELECT * FROM devices WHERE deviceId = \"x\"", "`\"`"),
            ("SELECT * FROM devices WHERE tags.[[a b]] = 1", "`tags.`"),
            ("SELECT * FROM devices WHERE a = 1 ; b", "`;`"),
            ("SELECT * FROM devices WHERE a = 1-2", "`1-2`"),
        ] {
            let error = Query::parse(query).err().unwrap().to_string();
            assert!(error.ends_with(named), "{query}: {error}");
        }
        let long = format!("SELECT * FROM devices WHERE a = '{}'", "x".repeat(8192));
        let error = Query::parse(&long).err().unwrap();
        assert!(error.to_string().contains("longer than"), "{error}");
        let deep = format!("SELECT * FROM devices WHERE {}", "(".repeat(8000));
        let error = Query::parse(&deep).err().unwrap();
        assert!(error.to_string().contains("too deeply"), "{error}");
    }
}
