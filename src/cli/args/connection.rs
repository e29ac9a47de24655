//! Which hub to call, and how to sign in.
//!
//! Flags come first, then the environment, then the profile. Each value keeps its origin;
//! [`choose`] picks one hub and one way to sign in.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::cli::args::files::{MAX_SECRET_BYTES, is_stdin, read_roots, read_text};
use crate::cli::args::hub_selection::{Auth, Precedence, SignIn, Sourced, choose, origins};
use crate::cli::args::profile_secret;
use crate::cli::context::Context;
use crate::cli::environment::{self, variable};
use crate::cli::settings::keys::{AUTH, HUB};
use crate::cli::settings::loaded::{Setting, Settings};
use crate::error::Error;
use crate::hub::{
    ConnectionString, Credential, EntraChain, HubAccess, HubEndpoint, InvalidEndpoint,
};
use crate::invalid_input::InvalidInput;
use crate::output::Console;
use crate::proxy;

/// Which hub to call, and how to sign in. There is no flag for a connection string: it would show in
/// `ps` and stay in the shell's history.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// The hub's host, or its name in the public cloud [env: EDGELOGS_HUB]
    ///
    /// A name without a dot gets `.azure-devices.net`; for a hub in another cloud, give the full
    /// host. Without a connection string for this hub, Entra ID is used: the identity in Azure's
    /// environment variables, or else that of `az login` or `azd auth login`. It needs the role
    /// `IoT Hub Data Contributor`.
    #[arg(long, value_name = "NAME")]
    #[cfg_attr(feature = "device", arg(conflicts_with = "local"))]
    hub: Option<String>,

    /// How to sign in [default: auto] [env: EDGELOGS_AUTH]
    #[arg(long, value_name = "METHOD", ignore_case = true)]
    #[cfg_attr(feature = "device", arg(conflicts_with = "local"))]
    auth: Option<Auth>,

    /// File with the hub's connection string; - reads stdin
    ///
    /// If omitted, EDGELOGS_CONNECTION_STRING is read, then IOTHUB_CONNECTION_STRING. The policy
    /// needs `service connect`.
    #[arg(long, value_name = "FILE")]
    #[cfg_attr(feature = "device", arg(conflicts_with = "local"))]
    connection_string_file: Option<PathBuf>,

    /// File with additional root certificates to trust
    #[arg(long, value_name = "PEM")]
    ca_file: Option<PathBuf>,

    /// Run the device module in this process instead of calling a hub
    ///
    /// SOURCE is where logs come from: `sample` (three modules with logs around the current time),
    /// `dir:PATH` (one file per module), `docker[:SOCKET]` or `edged[:SOCKET]`.
    #[cfg(feature = "device")]
    #[arg(long, value_name = "SOURCE", num_args = 0..=1, require_equals = true, default_missing_value = "sample")]
    local: Option<String>,
}

/// The resolved hub.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) hub: HubChoice,
    /// Root certificates to trust in addition to the system's.
    pub(crate) roots: Vec<reqwest::Certificate>,
    /// What named the hub: a flag, a variable or a profile.
    pub(crate) origin: String,
}

/// A hub to call, or one to start in this process.
#[derive(Debug)]
pub(crate) enum HubChoice {
    Remote(HubAccess),
    #[cfg(feature = "device")]
    Local {
        source: String,
    },
}

impl Connection {
    /// Whether the hub will run in this process.
    pub(crate) fn is_local(&self) -> bool {
        match &self.hub {
            HubChoice::Remote(_) => false,
            #[cfg(feature = "device")]
            HubChoice::Local { .. } => true,
        }
    }

    /// Whether the hub is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        match &self.hub {
            HubChoice::Remote(access) => access.endpoint.is_loopback(),
            #[cfg(feature = "device")]
            HubChoice::Local { .. } => true,
        }
    }

    /// Host and port of the hub; none if it will run in this process.
    pub(crate) fn authority(&self) -> Option<&str> {
        match &self.hub {
            HubChoice::Remote(access) => Some(access.endpoint.authority()),
            #[cfg(feature = "device")]
            HubChoice::Local { .. } => None,
        }
    }
}

