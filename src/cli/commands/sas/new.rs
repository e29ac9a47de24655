//! `edgelogs sas new`: creates a container's SAS URL for uploads, bundles and `--download`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::cli::args::files::{MAX_SECRET_BYTES, read_roots, read_text};
use crate::cli::args::timing::duration;
use crate::cli::commands::sas::container_sas::{ContainerSas, sas_time};
use crate::cli::commands::sas::delegation::delegated;
use crate::cli::commands::sas::storage_account::{HOW_TO_GIVE, StorageAccount, check_container};
use crate::cli::environment::{STORAGE_ACCOUNT, STORAGE_CONNECTION_STRING, STORAGE_KEY, variable};
use crate::error::Error;
use crate::exit::Exit;
use crate::invalid_input::InvalidInput;
use crate::output::Console;

/// A shorter SAS expires before the device is done; a longer one is a risk, and exceeds the life of a
/// user delegation key.
const SHORTEST: Duration = Duration::from_secs(5 * 60);
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// Create a SAS URL for a container
///
/// Prints only the URL on stdout. Anyone who has it can write to the container until it expires.
/// Nothing is sent without --entra. The container need not exist yet.
///
/// The account and its key are read from Azure's own variables: AZURE_STORAGE_CONNECTION_STRING, or
/// AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY. There is no flag for the key.
///
/// The URL grants add, create and write: a device writes large json logs and bundles in several
/// blocks, which create alone does not allow.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Storage",
    after_long_help = "\
Examples:
  edgelogs sas new --container logs > sas.txt
  edgelogs upload -m filter --since 1h --sas @sas.txt -d press-07
  edgelogs sas new --container logs --download --expiry 8h > sas.txt
  edgelogs sas new --container logs --account acct --entra > sas.txt
  az storage account keys list -n acct --query [0].value -o tsv |
    edgelogs sas new --container logs --account acct --account-key-file -"
)]
pub(crate) struct NewArgs {
    /// Container that devices write to
    #[arg(long, value_name = "NAME")]
    container: String,

    /// Storage account, if no connection string names it
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "storage_connection_string_file"
    )]
    account: Option<String>,

    /// File with the account's key; - reads stdin
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "storage_connection_string_file"
    )]
    account_key_file: Option<PathBuf>,

    /// Blob endpoint of the account, if not at core.windows.net
    #[arg(
        long,
        value_name = "URL",
        conflicts_with = "storage_connection_string_file"
    )]
    blob_endpoint: Option<String>,

    /// Sign with your Entra ID identity instead of an account key
    ///
    /// Requests a user delegation key from the account, with the identity in Azure's environment
    /// variables, or else that of `az login` or `azd auth login`. It needs the role `Storage Blob
    /// Data Contributor`, which also limits what the URL allows.
    #[arg(
        long,
        conflicts_with_all = ["account_key_file", "storage_connection_string_file"]
    )]
    entra: bool,

    /// File with additional root certificates to trust
    #[arg(
        long,
        value_name = "PEM",
        requires = "entra",
        conflicts_with_all = ["account_key_file", "storage_connection_string_file"]
    )]
    ca_file: Option<PathBuf>,

    /// File with the storage account's connection string; - reads stdin
    #[arg(long, value_name = "FILE")]
    storage_connection_string_file: Option<PathBuf>,

    /// How long the URL is valid, 5m to 7d
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration, help_heading = "Rights")]
    expiry: Duration,

    /// Also grant read and list, which `upload --download` needs
    #[arg(long, help_heading = "Rights")]
    download: bool,

    /// Don't grant write, so that nothing in the container can be overwritten
    ///
    /// Sufficient for text logs of any size. A json log or a bundle fails if it is too large for
    /// one request, or if the agent sends it again.
    #[arg(long, help_heading = "Rights")]
    no_overwrite: bool,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = NewFormat::Text, help_heading = "Output")]
    output: NewFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum NewFormat {
    /// Only the URL
    Text,
    /// One JSON object
    Json,
}

