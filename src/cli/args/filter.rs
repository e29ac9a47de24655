//! Which modules, and which lines of their logs, for `get` and `upload`.

use clap::Args;

use crate::cli::args::files::refuse_url;
use crate::cli::args::items::{ItemArgs, TypedItem};
use crate::error::Error;
use crate::fetch::{Levels, LogQueryFilter, LogQueryItem};
use crate::invalid_input::InvalidInput;
use crate::logs::Severity;
use crate::methods::{
    LogItem, ModulePattern, TimeBound, check_order, checked_tail, is_runtime_module,
};
use crate::output::{Console, zone_for_people};
use crate::shell_word::shell_word;

/// For a bound within a second, of a task.
pub(crate) const FRACTIONS_DROPPED: &str = "agents drop fractions of a second, so all lines of the first and the \
     last second are uploaded; `edgelogs get` honours fractions";

#[derive(Debug, Args)]
#[command(next_help_heading = "Filter")]
pub(crate) struct FilterArgs {
    /// Modules by regex on their names [default: all]
    ///
    /// An ID is unanchored and ignores case: `edge` matches edgeAgent and edgeHub.
    #[arg(value_name = "ID", help_heading = "Target")]
    ids: Vec<String>,

    /// A module by its exact name
    #[arg(short, long, value_name = "NAME", help_heading = "Target")]
    module: Vec<String>,

    #[command(flatten)]
    items: ItemArgs,

    /// The last N lines of each module
    #[arg(short = 'n', long, value_name = "N", allow_hyphen_values = true)]
    tail: Option<String>,

    /// Lines since TIME, such as 2h, 06:30 or yesterday
    ///
    /// A duration ago (2h, "5 minutes ago"), which counts on the device's clock; a date, a time of
    /// today, or both, with an offset or without (local time, UTC with --utc); today, yesterday,
    /// "yesterday 06:30"; seconds since 1970. Whatever edgelogs prints as a time is taken.
    #[arg(short, long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<String>,

    /// Lines until TIME, such as 1h, 06:45 or today
    #[arg(short, long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,

    /// This severity and worse: 0 to 7, or emerg to debug
    ///
    /// A line without a severity counts as info (6).
    #[arg(short, long, value_name = "LEVEL", allow_hyphen_values = true)]
    loglevel: Option<String>,

    /// Lines that match a .NET regex
    ///
    /// The text is the line without its severity and timestamp.
    #[arg(
        short = 'g',
        long,
        visible_alias = "grep",
        value_name = "RE",
        allow_hyphen_values = true
    )]
    regex: Option<String>,

    /// Ignore case in regular expressions
    #[arg(short, long)]
    ignore_case: bool,
}

impl FilterArgs {
    /// Whether regular expressions ignore case.
    pub(crate) fn ignores_case(&self) -> bool {
        self.ignore_case
    }

    /// The ends of the time that was typed, for messages.
    pub(crate) fn bounds(&self) -> String {
        let bound = |name: &str, text: &Option<String>| {
            text.as_ref()
                .map(|text| format!(" {name} {text}"))
                .unwrap_or_default()
        };
        bound("since", &self.since) + &bound("until", &self.until)
    }

    /// Modules given by their exact name.
    pub(crate) fn exact_names(&self) -> &[String] {
        &self.module
    }

    /// A failure to select devices; the arguments may have been meant for them.
    pub(crate) fn explain(&self, error: Error) -> Error {
        let (Error::NoDevice, Some(id), Some(hint)) = (&error, self.ids.last(), error.hint())
        else {
            return error;
        };
        error.with_hint(format!(
            "{hint}; if `{id}` is a device: -d {}",
            shell_word(id)
        ))
    }

    /// The items of a request that an agent applies in its own way: those of `--item` first, then
    /// exact names, then patterns.
    ///
    /// # Errors
    /// A value that no agent accepts.
    pub(crate) fn items(items: Vec<LogQueryItem>, console: Console) -> Result<Vec<LogItem>, Error> {
        let bounds = |item: &LogQueryItem| [item.filter.since.clone(), item.filter.until.clone()];
        if items
            .iter()
            .flat_map(bounds)
            .flatten()
            .any(|bound| bound.has_fraction())
        {
            console.warn(FRACTIONS_DROPPED);
        }
        let item = |item: LogQueryItem| {
            Ok(LogItem {
                id: item.id,
                filter: item.filter.as_typed()?,
            })
        };
        items.into_iter().map(item).collect()
    }

