//! From the hubs that are named in several places to one hub and one way to sign in.
//!
//! Nothing is read here. Two places of the same strength that name different hubs are refused:
//! never a wrong hub silently.

use crate::invalid_input::InvalidInput;
use clap::ValueEnum;

use crate::error::Error;
use crate::hub::{ConnectionString, HubEndpoint};

/// How to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Auth {
    /// With the connection string of the hub where there is one, with Entra ID otherwise
    #[default]
    Auto,
    /// With a connection string
    Sas,
    /// With Entra ID, also where there is a connection string
    Entra,
}

/// Where a value comes from, the stronger first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    Flag,
    Environment,
    /// The settings file.
    Profile,
    /// The hub of a task that this machine started.
    Remembered,
}

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) strength: Strength,
    /// Its place, for messages: `--hub`, `EDGELOGS_HUB`, `the connection string in …`.
    pub(crate) place: String,
}

/// What to sign in to, and with what.
#[derive(Debug)]
pub(crate) enum Choice {
    Key(ConnectionString),
    Entra(HubEndpoint),
}

/// The places that name the hub of a choice.
pub(crate) fn places(
    choice: &Choice,
    hub: Option<&Setting<HubEndpoint>>,
    connection: Option<&Setting<ConnectionString>>,
) -> String {
    let chosen = match choice {
        Choice::Key(connection) => &connection.endpoint,
        Choice::Entra(endpoint) => endpoint,
    };
    let by_name = hub.filter(|hub| hub.value == *chosen).map(|hub| &hub.place);
    let by_string = connection
        .filter(|connection| connection.value.endpoint == *chosen)
        .map(|connection| &connection.place);
    let places: Vec<&str> = by_name
        .into_iter()
        .chain(by_string)
        .map(String::as_str)
        .collect();
    places.join(" and ")
}

