//! Which hub, and who we are to it.
//!
//! Each value is looked for in order of strength (flag, then environment, then profile) and keeps
//! where it comes from; [`choose`] makes one hub and one way to sign in of what was found.

use crate::invalid_input::InvalidInput;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::cli::args::files::{MAX_SECRET_BYTES, is_stdin, read_roots, read_text};
use crate::cli::args::hub_selection::{Auth, Choice, Setting, Strength, choose, places};
use crate::cli::args::profile_secret;
use crate::cli::context::Context;
use crate::cli::environment::{self, variable};
use crate::cli::settings::keys::{AUTH, HUB};
use crate::cli::settings::loaded::{Setting as FileSetting, Settings};
use crate::error::Error;
use crate::hub::{
    ConnectionString, Credential, EntraChain, HubAccess, HubEndpoint, InvalidEndpoint,
};
use crate::output::Console;

/// Which hub is called, and as whom. A connection string never is a flag: it would stay in `ps` and
/// history.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// The hub: its host, or its name in the public cloud
    ///
    /// A name without a dot gets `.azure-devices.net`; a hub of another cloud is given with its
    /// whole host. Without a connection string of this hub, Entra ID is signed in to: with the
    /// identity that Azure's environment variables name, or else with that of `az login` or
    /// `azd auth login`. It needs the role `IoT Hub Data Contributor`. Without the flag,
    /// EDGELOGS_HUB is read.
    #[arg(long, value_name = "NAME")]
    #[cfg_attr(feature = "device", arg(conflicts_with = "local"))]
    hub: Option<String>,

    /// How to sign in [default: auto]
    ///
    /// Without the flag, EDGELOGS_AUTH is read.
    #[arg(long, value_name = "METHOD", ignore_case = true)]
    #[cfg_attr(feature = "device", arg(conflicts_with = "local"))]
    auth: Option<Auth>,

    /// Read the hub's connection string from a file, or from stdin with -
    ///
    /// Without it, EDGELOGS_CONNECTION_STRING and then IOTHUB_CONNECTION_STRING are read. The
    /// policy needs `service connect`.
    #[arg(long, value_name = "FILE")]
    connection_string_file: Option<PathBuf>,

    /// Trust the root certificates of a PEM file as well
    #[arg(long, value_name = "PEM")]
    ca_file: Option<PathBuf>,

    /// Run the device module in this process instead of calling a hub
    ///
    /// SOURCE is where the logs come from: `sample` (three modules that log around the present
    /// moment), `dir:PATH` (a file a module), `docker[:SOCKET]` or `edged[:SOCKET]`.
    #[cfg(feature = "device")]
    #[arg(long, value_name = "SOURCE", num_args = 0..=1, require_equals = true, default_missing_value = "sample")]
    local: Option<String>,
}

/// The hub that the arguments mean.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) hub: HubChoice,
    /// Root certificates to trust beside the system's.
    pub(crate) roots: Vec<reqwest::Certificate>,
    /// What named the hub: a flag, a variable, a profile.
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
    /// Whether the hub will be in this process.
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
}

impl Connection {
    /// Host and port of the hub; none where it will be in this process.
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

    /// Refuses several arguments that all read stdin: all but one of them would get nothing.
    pub(crate) fn share_stdin(&self, others_read_stdin: &[bool]) -> Result<(), Error> {
        let others = others_read_stdin.iter().filter(|reads| **reads).count();
        if others + usize::from(self.reads_stdin()) > 1 {
            return Err(InvalidInput::new("two arguments read stdin")
                .hint("give one of them as a file")
                .into());
        }
        Ok(())
    }

    /// Whether the hub will be in this process.
    pub(crate) fn is_local(&self) -> bool {
        #[cfg(feature = "device")]
        let local = self.local.is_some();
        #[cfg(not(feature = "device"))]
        let local = false;
        local
    }

    /// Reads what the arguments name, and after them the environment and the profile.
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