impl ConnectionArgs {
    /// Whether stdin is read for the connection string.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.connection_string_file.as_deref().is_some_and(is_stdin)
    }

    /// Refuses a second argument that reads stdin: it would get nothing.
    pub(crate) fn share_stdin(&self, others_read_stdin: &[bool]) -> Result<(), Error> {
        let others = others_read_stdin.iter().filter(|reads| **reads).count();
        if others + usize::from(self.reads_stdin()) > 1 {
            return Err(InvalidInput::new("two arguments read stdin")
                .hint("give one of them as a file")
                .into());
        }
        Ok(())
    }

    /// Whether the hub will run in this process.
    pub(crate) fn is_local(&self) -> bool {
        #[cfg(feature = "device")]
        let local = self.local.is_some();
        #[cfg(not(feature = "device"))]
        let local = false;
        local
    }

    /// Resolves the arguments, then the environment, then the profile.
    ///
    /// # Errors
    /// No hub is named, two are, or what names it can't be used.
    pub(crate) async fn resolve(
        &self,
        context: &Context,
        settings: &Settings,
    ) -> Result<Connection, Error> {
        self.resolve_or(context, settings, None).await
    }

    /// Like [`Self::resolve`], with `remembered` as the hub if no other is named.
    ///
    /// # Errors
    /// No hub is named, two are, or what names it can't be used.
    pub(crate) async fn resolve_or(
        &self,
        context: &Context,
        settings: &Settings,
        remembered: Option<&str>,
    ) -> Result<Connection, Error> {
        #[cfg(feature = "device")]
        if let Some(source) = &self.local {
            return Ok(Connection {
                hub: HubChoice::Local {
                    source: source.clone(),
                },
                roots: read_roots(self.ca_file.as_deref()).await?,
                origin: "--local".to_owned(),
            });
        }
        let auth = self.auth(settings)?;
        let typed_hub = self.hub()?;
        let hub_alone = |hub: &Option<Sourced<HubEndpoint>>| auth == Auth::Entra && hub.is_some();
        let connection = match &typed_hub {
            // A connection string of lower precedence isn't needed, and may be broken.
            Some(hub)
                if hub_alone(&typed_hub)
                    && hub.precedence == Precedence::Flag
                    && self.connection_string_file.is_none() =>
            {
                None
            }
            _ => self.connection_string().await?,
        };
        let hub = match typed_hub {
            Some(hub) => Some(hub),
            None => hub_of_profile(settings)?,
        };
        let connection = match connection {
            // Don't run a command whose result isn't used.
            None if !hub_alone(&hub) => connection_of_profile(settings, context.console).await?,
            connection => connection,
        };
        // A profile takes precedence over the task's hub: the operator wrote it deliberately.
        let hub = match (hub, &connection) {
            (None, None) => remembered.and_then(|name| {
                Some(Sourced {
                    value: HubEndpoint::named(name).ok()?,
                    precedence: Precedence::Remembered,
                    origin: "the task".to_owned(),
                })
            }),
            (hub, _) => hub,
        };
        warn_of_unused_profile(settings, context.console, hub.as_ref(), connection.as_ref());
        let sign_in = choose(auth, hub.clone(), connection.clone())?;
        let origin = origins(&sign_in, hub.as_ref(), connection.as_ref());
        proxy::check(match &sign_in {
            SignIn::Key(connection) => connection.endpoint.url(),
            SignIn::Entra(endpoint) => endpoint.url(),
        })?;
        let roots = read_roots(self.ca_file.as_deref()).await?;
        let access = match sign_in {
            SignIn::Key(connection) => connection.into(),
            SignIn::Entra(endpoint) => HubAccess {
                endpoint,
                credential: Credential::Entra(Arc::new(entra_chain(&roots)?)),
            },
        };
        Ok(Connection {
            hub: HubChoice::Remote(access),
            roots,
            origin,
        })
    }

    /// A profile's `auth` only applies to the profile's hub.
    fn auth(&self, settings: &Settings) -> Result<Auth, Error> {
        match (self.auth, variable(environment::AUTH)) {
            (Some(auth), _) => Ok(auth),
            (None, Some(text)) => Auth::from_str(text.trim(), true).map_err(|_| {
                InvalidInput::new(format!("{} must be auto, sas or entra", environment::AUTH))
                    .into()
            }),
            (None, None) if self.names_hub() => Ok(Auth::default()),
            (None, None) => {
                let typed = settings.get(AUTH).map(Setting::text);
                let auth = typed.and_then(|text| Auth::from_str(&text, true).ok());
                Ok(auth.unwrap_or_default())
            }
        }
    }

    /// Whether a flag or a variable names a hub.
    fn names_hub(&self) -> bool {
        self.hub.is_some()
            || self.connection_string_file.is_some()
            || variable(environment::HUB).is_some()
            || environment::first_of(&environment::CONNECTION_STRINGS).is_some()
    }

    /// The hub that a flag or a variable names.
    fn hub(&self) -> Result<Option<Sourced<HubEndpoint>>, Error> {
        let (precedence, origin, text) = match (&self.hub, variable(environment::HUB)) {
            (Some(text), _) => (Precedence::Flag, "--hub", text.clone()),
            (None, Some(text)) => (Precedence::Environment, environment::HUB, text),
            (None, None) => return Ok(None),
        };
        let value = HubEndpoint::named(text.trim())
            .map_err(|error| invalid_hub_name(origin, &text, &error))?;
        Ok(Some(Sourced {
            value,
            precedence,
            origin: origin.to_owned(),
        }))
    }

    /// The connection string of a flag or a variable.
    async fn connection_string(&self) -> Result<Option<Sourced<ConnectionString>>, Error> {
        let (precedence, origin, text) = match &self.connection_string_file {
            Some(path) => {
                let name = path.display();
                let origin = if self.reads_stdin() {
                    "the connection string from stdin".to_owned()
                } else {
                    format!("the connection string in `{name}`")
                };
                let text = read_text(path, MAX_SECRET_BYTES).await?;
                (Precedence::Flag, origin, text)
            }
            None => {
                let Some((name, text)) = environment::first_of(&environment::CONNECTION_STRINGS)
                else {
                    return Ok(None);
                };
                let origin = format!("the connection string in {name}");
                (Precedence::Environment, origin, text)
            }
        };
        match ConnectionString::parse(&text) {
            Ok(value) => Ok(Some(Sourced {
                value,
                precedence,
                origin,
            })),
            Err(source) => Err(Error::Connection { origin, source }),
        }
    }
}

