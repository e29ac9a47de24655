//! Signing in to Microsoft Entra ID: picks an identity and gets its token.
//!
//! `azure_identity` implements each source. This folder decides which sources are tried and in which
//! order, bounds their time, and explains why none gave a token. No message quotes output of a
//! source that may be a token.

mod chain;
mod claims;
mod environment;
mod http;
mod process;
mod reason;
#[cfg(test)]
#[cfg(unix)]
mod tests;

pub use chain::{EntraChain, SignInError};
pub(super) use claims::principal_of;
pub use environment::UnusableIdentity;
