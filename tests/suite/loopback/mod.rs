//! The loopback hub as real clients see it.

mod api;
mod azure_sdk;
mod fleet;
mod rest;
mod tls;
