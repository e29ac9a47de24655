//! What `upload` and `bundle` share: a SAS URL, a task on each device, and a download.

use std::time::Duration;

use clap::Args;
use url::Url;

use crate::cli::args::call::CallArgs;
use crate::cli::args::module_id::ModuleIdArgs;
use crate::cli::args::sas::SasArgs;
use crate::cli::args::task::StartArgs;
use crate::cli::context::Context;
use crate::cli::run::dry_run;
use crate::cli::run::session::Session;
use crate::cli::run::task;
use crate::cli::run::unmatched::Unmatched;
use crate::cli::settings::loaded::Settings;
use crate::download::{Downloads, TaskOutput};
use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::LogQueryItem;
use crate::invalid_input::InvalidInput;
use crate::methods::{MethodRequest, SasPurpose, SasUrl};
use crate::proxy;

#[derive(Debug, Args)]
pub(crate) struct StartTaskArgs {
    #[command(flatten)]
    sas: SasArgs,

    #[command(flatten)]
    calls: CallArgs,

    #[command(flatten)]
    module: ModuleIdArgs,

    #[command(flatten)]
    start: StartArgs,
}

/// How a task is started, and what it writes.
#[derive(Debug)]
pub(crate) struct TaskPlan<F> {
    /// What was typed for modules, where any can be.
    pub(crate) selection: Vec<LogQueryItem>,
    /// What the shipped agent misreads.
    pub(crate) warnings: Vec<String>,
    pub(crate) purpose: SasPurpose,
    /// Makes the request that writes to a SAS URL.
    pub(crate) request: F,
    pub(crate) output: TaskOutput,
    /// Whether to decompress what is downloaded.
    pub(crate) unpack: bool,
}

impl StartTaskArgs {
    /// Which devices to call, and how.
    pub(crate) fn calls(&self) -> &CallArgs {
        &self.calls
    }

    /// The module that answers.
    pub(crate) fn module(&self) -> &ModuleIdArgs {
        &self.module
    }

    /// Whether existing files may be replaced.
    pub(crate) fn overwrites(&self) -> bool {
        self.start.download.overwrites()
    }

    /// Starts the task that `plan` describes, once the shared arguments are known to be valid.
    pub(crate) async fn run<R, F>(
        &self,
        context: &Context,
        settings: &Settings,
        plan: impl FnOnce() -> Result<TaskPlan<F>, Error>,
    ) -> Result<Exit, Error>
    where
        R: MethodRequest,
        F: FnOnce(SasUrl) -> Result<R, Error>,
    {
        let console = context.console;
        self.calls.check_together(self.sas.reads_stdin())?;
        let module = self.module.get()?;
        if self.start.download.overwrites() && !self.start.download.is_given() {
            return Err(
                InvalidInput::new("--force overwrites files, and none is written")
                    .hint("add --download DIR")
                    .into(),
            );
        }
        let after = self.start.resolve(self.calls.is_local(), settings)?;
        let task = plan()?;
        if !self.calls.is_local() {
            for warning in &task.warnings {
                console.warn(warning);
            }
        }
        let calls = match self.start.dry_run {
            true => None,
            false => Some(self.calls.resolve(context, settings).await?),
        };
        let loopback = calls
            .as_ref()
            .is_none_or(|calls| calls.connection.is_loopback());
        let sas = self.sas.url(task.purpose, loopback, console).await?;
        let request = (task.request)(sas.clone())?;
        let Some(calls) = calls else {
            self.start.download.check(&sas)?;
            self.sas.note_history(console);
            let devices = self.calls.dry_run_devices(console, settings).await?;
            return dry_run::print(console, &devices, module, &request, Some(&sas));
        };
        // Before the task starts. Otherwise a device has its own proxy.
        let is_ours = calls.connection.is_local() || self.start.download.is_given();
        if is_ours && let Ok(storage) = Url::parse(sas.expose()) {
            proxy::check(&storage)?;
        }
        let is_bundle = task.selection.is_empty();
        let target = self.start.download.target(&sas, task.unpack)?;
        self.sas.note_history(console);
        let roots = calls.connection.roots.clone();
        let session = Session::open(context, calls).await?.answered_by(module);
        let downloads = target
            .map(|target| {
                let limit = after
                    .waiting
                    .map_or(Duration::MAX, |waiting| waiting.timeout);
                Downloads::open(&sas, roots, session.hub(), target, task.output, limit)
            })
            .transpose()?;
        let downloads = downloads.as_ref();
        let unmatched = Unmatched::new(&session, task.selection);
        let unmatched = (!is_bundle).then_some(unmatched);
        task::start(
            context, settings, &session, &request, after, downloads, unmatched,
        )
        .await
    }
}
