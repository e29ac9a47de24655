//! Which module of a device answers.

use clap::Args;

use crate::error::Error;
use crate::invalid_input::InvalidInput;
use crate::methods::EDGE_AGENT;

#[derive(Debug, Clone, Args)]
pub(crate) struct ModuleIdArgs {
    /// The module that answers; quote it if it begins with $
    ///
    /// The edge agent, or one that `edgelogs device run` connects as.
    #[arg(
        long,
        value_name = "NAME",
        default_value = EDGE_AGENT,
        help_heading = "Target"
    )]
    module_id: String,
}

impl ModuleIdArgs {
    /// The module's id.
    ///
    /// # Errors
    /// It can't be one.
    pub(crate) fn get(&self) -> Result<&str, Error> {
        check_module_id(&self.module_id)?;
        Ok(&self.module_id)
    }
}

/// Checks the id of a module.
///
/// # Errors
/// It can't be one.
pub(crate) fn check_module_id(id: &str) -> Result<(), InvalidInput> {
    if id.trim().is_empty() {
        return Err(InvalidInput::new("the module id is blank")
            .hint("the shell expands $edgeAgent as a variable: use --module-id '$edgeAgent'"));
    }
    // In a URL's path these would lead to another route.
    match id {
        "." | ".." => Err(InvalidInput::new(format!("`{id}` is not a module id"))),
        _ => Ok(()),
    }
}