    /// The same, with each filter meaning what the method's documentation says. `only` is the exact
    /// severity where no other is typed; `has_regexes` says that the command has regular expressions of
    /// its own.
    ///
    /// # Errors
    /// A value that no agent accepts.
    pub(crate) fn query_items(
        &self,
        console: Console,
        only: Option<Severity>,
        has_regexes: bool,
    ) -> Result<Vec<LogQueryItem>, Error> {
        let mut items = Vec::new();
        for typed in self.items.typed()? {
            refuse_url("a module", &typed.id)?;
            items.push(LogQueryItem {
                id: ModulePattern::regex(&typed.id)?,
                module: None,
                filter: self.filter(&typed, only)?,
            });
        }
        let plain = self.filter(&TypedItem::default(), only)?;
        for name in self.module.iter().chain(&self.ids) {
            refuse_url("a module", name)?;
        }
        for name in &self.module {
            items.push(LogQueryItem {
                id: ModulePattern::exact(name)?,
                module: Some(name.clone()),
                filter: plain.clone(),
            });
        }
        for id in &self.ids {
            items.push(LogQueryItem {
                id: ModulePattern::regex(id)?,
                module: None,
                filter: plain.clone(),
            });
        }
        for item in &items {
            let typed = item.module.as_deref().unwrap_or(item.id.as_str());
            if let Some(name) = typed
                .strip_prefix('$')
                .filter(|name| is_runtime_module(name))
            {
                console.note(&match item.module {
                    Some(_) => format!("`{typed}` is an identity; in logs, the module is called `{name}`"),
                    None => format!(
                        "`{typed}` matches nothing, since `$` means the end of the name; the module is called `{name}`"
                    ),
                });
            } else if item.module.is_some() && typed.contains(['*', '+', '?', '|', '^', '\\']) {
                console.note(&format!(
                    "-m takes an exact name; a pattern is given without it: {}",
                    shell_word(typed)
                ));
            }
        }
        if items.is_empty() {
            items.push(LogQueryItem {
                id: ModulePattern::regex(".*")?,
                module: None,
                filter: plain,
            });
        }
        if self.ignore_case && !has_regexes && items.iter().all(|item| item.filter.regex.is_none())
        {
            return Err(
                InvalidInput::new("--ignore-case has no regular expression to apply to")
                    .hint("add --regex RE, or regex=RE to an --item")
                    .into(),
            );
        }
        Ok(items)
    }

    /// The filter of one item, with the flags as defaults.
    fn filter(
        &self,
        item: &TypedItem,
        only: Option<Severity>,
    ) -> Result<LogQueryFilter, InvalidInput> {
        let tail = match item.tail.as_ref().or(self.tail.as_ref()) {
            None => None,
            Some(text) => {
                let lines: u64 = text.trim().parse().map_err(|_| {
                    InvalidInput::new(format!("tail `{text}` is not a number of lines"))
                        .hint("give a whole number, such as --tail 100")
                })?;
                Some(checked_tail(lines)?)
            }
        };
        let bound = |name, own: &Option<String>, common: &Option<String>| {
            own.as_ref()
                .or(common.as_ref())
                .map(|text| TimeBound::typed(name, text, zone_for_people()))
                .transpose()
        };
        let since = bound("--since", &item.since, &self.since)?;
        let until = bound("--until", &item.until, &self.until)?;
        check_order(since.as_ref(), until.as_ref())?;
        let levels = match (item.loglevel.as_ref().or(self.loglevel.as_ref()), only) {
            (Some(text), _) => Levels::AtMost(severity("--loglevel", text)?),
            (None, Some(only)) => Levels::Only(only),
            (None, None) => Levels::All,
        };
        Ok(LogQueryFilter {
            tail,
            since,
            until,
            levels,
            regex: item.regex.as_ref().or(self.regex.as_ref()).map(|regex| {
                // An inline option, which .NET accepts anywhere in a pattern.
                match self.ignore_case {
                    true => format!("(?i){regex}"),
                    false => regex.clone(),
                }
            }),
        })
    }
}

/// A severity as typed after `flag`.
pub(crate) fn severity(flag: &str, text: &str) -> Result<Severity, InvalidInput> {
    text.parse()
        .map_err(|error| InvalidInput::new(format!("{flag} {error}")))
}
