//! Which modules a request selects.

use std::collections::HashSet;

use super::dotnet_regex::{DotNetRegex, DotNetRegexError};

/// Selects modules by the ids of the items of a request, as the shipped agent does: of modules whose
/// names differ only in case, only the first match counts (edgeAgent 1.6,
/// `LogsRequestToOptionsMapper`). The device module takes them all.
///
/// Returns pairs of indices, of a module and of the item that selected it, in the order of the
/// modules.
///
/// # Errors
///
/// One unusable id fails the whole request, even if another item selects every module.
pub fn match_modules(
    ids: &[String],
    modules: &[String],
) -> Result<Vec<(usize, usize)>, DotNetRegexError> {
    let mut selected = select_modules(ids, modules)?;
    selected.sort_unstable_by_key(|(module, item)| (*item, *module));
    let mut names = HashSet::new();
    selected.retain(|(module, _)| names.insert(without_case(&modules[*module])));
    selected.sort_unstable();
    Ok(selected)
}

/// Selects modules by the ids of the items of a request. Returns pairs of indices, of a module and
/// of the item that selected it, in the order of the modules.
///
/// An id is a .NET regular expression that ignores case and may match any part of a name; `all`, in
/// any case, selects every module. The first item that matches a module selects it.
///
/// # Errors
///
/// One unusable id fails the whole request, even if another item selects every module.
pub(super) fn select_modules(
    ids: &[String],
    modules: &[String],
) -> Result<Vec<(usize, usize)>, DotNetRegexError> {
    let selectors = ids
        .iter()
        .map(|id| Selector::new(id))
        .collect::<Result<Vec<_>, _>>()?;
    let mut items = vec![None; modules.len()];
    for (item, selector) in selectors.iter().enumerate() {
        for (module, name) in modules.iter().enumerate() {
            if selector.selects(name)? {
                items[module].get_or_insert(item);
            }
        }
    }
    let selected = items.into_iter().enumerate();
    Ok(selected
        .filter_map(|(module, item)| Some((module, item?)))
        .collect())
}

/// A key that is equal for names that .NET considers equal when it ignores case: each character in
/// simple upper case.
fn without_case(name: &str) -> String {
    name.chars()
        .map(|c| {
            let mut upper = c.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(upper), None) => upper,
                _ => c,
            }
        })
        .collect()
}

/// The id of an item, ready to be matched.
enum Selector {
    All,
    Matching(Box<DotNetRegex>),
}

impl Selector {
    fn new(id: &str) -> Result<Selector, DotNetRegexError> {
        if id.eq_ignore_ascii_case("all") {
            return Ok(Selector::All);
        }
        Ok(Selector::Matching(Box::new(DotNetRegex::new(id, true)?)))
    }

    fn selects(&self, name: &str) -> Result<bool, DotNetRegexError> {
        match self {
            Selector::All => Ok(true),
            Selector::Matching(regex) => regex.is_match(name),
        }
    }
}
