//! Whether modules that a level filter finds nothing in write levels of their own.

use crate::cli::run::session::Session;
use crate::fetch::Levels;
use crate::logs::{Inherited, LogLine, Record};
use crate::methods::{
    ContentType, Encoding, GetModuleLogs, LogFilter, LogItem, ModuleLogs, ModulePattern,
};
use crate::output::Console;

/// How many modules are looked at, since each look is a call.
const MAX_LOOKS: usize = 3;

/// How many of its last lines.
const LINES: u64 = 20;

/// Looks at the last lines of modules in which `levels` found nothing. Says which of them name levels
/// that no agent reads and that `levels` would have let through.
pub(crate) async fn note(
    console: Console,
    session: &Session,
    levels: Levels,
    silent: &[(String, String)],
) {
    for (device, module) in silent.iter().take(MAX_LOOKS) {
        if has_own_levels(session, device, module, levels).await == Some(true) {
            console.note(&format!(
                "module `{module}` of device `{device}` writes levels in a form that agents don't read; filter by them with --level-from line"
            ));
        }
    }
}

async fn has_own_levels(
    session: &Session,
    device: &str,
    module: &str,
    levels: Levels,
) -> Option<bool> {
    let items = vec![LogItem {
        id: ModulePattern::exact(module).ok()?,
        filter: LogFilter::default().with_tail(LINES).ok()?,
    }];
    let request = GetModuleLogs::new(items, Encoding::Gzip, ContentType::Text);
    let agent = session.agent(device);
    let answer: Vec<ModuleLogs> = agent.call(&request).await.ok()?;
    let mut inherited = Inherited::default();
    let is_own = |record: Record| {
        let severity = inherited.next(&record);
        let line = String::from_utf8_lossy(record.line());
        let tag = LogLine::parse(&line).loglevel;
        severity.is_some_and(|severity| levels.keep(severity) && !levels.keep(tag))
    };
    let logs = answer.into_iter().next()?;
    let records = logs.records(ContentType::Text);
    Some(records.map_while(Result::ok).any(is_own))
}
