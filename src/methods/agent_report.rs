//! The modules of a device and their state, as reported in the twin of `$edgeAgent`.
//!
//! Reads only the fields below, so that secrets in environment variables and create options are never
//! copied. A field that is missing or has the wrong type counts as unknown: old agents report less.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// The status code of a deployment that the agent has applied.
const APPLIED: i64 = 200;

/// The reported properties of `$edgeAgent`, as edgeAgent 1.6 writes them and as documented. They are as
/// old as the agent's last report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentReport {
    /// The agent's version.
    pub version: Option<String>,
    /// When the agent last reported, by the hub's clock.
    pub updated: Option<Timestamp>,
    /// The outcome of the latest deployment.
    pub deployment: Option<DeploymentStatus>,
    /// The runtime's modules, then the others, each sorted by name.
    pub modules: Vec<ReportedModule>,
}

/// The outcome of a deployment: `lastDesiredStatus`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentStatus {
    /// 200 for success, 400 for an invalid configuration, 412 for an unknown schema, 417 for an empty
    /// configuration, 406 and 500 for everything else.
    pub code: i64,
    /// The agent's message.
    pub description: String,
}

/// One module, as the agent reports it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportedModule {
    /// The name as in GetModuleLogs and RestartModule: `edgeAgent` without a `$`.
    pub name: String,
    /// `running`, `stopped`, `failed`, `backoff`, `unhealthy`, `unknown` or `dead`.
    pub state: Option<String>,
    /// The latest exit code; also 0 if it has not exited.
    pub exit_code: Option<i64>,
    /// How often the agent restarted it. The agent doesn't report this for itself.
    pub restarts: Option<u64>,
    /// When it last started.
    pub started: Option<Timestamp>,
    /// When it last exited.
    pub exited: Option<Timestamp>,
    /// The image reference, with credentials redacted.
    pub image: Option<String>,
    /// The version set in the deployment: any text.
    pub version: Option<String>,
}

impl AgentReport {
    /// Reads the reported properties of the twin of `$edgeAgent`.
    pub fn of(reported: &Map<String, Value>) -> Self {
        let deployment = reported.get("lastDesiredStatus").and_then(|status| {
            Some(DeploymentStatus {
                code: integer(status, "code")?,
                description: text(status, "description").unwrap_or_default(),
            })
        });
        let mut modules = modules_in(reported, "systemModules");
        modules.extend(modules_in(reported, "modules"));
        Self {
            version: reported
                .get("version")
                .and_then(|version| text(version, "version")),
            updated: reported
                .get("$metadata")
                .and_then(|metadata| time(metadata, &["$lastUpdated"])),
            deployment,
            modules,
        }
    }

    /// The latest deployment, if it failed.
    pub fn failed_deployment(&self) -> Option<&DeploymentStatus> {
        self.deployment
            .as_ref()
            .filter(|status| status.code != APPLIED)
    }
}

impl ReportedModule {
    /// When it entered its state: the latest start if it is running, the latest exit otherwise.
    pub fn since(&self) -> Option<Timestamp> {
        match self.state.as_deref() {
            Some("running" | "unhealthy") => self.started,
            _ => self.exited,
        }
    }

    fn read(name: &str, module: &Value) -> Self {
        Self {
            name: name.to_owned(),
            state: text(module, "runtimeStatus"),
            exit_code: integer(module, "exitCode"),
            restarts: integer(module, "restartCount").and_then(|count| count.try_into().ok()),
            // Agents write these with `last`; the documentation omits it.
            started: time(module, &["lastStartTimeUtc", "startTimeUtc"]),
            exited: time(module, &["lastExitTimeUtc", "exitTimeUtc"]),
            image: module
                .get("settings")
                .and_then(|settings| text(settings, "image"))
                .map(|image| redact_credentials(&image)),
            version: text(module, "version"),
        }
    }
}

/// The modules of one group, sorted by name.
fn modules_in(reported: &Map<String, Value>, group: &str) -> Vec<ReportedModule> {
    let Some(Value::Object(modules)) = reported.get(group) else {
        return Vec::new();
    };
    let mut modules: Vec<ReportedModule> = modules
        .iter()
        .filter(|(_, module)| module.is_object())
        .map(|(name, module)| match group {
            // Module identities start with `$`, the names here don't.
            "systemModules" => ReportedModule::read(name.trim_start_matches('$'), module),
            _ => ReportedModule::read(name, module),
        })
        .collect();
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    modules
}

