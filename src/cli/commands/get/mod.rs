//! `edgelogs get`: fetch module logs and print them.

mod consume;
mod files;
mod lines;
mod own_levels;
mod sieve;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures::stream::{self, StreamExt};
use tokio::time::{Instant, timeout_at};

use crate::checkpoint::{Collected, Folder};
use crate::cli::args::call::CallArgs;
use crate::cli::args::exclude::ExcludeArgs;
use crate::cli::args::files::written_path;
use crate::cli::args::filter::{FilterArgs, severity};
use crate::cli::args::log_style::LogStyleArgs;
use crate::cli::args::module_id::ModuleIdArgs;
use crate::cli::args::timing::interval;
use crate::cli::commands::get::consume::{Reading, consume};
use crate::cli::commands::get::files::Files;
use crate::cli::commands::get::lines::Lines;
use crate::cli::commands::get::sieve::Sieve;
use crate::cli::context::Context;
use crate::cli::run::dry_run;
use crate::cli::run::joining::Joining;
use crate::cli::run::session::Session;
use crate::cli::run::unmatched::Unmatched;
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::{Clock, Levels, LogAgent, LogQuery, LogRun, Order, Pace, Places};
use crate::invalid_input::InvalidInput;
use crate::methods::{ContentType, Encoding};
use crate::output::{self, Console, Existing, Format, LevelFrom, LogStyle, OutDir};

/// How many calls a run that follows makes at a time at the least: devices that do not answer must not
/// keep the others waiting.
const FOLLOWED_AT_A_TIME: usize = 64;

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

    #[command(flatten)]
    module: ModuleIdArgs,

    /// Keep printing new lines
    ///
    /// Agents can't push, so each is polled every second while lines come and every 30 seconds while none
    /// do, less often where that would take more than half of --rate; each call is billed. Modules and
    /// devices that come to be selected are followed too.
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

    /// What tells the severity of a line
    ///
    /// Agents know only the tag, such as <3>. `line` reads what lines say in the forms of common
    /// loggers, [ERR], ERROR, "level":"error", level=error and more; lines that go on, as those of a
    /// stack trace, have the level of the line before: of their stream with the JSON formats, of the
    /// module otherwise, since lines as written don't tell it. It fetches lines of every severity, so it
    /// can't be used with --regex.
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = LevelFrom::Tag, help_heading = "Filter")]
    level_from: LevelFrom,

    /// Write each module's log to DIR/device/module.log, and print the paths
    #[arg(
        long,
        value_name = "DIR",
        value_parser = written_path(),
        help_heading = "Output"
    )]
    out_dir: Option<PathBuf>,

    /// Overwrite existing files
    #[arg(long, requires = "out_dir", help_heading = "Output")]
    force: bool,

    /// Go on where the last run with this folder ended
    ///
    /// Each line comes once, with a `uid` in JSON, for as long as the device keeps it: the folder holds
    /// how far each log was printed. A log that is not in it begins with --since, or with its first line.
    /// Filters and formats may change between runs. Lines that may be lost, since a log was rotated or
    /// started anew, are a warning and, with -o jsonl, a record {"gap":…}. Files of --out-dir grow.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["tail", "until", "force", "dry_run"], help_heading = "Output")]
    checkpoint: Option<PathBuf>,

    /// Wait for another run that uses the checkpoint
    #[arg(long, requires = "checkpoint", help_heading = "Output")]
    wait_lock: bool,

    /// End cleanly after this long, with what has come by then
    #[arg(long, value_name = "DURATION", value_parser = interval, help_heading = "Output")]
    max_run: Option<Duration>,

    /// Print the first request and send nothing
    #[arg(long, help_heading = "Output")]
    dry_run: bool,
}

