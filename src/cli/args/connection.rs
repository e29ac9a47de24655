//! Which hub to call, and how to sign in.
//!
//! Flags come first, then the environment, then the profile. Each value keeps its origin;
//! [`choose`] picks one hub and one way to sign in.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
#[cfg(feature = "device")]
use jiff::tz::Offset;

use crate::cli::args::files::{MAX_SECRET_BYTES, is_stdin, read_roots, read_text};
use crate::cli::args::hub_selection::{Auth, Precedence, SignIn, Sourced, choose, origins};
use crate::cli::args::profile_secret;
#[cfg(feature = "device")]
use crate::cli::args::source::{SourceChoice, utc_offset};
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
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// The hub's host or name [env: EDGELOGS_HUB]
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

    /// Run the device module in this process, without a hub
    ///
    /// SOURCE is where logs come from: `sample` (three modules with logs around the current time),
    /// `dir:PATH` (one file per module), `docker[:SOCKET]`, `edged[:SOCKET]`, `bundle:FILE.zip` (a support
    /// bundle) or `blobs:DIR` (what --download fetched).
    #[cfg(feature = "device")]
    #[arg(long, value_name = "SOURCE", num_args = 0..=1, require_equals = true, default_missing_value = "sample")]
    local: Option<String>,

    /// Offset from UTC of times in files that say none, such as +02:00
    ///
    /// For dir, bundle and blobs. If omitted, such times are unknown: null in JSON, and left out by --since
    /// and --until only if they are outside in every zone.
    #[cfg(feature = "device")]
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true, value_parser = utc_offset)]
    source_utc_offset: Option<Offset>,
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
        source: SourceChoice,
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

    /// Refuses what can't go together: a second argument that reads stdin, which would get nothing, and an
    /// offset without a source of files. `requires` of clap lets that pass beside a flag that excludes `--local`.
    pub(crate) fn check_together(&self, others_read_stdin: &[bool]) -> Result<(), Error> {
        #[cfg(feature = "device")]
        self.local_source()?;
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

    /// The source of `--local`, if that is there.
    ///
    /// # Errors
    /// There is an offset, and no source that it is for.
    #[cfg(feature = "device")]
    fn local_source(&self) -> Result<Option<SourceChoice>, InvalidInput> {
        match (&self.local, self.source_utc_offset) {
            (Some(source), offset) => SourceChoice::new(source, offset).map(Some),
            (None, Some(_)) => Err(InvalidInput::new(
                "--source-utc-offset is for times in files, and needs --local",
            )
            .hint("omit --source-utc-offset, or add --local=dir:PATH")),
            (None, None) => Ok(None),
        }
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
        if let Some(source) = self.local_source()? {
            return Ok(Connection {
                hub: HubChoice::Local { source },
                roots: read_roots(self.ca_file.as_deref()).await?,
                origin: "--local".to_owned(),
            });
        }
        let auth = self.auth(settings)?;
        let is_profile_typed = settings.typed_profile_with_hub().is_some();
        let typed_hub = match self.typed_hub()? {
            None if is_profile_typed => hub_of_profile(settings)?,
            None => hub_of_environment()?,
            typed => typed,
        };
        let hub_alone = |hub: &Option<Sourced<HubEndpoint>>| auth == Auth::Entra && hub.is_some();
        let connection = match &typed_hub {
            // A connection string of lower precedence isn't needed, and may be broken.
            Some(hub)
                if hub_alone(&typed_hub)
                    && hub.precedence < Precedence::Environment
                    && self.connection_string_file.is_none() =>
            {
                None
            }
            _ => self.connection_string(settings, context.console).await?,
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
        if let Some(auth) = self.auth {
            return Ok(auth);
        }
        let of_profile = || {
            let typed = settings.get(AUTH).map(Setting::text);
            typed.and_then(|text| Auth::from_str(&text, true).ok())
        };
        let is_profile_typed = settings.typed_profile_with_hub().is_some();
        let names_hub = self.hub.is_some() || self.connection_string_file.is_some();
        if is_profile_typed
            && !names_hub
            && let Some(auth) = of_profile()
        {
            return Ok(auth);
        }
        match variable(environment::AUTH) {
            Some(text) => Auth::from_str(text.trim(), true).map_err(|_| {
                InvalidInput::new(format!("{} must be auto, sas or entra", environment::AUTH))
                    .into()
            }),
            None if self.names_hub() => Ok(Auth::default()),
            None => Ok(of_profile().unwrap_or_default()),
        }
    }

    /// Whether a flag or a variable names a hub.
    fn names_hub(&self) -> bool {
        self.hub.is_some()
            || self.connection_string_file.is_some()
            || variable(environment::HUB).is_some()
            || environment::first_of(&environment::CONNECTION_STRINGS).is_some()
    }

    /// The hub that a flag names.
    fn typed_hub(&self) -> Result<Option<Sourced<HubEndpoint>>, Error> {
        let hub = self.hub.as_deref();
        hub.map(|text| named_hub("--hub", text, Precedence::Flag))
            .transpose()
    }

    /// The connection string of a flag, of the profile that was typed, or of a variable.
    async fn connection_string(
        &self,
        settings: &Settings,
        console: Console,
    ) -> Result<Option<Sourced<ConnectionString>>, Error> {
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
                if settings.typed_profile_with_hub().is_some()
                    && let Some(found) = connection_of_profile(settings, console).await?
                {
                    return Ok(Some(found));
                }
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

/// The hub that a variable names.
fn hub_of_environment() -> Result<Option<Sourced<HubEndpoint>>, Error> {
    let hub = variable(environment::HUB);
    hub.map(|text| named_hub(environment::HUB, &text, Precedence::Environment))
        .transpose()
}

fn named_hub(
    origin: &str,
    text: &str,
    precedence: Precedence,
) -> Result<Sourced<HubEndpoint>, Error> {
    let value =
        HubEndpoint::named(text.trim()).map_err(|error| invalid_hub_name(origin, text, &error))?;
    Ok(Sourced {
        value,
        precedence,
        origin: origin.to_owned(),
    })
}

/// How a profile's hub compares with others.
fn precedence_of(settings: &Settings) -> Precedence {
    match settings.typed_profile_with_hub() {
        Some(_) => Precedence::TypedProfile,
        None => Precedence::Profile,
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
        precedence: precedence_of(settings),
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
        precedence: precedence_of(settings),
        origin,
    }))
}
