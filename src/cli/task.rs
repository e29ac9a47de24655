//! What `upload`, `bundle` and `status` share: starting a task, following it, and telling of it.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::session::{Context, Session};
use super::timing::duration;
use crate::error::resume_command;
use crate::fetch::{EdgeAgent, Waiting, follow};
use crate::methods::{
    CorrelationId, InvalidRequest, MethodRequest, TaskStatus, TaskStatusResponse,
};
use crate::output::Console;
use crate::{Error, Exit};

/// The form in which a task is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum TaskFormat {
    /// The correlation id, or the status, alone
    Text,
    /// The same as text
    Raw,
    /// One JSON document
    Json,
    /// One JSON object a task
    Jsonl,
}

/// How a task is waited for, apart from whether it is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Task")]
pub(super) struct WaitArgs {
    /// Give up waiting after this long; the task goes on
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    wait_timeout: Duration,

    /// The pause between two questions after the task
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    interval: Duration,

    /// The form of the output
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = TaskFormat::Text, help_heading = "Output")]
    pub(super) output: TaskFormat,
}

/// Whether a command that starts a task waits for it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Task")]
pub(super) struct StartArgs {
    /// Wait for the end of the task (the default)
    #[arg(long, overrides_with = "no_wait")]
    wait: bool,

    /// Print the correlation id and don't wait
    #[arg(long, overrides_with = "wait")]
    no_wait: bool,

    #[command(flatten)]
    waiting: WaitArgs,

    /// Print the request and send nothing
    #[arg(long, help_heading = "Output")]
    pub(super) dry_run: bool,
}

impl WaitArgs {
    pub(super) fn resolve(&self) -> Result<Waiting, Error> {
        if self.interval.is_zero() {
            return Err(InvalidRequest::new("--interval is zero")
                .hint("give a pause such as --interval 5s")
                .into());
        }
        Ok(Waiting {
            timeout: self.wait_timeout,
            interval: self.interval,
        })
    }
}

impl StartArgs {
    /// Refuses what can't be meant before anything is sent.
    pub(super) fn check(&self, local: bool) -> Result<Waiting, Error> {
        if local && self.no_wait {
            return Err(InvalidRequest::new(
                "--local with --no-wait would end the task with this process",
            )
            .hint("leave --no-wait away, or start `edgelogs device serve` and call that")
            .into());
        }
        self.waiting.resolve()
    }

    /// Starts a task, prints its id as soon as there is one, and follows it.
    pub(super) async fn start<R: MethodRequest>(
        &self,
        context: &Context,
        session: &Session,
        request: &R,
        waiting: Waiting,
    ) -> Result<Exit, Error> {
        let agent = session.agent();
        let accepted: TaskStatusResponse = agent.call(request).await?;
        let id = accepted.correlation_id.clone();
        if !session.is_local() {
            context.set_resume(resume_command(agent.device(), &id));
        }
        let report = Report {
            console: context.console,
            format: self.waiting.output,
            method: Some(R::NAME),
        };
        report.accepted(&id)?;
        if self.no_wait {
            context.console.note(&format!(
                "track it with: {}",
                resume_command(agent.device(), &id)
            ));
            report.ended(&agent, &accepted)?;
            return Ok(Exit::Success);
        }
        report.follow(&agent, &id, waiting).await
    }
}

/// How a task is told of.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) console: Console,
    pub(super) format: TaskFormat,
    /// The method that started the task, where this process knows.
    pub(super) method: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TaskRecord<'a> {
    device: &'a str,
    method: Option<&'a str>,
    correlation_id: &'a CorrelationId,
    status: TaskStatus,
    message: &'a str,
}

impl Report {
    /// The id alone, as soon as it is known.
    fn accepted(&self, id: &CorrelationId) -> Result<(), Error> {
        match self.format {
            TaskFormat::Text | TaskFormat::Raw => self.console.data().line(id.as_str()),
            TaskFormat::Json | TaskFormat::Jsonl => Ok(()),
        }
    }

    /// The record, for the forms that have one.
    pub(super) fn ended(
        &self,
        agent: &EdgeAgent,
        response: &TaskStatusResponse,
    ) -> Result<(), Error> {
        let record = TaskRecord {
            device: agent.device(),
            method: self.method,
            correlation_id: &response.correlation_id,
            status: response.status,
            message: &crate::output::redact(&response.message),
        };
        let json = || serde_json::to_string(&record).unwrap_or_default();
        match self.format {
            TaskFormat::Text | TaskFormat::Raw => Ok(()),
            TaskFormat::Jsonl => self.console.data().line(&json()),
            TaskFormat::Json => self
                .console
                .data()
                .line(&format!("{{\"records\":[{}],\"errors\":[]}}", json())),
        }
    }

    /// Follows a task to its end; the record is printed also when the task failed.
    async fn follow(
        &self,
        agent: &EdgeAgent,
        id: &CorrelationId,
        waiting: Waiting,
    ) -> Result<Exit, Error> {
        let response = self.wait(agent, id, waiting).await?;
        self.ended(agent, &response)?;
        Ok(Exit::Success)
    }

    /// Waits with a spinner, and prints the record of a task that ended badly.
    pub(super) async fn wait(
        &self,
        agent: &EdgeAgent,
        id: &CorrelationId,
        waiting: Waiting,
    ) -> Result<TaskStatusResponse, Error> {
        let progress = self
            .console
            .progress(&format!("waiting for {}: task {id}", agent.device()));
        let result = follow(agent, id, waiting, &progress).await;
        drop(progress);
        if let Err(Error::Task {
            status, message, ..
        }) = &result
        {
            let response = TaskStatusResponse {
                status: *status,
                message: message.clone(),
                correlation_id: id.clone(),
            };
            self.ended(agent, &response)?;
        }
        result
    }
}