    /// The same. Where nothing names a hub, `remembered` does.
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
                roots: Vec::new(),
                origin: "--local".to_owned(),
            });
        }
        let auth = self.auth(settings)?;
        let typed_hub = self.hub()?;
        let hub_alone = |hub: &Option<Setting<HubEndpoint>>| auth == Auth::Entra && hub.is_some();
        let connection = match &typed_hub {
            // Nothing of a weaker connection string is needed then, and it may be a broken one.
            Some(hub)
                if hub_alone(&typed_hub)
                    && hub.strength == Strength::Flag
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
            // A command is not run where its result would not be used.
            None if !hub_alone(&hub) => connection_of_profile(settings, context.console).await?,
            connection => connection,
        };
        // A profile is stronger: it was made on purpose, and a task is remembered by the way.
        let hub = match (hub, &connection) {
            (None, None) => remembered.and_then(|name| {
                Some(Setting {
                    value: HubEndpoint::named(name).ok()?,
                    strength: Strength::Remembered,
                    place: "the task".to_owned(),
                })
            }),
            (hub, _) => hub,
        };
        tell_of_passed_over_profile(settings, context.console, hub.as_ref(), connection.as_ref());
        let choice = choose(auth, hub.clone(), connection.clone())?;
        let origin = places(&choice, hub.as_ref(), connection.as_ref());
        let roots = read_roots(self.ca_file.as_deref()).await?;
        let access = match choice {
            Choice::Key(connection) => connection.into(),
            Choice::Entra(endpoint) => HubAccess {
                endpoint,
                credential: Credential::Entra(Arc::new(entra(&roots)?)),
            },
        };
        Ok(Connection {
            hub: HubChoice::Remote(access),
            roots,
            origin,
        })
    }

    /// A profile's way to sign in is for the profile's hub.
    fn auth(&self, settings: &Settings) -> Result<Auth, Error> {
        match (self.auth, variable(environment::AUTH)) {
            (Some(auth), _) => Ok(auth),
            (None, Some(text)) => Auth::from_str(text.trim(), true).map_err(|_| {
                InvalidInput::new(format!("{} must be auto, sas or entra", environment::AUTH))
                    .into()
            }),
            (None, None) if self.names_hub() => Ok(Auth::default()),
            (None, None) => {
                let typed = settings.get(AUTH).map(FileSetting::text);
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

    /// The hub by its name; none where nothing names one.
    fn hub(&self) -> Result<Option<Setting<HubEndpoint>>, Error> {
        let (strength, place, text) = match (&self.hub, variable(environment::HUB)) {
            (Some(text), _) => (Strength::Flag, "--hub", text.clone()),
            (None, Some(text)) => (Strength::Environment, environment::HUB, text),
            (None, None) => return Ok(None),
        };
        let value =
            HubEndpoint::named(text.trim()).map_err(|error| no_hub_name(place, &text, &error))?;
        Ok(Some(Setting {
            value,
            strength,
            place: place.to_owned(),
        }))
    }

    /// The connection string; none where nothing names one.
    async fn connection_string(&self) -> Result<Option<Setting<ConnectionString>>, Error> {
        let (strength, place, text) = match &self.connection_string_file {
            Some(path) => {
                let name = path.display();
                let place = if self.reads_stdin() {
                    "the connection string from stdin".to_owned()
                } else {
                    format!("the connection string in `{name}`")
                };
                let text = read_text(path, MAX_SECRET_BYTES).await?;
                (Strength::Flag, place, text)
            }
            None => {
                let Some((name, text)) = environment::first_of(&environment::CONNECTION_STRINGS)
                else {
                    return Ok(None);
                };
                let place = format!("the connection string in {name}");
                (Strength::Environment, place, text)
            }
        };
        match ConnectionString::parse(&text) {
            Ok(value) => Ok(Some(Setting {
                value,
                strength,
                place,
            })),
            Err(source) => Err(Error::Connection {
                origin: place,
                source,
            }),
        }
    }
}

fn entra(roots: &[reqwest::Certificate]) -> Result<EntraChain, Error> {
    EntraChain::of_environment(roots).map_err(|error| {
        InvalidInput::new(error.to_string())
            .hint(error.hint())
            .into()
    })
}

fn no_hub_name(place: &str, text: &str, error: &InvalidEndpoint) -> InvalidInput {
    let refused = InvalidInput::new(format!("{place}: {error}"));
    match text.contains([';', '=']) {
        true => refused.hint(
            "give a connection string in EDGELOGS_CONNECTION_STRING, or with \
             --connection-string-file FILE",
        ),
        false => refused,
    }
}

/// The hub that the profile names.
fn hub_of_profile(settings: &Settings) -> Result<Option<Setting<HubEndpoint>>, Error> {
    let Some(setting) = settings.get(HUB) else {
        return Ok(None);
    };
    let place = format!("`hub` of {}", settings.origin(setting));
    let value = HubEndpoint::named(setting.text().trim())
        .map_err(|error| InvalidInput::new(format!("{place}: {error}")))?;
    Ok(Some(Setting {
        value,
        strength: Strength::Profile,
        place,
    }))
}

/// The connection string that the profile refers to.
async fn connection_of_profile(
    settings: &Settings,
    console: Console,
) -> Result<Option<Setting<ConnectionString>>, Error> {
    let found = profile_secret::connection_string(settings, console).await?;
    Ok(found.map(|(place, value)| Setting {
        value,
        strength: Strength::Profile,
        place,
    }))
}

/// A profile that was typed does not count where the environment names another hub.
fn tell_of_passed_over_profile(
    settings: &Settings,
    console: Console,
    hub: Option<&Setting<HubEndpoint>>,
    connection: Option<&Setting<ConnectionString>>,
) {
    let hub = hub.map(|hub| (hub.strength, &hub.place, &hub.value));
    let key = connection.map(|key| (key.strength, &key.place, &key.value.endpoint));
    let Some(profile) = settings.typed_profile_with_hub() else {
        return;
    };
    let strongest = [hub, key].into_iter().flatten().min_by_key(|found| found.0);
    let Some((Strength::Environment, place, endpoint)) = strongest else {
        return;
    };
    let of_profile = hub_of_profile(settings).ok().flatten();
    if of_profile.is_none_or(|other| !other.value.is_same(endpoint)) {
        console.warn(&format!(
            "{place} counts, and not the hub of profile `{profile}`: unset the variable to call that"
        ));
    }
}
