//! Signing in to Microsoft Entra ID: which identity is meant, and a token of it.
//!
//! `azure_identity` does the work of each source. This folder decides which of them are asked and
//! in which order, keeps them in time, and says why none gave a token. What is said never holds
//! what a source printed or answered where that may be a token.

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
