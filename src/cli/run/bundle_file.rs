//! `bundle --out`: a support bundle that is packed on this machine, from what direct methods and twins
//! tell.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::cli::run::session::Session;
use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::{Clock, Event, LogQuery, LogRun, Order, Report};
use crate::file_name::file_name;
use crate::lock::lock;
use crate::logs::Record;
use crate::output::Console;
use crate::part_file::part_in;
use crate::redact::{redact, redact_settings};
use crate::until_error::UntilError;

/// The twins of the runtime.
const TWINS: [&str; 2] = ["$edgeAgent", "$edgeHub"];

/// What to pack, and where.
pub(crate) struct BundleFile<'a> {
    pub(crate) path: &'a Path,
    pub(crate) force: bool,
    pub(crate) query: LogQuery,
    /// The bounds as typed, for the manifest.
    pub(crate) since: Option<String>,
    pub(crate) until: Option<String>,
    /// What `doctor` found.
    pub(crate) checks: Vec<Value>,
}

/// A zip that is being written, and what is missing in it.
struct Zip {
    zip: ZipWriter<UntilError<BufWriter<NamedTempFile>>>,
    path: PathBuf,
    entries: Vec<String>,
    missing: Vec<Value>,
}

impl Zip {
    fn unwritable(&self, source: io::Error) -> Error {
        Error::Unwritable {
            path: self.path.display().to_string(),
            source,
        }
    }

    fn start(&mut self, name: String) -> Result<(), Error> {
        // Two modules can differ in what file names can't hold, but `file_name` keeps them apart.
        let options = SimpleFileOptions::default().large_file(true);
        let started = self
            .zip
            .start_file(&name, options)
            .map_err(io::Error::other);
        started.map_err(|error| self.unwritable(error))?;
        self.entries.push(name);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.zip
            .write_all(bytes)
            .map_err(|error| self.unwritable(error))
    }

    fn json(&mut self, name: &str, value: &Value) -> Result<(), Error> {
        self.start(name.to_owned())?;
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        self.write(text.as_bytes())
    }

    fn missing(&mut self, what: &str, error: &Error) {
        let causes: Vec<String> = error.causes().iter().map(|cause| redact(cause)).collect();
        self.missing.push(json!({
            "what": what,
            "reason": redact(&error.to_string()),
            "causes": causes,
        }));
    }
}

/// Writes the bundle of the only device of a session.
///
/// # Errors
/// The file can't be written, or the device gives nothing at all.
pub(crate) async fn write(
    console: Console,
    session: &Session,
    bundle: BundleFile<'_>,
) -> Result<Exit, Error> {
    let path = bundle.path;
    if !bundle.force && path.symlink_metadata().is_ok() {
        return Err(Error::WouldOverwrite {
            path: path.display().to_string(),
        });
    }
    let device = session.devices().first().cloned().unwrap_or_default();
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let part = part_in(folder).map_err(|source| Error::Unwritable {
        path: path.display().to_string(),
        source,
    })?;
    let mut zip = Zip {
        zip: ZipWriter::new(UntilError::new(BufWriter::new(part))),
        path: path.to_owned(),
        entries: Vec::new(),
        missing: Vec::new(),
    };
    let query = LogQuery {
        stamps: true,
        ..bundle.query
    };
    let report = Arc::new(Told::new(console));
    logs(&report, session, &device, query, &mut zip).await?;
    twins(session, &device, &mut zip).await?;
    zip.json("checks.json", &Value::Array(bundle.checks))?;
    let identity = json!({
        "iothub": session.client().endpoint().name(),
        "device": device,
        "madeBy": concat!("edgelogs ", env!("CARGO_PKG_VERSION")),
        "madeAt": Timestamp::now().to_string(),
    });
    zip.json("identity.json", &identity)?;
    let missing = std::mem::take(&mut zip.missing);
    let manifest = json!({
        "madeBy": identity["madeBy"],
        "iothub": identity["iothub"],
        "device": identity["device"],
        "since": bundle.since,
        "until": bundle.until,
        "stamped": true,
        "entries": zip.entries,
        "missing": missing,
        "warnings": std::mem::take(&mut *lock(&report.warnings)),
    });
    zip.json("manifest.json", &manifest)?;
    let Zip { zip, path, .. } = zip;
    let unwritable = |source| Error::Unwritable {
        path: path.display().to_string(),
        source,
    };
    let finished = zip.finish().map_err(io::Error::other).map_err(unwritable)?;
    let part = finished
        .into_inner()
        .into_inner()
        .map_err(|error| unwritable(error.into_error()))?;
    let _: File = part
        .persist(&path)
        .map_err(|error| unwritable(error.error))?;
    console.data().text_line(&path.display().to_string())?;
    if missing.is_empty() {
        return Ok(Exit::Success);
    }
    for lost in &missing {
        let text = |name: &str| lost[name].as_str().unwrap_or_default();
        console.warn(&format!("{} is missing: {}", text("what"), text("reason")));
    }
    Ok(Exit::Partial)
}

