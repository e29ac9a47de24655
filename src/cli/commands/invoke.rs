//! `edgelogs invoke`: any direct method of any module.

use std::path::Path;

use clap::Args;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::cli::args::call::CallArgs;
use crate::cli::args::files::read_beginning;
use crate::cli::args::module_id::ModuleIdArgs;
use crate::cli::context::Context;
use crate::cli::run::dry_run;
use crate::cli::run::fleet_rows::{DeviceRow, list_fleet};
use crate::cli::run::session::Session;
use crate::cli::run::summary::summarize;
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::exit::Exit;
use crate::hub::{MAX_PAYLOAD_BYTES, MethodCall};
use crate::invalid_input::InvalidInput;
use crate::output::{DataOut, ListFormat, ListRow, compact_json, print_json, print_list};
use crate::redact::{redact, remember_marked};
use crate::text_file::decode;

/// Call any direct method of any module
///
/// Prints the payload of the answer: JSON, indented on a terminal and on one line elsewhere, with
/// signatures and keys shown as REDACTED. Several devices get one line of JSON each. A status other
/// than 200 is exit 7, and its payload is printed too. A call that may have run is never repeated.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs invoke ping -d press-07
  edgelogs invoke RestartModule --payload '{\"schemaVersion\":\"1.0\",\"id\":\"filter\"}' -d press-07
  edgelogs invoke setInterval --module-id tempSensor --payload @interval.json -d press-07
  edgelogs invoke GetTaskStatus --payload - -d press-07 < request.json")]
pub(crate) struct InvokeArgs {
    /// Method name
    #[arg(value_name = "METHOD", help_heading = "Method")]
    method: String,

    #[command(flatten)]
    module: ModuleIdArgs,

    /// The payload: JSON, @FILE to read it from a file, or - for stdin
    #[arg(
        long,
        value_name = "JSON",
        default_value = "{}",
        allow_hyphen_values = true,
        help_heading = "Method"
    )]
    payload: String,

    #[command(flatten)]
    calls: CallArgs,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = InvokeFormat::Text, help_heading = "Output")]
    output: InvokeFormat,

    /// Print the request and send nothing
    #[arg(long, help_heading = "Output")]
    dry_run: bool,
}

/// How to print answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum InvokeFormat {
    /// Aligned columns
    Table,
    /// The payload alone; the same as jsonl for several devices
    Text,
    /// One JSON document
    Json,
    /// One JSON object per line
    Jsonl,
}

#[derive(Debug, Serialize)]
struct InvokeRecord {
    device: String,
    method: String,
    status: i32,
    payload: Box<RawValue>,
}

impl InvokeArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        let console = context.console;
        let reads_stdin = matches!(self.payload.as_str(), "-" | "@-");
        self.calls.check_together(reads_stdin)?;
        self.check_names()?;
        let module = self.module.get()?;
        let payload = self.payload().await?;
        if self.dry_run {
            let devices = self.calls.dry_run_devices(console, settings).await?;
            return dry_run::print_call(console, &devices, module, &self.method, &payload);
        }
        let session = Session::open(context, self.calls.resolve(context, settings).await?).await?;
        let session = session.answered_by(module);
        let call = MethodCall::new(&self.method, payload);
        let format = self.format(session.devices().len());
        let listed = list_fleet(console, &session, format, async |device| {
            self.call(&session, device, &call).await
        })
        .await?;
        summarize(&session, console, listed.fleet, "device").await
    }

    fn check_names(&self) -> Result<(), Error> {
        if self.method.trim().is_empty() {
            return Err(InvalidInput::new("the method name is blank").into());
        }
        Ok(())
    }

    /// Reads and checks the payload. It may hold a secret, so errors never quote it.
    async fn payload(&self) -> Result<Box<RawValue>, Error> {
        let file = match self.payload.strip_prefix('@') {
            _ if self.payload == "-" => Some("-"),
            path => path,
        };
        let bytes = match file {
            // UTF-16 takes up to twice as much, and a mark.
            Some(path) => read_beginning(Path::new(path), 2 * MAX_PAYLOAD_BYTES + 2).await?,
            None => self.payload.clone().into_bytes(),
        };
        let text = decode(&bytes);
        if text.as_ref().map_or(bytes.len(), String::len) > MAX_PAYLOAD_BYTES {
            return Err(InvalidInput::new(format!(
                "the payload exceeds the hub's limit of {MAX_PAYLOAD_BYTES} bytes"
            ))
            .into());
        }
        let text = text
            .map_err(|reason| InvalidInput::new(format!("the payload can't be read: {reason}")))?;
        // A device may send it back, such as the SAS of an upload.
        remember_marked(&text);
        serde_json::from_str(&text).map_err(|error| {
            let invalid = InvalidInput::new(format!(
                "the payload is not JSON: error at line {}, column {}",
                error.line(),
                error.column()
            ));
            invalid
                .hint("use double quotes inside: --payload '{\"schemaVersion\":\"1.0\"}'")
                .into()
        })
    }

    fn format(&self, devices: usize) -> ListFormat {
        match self.output {
            InvokeFormat::Table => ListFormat::Table,
            InvokeFormat::Text if devices == 1 => ListFormat::Text,
            InvokeFormat::Text | InvokeFormat::Jsonl => ListFormat::Jsonl,
            InvokeFormat::Json => ListFormat::Json,
        }
    }

    async fn call(
        &self,
        session: &Session,
        device: &str,
        call: &MethodCall,
    ) -> (Vec<InvokeRecord>, Result<(), Error>) {
        let answer = match session.call_once(device, call).await {
            Ok(answer) => answer,
            Err(error) => return (Vec::new(), Err(error)),
        };
        let result = match answer.is_success() {
            true => Ok(()),
            false => Err(Error::Status {
                device: device.to_owned(),
                module: session.module().to_owned(),
                method: self.method.clone(),
                status: answer.status,
                message: answer.refusal(),
            }),
        };
        let payload = answer.payload.unwrap_or_default();
        // A record must fit on one line. Redaction changes strings, and what is no JSON after it, since a
        // secret was spread over several, is shown as one string.
        let shown = redact(&compact_json(payload.get()));
        let shown = match serde_json::from_str::<&RawValue>(&shown) {
            Ok(_) => shown,
            Err(_) => serde_json::Value::String(shown).to_string(),
        };
        let record = InvokeRecord {
            device: redact(device),
            method: redact(&self.method),
            status: answer.status,
            payload: RawValue::from_string(shown).unwrap_or_default(),
        };
        (vec![record], result)
    }
}

impl ListRow for InvokeRecord {
    const COLUMNS: &'static [&'static str] = &["DEVICE", "STATUS", "PAYLOAD"];

    fn cells(&self, _for_people: bool) -> Vec<String> {
        vec![
            self.device.clone(),
            self.status.to_string(),
            self.payload.get().to_owned(),
        ]
    }

    fn name(&self) -> String {
        self.payload.get().to_owned()
    }
}

impl DeviceRow for InvokeRecord {
    fn device(&self) -> &str {
        &self.device
    }

    fn print(
        out: &mut DataOut,
        format: ListFormat,
        rows: &[Self],
        errors: &[String],
        _several: bool,
    ) -> Result<(), Error> {
        match format {
            ListFormat::Text => rows
                .iter()
                .try_for_each(|row| print_json(out, row.payload.get())),
            _ => print_list(out, format, rows, errors),
        }
    }
}
