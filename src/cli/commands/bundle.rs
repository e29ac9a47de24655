//! `edgelogs bundle`: have a device write a support bundle to Blob Storage.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::args::files::written_path;
use crate::cli::args::filter::FRACTIONS_DROPPED;
use crate::cli::commands::doctor;
use crate::cli::commands::start_task::{StartTaskArgs, TaskPlan};
use crate::cli::context::Context;
use crate::cli::run::bundle_file::{self, BundleFile};
use crate::cli::run::session::Session;
use crate::cli::run::upload_warnings;
use crate::cli::settings::keys::SAS;
use crate::cli::settings::loaded::Settings;
use crate::download::TaskOutput;
use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::{LogQuery, LogQueryFilter, LogQueryItem};
use crate::invalid_input::InvalidInput;
use crate::methods::{
    ContentType, Encoding, ModulePattern, SasPurpose, TimeBound, UploadSupportBundle, check_order,
};
use crate::output::zone_for_people;

/// Have a device upload a support bundle to Blob Storage
///
/// A bundle may hold personal data: it contains the modules' logs and settings.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs bundle --sas @sas.txt --since 1d -d press-07
  edgelogs bundle --sas @sas.txt --edge-runtime-only -d press-07
  edgelogs bundle --sas @sas.txt --since 1d --download bundles -d press-07
  edgelogs bundle --out press-07.zip -d press-07")]
pub(crate) struct BundleArgs {
    /// Logs since TIME, such as 2h, 06:30 or yesterday
    #[arg(
        short,
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "Filter"
    )]
    since: Option<String>,

    /// Logs until TIME, such as 1h, 06:45 or today
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

    /// Pack the bundle on this machine instead, without Blob Storage
    ///
    /// Logs of all modules, of the last day without --since, the twins of the runtime, the list of
    /// modules and the checks of `doctor`, fetched through direct methods. manifest.json names what is
    /// missing. For one device.
    #[arg(
        long,
        value_name = "FILE",
        value_parser = written_path(),
        conflicts_with_all = ["download", "wait", "no_wait", "edge_runtime_only", "dry_run"],
        help_heading = "Output"
    )]
    out: Option<PathBuf>,

    #[command(flatten)]
    start: StartTaskArgs,
}

/// How much of the logs a file holds if nothing else is asked for.
const DEFAULT_SINCE: &str = "1d";

impl BundleArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        if let Some(path) = &self.out {
            return self.write_file(context, settings, path).await;
        }
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

    async fn write_file(
        &self,
        context: &Context,
        settings: &Settings,
        path: &Path,
    ) -> Result<Exit, Error> {
        // One of the environment or of a profile is for other runs.
        if settings.selection.is_flag_typed(SAS) {
            return Err(
                InvalidInput::new("--out needs no --sas: it writes to this machine")
                    .hint("omit one of them")
                    .into(),
            );
        }
        let no_task = ["output", "wait-timeout", "interval"];
        let is_typed = |name: &&str| settings.selection.is_flag_typed(name);
        if let Some(name) = no_task.into_iter().find(is_typed) {
            return Err(InvalidInput::new(format!(
                "--out starts no task, so it can't be used with --{name}"
            ))
            .hint("omit one of them")
            .into());
        }
        let since = self.since.as_deref().unwrap_or(DEFAULT_SINCE);
        let filter = LogQueryFilter {
            since: bound("--since", Some(since))?,
            until: bound("--until", self.until.as_deref())?,
            ..LogQueryFilter::default()
        };
        check_order(filter.since.as_ref(), filter.until.as_ref())?;
        let item = LogQueryItem {
            id: ModulePattern::regex(".*")?,
            module: None,
            filter,
        };
        let calls = self.start.calls();
        calls.check_together(false)?;
        let module = self.start.module();
        let answering = module.get()?;
        let session = Session::open(context, calls.resolve(context, settings).await?).await?;
        let session = session.answered_by(answering);
        let [device] = session.devices() else {
            return Err(InvalidInput::new(format!(
                "--out is for one device, and {} are selected",
                session.devices().len()
            ))
            .hint("run it once for each device, with a file for each")
            .into());
        };
        let checks = doctor::collect(context, settings, calls.connection(), device, module).await?;
        let bundle = BundleFile {
            path,
            force: self.start.overwrites(),
            query: LogQuery {
                items: vec![item],
                encoding: Encoding::Gzip,
                content_type: ContentType::Text,
                verbatim: false,
                stamps: true,
            },
            since: Some(since.to_owned()),
            until: self.until.clone(),
            checks,
        };
        bundle_file::write(context.console, &session, bundle).await
    }
}

fn bound(name: &str, typed: Option<&str>) -> Result<Option<TimeBound>, Error> {
    Ok(typed
        .map(|text| TimeBound::typed(name, text, zone_for_people()))
        .transpose()?)
}