impl NewArgs {
    pub(crate) async fn run(&self, console: Console) -> Result<Exit, Error> {
        check_container(&self.container)?;
        self.check_expiry()?;
        let account = self.account().await?;
        let sas = ContainerSas {
            account: account.name.clone(),
            container: self.container.clone(),
            rights: self.rights(),
            expiry: self.end()?,
            https_only: !account.is_plain_http(),
        };
        let token = match &account.key {
            Some(key) => sas.sign(key)?,
            None => {
                let roots = read_roots(self.ca_file.as_deref()).await?;
                let _progress = console.progress("signing in");
                delegated(&account, &sas, roots).await?
            }
        };
        let url = format!(
            "{}?{}",
            account.container_url(&self.container),
            token.secret()
        );
        // The only place that prints a signature.
        console.data().line(&match self.output {
            NewFormat::Text => url,
            NewFormat::Json => json!({
                "url": url,
                "account": sas.account,
                "container": sas.container,
                "rights": sas.rights,
                "end": sas_time(sas.expiry),
            })
            .to_string(),
        })?;
        console.note(&format!(
            "anyone with the URL can write to container `{}` of account `{}` until {}",
            sas.container,
            sas.account,
            sas_time(sas.expiry)
        ));
        Ok(Exit::Success)
    }

    fn rights(&self) -> &'static str {
        match (self.no_overwrite, self.download) {
            (false, false) => "acw",
            (false, true) => "racwl",
            (true, false) => "ac",
            (true, true) => "racl",
        }
    }

    fn check_expiry(&self) -> Result<(), InvalidInput> {
        if (SHORTEST..=LONGEST).contains(&self.expiry) {
            return Ok(());
        }
        Err(InvalidInput::new(format!(
            "--expiry {} is outside 5m to 7d",
            humantime::format_duration(self.expiry)
        )))
    }

    fn end(&self) -> Result<Timestamp, InvalidInput> {
        SignedDuration::try_from(self.expiry)
            .ok()
            .and_then(|expiry| Timestamp::now().checked_add(expiry).ok())
            .ok_or_else(|| InvalidInput::new("--expiry is too far in the future"))
    }

    /// The account, with its key unless `--entra` signs: from flags, then Azure's variables.
    async fn account(&self) -> Result<StorageAccount, Error> {
        if let Some(path) = &self.storage_connection_string_file {
            let origin = origin("the storage connection string", path);
            let text = read_text(path, MAX_SECRET_BYTES).await?;
            return Ok(StorageAccount::parse(&text, &origin)?);
        }
        if let Some(account) = self.account_of_variable()? {
            return Ok(match &self.blob_endpoint {
                Some(endpoint) => account.at(endpoint)?,
                None => account,
            });
        }
        let name = self.account.clone().or_else(|| variable(STORAGE_ACCOUNT));
        let Some(name) = name else {
            let hint = match self.entra {
                true => "pass it with --account NAME",
                false => HOW_TO_GIVE,
            };
            return Err(InvalidInput::new("no storage account given")
                .hint(hint)
                .into());
        };
        let account = StorageAccount::named(&name, self.blob_endpoint.as_deref())?;
        if self.entra {
            return Ok(account);
        }
        let (key, origin) = match &self.account_key_file {
            Some(path) => (read_key(path).await?, origin("the text", path)),
            None => {
                let key = variable(STORAGE_KEY).ok_or_else(|| {
                    InvalidInput::new(format!("no key given for storage account `{name}`"))
                        .hint("pass it in AZURE_STORAGE_KEY or with --account-key-file FILE")
                })?;
                (key, STORAGE_KEY.to_owned())
            }
        };
        Ok(account.with_key(&key, &origin)?)
    }

    /// The account in AZURE_STORAGE_CONNECTION_STRING, unless a flag names another account or another
    /// way to sign.
    fn account_of_variable(&self) -> Result<Option<StorageAccount>, InvalidInput> {
        if self.entra || self.account_key_file.is_some() {
            return Ok(None);
        }
        let Some(text) = variable(STORAGE_CONNECTION_STRING) else {
            return Ok(None);
        };
        let origin = format!("the storage connection string in {STORAGE_CONNECTION_STRING}");
        let parsed = StorageAccount::parse(&text, &origin);
        match &self.account {
            None => parsed.map(Some),
            // An error doesn't matter if the connection string isn't needed.
            Some(name) => Ok(parsed.ok().filter(|account| account.name == *name)),
        }
    }
}

fn origin(what: &str, path: &Path) -> String {
    match path.as_os_str() == "-" {
        true => format!("{what} on stdin"),
        false => format!("{what} in `{}`", path.display()),
    }
}

/// Reads the key. A message never repeats a key that was typed instead of its file.
async fn read_key(path: &Path) -> Result<String, Error> {
    read_text(path, MAX_SECRET_BYTES).await.map_err(|error| {
        let typed = path.to_string_lossy();
        if typed.len() > 40 && typed.ends_with('=') {
            return InvalidInput::new("--account-key-file takes a file, but this looks like a key")
                .hint("write the key to a file, or pipe it in with --account-key-file -")
                .into();
        }
        error
    })
}
