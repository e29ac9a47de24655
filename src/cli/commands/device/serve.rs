//! `edgelogs device serve`: a loopback hub in front of the device module.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use jiff::tz::Offset;

use super::waited;
use crate::cli::args::source::{SourceChoice, utc_offset};
use crate::cli::context::Context;
use crate::cli::run::interrupt::ended;
use crate::device::{LoopbackHub, LoopbackOptions, LoopbackTls, sources};
use crate::error::Error;
use crate::exit::Exit;
use crate::hub::check_device_id;

/// Serve a loopback IoT Hub with one or more devices
///
/// The first line of stdout is the connection string, with its key; with --tls, the second line is
/// CaFile=PATH, the PEM file of the certificate to trust. Runs until stopped.
///
/// The hub accepts methods of $edgeAgent, serves the twins and identities of devices and modules,
/// and answers twin queries, for any client of IoT Hub's REST API.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Loopback hub",
    after_long_help = "\
Examples:
  edgelogs device serve --source docker
  export EDGELOGS_CONNECTION_STRING='HostName=http://127.0.0.1:8080;…'

A fleet of 1,000 devices, local-0001 to local-1000, with the same logs and tags `site` from site-01
to site-10:
  edgelogs device serve --simulate 1000

For clients that require TLS:
  edgelogs device serve --tls --listen 127.0.0.1:8443
  edgelogs get -d local --ca-file PATH"
)]
pub(crate) struct ServeArgs {
    /// Address to listen on; port 0 picks a free one
    ///
    /// It must be a loopback address unless TLS is used.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Where the logs come from: sample, dir:PATH, docker[:SOCKET] or edged[:SOCKET]
    #[arg(long, value_name = "SOURCE", default_value = "sample")]
    source: String,

    /// Offset from UTC of times in files that say none, such as +02:00
    ///
    /// For dir, bundle and blobs. If omitted, such times are unknown.
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true, value_parser = utc_offset)]
    source_utc_offset: Option<Offset>,

    /// Device ID
    #[arg(short, long, value_name = "ID", default_value = "local")]
    device: String,

    /// Serve N devices, ID-0001 and up, with the same logs
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    simulate: Option<u32>,

    /// Don't redact what looks like a secret in the settings of support bundles
    #[arg(long)]
    secrets_in_bundles: bool,

    /// Use TLS with a new self-signed certificate
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key"])]
    tls: bool,

    /// Use TLS with the certificate chain in this PEM file
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// PEM file with the key of --tls-cert
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl ServeArgs {
    pub(crate) async fn run(&self, context: &Context) -> Result<Exit, Error> {
        check_device_id("--device", &self.device)?;
        tokio::select! {
            // From the start, since ending it deletes the file with the certificate.
            biased;
            signal = ended() => waited(signal).map(|()| Exit::Success),
            failed = self.serve(context) => failed.map(|never| match never {}),
        }
    }

    /// Serves until it is dropped.
    async fn serve(&self, context: &Context) -> Result<Infallible, Error> {
        let source = SourceChoice::new(&self.source, self.source_utc_offset)?.open()?;
        let notes = source.notes();
        let hub = LoopbackHub::start(source, &self.options()).await?;
        if let Err(missing) = sources::check_place(&self.source) {
            let warning = format!("{missing} yet; until there is, reading logs fails");
            context.console.warn(&warning);
        }
        for note in notes {
            context.console.note(&note);
        }
        let mut data = context.console.data();
        // The only place that prints a hub's key.
        data.line(&hub.connection_string().expose())?;
        if let Some(path) = hub.root_certificate() {
            data.line(&format!("CaFile={}", path.display()))?;
            context.console.note(&format!(
                "clients must trust the certificate in {}; it is deleted at the end",
                path.display()
            ));
        }
        context.console.note(&match self.simulate {
            None => format!("device `{}` is ready; stop with Ctrl-C", self.device),
            Some(count) => format!(
                "devices `{name}-0001` to `{name}-{count:04}` are ready; stop with Ctrl-C",
                name = self.device
            ),
        });
        Ok(std::future::pending().await)
    }

    fn options(&self) -> LoopbackOptions {
        LoopbackOptions {
            listen: self.listen,
            device: self.device.clone(),
            simulate: self.simulate.and_then(NonZeroU32::new),
            secrets_in_bundles: self.secrets_in_bundles,
            tls: match (&self.tls_cert, &self.tls_key) {
                (Some(certificate), Some(key)) => LoopbackTls::Files {
                    certificate: certificate.clone(),
                    key: key.clone(),
                },
                _ if self.tls => LoopbackTls::SelfSigned,
                _ => LoopbackTls::Off,
            },
            roots: Vec::new(),
        }
    }
}
