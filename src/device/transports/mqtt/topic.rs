//! The topics of direct methods, which IoT Hub and edgeHub share.

use percent_encoding::percent_decode_str;

/// What to subscribe to.
pub(super) const FILTER: &str = "$iothub/methods/POST/#";

const REQUEST: &str = "$iothub/methods/POST/";
const RID: &str = "$rid=";

/// A request as its topic names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestTopic {
    /// The method's name, decoded.
    pub(super) method: String,
    /// The request's id as it came, to be repeated verbatim. IoT Hub counts in hexadecimal, and may
    /// begin anew with each connection; edgeHub takes GUIDs.
    pub(super) rid: String,
}

impl RequestTopic {
    /// Reads `$iothub/methods/POST/{name}/?$rid={rid}`; none for another topic.
    pub(super) fn parse(topic: &str) -> Option<Self> {
        let (name, query) = topic.strip_prefix(REQUEST)?.rsplit_once("/?")?;
        let rid = query.split('&').find_map(|pair| pair.strip_prefix(RID))?;
        if name.is_empty() || rid.is_empty() {
            return None;
        }
        Some(Self {
            method: decoded(name),
            rid: rid.to_owned(),
        })
    }
}

/// Where an answer goes.
pub(super) fn answer_topic(status: i32, rid: &str) -> String {
    format!("$iothub/methods/res/{status}/?{RID}{rid}")
}

/// IoT Hub encodes names, edgeHub does not. So a `%` without two digits stands for itself, and a name
/// that is not UTF-8 once decoded was not encoded.
fn decoded(name: &str) -> String {
    match percent_decode_str(name).decode_utf8() {
        Ok(decoded) => decoded.into_owned(),
        Err(_) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(topic: &str) -> Option<(String, String)> {
        RequestTopic::parse(topic).map(|topic| (topic.method, topic.rid))
    }

    #[test]
    fn a_topic_holds_the_name_and_the_id() {
        for (topic, method, rid) in [
            ("$iothub/methods/POST/ping/?$rid=1", "ping", "1"),
            (
                "$iothub/methods/POST/GetModuleLogs/?$rid=3f2b-A",
                "GetModuleLogs",
                "3f2b-A",
            ),
            ("$iothub/methods/POST/a%20b%2Fc/?$rid=b", "a b/c", "b"),
            ("$iothub/methods/POST/100%/?$rid=2", "100%", "2"),
            ("$iothub/methods/POST/%zz%41/?$rid=2", "%zzA", "2"),
            ("$iothub/methods/POST/%ff/?$rid=2", "%ff", "2"),
            ("$iothub/methods/POST/a/b/?$rid=2", "a/b", "2"),
            ("$iothub/methods/POST/ping/?x=1&$rid=2", "ping", "2"),
        ] {
            let expected = Some((method.to_owned(), rid.to_owned()));
            assert_eq!(parsed(topic), expected, "{topic}");
        }
    }

    #[test]
    fn other_topics_are_not_requests() {
        for topic in [
            "",
            "$iothub/methods/POST/ping",
            "$iothub/methods/POST/ping/?$rid=",
            "$iothub/methods/POST//?$rid=1",
            "$iothub/methods/res/200/?$rid=1",
            "$iothub/twin/res/200/?$rid=1",
        ] {
            assert_eq!(parsed(topic), None, "{topic}");
        }
    }

    #[test]
    fn an_answer_repeats_the_id() {
        assert_eq!(
            answer_topic(200, "3F-b"),
            "$iothub/methods/res/200/?$rid=3F-b"
        );
    }
}