impl GetArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        let console = context.console;
        self.calls.check_together(false)?;
        let module = self.module.get()?;
        let ignores_case = self.filter.ignores_case();
        let exclude = self.exclude.resolve(ignores_case)?;
        let style = self.style.resolve(console, ignores_case, self.level_from)?;
        let content_type = self.content_type(&style, settings)?;
        let mut query = self.query(console, &style, content_type)?;
        if self.checkpoint.is_some() {
            self.check_for_checkpoint(&query, &style)?;
        }
        let mut sieve = Sieve::new(exclude);
        if self.level_from == LevelFrom::Line {
            sieve.take_levels(&mut query, self.follow)?;
        }
        if self.out_dir.is_some() {
            let ignored = match (self.style.order(), self.style.highlights()) {
                (Some(_), _) => Some("--order is about lines on stdout"),
                (None, true) => Some("--highlight marks in colour, which files don't have"),
                (None, false) => None,
            };
            if let Some(reason) = ignored {
                return Err(InvalidInput::new(format!(
                    "{reason}, so it can't be used with --out-dir"
                ))
                .hint("omit one of them")
                .into());
            }
        }
        if self.follow && style.format == Format::Json {
            return Err(InvalidInput::new(
                "-o json is a single document, so it can't be used with --follow",
            )
            .hint("use -o jsonl: one object per line")
            .into());
        }
        if self.wait_lock && self.checkpoint.is_none() {
            // clap lets it pass beside a flag that excludes the checkpoint.
            return Err(InvalidInput::new(
                "--wait-lock is for a run that goes on, so it needs --checkpoint",
            )
            .into());
        }
        let until = self.max_run.map(|most| Instant::now() + most);
        if self.dry_run {
            let request = query.first_request()?;
            let devices = self.calls.dry_run_devices(console, settings).await?;
            return dry_run::print(console, &devices, module, &request, None);
        }
        let calls = self.calls.resolve(context, settings).await;
        let mut calls = calls.map_err(|error| self.filter.explain(error))?;
        if self.follow && !settings.selection.is_flag_typed("concurrency") {
            let least = calls.options.concurrency.max(FOLLOWED_AT_A_TIME);
            calls.options = calls.options.with_concurrency(least);
        }
        let (selection, rate) = (calls.selection.clone(), calls.options.rate);
        if sieve.drops_levels() {
            console.note(
                "agents can't judge what lines say, so lines of every severity are fetched, and whole logs for --tail",
            );
        }
        let session = Session::open(context, calls);
        let session = match until {
            Some(until) => timeout_at(until, session).await,
            None => Ok(session.await),
        };
        let Ok(session) = session else {
            console.warn("--max-run is over: it was not known yet which devices there are");
            return Ok(Exit::Partial);
        };
        let session = session?.answered_by(module);
        let devices = session.devices();
        let collected = match &self.checkpoint {
            Some(root) => {
                let says = |text: &str| console.note(text);
                let folder = Folder::new(root.clone());
                let locked = folder.lock(self.wait_lock, until, says).await?;
                let hub = session.client().endpoint().canonical_name();
                Some(Collected::new(locked.of_hub(&hub, session.module())))
            }
            None => None,
        };
        let joining = match self.follow {
            true => Joining::of(&session, selection, console),
            false => None,
        };
        let is_one = devices.len() == 1 && joining.is_none();
        let is_alone = is_one && self.out_dir.is_none();
        let is_raw = style.format == Format::Raw;
        let order = self.style.order().unwrap_or(output::Order::Time);
        if self.follow && !is_one && self.out_dir.is_none() {
            let one_by_one = match order {
                _ if is_raw => Some("-o raw"),
                output::Order::Device => Some("--order device"),
                output::Order::Time | output::Order::Arrival => None,
            };
            if let Some(flag) = one_by_one {
                return Err(InvalidInput::new(format!(
                    "{flag} prints one device after the other, so it can't follow several"
                ))
                .hint("use --out-dir, with a file for each module")
                .into());
            }
        }
        let pace = match is_one {
            true => Pace::ALONE,
            false => Pace::of_fleet(devices.len(), rate),
        };
        if self.follow && !is_one {
            console.note(&plan(devices.len(), pace, rate));
        }
        let unmatched = Unmatched::new(&session, query.items.clone());
        let levels = query.items.first().map(|item| item.filter.levels);
        // A run that goes on finds no line in most logs, which tells nothing.
        let tells = !self.follow && self.checkpoint.is_none();
        let levels = levels.filter(|levels| *levels != Levels::All && tells);
        let run = LogRun {
            query: Arc::new(query),
            order: match order {
                _ if is_raw => Order::Source,
                // One device at a time, whether its lines had to wait for another's or not.
                output::Order::Device => Order::Time,
                output::Order::Time if is_alone => Order::Time,
                // The lines of many devices are sorted together.
                output::Order::Time | output::Order::Arrival => Order::Source,
            },
            follow: self.follow.then_some(pace),
            places: collected
                .clone()
                .map(|collected| Arc::new(collected) as Arc<dyn Places>),
            // Raw bytes of two devices must not mix, and one device's may not fit into memory.
            at_a_time: match is_raw && self.out_dir.is_none() {
                true => 1,
                false => session.concurrency(),
            },
            report: Arc::new(console),
            clock: Clock::SYSTEM,
        };
        let agents = devices.iter().map(|device| match &joining {
            Some(joining) => joining.agent(device),
            None => session.agent(device),
        });
        let agents: Vec<_> = agents.collect();
        let later = joining.map(|joining| joining.later());
        let agents = stream::iter(agents).chain(later.map_or_else(
            || stream::empty().right_stream(),
            |later| later.left_stream(),
        ));
        let events = run.events_of(agents.map(|agent| Arc::new(agent) as Arc<dyn LogAgent>));
        let (hub, out) = (session.client().endpoint().name(), console.data());
        let reading = Reading {
            context,
            unmatched,
            is_alone,
            is_followed: self.follow,
            sieve,
            levels,
            bounds: self.filter.bounds(),
            until,
        };
        let Some(root) = &self.out_dir else {
            let shape = (is_one, self.follow);
            let lines = Lines::new(hub, shape, out, style, order, collected.clone());
            return stored(collected, consume(reading, events, lines).await);
        };
        let existing = match (&collected, self.force) {
            (Some(_), _) => Existing::Extended,
            (None, true) => Existing::Replaced,
            (None, false) => Existing::Kept,
        };
        let folder = OutDir::new(root.clone(), existing);
        for device in devices {
            for module in self.filter.exact_names() {
                folder.check(device, module)?;
            }
        }
        let grows = self.follow || collected.is_some();
        let files = Files::new(hub, grows, folder, out, style, collected.clone());
        stored(collected, consume(reading, events, files).await)
    }

    /// # Errors
    /// A run that goes on from a checkpoint can't have what was typed.
    fn check_for_checkpoint(&self, query: &LogQuery, style: &LogStyle) -> Result<(), InvalidInput> {
        let mut filters = query.items.iter().map(|item| &item.filter);
        if filters.any(|filter| filter.tail.is_some() || filter.until.is_some()) {
            return Err(InvalidInput::new(
                "--checkpoint takes what is new, so it can't be used with tail or until",
            )
            .hint("bound the first run with --since"));
        }
        match style.format {
            Format::Raw => Err(InvalidInput::new(
                "-o raw has no lines that could be recognized again, so it can't be used with --checkpoint",
            )
            .hint("use -o text")),
            Format::Json if self.out_dir.is_some() => Err(InvalidInput::new(
                "-o json is a single document, so files with it can't grow",
            )
            .hint("use -o jsonl: one object per line")),
            _ => Ok(()),
        }
    }

    /// The form in which logs are asked for.
    ///
    /// # Errors
    /// `json` was typed for lines as the modules wrote them, from which agents cut level and time; or
    /// `text` for their stream.
    fn content_type(
        &self,
        style: &LogStyle,
        settings: &Settings,
    ) -> Result<ContentType, InvalidInput> {
        let template = style.template.as_ref();
        let needs_stream = template.is_some_and(|template| template.needs_stream());
        let of_format = match style.format {
            Format::Json | Format::Jsonl | Format::Otlp => ContentType::Json,
            Format::Text if needs_stream => ContentType::Json,
            Format::Text | Format::Short | Format::Raw => ContentType::Text,
        };
        // A profile may mean uploads.
        let is_typed = settings.selection.is_flag_typed("content-type");
        match self.content_type {
            Some(ContentType::Json) if of_format == ContentType::Text && is_typed => {
                Err(InvalidInput::new(
                    "--content-type json lacks the beginnings of lines, which -o text, short and raw print",
                )
                .hint("use -o jsonl, or omit --content-type"))
            }
            Some(ContentType::Text) if needs_stream && is_typed => Err(InvalidInput::new(
                "--content-type text does not tell the {stream} of --format",
            )
            .hint("omit --content-type")),
            Some(ContentType::Json) if of_format == ContentType::Text => Ok(of_format),
            Some(ContentType::Text) if needs_stream => Ok(of_format),
            Some(content_type) => Ok(content_type),
            None => Ok(of_format),
        }
    }

    fn query(
        &self,
        console: Console,
        style: &LogStyle,
        content_type: ContentType,
    ) -> Result<LogQuery, Error> {
        let only = self.loglevel_only.as_ref();
        let only = only.map(|text| severity("--loglevel-only", text));
        let has_regexes = self.exclude.is_given() || self.style.highlights();
        let template = style.template.as_ref();
        let needs_stream = template.is_some_and(|template| template.needs_stream());
        if needs_stream && template.is_some_and(|template| template.needs_line()) {
            return Err(InvalidInput::new(
                "--format can't have both {line} and {stream}: agents send lines as written, or with their stream",
            )
            .hint("use {text} with {stream}")
            .into());
        }
        Ok(LogQuery {
            items: self
                .filter
                .query_items(console, only.transpose()?, has_regexes)?,
            encoding: self.encoding,
            content_type,
            verbatim: style.format == Format::Raw && !self.follow,
            stamps: self.follow
                || self.checkpoint.is_some()
                || style.timestamps
                || style.format == Format::Short
                || template.is_some_and(|template| template.needs_time()),
        })
    }
}

/// Stores how far a run came, however it ended.
fn stored(collected: Option<Collected>, ended: Result<Exit, Error>) -> Result<Exit, Error> {
    match collected.map_or(Ok(()), |collected| collected.store()) {
        Ok(()) => ended,
        Err(error) => ended.and(Err(error)),
    }
}

/// What following so many devices takes, before it begins.
fn plan(devices: usize, pace: Pace, rate: u32) -> String {
    let of_devices = match devices {
        1 => "1 device".to_owned(),
        more => format!("{more} devices"),
    };
    let limit = match rate {
        0 => String::new(),
        rate => format!(", with at most {rate} calls a second in all"),
    };
    let a_day = devices as f64 * 86_400.0 / pace.most.as_secs_f64();
    let calls = match a_day {
        many if many >= 1e6 => format!("{:.1} million", many / 1e6),
        some => format!("{:.0},000", (some / 1000.0).ceil()),
    };
    format!(
        "following {of_devices}: polling each every {} to {}{limit}; while all are quiet that is about \
         {calls} calls a day, each of which bills at least one message of 4 KB",
        humantime::format_duration(pace.least),
        humantime::format_duration(pace.most)
    )
}
