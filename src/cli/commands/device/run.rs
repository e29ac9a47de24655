//! `edgelogs device run`: the device module on a device, connected over MQTT.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::tz::Offset;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{check, waited};
use crate::cli::args::files::{MAX_SECRET_BYTES, is_stdin, read_roots, read_text};
use crate::cli::args::source::{SourceChoice, utc_offset};
use crate::cli::args::timing::duration;
use crate::cli::context::Context;
use crate::cli::environment::{self, variable};
use crate::cli::run::interrupt::interrupted;
use crate::device::{DeviceModule, LogLevel, MqttDevice, MqttSettings, ServiceLog, StartError};
use crate::error::Error;
use crate::exit::Exit;
use crate::file_name::file_name;
use crate::invalid_input::InvalidInput;
use crate::logs::Severity;
use crate::output::LogLines;

/// The shortest and the longest life of a token.
const LIFETIMES: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(30)..=Duration::from_secs(3650 * 24 * 3600);

/// Answer direct methods on a device, as a module connected over MQTT
///
/// Connects to IoT Hub, or to edgeHub where IoT Edge's environment or the connection string names a
/// gateway, and answers the edge agent's log methods: call it with --module-id. Runs until SIGTERM
/// or Ctrl-C, and connects again whenever the connection is lost.
///
/// The identity is a module's or a device's connection string, or else the one that IoT Edge gives to
/// a module. The log goes to stdout; EDGELOGS_LOG sets its level: error, warning, info (the default)
/// or debug.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Device module",
    after_long_help = "\
Examples:
  edgelogs device run --source docker
  edgelogs device run --source dir:/var/log/plant --connection-string-file module.txt
  edgelogs device run --source docker --check

Then, from anywhere:
  edgelogs get -m filter --module-id edgelogs -d press-07"
)]
pub(crate) struct RunArgs {
    /// Where the logs come from: docker[:SOCKET], edged[:SOCKET] or dir:PATH
    #[arg(long, value_name = "SOURCE")]
    source: String,

    /// Offset from UTC of times in files that say none, such as +02:00
    ///
    /// For dir, bundle and blobs. If omitted, such times are unknown.
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true, value_parser = utc_offset)]
    source_utc_offset: Option<Offset>,

    /// File with a module's or device's connection string; - reads stdin
    ///
    /// If omitted, EDGELOGS_DEVICE_CONNECTION_STRING is read, then IoT Edge's environment.
    #[arg(long, value_name = "FILE")]
    connection_string_file: Option<PathBuf>,

    /// Connect to the hub itself, even where a gateway is named
    #[arg(long)]
    direct: bool,

    /// Use MQTT over WebSocket on port 443, through the proxy in HTTPS_PROXY if it is set
    #[arg(long)]
    websocket: bool,

    /// File with additional root certificates to trust
    #[arg(long, value_name = "PEM")]
    ca_file: Option<PathBuf>,

    /// Certificate chain that stands for the identity
    #[arg(long, value_name = "PEM", requires = "key_file")]
    cert_file: Option<PathBuf>,

    /// Key of --cert-file
    #[arg(long, value_name = "PEM", requires = "cert_file")]
    key_file: Option<PathBuf>,

    /// How long each token is valid, 30s or more; a new one is used in time
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = lifetime)]
    token_lifetime: Duration,

    /// Allow uploads to file:// directories below DIR
    #[arg(long, value_name = "DIR")]
    file_root: Option<PathBuf>,

    /// Don't redact what looks like a secret in the settings of support bundles
    #[arg(long)]
    secrets_in_bundles: bool,

    /// How long running requests and uploads may go on after SIGTERM
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    grace: Duration,

    /// Serve /metrics for Prometheus, and /healthz, over plain HTTP
    #[arg(long, value_name = "ADDRESS")]
    metrics_listen: Option<SocketAddr>,

    /// Try identity, connection, subscription and source once, print the results, and end
    ///
    /// A module that runs under the same identity loses its connection for a moment.
    #[arg(long)]
    check: bool,
}

impl RunArgs {
    /// Whether it ends by itself when it is interrupted.
    pub(crate) fn stops_itself(&self) -> bool {
        !self.check
    }