fn text(object: &Value, name: &str) -> Option<String> {
    let text = object.get(name)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// Accepts a number or a string: `aziot-edged` writes exit codes as strings.
fn integer(object: &Value, name: &str) -> Option<i64> {
    let value = object.get(name)?;
    value
        .as_i64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

/// The time in the first of these fields that exists.
fn time(object: &Value, names: &[&str]) -> Option<Timestamp> {
    let text = names
        .iter()
        .find_map(|name| object.get(*name).and_then(Value::as_str))?;
    twin_time(text)
}

/// A time in a twin. `None` for the year 1, which means "never", and for anything that is not a time.
pub(crate) fn twin_time(text: &str) -> Option<Timestamp> {
    // All times are UTC; .NET omits the offset of a time that was never set.
    let time = text.parse::<Timestamp>().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })?;
    (time > Timestamp::UNIX_EPOCH).then_some(time)
}

/// An image reference whose `user:password@` is redacted.
fn redact_credentials(image: &str) -> String {
    // `@sha256:…` at the end is a digest, not a registry.
    let end = match image.rsplit_once('@') {
        Some((before, digest)) if is_digest(digest) => before.len(),
        _ => image.len(),
    };
    match image[..end].rfind('@') {
        Some(at) => format!("REDACTED{}", &image[at..]),
        None => image.to_owned(),
    }
}

fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        algorithm.chars().all(|c| c.is_ascii_alphanumeric())
            && hex.len() >= 32
            && hex.chars().all(|c| c.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(reported: Value) -> AgentReport {
        AgentReport::of(reported.as_object().unwrap())
    }

    #[test]
    fn actual_and_documented_field_names_are_read() {
        let report = report(json!({
            "systemModules": { "edgeHub": {}, "$edgeAgent": { "runtimeStatus": "running" } },
            "modules": {
                "b": {
                    "runtimeStatus": "failed", "exitCode": "137", "restartCount": 3,
                    "lastStartTimeUtc": "2026-11-22T08:00:00.1234567Z",
                    "lastExitTimeUtc": "2026-11-22T09:00:00", "version": "1.0",
                    "settings": { "image": "example.net/b:1" },
                },
                "a": { "runtimeStatus": "running", "startTimeUtc": "2026-11-22T08:00:00Z" },
            },
        }));
        let names: Vec<&str> = report
            .modules
            .iter()
            .map(|module| module.name.as_str())
            .collect();
        assert_eq!(names, ["edgeAgent", "edgeHub", "a", "b"]);
        let [.., a, b] = &report.modules[..] else {
            panic!("four modules");
        };
        assert_eq!(a.since(), "2026-11-22T08:00:00Z".parse().ok());
        assert_eq!((b.exit_code, b.restarts), (Some(137), Some(3)));
        assert_eq!(b.since(), "2026-11-22T09:00:00Z".parse().ok());
        assert_eq!(b.image.as_deref(), Some("example.net/b:1"));
        assert_eq!(
            report.modules[1],
            ReportedModule {
                name: "edgeHub".to_owned(),
                ..ReportedModule::default()
            }
        );
    }

    #[test]
    fn the_year_1_means_never() {
        for never in ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "", "soon"] {
            assert_eq!(time(&json!({ "t": never }), &["t"]), None, "{never}");
        }
    }

    #[test]
    fn fields_of_the_wrong_type_are_ignored() {
        let report = report(json!({
            "version": "1.5", "lastDesiredStatus": { "code": "x" }, "systemModules": [],
            "modules": {
                "a": null,
                "b": { "runtimeStatus": 1, "exitCode": {}, "restartCount": -1, "settings": "x" },
            },
        }));
        assert_eq!(report.version, None);
        assert_eq!(report.deployment, None);
        assert_eq!(
            report.modules,
            [ReportedModule {
                name: "b".to_owned(),
                ..ReportedModule::default()
            }]
        );
    }

    #[test]
    fn credentials_in_an_image_reference_are_redacted() {
        let digest = format!("r.example.net/m@sha256:{}", "0a".repeat(32));
        for (image, shown) in [
            ("mcr.example.net/m:1.0", "mcr.example.net/m:1.0"),
            (&digest, &digest),
            (
                "user:p@ss/w@r.example.net/m:1",
                "REDACTED@r.example.net/m:1",
            ),
            ("https://u:p@r.example.net/m", "REDACTED@r.example.net/m"),
        ] {
            assert_eq!(redact_credentials(image), shown);
        }
        assert_eq!(
            redact_credentials(&format!("u:p@{digest}")),
            format!("REDACTED@{digest}")
        );
    }
}
