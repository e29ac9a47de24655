//! `edgelogs get`: fetch module logs and print them.

mod fleet;
mod fleet_print;
mod unmatched;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use futures::FutureExt;

use crate::cli::args::call::CallArgs;
use crate::cli::args::exclude::{Exclude, ExcludeArgs};
use crate::cli::args::filter::{FilterArgs, severity};
use crate::cli::args::log_style::LogStyleArgs;
use crate::cli::commands::get::fleet::{FleetGet, printing_order};
use crate::cli::commands::get::unmatched::{no_such_module, unmatched_items, with_names};
use crate::cli::context::Context;
use crate::cli::run::dry_run;
use crate::cli::run::session::Session;
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::{DeviceLogs, EdgeAgent, Following, LogQuery};
use crate::invalid_input::InvalidInput;
use crate::methods::{ContentType, Encoding};
use crate::output::{Console, DataOut, Format, LogPrinter, LogStyle, OutDir, Source};

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
        let session = Session::open(context, self.calls.resolve(context, settings).await?).await?;
        let [device] = session.devices() else {
            return self
                .run_fleet(context, &session, query, style, exclude)
                .await;
        };
        if self.out_dir.is_some() {
            return self
                .run_fleet(context, &session, query, style, exclude)
                .await;
        }
        let agent = session.agent(device);
        let opened = {
            let _progress = console.progress(&format!("calling {device}"));
            self.open(console, &agent, query.clone()).await
        };
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => {
                let error = with_names(error, &session, &agent, &query).await;
                // json is one document, even if it only holds the failure.
                if style.format == Format::Json && !error.ends_run() {
                    let out = console.data();
                    let capabilities = out.capabilities();
                    let mut printer = LogPrinter::new(out, style, false, capabilities);
                    printer.failure(device, &error);
                    printer.finish()?;
                }
                return Err(error);
            }
        };
        let unmatched = unmatched_items(&agent, &query, opened.1.modules()).await;
        let unmatched = match unmatched.as_deref() {
            Ok([]) => None,
            Ok(items) => {
                let items = items.iter().map(|index| &query.items[*index]);
                let of = format!("device `{device}`");
                Some(no_such_module(&session, &agent, of, items).await)
            }
            Err(_) => unmatched.err(),
        };
        if let Some(error) = &unmatched {
            console.error(error);
        }
        self.print(console, style, &agent, opened, &exclude, unmatched)
            .await
    }

    /// Opens the logs of one device, and with `--follow` notes where following begins.
    async fn open(
        &self,
        console: Console,
        agent: &EdgeAgent,
        query: LogQuery,
    ) -> Result<(Option<Following>, DeviceLogs), Error> {
        let following = match self.follow {
            true => Some(Following::begin(agent.clone(), &query, console).await?),
            false => None,
        };
        let logs = DeviceLogs::open(agent.clone(), Arc::new(query), console).await?;
        Ok((following, logs))
    }

    /// Many devices, or files.
    async fn run_fleet(
        &self,
        context: &Context,
        session: &Session,
        query: LogQuery,
        style: LogStyle,
        exclude: Exclude,
    ) -> Result<Exit, Error> {
        if self.follow {
            return Err(InvalidInput::new("--follow works with one device only")
                .hint("start one `edgelogs get --follow` for each device")
                .into());
        }
        let fleet = FleetGet {
            session,
            query: Arc::new(query),
            exclude,
            style,
        };
        let Some(root) = &self.out_dir else {
            return fleet.print_lines(context).await;
        };
        let folder = OutDir::new(root.clone(), self.force);
        for device in session.devices() {
            for module in self.filter.exact_names() {
                folder.check(device, module)?;
            }
        }
        fleet.write_files(context, &folder).await
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

    async fn print(
        &self,
        console: Console,
        style: LogStyle,
        agent: &EdgeAgent,
        (mut following, logs): (Option<Following>, DeviceLogs),
        exclude: &Exclude,
        unmatched: Option<Error>,
    ) -> Result<Exit, Error> {
        let source = |module: &String| Source {
            iothub: agent.hub().to_owned(),
            device: agent.device().to_owned(),
            module: module.clone(),
        };
        let sources: Vec<Source> = logs.modules().iter().map(source).collect();
        let out: DataOut = console.data();
        let capabilities = out.capabilities();
        let prefixed = style.is_prefixed(sources.len() > 1);
        let mut printer = LogPrinter::new(out, style, prefixed, capabilities);
        let (mut merged, _under_way) = logs.into_merged(printing_order(style.format));
        let mut failures: Vec<Option<Exit>> = sources.iter().map(|_| None).collect();
        loop {
            let next = match merged.next().now_or_never() {
                Some(next) => next,
                None => {
                    // Show what there is while more is fetched.
                    printer.flush()?;
                    merged.next().await
                }
            };
            match next {
                None => break,
                Some((index, Ok(record))) => {
                    if let Some(following) = &mut following {
                        following.printed(&sources[index].module, &record);
                    }
                    if !exclude.drops(&record) {
                        printer.record(&sources[index], &record)?;
                    }
                }
                Some((index, Err(error))) => {
                    failures[index] = Some(error.exit());
                    printer.failure(&sources[index].device, &error);
                    console.error(&error);
                }
            }
        }
        if let Some(mut following) = following {
            loop {
                printer.flush()?;
                for (module, record) in following.next().await? {
                    if !exclude.drops(&record) {
                        printer.record(&source(&module), &record)?;
                    }
                }
            }
        }
        let worked = failures.iter().filter(|failure| failure.is_none()).count();
        if let Some(error) = unmatched {
            printer.failure(agent.device(), &error);
            failures.push(Some(error.exit()));
        }
        printer.finish()?;
        Ok(Exit::of_targets(worked, failures.into_iter().flatten()))
    }
}
