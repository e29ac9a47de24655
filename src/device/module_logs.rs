//! `GetModuleLogs`: which modules a request selects, and their logs within one answer.

use std::collections::BTreeMap;

use futures::StreamExt;
use jiff::Timestamp;

use super::answer::{AnswerPart, LogWriter};
use super::filter::{CompiledFilter, Selected};
use super::identity::DeviceIdentity;
use super::method_error::MethodError;
use super::module_match::select_modules;
use super::reader;
use super::sources::{LogSource, SourceErrorKind};
use crate::methods::{GetModuleLogs, LogItem, MAX_LOG_BYTES, ModuleLogs, too_large_message};

/// Beyond this, an answer that is too large is not counted to its end, which would cost the whole log.
const MOST_COUNTED_BYTES: u64 = 1 << 20;

/// The logs come in the order of the request's items; the shipped agent's order is arbitrary.
///
/// # Errors
/// The request is invalid, all that is selected can't be read, or it is too much for one answer.
pub(super) async fn get_module_logs(
    source: &dyn LogSource,
    identity: &DeviceIdentity,
    request: &GetModuleLogs,
) -> Result<Vec<ModuleLogs>, MethodError> {
    let now = Timestamp::now();
    let mut parts = Vec::new();
    let (mut size, mut failures) = (0, Vec::new());
    for (module, filter) in select(source, request.items(), now).await? {
        match answer_part(source, identity, request, &module, &filter).await {
            Ok((part, part_size)) => {
                size += part_size;
                parts.push(part);
            }
            Err(error) if error.status == 400 => return Err(error),
            Err(error) => {
                let message = error.message.clone();
                failures.push(error);
                parts.push(ModuleLogs {
                    error: Some(message),
                    as_documented: true,
                    ..ModuleLogs::of(module)
                });
            }
        }
    }
    if size > MAX_LOG_BYTES as u64 {
        return Err(MethodError::bad_request(too_large_message(size)));
    }
    // A module that can't be read does not affect the others. If there are no others, the call
    // has failed.
    match failures.into_iter().next() {
        Some(first)
            if parts
                .iter()
                .all(|part| part.error.is_some() && part.is_empty()) =>
        {
            Err(first)
        }
        _ => Ok(parts),
    }
}

async fn answer_part(
    source: &dyn LogSource,
    identity: &DeviceIdentity,
    request: &GetModuleLogs,
    module: &str,
    filter: &CompiledFilter,
) -> Result<(ModuleLogs, u64), MethodError> {
    let broken = |error: std::io::Error| MethodError::failed(error.to_string());
    let mut entries = reader::open(source, module, filter).await?;
    let mut writer = LogWriter::new(
        AnswerPart::new(request.encoding()),
        request.content_type(),
        filter.include_timestamp,
        identity,
        module,
    );
    let mut ended_early = None;
    while let Some(entry) = entries.next().await {
        match entry {
            Ok(entry) => writer.entry(&entry).map_err(broken)?,
            Err(error) if error.kind() == SourceErrorKind::Undecidable => return Err(error.into()),
            // Return what was read.
            Err(error) => {
                ended_early = Some(error.to_string());
                break;
            }
        }
        if writer.get_mut().size() > MOST_COUNTED_BYTES {
            break;
        }
    }
    let part = writer.finish().map_err(broken)?;
    let (mut part, size) = part.finish(module.to_owned()).map_err(broken)?;
    part.error = ended_early;
    Ok((part, size))
}

/// Which modules the items select. The first item that matches a module wins.
pub(super) async fn select(
    source: &dyn LogSource,
    items: &[LogItem],
    now: Timestamp,
) -> Result<Vec<Selected>, MethodError> {
    let filters = items
        .iter()
        .map(|item| CompiledFilter::compile(&item.filter, now))
        .collect::<Result<Vec<_>, _>>()?;
    let modules: Vec<String> = source
        .modules()
        .await?
        .into_iter()
        .map(|module| module.name)
        .collect();
    let ids: Vec<String> = items
        .iter()
        .map(|item| item.id.as_str().to_owned())
        .collect();
    let pairs = select_modules(&ids, &modules)
        .map_err(|error| MethodError::bad_request(error.to_string()))?;
    let mut by_item: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (module, item) in pairs {
        by_item.entry(item).or_default().push(module);
    }
    let selected = by_item
        .into_iter()
        .flat_map(|(item, chosen)| chosen.into_iter().map(move |module| (module, item)));
    Ok(selected
        .map(|(module, item)| (modules[module].clone(), filters[item].clone()))
        .collect())
}
