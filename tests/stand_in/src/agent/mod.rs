//! The shipped edge agent, 1.6: its direct methods, answered as they really are.

pub(crate) mod fields;
pub(crate) mod line;
pub(crate) mod module_logs;
pub(crate) mod payload;
pub(crate) mod request;
pub(crate) mod tasks;

use std::time::Duration;

use serde_json::json;

use self::fields::Fields;
use self::request::{BundleRequest, LogsRequest, check_version};
use self::tasks::{TaskEnd, TaskPlan, Tasks};
use super::engine::{EngineError, EngineQuery};
use super::log::Log;

/// How the versions of the agent differ. The default is the shipped 1.6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentVariant {
    /// `loglevel` is equality; the documentation has "this level and more severe".
    pub exact_level: bool,
    /// `tail` counts what is left of the other filters, as the documentation has it.
    pub filters_before_tail: bool,
    /// A missing `contentType` is text, as the documentation has it.
    pub text_by_default: bool,
    /// An old agent: it does not know `includeTimestamp`.
    pub ignores_include_timestamp: bool,
    /// An old agent: it does not know `until`.
    pub ignores_until: bool,
    /// An older agent: what is too large is said in the payload of each module, with status 200.
    pub too_large_in_payload: bool,
    /// Methods that this agent does not have.
    pub lacks: Vec<String>,
    /// What the twin reports.
    pub version: String,
}

impl Default for AgentVariant {
    fn default() -> Self {
        Self {
            exact_level: true,
            filters_before_tail: false,
            text_by_default: false,
            ignores_include_timestamp: false,
            ignores_until: false,
            too_large_in_payload: false,
            lacks: Vec::new(),
            version: "1.6.1".to_owned(),
        }
    }
}

impl AgentVariant {
    /// An agent that does what the documentation says.
    pub fn documented() -> Self {
        Self {
            exact_level: false,
            filters_before_tail: true,
            text_by_default: true,
            ..Self::default()
        }
    }

    /// An agent from before 1.2: neither `until` nor `includeTimestamp`.
    pub fn before_1_2() -> Self {
        Self {
            ignores_include_timestamp: true,
            ignores_until: true,
            version: "1.1.15".to_owned(),
            ..Self::default()
        }
    }
}

/// A module as the agent sees it while it answers one call.
#[derive(Debug, Clone)]
pub(crate) struct ModuleView {
    /// The name.
    pub name: String,
    /// The log, as it was when the call came.
    pub log: Log,
    /// Why its log can't be read.
    pub unreadable: Option<EngineError>,
}

/// What an agent keeps in memory; a restart loses it.
#[derive(Default)]
pub(crate) struct AgentMemory {
    /// The background tasks.
    pub tasks: Tasks,
    /// The trap: the filter object that requests without a filter share, changed for good by the
    /// first of them that asks for json.
    pub shared_filter_has_stamps: bool,
}

/// All that one call of a method may see and change.
pub(crate) struct Context<'a> {
    /// The hub's host name, for records.
    pub hub_name: &'a str,
    /// The device, for records.
    pub device: &'a str,
    /// How this agent differs.
    pub variant: &'a AgentVariant,
    /// The modules.
    pub modules: &'a [ModuleView],
    /// The current time of the device's clock.
    pub now: i64,
    /// What becomes of a task that this call starts.
    pub task_plan: &'a TaskPlan,
    /// What the agent remembers.
    pub memory: &'a mut AgentMemory,
    /// For the order of modules, which is that of a hash table.
    pub random: &'a mut fastrand::Rng,
    /// The queries that went to the engine.
    pub reads: &'a mut Vec<EngineQuery>,
}

/// What a method answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AgentAnswer {
    /// 200, 400 or 500.
    pub status: i32,
    /// JSON, or nothing.
    pub payload: Option<String>,
    /// What else comes of it.
    pub effect: Effect,
}

/// What a method does beyond its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    None,
    /// A module was restarted.
    Restarted(String),
}

impl AgentAnswer {
    fn ok(payload: impl Into<Option<String>>) -> Self {
        Self {
            status: 200,
            payload: payload.into(),
            effect: Effect::None,
        }
    }

    /// An `ArgumentException`.
    pub(crate) fn refused(message: impl AsRef<str>) -> Self {
        Self {
            status: 400,
            ..Self::failed(message.as_ref())
        }
    }

    /// Any other exception.
    pub(crate) fn failed(message: &str) -> Self {
        Self {
            status: 500,
            payload: Some(json!({ "message": message }).to_string()),
            effect: Effect::None,
        }
    }
}

/// The methods, in the order of the agent's own list.
const METHODS: [&str; 6] = [
    "ping",
    "GetTaskStatus",
    "UploadModuleLogs",
    "GetModuleLogs",
    "UploadSupportBundle",
    "RestartModule",
];
/// How the agent calls the schema of most requests.
const LOGS_SCHEMA: &str = "logs upload request schema";