/// Makes one hub and one way to sign in of what was found.
///
/// The stronger of two places that name different hubs wins; of equally strong ones none does.
///
/// # Errors
/// No hub is named, two are, or `--auth sas` has no key of the hub.
pub(crate) fn choose(
    auth: Auth,
    hub: Option<Setting<HubEndpoint>>,
    connection: Option<Setting<ConnectionString>>,
) -> Result<Choice, Error> {
    let no_key = |hub: Option<&HubEndpoint>| {
        let of = hub.map_or(String::new(), |hub| format!(" of hub `{hub}`"));
        InvalidInput::new(format!(
            "--auth sas needs a connection string{of}, and none is given"
        ))
        .hint(crate::error::CONNECTION_HINT)
    };
    let (endpoint, key) = match (hub, connection) {
        (None, None) if auth == Auth::Sas => return Err(no_key(None).into()),
        (None, None) => return Err(Error::NoHub),
        (None, Some(connection)) => (connection.value.endpoint.clone(), Some(connection.value)),
        (Some(hub), None) => (hub.value, None),
        (Some(hub), Some(connection)) => {
            let (named, keyed) = (&hub.value, &connection.value.endpoint);
            if named.is_same(keyed) || connection.strength < hub.strength {
                (keyed.clone(), Some(connection.value))
            } else if hub.strength < connection.strength {
                (hub.value, None)
            } else {
                let hint = match hub.strength {
                    Strength::Flag => "leave one of them away".to_owned(),
                    _ => format!(
                        "say which one is meant: --hub {} or --hub {}",
                        named.host_name(),
                        keyed.host_name()
                    ),
                };
                return Err(InvalidInput::new(format!(
                    "{} names hub `{named}`, and {} is of hub `{keyed}`",
                    hub.place, connection.place
                ))
                .hint(hint)
                .into());
            }
        }
    };
    match (auth, key) {
        (Auth::Auto | Auth::Sas, Some(connection)) => Ok(Choice::Key(connection)),
        (Auth::Sas, None) => Err(no_key(Some(&endpoint)).into()),
        (Auth::Auto, None) | (Auth::Entra, _) => Ok(Choice::Entra(endpoint)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAG: Strength = Strength::Flag;
    const VARIABLE: Strength = Strength::Environment;

    /// `key of HOST`, `entra of HOST` or the error.
    fn chosen(auth: Auth, hub: Option<(&str, Strength)>, key: Option<(&str, Strength)>) -> String {
        let hub = hub.map(|(host, strength)| Setting {
            value: HubEndpoint::named(host).unwrap(),
            strength,
            place: "the name".to_owned(),
        });
        let key = key.map(|(host, strength)| {
            let text = format!(
                "HostName={host}.azure-devices.net;SharedAccessKeyName=p;SharedAccessKey=c2Vj"
            );
            Setting {
                value: ConnectionString::parse(&text).unwrap(),
                strength,
                place: "the string".to_owned(),
            }
        });
        let short = |hub: &HubEndpoint| hub.name().replace(".azure-devices.net", "");
        match choose(auth, hub, key) {
            Ok(Choice::Key(connection)) => format!("key of {}", short(&connection.endpoint)),
            Ok(Choice::Entra(endpoint)) => format!("entra of {}", short(&endpoint)),
            Err(error) => {
                assert_eq!(error.exit(), crate::exit::Exit::Usage);
                error.to_string().replace(".azure-devices.net", "")
            }
        }
    }

    #[test]
    fn auto_takes_the_key_of_the_hub_or_else_entra() {
        let auto = |hub, key| chosen(Auth::Auto, hub, key);
        assert_eq!(auto(None, Some(("a", VARIABLE))), "key of a");
        assert_eq!(auto(Some(("a", FLAG)), None), "entra of a");
        assert_eq!(auto(Some(("A", FLAG)), Some(("a", VARIABLE))), "key of a");
        assert_eq!(auto(Some(("a", FLAG)), Some(("b", VARIABLE))), "entra of a");
        assert_eq!(auto(Some(("a", VARIABLE)), Some(("b", FLAG))), "key of b");
        assert_eq!(auto(None, None), "no hub given");
        for strength in [FLAG, VARIABLE] {
            assert_eq!(
                auto(Some(("a", strength)), Some(("b", strength))),
                "the name names hub `a`, and the string is of hub `b`"
            );
        }
    }

    #[test]
    fn a_remembered_hub_is_for_want_of_another() {
        let auto = |key| chosen(Auth::Auto, Some(("a", Strength::Remembered)), key);
        assert_eq!(auto(None), "entra of a");
        assert_eq!(auto(Some(("a", VARIABLE))), "key of a");
        assert_eq!(auto(Some(("b", VARIABLE))), "key of b");
    }

    #[test]
    fn sas_needs_a_connection_string_of_the_hub() {
        let sas = |hub, key| chosen(Auth::Sas, hub, key);
        assert_eq!(sas(None, Some(("a", VARIABLE))), "key of a");
        assert_eq!(sas(Some(("a", FLAG)), Some(("a", VARIABLE))), "key of a");
        assert_eq!(
            sas(Some(("a", FLAG)), Some(("b", VARIABLE))),
            "--auth sas needs a connection string of hub `a`, and none is given"
        );
        assert_eq!(
            sas(None, None),
            "--auth sas needs a connection string, and none is given"
        );
    }

    #[test]
    fn entra_takes_only_the_host_of_a_connection_string() {
        let entra = |hub, key| chosen(Auth::Entra, hub, key);
        assert_eq!(entra(None, Some(("a", VARIABLE))), "entra of a");
        assert_eq!(
            entra(Some(("a", FLAG)), Some(("b", VARIABLE))),
            "entra of a"
        );
        assert_eq!(
            entra(Some(("a", VARIABLE)), Some(("a", VARIABLE))),
            "entra of a"
        );
        assert_eq!(entra(None, None), "no hub given");
    }
}
