//! `edgelogs upload`: have a device write its modules' logs to Blob Storage.

use clap::Args;

use crate::cli::args::connection::ConnectionArgs;
use crate::cli::args::filter::FilterArgs;
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
    sas: SasArgs,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    connection: ConnectionArgs,

    #[command(flatten)]
    timing: TimingArgs,

    #[command(flatten)]
    start: StartArgs,

    /// Compression of the blobs
    #[arg(long, value_name = "ENCODING", value_enum, default_value_t = Encoding::Gzip, help_heading = "Wire")]
    encoding: Encoding,

    /// Format of the logs in the blobs
    #[arg(long, value_name = "TYPE", value_enum, default_value_t = ContentType::Text, help_heading = "Wire")]
    content_type: ContentType,

    /// Decompress downloaded files: NAME.log instead of NAME.log.gz
    ///
    /// A log that would exceed 1 GiB and 200 times its compressed size stays compressed, exit 1; so
    /// does one that the disk has no room for.
    #[arg(long, requires = "download", help_heading = "Output")]
    decompress: bool,
}

impl UploadArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        let console = context.console;
        self.connection
            .share_stdin(&[self.sas.reads_stdin(), self.target.reads_stdin()])?;
        let after = self.start.resolve(self.connection.is_local())?;
        let items = self.filter.items(console)?;
        if !self.connection.is_local() {
            for warning in upload_warnings::for_upload(&items, self.content_type) {
                console.warn(&warning);
            }
        }
        let purpose = match self.content_type {
            ContentType::Text => SasPurpose::AppendBlobs,
            ContentType::Json => SasPurpose::BlockBlobs,
        };
        if self.start.dry_run {
            let sas = self.sas.url(purpose, true).await?;
            self.start.download.check(&sas)?;
            self.sas.note_history(console);
            let request =
                UploadModuleLogs::new(sas.clone(), items, self.encoding, self.content_type);
            dry_run::print(
                console,
                &self
                    .target
                    .dry_run_devices(console, settings, self.connection.is_local())
                    .await?,
                &request,
                Some(&sas),
            )?;
            return Ok(Exit::Success);
        }
        let connection = self.connection.resolve(context, settings).await?;
        let sas = self.sas.url(purpose, connection.is_loopback()).await?;
        let target = self.start.download.target(&sas, self.decompress)?;
        let output = TaskOutput::ModuleLogs {
            items: items.clone(),
            encoding: self.encoding,
            content_type: self.content_type,
        };
        let roots = connection.roots.clone();
        let request = UploadModuleLogs::new(sas.clone(), items, self.encoding, self.content_type);
        self.sas.note_history(console);
        let session =
            Session::open(context, settings, connection, &self.target, &self.timing).await?;
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
}
