//! Which modules, and what of their logs: the words of `get` and `upload` alike.

use clap::Args;

use super::items::{ItemArgs, TypedItem};
use crate::Error;
use crate::logs::Severity;
use crate::methods::{InvalidRequest, LogFilter, LogItem, ModulePattern, TimeBound};
use crate::output::Console;

/// Module patterns and filters, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filter")]
pub(super) struct FilterArgs {
    /// Modules, as .NET regular expressions on their names; none means all
    ///
    /// An ID is unanchored and ignores case, as the method takes it: `edge` means edgeAgent and
    /// edgeHub.
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

    /// Lines since TIME: a duration ago, RFC 3339 or epoch seconds
    #[arg(short, long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<String>,

    /// Lines until TIME: a duration ago, RFC 3339 or epoch seconds
    #[arg(short, long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,

    /// This severity and worse: 0 to 7, or emerg to debug
    ///
    /// A line without a severity counts as info (6).
    #[arg(short, long, value_name = "LEVEL", allow_hyphen_values = true)]
    loglevel: Option<String>,

    /// Lines whose text matches a .NET regular expression
    ///
    /// The text is the line without its severity and timestamp.
    #[arg(short = 'g', long, value_name = "RE", allow_hyphen_values = true)]
    regex: Option<String>,
}

impl FilterArgs {
    /// The modules that were named exactly.
    pub(super) fn exact_names(&self) -> &[String] {
        &self.module
    }

    /// The items to ask for: those of `--item` first, then the exact names, then the patterns.
    ///
    /// # Errors
    /// A value that no agent takes.
    pub(super) fn items(&self, console: Console) -> Result<Vec<LogItem>, Error> {
        let mut items = Vec::new();
        for typed in self.items.typed()? {
            let id = ModulePattern::regex(&typed.id)?;
            items.push(LogItem {
                id,
                filter: self.filter(&typed)?,
            });
        }
        let plain = self.filter(&TypedItem::default())?;
        let names = self.module.iter().map(|name| ModulePattern::exact(name));
        let patterns = self.ids.iter().map(|id| ModulePattern::regex(id));
        for id in names.chain(patterns) {
            items.push(LogItem {
                id: id?,
                filter: plain.clone(),
            });
        }
        for item in &items {
            if item.id.as_str().starts_with("$edge") {
                let name = &item.id.as_str()[1..];
                console.note(&format!(
                    "`{}` matches nothing, since `$` means the end; the module is `{name}`",
                    item.id.as_str()
                ));
            }
        }
        if items.is_empty() {
            items.push(LogItem {
                id: ModulePattern::regex(".*")?,
                filter: plain,
            });
        }
        Ok(items)
    }

    /// The filter of one item; what it leaves open, the flags fill in.
    fn filter(&self, item: &TypedItem) -> Result<LogFilter, InvalidRequest> {
        let mut filter = LogFilter::default();
        if let Some(text) = item.tail.as_ref().or(self.tail.as_ref()) {
            let lines = text.trim().parse().map_err(|_| {
                InvalidRequest::new(format!("tail `{text}` is not a number of lines"))
                    .hint("give a whole number, such as --tail 100")
            })?;
            filter = filter.with_tail(lines)?;
        }
        let bound = |name, own: &Option<String>, common: &Option<String>| {
            own.as_ref()
                .or(common.as_ref())
                .map(|text| TimeBound::parse(name, text))
                .transpose()
        };
        let since = bound("--since", &item.since, &self.since)?;
        let until = bound("--until", &item.until, &self.until)?;
        filter = filter.with_window(since, until)?;
        if let Some(text) = item.loglevel.as_ref().or(self.loglevel.as_ref()) {
            let level: Severity = text
                .parse()
                .map_err(|error| InvalidRequest::new(format!("--loglevel {error}")))?;
            filter = filter.with_loglevel(level);
        }
        if let Some(regex) = item.regex.as_ref().or(self.regex.as_ref()) {
            filter = filter.with_regex(regex.clone());
        }
        Ok(filter)
    }
}
