//! `edgelogs status`: how far a task is.

use clap::Args;

use super::connection::ConnectionArgs;
use super::dry_run;
use super::session::{Context, Session};
use super::target::TargetArgs;
use super::task::{Report, TaskFormat, WaitArgs};
use super::timing::TimingArgs;
use crate::methods::{CorrelationId, GetTaskStatus, TaskStatus, TaskStatusResponse};
use crate::{Error, Exit};

/// Show or await the status of an upload or a support bundle
///
/// Prints the status alone: NotStarted, Running, Completed, Failed, Cancelled or Unknown.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs status 3fa85f64-5717-4562-b3fc-2c963f66afa6 -d press-07
  edgelogs status \"$id\" --wait -d press-07")]
pub(super) struct StatusArgs {
    /// The id that `upload` or `bundle` printed
    #[arg(value_name = "CORRELATION_ID", help_heading = "Task")]
    correlation_id: String,

    /// Wait for the end of the task
    #[arg(long, help_heading = "Task")]
    wait: bool,

    #[command(flatten)]
    waiting: WaitArgs,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    connection: ConnectionArgs,

    #[command(flatten)]
    timing: TimingArgs,

    /// Print the request and send nothing
    #[arg(long, help_heading = "Output")]
    dry_run: bool,
}

impl StatusArgs {
    pub(super) async fn run(&self, context: &Context) -> Result<Exit, Error> {
        let console = context.console;
        let id = CorrelationId::parse(&self.correlation_id)?;
        let waiting = self.waiting.resolve()?;
        self.timing.timeouts()?;
        let request = GetTaskStatus::new(id.clone());
        if self.dry_run {
            dry_run::print(console, &self.target.named(), &request, None)?;
            return Ok(Exit::Success);
        }
        let session = Session::open(self.connection.resolve()?, &self.target, &self.timing).await?;
        let agent = session.agent();
        let report = Report {
            console,
            format: self.waiting.output,
            method: None,
        };
        let word = |status: TaskStatus| match self.waiting.output {
            TaskFormat::Text | TaskFormat::Raw => console.data().line(status.name()),
            TaskFormat::Json | TaskFormat::Jsonl => Ok(()),
        };
        if self.wait {
            let result = report.wait(&agent, &id, waiting).await;
            match &result {
                Ok(response) => {
                    word(response.status)?;
                    report.ended(&agent, response)?;
                }
                Err(Error::Task { status, .. }) => word(*status)?,
                Err(_) => {}
            }
            return result.map(|_| Exit::Success);
        }
        let response: TaskStatusResponse = agent.call(&request).await?;
        word(response.status)?;
        report.ended(&agent, &response)?;
        if response.status.is_under_way() || response.status == TaskStatus::Completed {
            return Ok(Exit::Success);
        }
        Err(Error::Task {
            device: agent.device().to_owned(),
            id,
            status: response.status,
            message: response.message,
        })
    }
}
