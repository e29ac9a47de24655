//! Signs in to Microsoft Entra ID.
//!
//! `azure_identity` implements each source of tokens. This folder chooses the sources and their order,
//! limits their time, and explains why none returned a token. No message quotes output that may be a
//! token.

mod chain;
mod claims;
mod environment;
mod http;
mod process;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod token_failure;

pub use chain::{EntraChain, SignInError};
pub(super) use claims::principal_id;
pub(crate) use environment::IDENTITY_VARIABLES;
pub use environment::UnusableIdentity;
