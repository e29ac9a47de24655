//! Picks one hub and one way to sign in from all places that name one.
//!
//! Nothing is read here. Two origins of the same precedence that name different hubs are refused:
//! never a wrong hub silently.

use clap::ValueEnum;

use crate::error::Error;
use crate::hub::{ConnectionString, HubEndpoint};
use crate::invalid_input::InvalidInput;

/// How to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Auth {
    /// The hub's connection string if there is one, otherwise Entra ID
    #[default]
    Auto,
    /// A connection string
    Sas,
    /// Entra ID, even if there is a connection string
    Entra,
}

/// Where a value comes from, the highest precedence first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Precedence {
    Flag,
    /// The profile that was typed with `-p`.
    TypedProfile,
    Environment,
    /// The settings file.
    Profile,
    /// The recorded hub of a task that this machine started.
    Remembered,
}

/// A value with its origin.
#[derive(Debug, Clone)]
pub(crate) struct Sourced<T> {
    pub(crate) value: T,
    pub(crate) precedence: Precedence,
    /// For messages: `--hub`, `EDGELOGS_HUB`, `the connection string in …`.
    pub(crate) origin: String,
}

/// The hub to sign in to, and how.
#[derive(Debug)]
pub(crate) enum SignIn {
    Key(ConnectionString),
    Entra(HubEndpoint),
}

/// The origins that name the chosen hub.
pub(crate) fn origins(
    sign_in: &SignIn,
    hub: Option<&Sourced<HubEndpoint>>,
    connection: Option<&Sourced<ConnectionString>>,
) -> String {
    let chosen = match sign_in {
        SignIn::Key(connection) => &connection.endpoint,
        SignIn::Entra(endpoint) => endpoint,
    };
    let by_name = hub
        .filter(|hub| hub.value == *chosen)
        .map(|hub| &hub.origin);
    let by_string = connection
        .filter(|connection| connection.value.endpoint == *chosen)
        .map(|connection| &connection.origin);
    let origins: Vec<&str> = by_name
        .into_iter()
        .chain(by_string)
        .map(String::as_str)
        .collect();
    origins.join(" and ")
}

/// Picks one hub and one way to sign in.
///
/// Of two origins that name different hubs, the one of higher precedence wins; equal ones are an
/// error.
///
/// # Errors
/// No hub is named, two are, or `--auth sas` has no key for the hub.
pub(crate) fn choose(
    auth: Auth,
    hub: Option<Sourced<HubEndpoint>>,
    connection: Option<Sourced<ConnectionString>>,
) -> Result<SignIn, Error> {
    let no_key = |hub: Option<&HubEndpoint>| {
        let for_hub = hub.map_or(String::new(), |hub| format!(" for hub `{hub}`"));
        InvalidInput::new(format!("--auth sas needs a connection string{for_hub}"))
            .hint(crate::error::CONNECTION_HINT)
    };
    let (endpoint, key) = match (hub, connection) {
        (None, None) if auth == Auth::Sas => return Err(no_key(None).into()),
        (None, None) => return Err(Error::NoHub),
        (None, Some(connection)) => (connection.value.endpoint.clone(), Some(connection.value)),
        (Some(hub), None) => (hub.value, None),
        (Some(hub), Some(connection)) => {
            let (named, keyed) = (&hub.value, &connection.value.endpoint);
            if named.is_same(keyed) && hub.precedence <= connection.precedence {
                // Of a hub's host names, the one that was typed counts.
                let endpoint = match named.name().eq_ignore_ascii_case(keyed.name()) {
                    true => keyed.clone(),
                    false => hub.value,
                };
                let key = ConnectionString {
                    endpoint: endpoint.clone(),
                    ..connection.value
                };
                (endpoint, Some(key))
            } else if named.is_same(keyed) || connection.precedence < hub.precedence {
                (keyed.clone(), Some(connection.value))
            } else if hub.precedence < connection.precedence {
                (hub.value, None)
            } else {
                let hint = match hub.precedence {
                    Precedence::Flag | Precedence::TypedProfile => "omit one of them".to_owned(),
                    _ => format!(
                        "pick one: --hub {} or --hub {}",
                        named.host_name(),
                        keyed.host_name()
                    ),
                };
                return Err(InvalidInput::new(format!(
                    "{} names hub `{named}`, but {} is for hub `{keyed}`",
                    hub.origin, connection.origin
                ))
                .hint(hint)
                .into());
            }
        }
    };
    match (auth, key) {
        (Auth::Auto | Auth::Sas, Some(connection)) => Ok(SignIn::Key(connection)),
        (Auth::Sas, None) => Err(no_key(Some(&endpoint)).into()),
        (Auth::Auto, None) | (Auth::Entra, _) => Ok(SignIn::Entra(endpoint)),
    }
}
