//! The environment.

use std::collections::BTreeMap;

use crate::odd::{Entry, ODD, fault, raw};
use crate::run::Bench;

/// A line that signs in to a hub in the cloud, which is not there.
const CLOUD: &str = "ping -d d1 --hub h.invalid --retries 0";
const NOT_SIGNED_IN: &str = "signing in to Entra ID for hub";
const NEW_SAS: &str = "sas new --container logs";
/// It only changes how something is shown.
const STYLE: (&str, &str) = ("empty blank negative huge word bytes", "Usage:");
/// As with other programs, an empty variable counts as not set.
const UNSET: (&str, &str) = ("empty", "d1");
const IDENTITY: (&str, &str) = ("empty blank negative huge word", NOT_SIGNED_IN);

const DEVICE_RUN: &str = "device run --source sample";
const NO_IDENTITY: (&str, &str) = ("named", "there is no identity");
/// What IoT Edge sets comes together.
const OTHERS_MISSING: (&str, &str) = ("named", "is not set, though IOTEDGE_WORKLOADURI is");

const VARIABLES: &[Entry] = &[
    (
        "EDGELOGS_CONNECTION_STRING",
        "ping -d d1",
        &[("named", "no hub given")],
    ),
    (
        "IOTHUB_CONNECTION_STRING",
        "ping -d d1",
        &[("named", "no hub given")],
    ),
    ("EDGELOGS_HUB", "ping -d d1 --retries 0", &[UNSET]),
    ("EDGELOGS_AUTH", "ping -d d1", &[UNSET]),
    (
        "EDGELOGS_DEVICE",
        "get --dry-run",
        &[
            ("empty", r#""devices":[]"#),
            ("negative huge word", r#""devices":["{}"]"#),
        ],
    ),
    ("EDGELOGS_PROFILE", "ping -d d1", &[UNSET]),
    ("EDGELOGS_CONFIG", "ping -d d1", &[]),
    ("EDGELOGS_SAS", "upload -d d1", &[("named", "SAS URL")]),
    ("JOB_COMPLETION_INDEX", "get --dry-run -d d1", &[]),
    ("JOB_COMPLETIONS", "get --dry-run -d d1", &[]),
    (
        "AZURE_STORAGE_CONNECTION_STRING",
        NEW_SAS,
        &[("named", "no storage account given")],
    ),
    (
        "AZURE_STORAGE_ACCOUNT",
        "sas new --container logs --account-key-file FILES/key",
        &[
            ("huge", "https://{}.blob"),
            ("named", "no storage account given"),
        ],
    ),
    (
        "AZURE_STORAGE_KEY",
        "sas new --container logs --account acct",
        &[],
    ),
    ("AZURE_TENANT_ID", CLOUD, &[IDENTITY]),
    ("AZURE_CLIENT_ID", CLOUD, &[IDENTITY]),
    (
        "AZURE_CLIENT_SECRET",
        CLOUD,
        &[("empty blank", NOT_SIGNED_IN)],
    ),
    (
        "AZURE_CLIENT_CERTIFICATE_PATH",
        CLOUD,
        &[("empty blank", NOT_SIGNED_IN)],
    ),
    (
        "AZURE_FEDERATED_TOKEN_FILE",
        CLOUD,
        &[("empty blank", NOT_SIGNED_IN)],
    ),
    (
        "IDENTITY_ENDPOINT",
        CLOUD,
        &[
            ("empty blank", NOT_SIGNED_IN),
            ("negative huge word", "IDENTITY_ENDPOINT is set, but"),
        ],
    ),
    ("IDENTITY_HEADER", CLOUD, &[IDENTITY]),
    ("IDENTITY_SERVER_THUMBPRINT", CLOUD, &[IDENTITY]),
    ("IMDS_ENDPOINT", CLOUD, &[IDENTITY]),
    ("MSI_ENDPOINT", CLOUD, &[IDENTITY]),
    (
        "HTTPS_PROXY",
        CLOUD,
        &[("empty negative word", NOT_SIGNED_IN)],
    ),
    (
        "https_proxy",
        CLOUD,
        &[("empty negative word", NOT_SIGNED_IN)],
    ),
    (
        "HTTP_PROXY",
        CLOUD,
        &[("empty blank negative huge word bytes", NOT_SIGNED_IN)],
    ),
    (
        "http_proxy",
        CLOUD,
        &[("empty blank negative huge word bytes", NOT_SIGNED_IN)],
    ),
    (
        "ALL_PROXY",
        CLOUD,
        &[("empty negative word", NOT_SIGNED_IN)],
    ),
    (
        "all_proxy",
        CLOUD,
        &[("empty negative word", NOT_SIGNED_IN)],
    ),
    ("NO_PROXY", CLOUD, &[IDENTITY]),
    ("no_proxy", CLOUD, &[IDENTITY]),
    (
        "AZURE_AUTHORITY_HOST",
        CLOUD,
        &[("empty blank negative huge word bytes", NOT_SIGNED_IN)],
    ),
    ("COLUMNS", "get -h", &[STYLE]),
    ("NO_COLOR", "get -h", &[STYLE]),
    ("CLICOLOR", "get -h", &[STYLE]),
    ("CLICOLOR_FORCE", "get -h --color never", &[STYLE]),
    ("TERM", "get -h", &[STYLE]),
    ("CI", "get -h", &[STYLE]),
    ("REQUEST_METHOD", "get -h", &[STYLE]),
    ("IOTEDGE_GATEWAYHOSTNAME", "get -h", &[STYLE]),
    ("IOTEDGE_WORKLOADURI", DEVICE_RUN, &[NO_IDENTITY]),
    ("IOTEDGE_IOTHUBHOSTNAME", DEVICE_RUN, &[OTHERS_MISSING]),
    ("IOTEDGE_DEVICEID", DEVICE_RUN, &[OTHERS_MISSING]),
    ("IOTEDGE_MODULEID", DEVICE_RUN, &[OTHERS_MISSING]),
    ("IOTEDGE_MODULEGENERATIONID", DEVICE_RUN, &[OTHERS_MISSING]),
    ("IOTEDGE_APIVERSION", DEVICE_RUN, &[OTHERS_MISSING]),
    ("IOTEDGE_AUTHSCHEME", DEVICE_RUN, &[OTHERS_MISSING]),
    (
        "EDGELOGS_DEVICE_CONNECTION_STRING",
        DEVICE_RUN,
        &[NO_IDENTITY],
    ),
    ("EDGELOGS_LOG", DEVICE_RUN, &[NO_IDENTITY]),
];

/// What a variable means something with.
const BESIDE: &[(&str, &str, &str)] = &[
    ("IOTHUB_CONNECTION_STRING", "EDGELOGS_CONNECTION_STRING", ""),
    ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", "3"),
    ("JOB_COMPLETIONS", "JOB_COMPLETION_INDEX", "0"),
    ("IOTEDGE_IOTHUBHOSTNAME", "IOTEDGE_WORKLOADURI", "unix:///w"),
    ("IOTEDGE_DEVICEID", "IOTEDGE_WORKLOADURI", "unix:///w"),
    ("IOTEDGE_MODULEID", "IOTEDGE_WORKLOADURI", "unix:///w"),
    (
        "IOTEDGE_MODULEGENERATIONID",
        "IOTEDGE_WORKLOADURI",
        "unix:///w",
    ),
    ("IOTEDGE_APIVERSION", "IOTEDGE_WORKLOADURI", "unix:///w"),
    ("IOTEDGE_AUTHSCHEME", "IOTEDGE_WORKLOADURI", "unix:///w"),
];

#[test]
fn every_variable_honours_an_odd_value_or_is_refused_by_name() {
    let mut bench = Bench::new();
    let mut entries: BTreeMap<_, _> = VARIABLES
        .iter()
        .map(|(name, line, honoured)| (*name, (line, honoured)))
        .collect();
    let mut faults = Vec::new();
    for name in edgelogs::cli::variables() {
        let Some((line, honoured)) = entries.remove(name) else {
            faults.push(format!("{name} has no entry"));
            continue;
        };
        for (kind, bytes) in ODD {
            let value = raw(bytes);
            let mut variables = vec![(name, value)];
            let beside = BESIDE.iter().filter(|(of, ..)| *of == name);
            variables.extend(beside.map(|(_, name, value)| (*name, value.as_ref())));
            if line.contains("--hub") {
                variables.push(("EDGELOGS_CONNECTION_STRING", "".as_ref()));
            }
            let ran = bench.run::<&str, _>(line, &[], &variables);
            let fault = fault(&bench, &ran, kind, value, honoured, &[name.to_owned()]);
            faults.extend(fault.map(|fault| format!("{name}: {fault}")));
        }
    }
    faults.extend(entries.keys().map(|name| format!("{name} is not read")));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Names in the sources that look like variables, and are none that is read.
const NOT_READ: &[&str] = &[
    "AZURE_CORE_NO_COLOR",
    "AZURE_CORE_ONLY_SHOW_ERRORS",
    "AZURE_STORAGE_SAS_TOKEN",
    "CARGO_PKG_NAME",
    "CARGO_PKG_VERSION",
    "CLIENT_ID",
    "CORRELATION_ID",
    "DB_PASSWORD",
    "EDGELOGS_COMMIT",
    "IS_DEFINED",
    // The locale, of which only the encoding counts.
    "LC_ALL",
    "LC_CTYPE",
];

/// The list that the sweep takes is the whole list.
#[test]
fn every_variable_in_the_sources_is_listed() {
    let name = regex::Regex::new(r#""([A-Z]{2,}(?:_[A-Z]+)+)""#).unwrap();
    let listed: Vec<&str> = edgelogs::cli::variables().collect();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut unlisted = Vec::new();
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for found in name.captures_iter(&text) {
                seen += 1;
                let found = &found[1];
                if !listed.contains(&found) && !NOT_READ.contains(&found) {
                    unlisted.push(format!("{}: {found}", path.display()));
                }
            }
        }
    }
    assert!(seen > 20, "{seen}");
    assert!(unlisted.is_empty(), "{unlisted:#?}");
}