/// What is said of the logs, which goes into the manifest as well.
#[derive(Debug)]
struct Told {
    console: Console,
    warnings: Mutex<Vec<String>>,
}

impl Told {
    fn new(console: Console) -> Self {
        Self {
            console,
            warnings: Mutex::default(),
        }
    }
}

impl Report for Told {
    fn note(&self, text: &str) {
        self.console.note(text);
    }

    fn warn(&self, text: &str) {
        lock(&self.warnings).push(redact(text));
        self.console.warn(text);
    }
}

/// The logs of all modules, one after the other, as `get` fetches them.
async fn logs(
    report: &Arc<Told>,
    session: &Session,
    device: &str,
    query: LogQuery,
    zip: &mut Zip,
) -> Result<(), Error> {
    let run = LogRun {
        query: Arc::new(query),
        order: Order::Source,
        places: None,
        follow: None,
        at_a_time: 1,
        report: report.clone(),
        clock: Clock::SYSTEM,
    };
    let agent: Arc<dyn crate::fetch::LogAgent> = Arc::new(session.agent(device));
    let mut events = pin!(run.events([agent]));
    let progress = report
        .console
        .progress(&format!("reading the logs of {device}"));
    let mut modules: Vec<String> = Vec::new();
    let mut begun = vec![];
    while let Some((_, event)) = events.next().await {
        match event {
            Event::Calling(_) | Event::Away(_) | Event::Gap { .. } | Event::Place { .. } => {}
            Event::Modules(more) => {
                begun.extend(more.iter().map(|_| false));
                modules.extend(more);
            }
            Event::Lines(lines) => {
                for line in lines {
                    let module = &modules[line.module];
                    if !std::mem::replace(&mut begun[line.module], true) {
                        progress.update(format!("reading the log of {device}/{module}"));
                        zip.start(format!("logs/{}.log", file_name(module)))?;
                    }
                    zip.write(&packed(line.record()))?;
                }
            }
            Event::Failed { module, error } => {
                zip.missing(&format!("the log of module {}", modules[module]), &error);
            }
            Event::Ended(Err(error)) if error.ends_run() => return Err(error),
            // Such as one that is offline; what the hub tells of it is no bundle.
            Event::Ended(Err(error)) if modules.is_empty() && !error.is_without_module() => {
                return Err(error);
            }
            Event::Ended(Err(error)) => zip.missing("the log of every module", &error),
            Event::Ended(Ok(())) => {}
        }
    }
    // An empty log is there, too.
    for (module, _) in modules.iter().zip(&begun).filter(|(_, begun)| !**begun) {
        zip.start(format!("logs/{}.log", file_name(module)))?;
    }
    Ok(())
}

/// A line behind the engine's stamp, without secrets.
fn packed(record: &Record) -> Vec<u8> {
    let mut packed = match record {
        Record::Stamped { stamp, .. } => stamp
            .strftime("%Y-%m-%dT%H:%M:%S%.9fZ ")
            .to_string()
            .into_bytes(),
        Record::Line(_) | Record::Parsed(_) => Vec::new(),
    };
    packed.extend(redact(&String::from_utf8_lossy(record.line())).bytes());
    if !packed.ends_with(b"\n") {
        packed.push(b'\n');
    }
    packed
}

async fn twins(session: &Session, device: &str, zip: &mut Zip) -> Result<(), Error> {
    let hub = || session.client().endpoint().name().to_owned();
    for module in TWINS {
        match session.client().module_twin(device, module).await {
            Ok(twin) => {
                let twin = json!({
                    "deviceId": twin.device_id,
                    "moduleId": twin.module_id,
                    "connectionState": twin.connection_state,
                    "properties": {
                        "desired": redact_settings(Value::Object(twin.properties.desired)),
                        "reported": redact_settings(Value::Object(twin.properties.reported)),
                    },
                });
                let name = module.trim_start_matches('$');
                zip.json(&format!("twins/{name}.json"), &twin)?;
            }
            Err(source) => {
                let error = Error::Hub {
                    hub: hub(),
                    device: device.to_owned(),
                    module: (*module).to_owned(),
                    source: Box::new(source),
                };
                zip.missing(&format!("the twin of {module}"), &error);
            }
        }
    }
    match session.agent(device).reported().await {
        Ok(reported) => {
            let modules = reported.report.modules.iter().map(|module| {
                json!({
                    "module": module.name,
                    "state": module.state,
                    "exitCode": module.exit_code,
                    "restarts": module.restarts,
                    "started": module.started,
                    "exited": module.exited,
                    "image": module.image.as_deref().map(redact),
                    "version": module.version.as_deref().map(redact),
                })
            });
            zip.json("modules.json", &Value::Array(modules.collect()))
        }
        Err(error) => {
            zip.missing("the list of modules", &error);
            Ok(())
        }
    }
}
