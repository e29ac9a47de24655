//! `edgelogs get`: fetch module logs and print them.

mod consume;
mod files;
mod lines;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::cli::args::call::CallArgs;
use crate::cli::args::exclude::ExcludeArgs;
use crate::cli::args::filter::{FilterArgs, severity};
use crate::cli::args::log_style::LogStyleArgs;
use crate::cli::commands::get::consume::consume;
use crate::cli::commands::get::files::Files;
use crate::cli::commands::get::lines::Lines;
use crate::cli::context::Context;
use crate::cli::run::dry_run;
use crate::cli::run::session::Session;
use crate::cli::run::unmatched::Unmatched;
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::{Clock, LogAgent, LogQuery, LogRun, Order};
use crate::invalid_input::InvalidInput;
use crate::methods::{ContentType, Encoding};
use crate::output::{Console, Format, LogStyle, OutDir};

/// Fetch module logs and print them
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs get edgeAgent --tail 20 -d press-07
  edgelogs get -m tempSensor --since 1h --loglevel warning -d press-07
  edgelogs get --since 2h --until 1h -o jsonl -d press-07 | jq -r .text
  edgelogs get edgeHub --since 1h --where \"tags.site = 'oslo'\" --out-dir logs")]
pub(crate) struct GetArgs {
    #[command(flatten)]
    filter: FilterArgs,

    #[command(flatten)]
    exclude: ExcludeArgs,

    #[command(flatten)]
    calls: CallArgs,

    /// Keep printing new lines
    ///
    /// Agents can't push, so they are polled every 1 to 30 seconds; each call is billed.
    #[arg(short, long, conflicts_with = "until", help_heading = "Output")]
    follow: bool,

    #[command(flatten)]
    style: LogStyleArgs,

    /// Encoding of the logs in transit
    #[arg(long, value_name = "ENCODING", value_enum, default_value_t = Encoding::Gzip, help_heading = "Wire")]
    encoding: Encoding,

    /// Format of the logs in transit [default: json for json output, text otherwise]
    #[arg(long, value_name = "TYPE", value_enum, help_heading = "Wire")]
    content_type: Option<ContentType>,

    /// Only this severity: 0 to 7, or emerg to debug
    #[arg(
        long,
        value_name = "LEVEL",
        allow_hyphen_values = true,
        conflicts_with = "loglevel",
        help_heading = "Filter"
    )]
    loglevel_only: Option<String>,

    /// Write each module's log to DIR/device/module.log, and print the paths
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "follow",
        help_heading = "Output"
    )]
    out_dir: Option<PathBuf>,

    /// Overwrite existing files
    #[arg(long, requires = "out_dir", help_heading = "Output")]
    force: bool,

    /// Print the first request and send nothing
    #[arg(long, help_heading = "Output")]
    dry_run: bool,
}

impl GetArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        let console = context.console;
        self.calls.share_stdin(false)?;
        let style = self.style.resolve()?;
        let query = self.query(console, style)?;
        let exclude = self.exclude.resolve()?;
        if self.dry_run {
            let request = query.first_request()?;
            let devices = self.calls.dry_run_devices(console, settings).await?;
            return dry_run::print(console, &devices, &request, None);
        }
        if self.follow && style.format == Format::Json {
            return Err(InvalidInput::new(
                "-o json is a single document, so it can't be used with --follow",
            )
            .hint("use -o jsonl: one object per line")
            .into());
        }
        let calls = self.calls.resolve(context, settings).await;
        let calls = calls.map_err(|error| self.filter.explain(error))?;
        let session = Session::open(context, calls).await?;
        let devices = session.devices();
        let is_alone = devices.len() == 1 && self.out_dir.is_none();
        if self.follow && !is_alone {
            return Err(InvalidInput::new("--follow works with one device only")
                .hint("start one `edgelogs get --follow` for each device")
                .into());
        }
        let is_raw = style.format == Format::Raw;
        let unmatched = Unmatched::new(&session, query.items.clone());
        let run = LogRun {
            query: Arc::new(query),
            // The lines of many devices are sorted together.
            order: match is_alone && !is_raw {
                true => Order::Time,
                false => Order::Source,
            },
            is_followed: self.follow,
            // Raw bytes of two devices must not mix, and one device's may not fit into memory.
            at_a_time: match is_raw && self.out_dir.is_none() {
                true => 1,
                false => session.concurrency(),
            },
            report: Arc::new(console),
            clock: Clock::SYSTEM,
        };
        let agents = devices.iter().map(|device| session.agent(device));
        let events = run.events(agents.map(|agent| Arc::new(agent) as Arc<dyn LogAgent>));
        let (hub, out) = (session.client().endpoint().name(), console.data());
        let Some(root) = &self.out_dir else {
            let lines = Lines::new(hub, devices, out, style);
            return consume(console, unmatched, is_alone, &exclude, events, lines).await;
        };
        let folder = OutDir::new(root.clone(), self.force);
        for device in devices {
            for module in self.filter.exact_names() {
                folder.check(device, module)?;
            }
        }
        let files = Files::new(hub, devices, folder, out, style);
        consume(console, unmatched, is_alone, &exclude, events, files).await
    }

    fn query(&self, console: Console, style: LogStyle) -> Result<LogQuery, Error> {
        let only = self.loglevel_only.as_ref();
        let only = only.map(|text| severity("--loglevel-only", text));
        Ok(LogQuery {
            items: self.filter.query_items(console, only.transpose()?)?,
            encoding: self.encoding,
            content_type: self.content_type.unwrap_or(match style.format {
                Format::Json | Format::Jsonl => ContentType::Json,
                Format::Text | Format::Raw => ContentType::Text,
            }),
            verbatim: style.format == Format::Raw && !self.follow,
            stamps: self.follow || style.timestamps,
        })
    }
}
