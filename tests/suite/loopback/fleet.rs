//! Many devices over one source.

use futures::StreamExt;
use serde_json::json;

use super::api::{Api, body};
use crate::common::edgelogs;
use support::serve::Serve;

#[tokio::test]
async fn all_of_a_thousand_devices_answer() {
    let api = Api::start(1000).await;
    let call = json!({
        "methodName": "GetModuleLogs",
        "payload": { "schemaVersion": "1.0", "items": { "id": "edge", "filter": { "tail": 5 } } },
    });
    let calls = (1..=1000).map(|number| {
        let (api, call) = (&api, &call);
        async move {
            let path = format!("/twins/press-{number:04}/modules/$edgeAgent");
            let answer = body(api.invoke(&path, call.clone()).await).await;
            assert_eq!(answer["status"], 200, "{path}");
            answer["payload"].as_array().map_or(0, Vec::len)
        }
    });
    let begun = std::time::Instant::now();
    let parts = futures::stream::iter(calls).buffer_unordered(16);
    let parts: usize = parts.fold(0, async |sum, parts| sum + parts).await;
    println!("1000 devices answered in {:?}", begun.elapsed());
    assert_eq!(parts, 2000);
}

#[test]
#[cfg(target_os = "linux")]
fn a_thousand_devices_need_little_more_memory_than_one() {
    let one = Serve::start(&[]);
    let many = Serve::start(&["--simulate", "1000"]);
    let get = |serve: &Serve, device: &str| {
        edgelogs(format!("get -d {device} --tail 1 -m edgeHub"))
            .on(&serve)
            .run()
    };
    for (serve, device, code) in [
        (&one, "local", 0),
        (&many, "local-0001", 0),
        (&many, "local-1000", 0),
        (&many, "local-1001", 3),
    ] {
        let ran = get(serve, device);
        assert_eq!(ran.code, code, "{device}: {}", ran.stderr);
    }
    let more = many.peak_memory().saturating_sub(one.peak_memory());
    println!("1000 devices take {more} KiB more than one");
    assert!(more < 4 << 10, "{more} KiB");
}
