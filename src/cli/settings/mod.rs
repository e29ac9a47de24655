//! Profiles: what the settings file says, and where each value stands.
//!
//! ```text
//! for_command  the settings for the command that was typed
//! defaults     makes them the defaults of the flags
//! loaded       the selected profile, its values and where each stands
//! values       from TOML to the text of a flag, checked
//! flags        the flags that judge values
//! selection    which file and profile are meant
//! messages     what is wrong, by file, profile and key
//! file         where the file is, its permissions and its TOML; refuses secrets
//! problem      a message with its cause and hint
//! keys         every key there is
//! ```
//!
//! Each imports only from those below it.

pub(crate) mod defaults;
pub(crate) mod file;
pub(crate) mod flags;
pub(crate) mod for_command;
pub(crate) mod keys;
pub(crate) mod loaded;
pub(crate) mod messages;
pub(crate) mod problem;
pub(crate) mod selection;
pub(crate) mod values;
