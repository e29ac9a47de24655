//! `edgelogs bundle`: have a device write a support bundle to Blob Storage.

use clap::Args;

use crate::cli::args::filter::FRACTIONS_DROPPED;
use crate::cli::commands::start_task::{StartTaskArgs, TaskPlan};
use crate::cli::context::Context;
use crate::cli::run::upload_warnings;
use crate::cli::settings::loaded::Settings;
use crate::download::TaskOutput;
use crate::error::Error;
use crate::exit::Exit;
use crate::methods::{SasPurpose, TimeBound, UploadSupportBundle, check_order};
use crate::output::zone_for_people;

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
    /// Logs since TIME, such as 2h, 06:30, yesterday or RFC 3339
    #[arg(
        short,
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "Filter"
    )]
    since: Option<String>,

    /// Logs until TIME, such as 1h, 06:45, today or RFC 3339
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
    start: StartTaskArgs,
}

impl BundleArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        let plan = || {
            let since = bound("--since", self.since.as_deref())?;
            let until = bound("--until", self.until.as_deref())?;
            // Before any warning about them.
            check_order(since.as_ref(), until.as_ref())?;
            if [&since, &until]
                .into_iter()
                .flatten()
                .any(TimeBound::has_fraction)
            {
                context.console.warn(FRACTIONS_DROPPED);
            }
            let warning = upload_warnings::for_bundle(self.until.as_deref());
            let runtime_only = self.edge_runtime_only;
            Ok(TaskPlan {
                selection: Vec::new(),
                warnings: warning.map(str::to_owned).into_iter().collect(),
                purpose: SasPurpose::BlockBlobs,
                request: move |sas| Ok(UploadSupportBundle::new(sas, since, until, runtime_only)?),
                output: TaskOutput::SupportBundle,
                unpack: false,
            })
        };
        self.start.run(context, settings, plan).await
    }
}

fn bound(name: &str, typed: Option<&str>) -> Result<Option<TimeBound>, Error> {
    Ok(typed
        .map(|text| TimeBound::typed(name, text, zone_for_people()))
        .transpose()?)
}