    pub(crate) async fn run(&self, context: &Context) -> Result<Exit, Error> {
        let log = LogLines::new(log_level()?);
        let source = SourceChoice::new(&self.source, self.source_utc_offset)?.open()?;
        let connection_string = self.connection_string().await?;
        let roots = read_roots(self.ca_file.as_deref()).await?;
        let settings = MqttSettings {
            connection_string,
            direct: self.direct,
            websocket: self.websocket,
            ca_file: self.ca_file.clone(),
            certificate: self.cert_file.clone().zip(self.key_file.clone()),
            token_lifetime: self.token_lifetime,
        };
        for path in [&self.cert_file, &self.key_file].into_iter().flatten() {
            // One that is missing now is a mistake; later it may be being replaced.
            std::fs::File::open(path).map_err(|source| Error::File {
                path: path.display().to_string(),
                source,
            })?;
        }
        let file_root = self.file_root.as_deref().map(absolute).transpose()?;
        let device = MqttDevice::new(&settings, variable)?;
        let unused = device
            .unused_proxy()
            .map(|name| format!("the proxy in {name} is used with --websocket only"));
        if self.check {
            if let Some(note) = unused {
                context.console.note(&note);
            }
            return check::run(context, &device, source.as_ref()).await;
        }
        let notes = source.notes();
        let mut module = DeviceModule::new(device.of_device(), source).with_roots(roots);
        if let Some(root) = file_root {
            module = module.with_directories_below(root);
        }
        if self.secrets_in_bundles {
            module = module.with_secrets_in_bundles();
        }
        if let Some(folder) = environment::state_folder() {
            let identity = device.identity();
            let folder = folder.join("device").join(file_name(&identity.hub));
            module = module.with_tasks_in(folder.join(file_name(&identity.client_id())));
        }
        let metrics = match self.metrics_listen {
            None => None,
            Some(address) => Some(listener(address).await?),
        };
        log.line(
            LogLevel::Info,
            &format!(
                "edgelogs {} answers as {} over {}; connecting to {}",
                env!("CARGO_PKG_VERSION"),
                device.identity(),
                self.source,
                device.place()
            ),
        );
        for note in unused.into_iter().chain(notes) {
            log.line(LogLevel::Warning, &note);
        }
        let (tell, stop) = watch::channel(false);
        let work = device.run(module, Arc::new(log), metrics, self.grace, stop);
        tokio::pin!(work);
        tokio::select! {
            () = &mut work => return Ok(Exit::Success),
            signal = signal() => signal?,
        }
        tell.send_replace(true);
        tokio::select! {
            () = work => Ok(Exit::Success),
            // Somebody is in a hurry.
            signal = signal() => signal.map(|()| Exit::Interrupted),
        }
    }

    /// The connection string, and what names it.
    async fn connection_string(&self) -> Result<Option<(String, String)>, Error> {
        if let Some(path) = &self.connection_string_file {
            let origin = match is_stdin(path) {
                true => "the connection string from stdin".to_owned(),
                false => format!("the connection string in `{}`", path.display()),
            };
            return Ok(Some((origin, read_text(path, MAX_SECRET_BYTES).await?)));
        }
        let name = environment::DEVICE_CONNECTION_STRING;
        Ok(variable(name).map(|text| (format!("the connection string in {name}"), text)))
    }
}

/// SIGTERM, SIGHUP or Ctrl-C.
async fn signal() -> Result<(), Error> {
    waited(interrupted(true).await)
}

async fn listener(address: SocketAddr) -> Result<TcpListener, Error> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| {
        StartError::Listen {
            address: address.to_string(),
            source,
        }
        .into()
    })
}

/// The URL of a directory holds its whole path.
fn absolute(root: &Path) -> Result<PathBuf, Error> {
    let failed = |source| Error::File {
        path: root.display().to_string(),
        source,
    };
    let whole = std::fs::canonicalize(root).map_err(failed)?;
    match whole.is_dir() {
        true => Ok(whole),
        false => Err(InvalidInput::new(format!(
            "--file-root: `{}` is not a directory",
            root.display()
        ))
        .into()),
    }
}

/// The least severe level that is written.
fn log_level() -> Result<u8, InvalidInput> {
    let Some(text) = variable(environment::LOG) else {
        return Ok(LogLevel::Info as u8);
    };
    if text.trim().eq_ignore_ascii_case("trace") {
        return Ok(LogLevel::Debug as u8);
    }
    let parsed: Result<Severity, _> = text.parse();
    parsed.map(Severity::number).map_err(|_| {
        InvalidInput::new(format!(
            "{}: `{}` is not a level; give error, warning, info or debug",
            environment::LOG,
            text.trim()
        ))
    })
}

fn lifetime(text: &str) -> Result<Duration, String> {
    let parsed = duration(text)?;
    match LIFETIMES.contains(&parsed) {
        true => Ok(parsed),
        false => Err("it must be within 30s and 3650days".to_owned()),
    }
}