/// The identities that may sign in.
///
/// # Errors
/// The environment names an identity that can't be used.
pub(crate) fn entra_chain(roots: &[reqwest::Certificate]) -> Result<EntraChain, InvalidInput> {
    EntraChain::from_environment(roots)
        .map_err(|error| InvalidInput::new(error.to_string()).hint(error.hint()))
}

fn invalid_hub_name(origin: &str, text: &str, error: &InvalidEndpoint) -> InvalidInput {
    let refused = InvalidInput::new(format!("{origin}: {error}"));
    match text.contains([';', '=']) {
        true => refused.hint(
            "pass a connection string in EDGELOGS_CONNECTION_STRING, or with \
             --connection-string-file FILE",
        ),
        false => refused,
    }
}

/// The hub that the profile names.
fn hub_of_profile(settings: &Settings) -> Result<Option<Sourced<HubEndpoint>>, Error> {
    let Some(setting) = settings.get(HUB) else {
        return Ok(None);
    };
    let origin = format!("`hub` of {}", settings.origin(setting));
    let value = HubEndpoint::named(setting.text().trim())
        .map_err(|error| InvalidInput::new(format!("{origin}: {error}")))?;
    Ok(Some(Sourced {
        value,
        precedence: Precedence::Profile,
        origin,
    }))
}

/// The connection string that the profile refers to.
async fn connection_of_profile(
    settings: &Settings,
    console: Console,
) -> Result<Option<Sourced<ConnectionString>>, Error> {
    let found = profile_secret::connection_string(settings, console).await?;
    Ok(found.map(|(origin, value)| Sourced {
        value,
        precedence: Precedence::Profile,
        origin,
    }))
}

/// The environment overrides the hub of a profile, even of one given with `-p`.
fn warn_of_unused_profile(
    settings: &Settings,
    console: Console,
    hub: Option<&Sourced<HubEndpoint>>,
    connection: Option<&Sourced<ConnectionString>>,
) {
    let hub = hub.map(|hub| (hub.precedence, &hub.origin, &hub.value));
    let key = connection.map(|key| (key.precedence, &key.origin, &key.value.endpoint));
    let Some(profile) = settings.typed_profile_with_hub() else {
        return;
    };
    let strongest = [hub, key].into_iter().flatten().min_by_key(|found| found.0);
    let Some((Precedence::Environment, origin, endpoint)) = strongest else {
        return;
    };
    let of_profile = hub_of_profile(settings).ok().flatten();
    if of_profile.is_none_or(|other| !other.value.is_same(endpoint)) {
        console.warn(&format!(
            "{origin} overrides the hub of profile `{profile}`; unset the variable to use the profile's"
        ));
    }
}
