//! `edgelogs sas check`: explains a SAS URL offline.

use clap::Args;
use jiff::Timestamp;

use crate::cli::args::sas_source::SasSource;
use crate::cli::commands::sas::explain::{explain, refusal};
use crate::cli::environment;
use crate::error::Error;
use crate::exit::Exit;
use crate::invalid_input::InvalidInput;
use crate::methods::SasUrl;
use crate::output::{Console, ListFormat, error_object, print_list};

/// Explain a SAS URL and what it can be used for
///
/// Nothing is sent. The exit code is 2 if neither an upload nor a bundle could use the URL. Only
/// the storage service can verify the signature, which is never shown.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs sas check @sas.txt
  edgelogs sas new --container logs | edgelogs sas check -
  edgelogs sas check @sas.txt -o jsonl")]
pub(crate) struct CheckArgs {
    /// SAS URL of the container, @FILE to read it from a file, or - for stdin
    #[arg(
        value_name = "URL",
        env = environment::SAS,
        hide_env_values = true,
        help_heading = "Storage"
    )]
    sas: Option<String>,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "auto", value_parser = ListFormat::without_names(), help_heading = "Output")]
    output: ListFormat,
}

impl CheckArgs {
    pub(crate) async fn run(&self, console: Console) -> Result<Exit, Error> {
        let source = SasSource::of(self.sas.as_deref());
        if source == SasSource::Missing {
            return Err(InvalidInput::new("no SAS URL given")
                .hint("edgelogs sas check @FILE")
                .into());
        }
        source.note_history(console);
        let sas = SasUrl::read(&source.text().await?)?;
        if let Some(warning) = sas.plain_http_warning() {
            console.warn(&warning);
        }
        let now = Timestamp::now();
        let refusal = refusal(&sas, now).map_err(Error::from);
        let errors: Vec<String> = refusal
            .as_ref()
            .err()
            .map(|error| error_object(None, error))
            .into_iter()
            .collect();
        print_list(
            &mut console.data(),
            self.output,
            &explain(&sas, now),
            &errors,
        )?;
        refusal.map(|()| Exit::Success)
    }
}
