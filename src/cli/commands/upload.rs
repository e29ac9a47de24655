//! `edgelogs upload`: have a device write its modules' logs to Blob Storage.

use clap::Args;

use crate::cli::args::filter::FilterArgs;
use crate::cli::commands::start_task::{StartTaskArgs, TaskPlan};
use crate::cli::context::Context;
use crate::cli::run::upload_warnings;
use crate::cli::settings::loaded::Settings;
use crate::download::TaskOutput;
use crate::error::Error;
use crate::exit::Exit;
use crate::methods::{ContentType, Encoding, SasPurpose, UploadModuleLogs};

/// Have a device upload module logs to Blob Storage
///
/// Prints the correlation id as soon as the device has accepted the task, then waits for the task to
/// end.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs upload --sas @sas.txt --since 2d -d press-07
  edgelogs upload --item edge tail=100 --item tempSensor tail=1000 --sas @sas.txt -d press-07
  edgelogs upload --since 2h --sas @sas.txt --download logs --decompress -d press-07
  id=$(edgelogs upload --sas @sas.txt --no-wait -d press-07)")]
pub(crate) struct UploadArgs {
    #[command(flatten)]
    filter: FilterArgs,

    #[command(flatten)]
    start: StartTaskArgs,

    /// Compression of the blobs
    #[arg(long, value_name = "ENCODING", value_enum, default_value_t = Encoding::Gzip, help_heading = "Wire")]
    encoding: Encoding,

    /// Format of the logs in the blobs
    #[arg(long, value_name = "TYPE", value_enum, default_value_t = ContentType::Text, help_heading = "Wire")]
    content_type: ContentType,

    /// Decompress downloaded files: NAME.log instead of NAME.log.gz
    ///
    /// A log that would exceed 1 GiB and 200 times its compressed size, or does not fit on the
    /// disk, stays compressed (exit code 1).
    #[arg(
        long,
        requires = "download",
        conflicts_with = "no_wait",
        help_heading = "Output"
    )]
    decompress: bool,
}

impl UploadArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        let (encoding, content_type) = (self.encoding, self.content_type);
        let plan = || {
            let selection = self.filter.query_items(context.console, None, false)?;
            let items = FilterArgs::items(selection.clone(), context.console)?;
            Ok(TaskPlan {
                selection,
                warnings: upload_warnings::for_upload(&items, content_type),
                purpose: match content_type {
                    ContentType::Text => SasPurpose::AppendBlobs,
                    ContentType::Json => SasPurpose::BlockBlobs,
                },
                output: TaskOutput::ModuleLogs {
                    items: items.clone(),
                    encoding,
                    content_type,
                },
                request: move |sas| Ok(UploadModuleLogs::new(sas, items, encoding, content_type)),
                unpack: self.decompress,
            })
        };
        self.start.run(context, settings, plan).await
    }
}
