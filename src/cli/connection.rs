//! Which hub, and who we are to it.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::Error;
use crate::hub::ConnectionString;
use crate::methods::InvalidRequest;

/// The variables that may hold a connection string, the stronger first.
const VARIABLES: [&str; 2] = ["EDGELOGS_CONNECTION_STRING", "IOTHUB_CONNECTION_STRING"];

/// Where the connection string comes from. It never is a flag: it would stay in `ps` and history.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct ConnectionArgs {
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
    /// moment), `dir:PATH` (a file a module) or `docker[:SOCKET]`.
    #[cfg(feature = "device")]
    #[arg(long, value_name = "SOURCE", num_args = 0..=1, require_equals = true, default_missing_value = "sample")]
    local: Option<String>,
}

/// The hub that the arguments mean.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) hub: HubChoice,
    /// Root certificates to trust beside the system's.
    pub(super) roots: Vec<reqwest::Certificate>,
}

/// A hub to call, or one to start in this process.
#[derive(Debug)]
pub(super) enum HubChoice {
    Remote(ConnectionString),
    #[cfg(feature = "device")]
    Local {
        source: String,
    },
}

impl Connection {
    /// Whether the hub will be in this process.
    pub(super) fn is_local(&self) -> bool {
        match &self.hub {
            HubChoice::Remote(_) => false,
            #[cfg(feature = "device")]
            HubChoice::Local { .. } => true,
        }
    }

    /// Whether the hub is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        match &self.hub {
            HubChoice::Remote(connection) => connection.endpoint.is_loopback(),
            #[cfg(feature = "device")]
            HubChoice::Local { .. } => true,
        }
    }
}

impl ConnectionArgs {
    fn reads_stdin(&self) -> bool {
        self.connection_string_file.as_deref().is_some_and(is_stdin)
    }

    /// Refuses several arguments that all read stdin: all but one of them would get nothing.
    pub(super) fn share_stdin(&self, others_read_stdin: &[bool]) -> Result<(), Error> {
        let others = others_read_stdin.iter().filter(|reads| **reads).count();
        if others + usize::from(self.reads_stdin()) > 1 {
            return Err(InvalidRequest::new("two arguments read stdin")
                .hint("give one of them as a file")
                .into());
        }
        Ok(())
    }

    /// Whether the hub will be in this process.
    pub(super) fn is_local(&self) -> bool {
        #[cfg(feature = "device")]
        let local = self.local.is_some();
        #[cfg(not(feature = "device"))]
        let local = false;
        local
    }

    /// Reads what the arguments name.
    ///
    /// # Errors
    /// No hub is named, or what names it can't be used.
    pub(super) fn resolve(&self) -> Result<Connection, Error> {
        #[cfg(feature = "device")]
        if let Some(source) = &self.local {
            return Ok(Connection {
                hub: HubChoice::Local {
                    source: source.clone(),
                },
                roots: Vec::new(),
            });
        }
        let connection = self.connection_string()?.ok_or(Error::NoHub)?;
        Ok(Connection {
            hub: HubChoice::Remote(connection),
            roots: self.roots()?,
        })
    }

    /// The connection string; none where nothing names one.
    fn connection_string(&self) -> Result<Option<ConnectionString>, Error> {
        let (origin, text) = match &self.connection_string_file {
            Some(path) => {
                let name = path.display().to_string();
                let origin = if self.reads_stdin() {
                    "the connection string from stdin".to_owned()
                } else {
                    format!("the connection string in `{name}`")
                };
                (origin, read_text(path)?)
            }
            None => {
                let set = |name: &str| {
                    std::env::var(name)
                        .ok()
                        .filter(|text| !text.trim().is_empty())
                };
                match VARIABLES.iter().find_map(|name| Some((name, set(name)?))) {
                    Some((name, text)) => (format!("the connection string in {name}"), text),
                    None => return Ok(None),
                }
            }
        };
        ConnectionString::parse(&text)
            .map(Some)
            .map_err(|source| Error::Connection { origin, source })
    }

    fn roots(&self) -> Result<Vec<reqwest::Certificate>, Error> {
        let Some(path) = &self.ca_file else {
            return Ok(Vec::new());
        };
        let pem = read_text(path)?;
        reqwest::Certificate::from_pem_bundle(pem.as_bytes()).map_err(|error| Error::File {
            path: path.display().to_string(),
            source: std::io::Error::other(error),
        })
    }
}

/// Whether a path means stdin.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads a small file, or stdin for `-`.
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    let read = if is_stdin(path) {
        std::io::read_to_string(std::io::stdin().lock())
    } else {
        std::fs::read_to_string(path)
    };
    read.map_err(|source| Error::File {
        path: path.display().to_string(),
        source,
    })
}
