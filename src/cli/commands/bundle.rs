//! `edgelogs bundle`: have a device write a support bundle to Blob Storage.

use clap::Args;

use crate::cli::args::connection::ConnectionArgs;
use crate::cli::args::sas::SasArgs;
use crate::cli::args::target::TargetArgs;
use crate::cli::args::task::StartArgs;
use crate::cli::args::timing::TimingArgs;
use crate::cli::context::Context;
use crate::cli::run::dry_run;
use crate::cli::run::session::Session;
use crate::cli::run::task;
use crate::cli::run::upload_warnings;
use crate::cli::settings::loaded::Settings;
use crate::download::{Downloads, TaskOutput};
use crate::error::Error;
use crate::exit::Exit;
use crate::methods::{SasPurpose, SasUrl, TimeBound, UploadSupportBundle, check_order};

/// Have a device upload a support bundle to Blob Storage
///
/// A bundle may hold personal data: it contains the modules' logs and settings.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs bundle --sas @sas.txt --since 1d -d press-07
  edgelogs bundle --sas @sas.txt --edge-runtime-only -d press-07
  edgelogs bundle --sas @sas.txt --since 1d --download bundles -d press-07")]
pub(crate) struct BundleArgs {
    #[command(flatten)]
    sas: SasArgs,

    /// Logs since TIME: a duration ago, RFC 3339 or epoch seconds
    #[arg(
        short,
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "Filter"
    )]
    since: Option<String>,

    /// Logs until TIME: a duration ago, RFC 3339 or epoch seconds
    #[arg(
        short,
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "Filter"
    )]
    until: Option<String>,

    /// Only edgeAgent, edgeHub and the security daemon
    #[arg(long, help_heading = "Filter")]
    edge_runtime_only: bool,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    connection: ConnectionArgs,

    #[command(flatten)]
    timing: TimingArgs,

    #[command(flatten)]
    start: StartArgs,
}

impl BundleArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        self.connection
            .share_stdin(&[self.sas.reads_stdin(), self.target.reads_stdin()])?;
        let after = self.start.resolve(self.connection.is_local())?;
        let (since, until) = self.window()?;
        if let Some(warning) = upload_warnings::for_bundle(self.until.as_deref())
            && !self.connection.is_local()
        {
            context.console.warn(warning);
        }
        if self.start.dry_run {
            let sas = self.sas.url(SasPurpose::BlockBlobs, true).await?;
            self.start.download.check(&sas)?;
            self.sas.note_history(context.console);
            let request = self.request(sas.clone(), since, until)?;
            dry_run::print(
                context.console,
                &self
                    .target
                    .dry_run_devices(context.console, settings, self.connection.is_local())
                    .await?,
                &request,
                Some(&sas),
            )?;
            return Ok(Exit::Success);
        }
        let connection = self.connection.resolve(context, settings).await?;
        let sas = self
            .sas
            .url(SasPurpose::BlockBlobs, connection.is_loopback())
            .await?;
        let request = self.request(sas.clone(), since, until)?;
        let target = self.start.download.target(&sas, false)?;
        let roots = connection.roots.clone();
        self.sas.note_history(context.console);
        let session =
            Session::open(context, settings, connection, &self.target, &self.timing).await?;
        let output = TaskOutput::SupportBundle;
        let downloads = target
            .map(|target| Downloads::open(&sas, roots, session.hub(), target, output))
            .transpose()?;
        task::start(
            context,
            settings,
            &session,
            &request,
            after,
            downloads.as_ref(),
        )
        .await
    }

    /// The period of the logs.
    fn window(&self) -> Result<(Option<TimeBound>, Option<TimeBound>), Error> {
        let bound = |name, typed: &Option<String>| {
            typed
                .as_ref()
                .map(|text| TimeBound::parse(name, text))
                .transpose()
        };
        let since = bound("--since", &self.since)?;
        let until = bound("--until", &self.until)?;
        check_order(since.as_ref(), until.as_ref())?;
        Ok((since, until))
    }

    fn request(
        &self,
        sas: SasUrl,
        since: Option<TimeBound>,
        until: Option<TimeBound>,
    ) -> Result<UploadSupportBundle, Error> {
        Ok(UploadSupportBundle::new(
            sas,
            since,
            until,
            self.edge_runtime_only,
        )?)
    }
}
