//! `edgelogs get`: fetch the logs of modules and print them.

use std::path::PathBuf;

use clap::Args;

use super::connection::ConnectionArgs;
use super::dry_run;
use super::filter::FilterArgs;
use super::get_fleet::FleetGet;
use super::outcome::Outcome;
use super::session::{Context, Session};
use super::target::TargetArgs;
use super::timing::TimingArgs;
use crate::fetch::{EdgeAgent, by_time};
use crate::logs::{DecodeError, Records};
use crate::methods::{ContentType, Encoding, GetModuleLogs, ModuleLogs};
use crate::output::{Console, DataOut, Format, LogPrinter, OutDir, Prefix, Source};
use crate::{Error, Exit};

/// Fetch the logs of modules and print them
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs get edgeAgent --tail 20 -d press-07
  edgelogs get -m tempSensor --since 1h --loglevel warning -d press-07
  edgelogs get --since 2h --until 1h -o jsonl -d press-07 | jq -r .text
  edgelogs get edgeHub --since 1h --where \"tags.site = 'oslo'\" --out-dir logs")]
pub(super) struct GetArgs {
    #[command(flatten)]
    filter: FilterArgs,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    connection: ConnectionArgs,

    #[command(flatten)]
    timing: TimingArgs,

    /// The form of the output
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text, help_heading = "Output")]
    output: Format,

    /// When lines carry their module
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Prefix::Auto, help_heading = "Output")]
    prefix: Prefix,

    /// How the logs travel
    #[arg(long, value_name = "ENCODING", value_enum, default_value_t = Encoding::Gzip, help_heading = "Wire")]
    encoding: Encoding,

    /// In which form the logs travel [default: json for json output, text otherwise]
    #[arg(long, value_name = "TYPE", value_enum, help_heading = "Wire")]
    content_type: Option<ContentType>,

    /// Write each module's log to DIR/device/module.log, and print the paths
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out_dir: Option<PathBuf>,

    /// Overwrite files that exist
    #[arg(long, requires = "out_dir", help_heading = "Output")]
    force: bool,

    /// Print the request and send nothing
    #[arg(long, help_heading = "Output")]
    dry_run: bool,
}

impl GetArgs {
    pub(super) async fn run(&self, context: &Context) -> Result<Exit, Error> {
        let console = context.console;
        self.connection.share_stdin(&[self.target.reads_stdin()])?;
        let items = self.filter.items(console)?;
        let patterns: Vec<String> = items
            .iter()
            .map(|item| format!("`{}`", item.id.as_str()))
            .collect();
        let content_type = self.content_type.unwrap_or(match self.output {
            Format::Json | Format::Jsonl => ContentType::Json,
            Format::Text | Format::Raw => ContentType::Text,
        });
        let request = GetModuleLogs::new(items, self.encoding, content_type);
        if self.dry_run {
            self.timing.timeouts()?;
            dry_run::print(
                console,
                &self
                    .target
                    .dry_run_devices(console, self.connection.is_local())?,
                &request,
                None,
            )?;
            return Ok(Exit::Success);
        }
        let connection = self.connection.resolve()?;
        let session = Session::open(context, connection, &self.target, &self.timing).await?;
        if session.devices().len() > 1 || self.out_dir.is_some() {
            let fleet = FleetGet {
                session: &session,
                request: &request,
                content_type,
                patterns: &patterns.join(", "),
                format: self.output,
            };
            let Some(root) = &self.out_dir else {
                return fleet.print_lines(context, self.prefix).await;
            };
            let folder = OutDir::new(root.clone(), self.force);
            for device in session.devices() {
                for module in self.filter.exact_names() {
                    folder.check(device, module)?;
                }
            }
            return fleet.write_files(context, &folder).await;
        }
        let agent = session.agent(&session.devices()[0]);
        let logs: Vec<ModuleLogs> = {
            let _progress = console.progress(&format!("asking {}", agent.device()));
            agent.call(&request).await?
        };
        if logs.is_empty() {
            let device = agent.device().to_owned();
            return Err(Error::NoModule {
                device,
                patterns: patterns.join(", "),
            });
        }
        self.print(console, &agent, &logs, content_type)
    }

    fn print(
        &self,
        console: Console,
        agent: &EdgeAgent,
        logs: &[ModuleLogs],
        content_type: ContentType,
    ) -> Result<Exit, Error> {
        let source = |logs: &ModuleLogs| Source {
            iothub: agent.hub().to_owned(),
            device: agent.device().to_owned(),
            module: logs.id.clone(),
        };
        let sources: Vec<Source> = logs.iter().map(source).collect();
        let records = || logs.iter().map(|logs| Records::new(logs, content_type));
        let prefixed = match self.prefix {
            Prefix::Auto => sources.len() > 1,
            Prefix::Always => true,
            Prefix::Never => false,
        };
        let out: DataOut = console.data();
        let terminal = out.is_terminal();
        let mut printer = LogPrinter::new(out, self.output, prefixed, terminal);
        let mut broken: Vec<Option<DecodeError>> = sources.iter().map(|_| None).collect();
        let mut take = |index: usize, record: Result<_, DecodeError>| {
            match record {
                Ok(record) => printer.record(&sources[index], &record)?,
                Err(error) => broken[index] = Some(error),
            }
            Ok::<(), Error>(())
        };
        if self.output == Format::Raw {
            for (index, records) in records().enumerate() {
                records
                    .into_iter()
                    .try_for_each(|record| take(index, record))?;
            }
        } else {
            for (index, record) in by_time(records().collect()) {
                take(index, record)?;
            }
        }
        let mut outcome = Outcome::default();
        for ((source, logs), decode_error) in sources.iter().zip(logs).zip(broken) {
            let (device, module) = (source.device.clone(), source.module.clone());
            let error = match (decode_error, &logs.error) {
                (Some(source), _) => Error::Undecodable {
                    device,
                    module,
                    source,
                },
                (None, Some(message)) => Error::Unreadable {
                    device,
                    module,
                    message: message.clone(),
                },
                (None, None) => {
                    outcome.worked();
                    continue;
                }
            };
            outcome.failed(error.exit());
            printer.failure(&source.device, &error);
            console.error(&error);
        }
        printer.finish()?;
        Ok(outcome.exit())
    }
}
