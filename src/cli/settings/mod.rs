//! Profiles: the settings file and its values.
//!
//! ```text
//! for_command  the settings for the command that was typed
//! defaults     makes them the defaults of the flags
//! loaded       the values of the selected profile and their origins
//! values       converts and checks values
//! selection    which file and profile are selected
//! messages     errors that name file, profile and key
//! file         path, permissions and TOML of the file; refuses secrets
//! problem      an error with cause and hint
//! flags        checks values with the flags' parsers
//! keys         all keys
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
