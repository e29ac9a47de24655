//! The loopback hub as real clients see it.

mod azure_sdk;
mod rest;
mod tls;