impl Context<'_> {
    /// Answers a method. `payload` is the text that arrived, if any: the agent parses it, not the
    /// hub.
    pub(crate) fn handle(&mut self, method: &str, payload: Option<&str>) -> AgentAnswer {
        let lacks = |name: &str| self.variant.lacks.iter().any(|lacking| lacking == name);
        let known = || METHODS.iter().filter(|name| !lacks(name));
        let Some(name) = known().find(|name| name.eq_ignore_ascii_case(method)) else {
            let supported = known().copied().collect::<Vec<_>>().join(",");
            return AgentAnswer::refused(format!(
                "Command '{method}' not found. The supported commands are - {supported}"
            ));
        };
        let answer = match *name {
            "ping" => Ok(AgentAnswer::ok(None)),
            "GetTaskStatus" => self.task_status(payload),
            "GetModuleLogs" => self.get_module_logs(payload),
            "UploadModuleLogs" => self.upload_module_logs(payload),
            "UploadSupportBundle" => self.upload_support_bundle(payload),
            _ => self.restart_module(payload),
        };
        answer.unwrap_or_else(|refusal| refusal)
    }

    fn task_status(&mut self, payload: Option<&str>) -> Result<AgentAnswer, AgentAnswer> {
        let (version, id) = parse(payload, |fields| {
            Ok((
                fields.required("schemaVersion")?,
                fields.required("correlationId")?,
            ))
        })?;
        checked(&version, LOGS_SCHEMA)?;
        Ok(AgentAnswer::ok(self.memory.tasks.status(&id).to_string()))
    }

    fn get_module_logs(&mut self, payload: Option<&str>) -> Result<AgentAnswer, AgentAnswer> {
        let request = parse(payload, |fields| LogsRequest::read(fields, false))?;
        checked(&request.schema_version, LOGS_SCHEMA)?;
        self.module_logs(&request).map(AgentAnswer::ok)
    }

    fn upload_module_logs(&mut self, payload: Option<&str>) -> Result<AgentAnswer, AgentAnswer> {
        let request = parse(payload, |fields| LogsRequest::read(fields, true))?;
        checked(&request.schema_version, LOGS_SCHEMA)?;
        let sas_url = request.sas_url.clone().unwrap_or_default();
        let uploads = !self.select(&request)?.is_empty();
        let mut plan = self.task_plan.clone();
        if uploads && let Err(error) = usable(&sas_url) {
            plan = TaskPlan::new(Duration::ZERO, TaskEnd::Failed(error));
        } else if let Err(answer) = self.read_for_upload(&request) {
            let payload = answer.payload.unwrap_or_default();
            let body: serde_json::Value = serde_json::from_str(&payload).unwrap_or_default();
            let message = body["message"].as_str().unwrap_or_default().to_owned();
            plan = TaskPlan::new(Duration::ZERO, TaskEnd::Failed(message));
        }
        let answer = self.memory.tasks.start("upload logs", plan);
        Ok(AgentAnswer::ok(answer.to_string()))
    }

    fn upload_support_bundle(&mut self, payload: Option<&str>) -> Result<AgentAnswer, AgentAnswer> {
        let request = parse(payload, BundleRequest::read)?;
        // An unreadable module, a bad `since` and the mixed-up `until` all end as Completed: the
        // agent never looks at the status of the daemon's answer, and uploads its error instead.
        let plan = match usable(&request.sas_url) {
            Ok(()) => self.task_plan.clone(),
            Err(error) => TaskPlan::new(Duration::ZERO, TaskEnd::Failed(error)),
        };
        let answer = self.memory.tasks.start("upload support bundle", plan);
        Ok(AgentAnswer::ok(answer.to_string()))
    }

    fn restart_module(&mut self, payload: Option<&str>) -> Result<AgentAnswer, AgentAnswer> {
        let (version, id) = parse(payload, |fields| {
            Ok((fields.required("schemaVersion")?, fields.required("id")?))
        })?;
        checked(&version, "restart module request schema")?;
        if !self.modules.iter().any(|module| module.name == id) {
            let message = format!("Module {id} not found in the current environment");
            return Err(AgentAnswer::failed(&message));
        }
        let effect = Effect::Restarted(id);
        Ok(AgentAnswer {
            effect,
            ..AgentAnswer::ok(None)
        })
    }
}

fn parse<T>(
    payload: Option<&str>,
    read: impl FnOnce(Fields<'_>) -> Result<T, String>,
) -> Result<T, AgentAnswer> {
    request::parse(payload, read).map_err(AgentAnswer::refused)
}

fn checked(version: &str, context: &str) -> Result<(), AgentAnswer> {
    check_version(version, context).map_err(|message| AgentAnswer::failed(&message))
}

/// Whether the task could use this URL at all; nothing is ever sent there.
fn usable(sas_url: &str) -> Result<(), String> {
    if sas_url.is_empty() {
        return Err("Invalid URI: The URI is empty.".to_owned());
    }
    if !sas_url.contains("://") {
        return Err("Invalid URI: The format of the URI could not be determined.".to_owned());
    }
    Ok(())
}
