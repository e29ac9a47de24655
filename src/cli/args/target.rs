//! Which devices to call.

use std::collections::HashSet;
use std::path::PathBuf;

use clap::Args;

use crate::cli::args::device_glob::DeviceGlob;
use crate::cli::args::device_list::device_ids;
use crate::cli::args::files::{MAX_LIST_BYTES, is_stdin, read_text, refuse_url};
use crate::cli::args::shard::Shard;
use crate::cli::environment::{self, variable};
use crate::cli::settings::{keys::DEVICE, loaded::Settings};
use crate::error::Error;
use crate::fetch::edge_devices_query;
use crate::hub::check_device_id;
use crate::invalid_input::InvalidInput;
use crate::output::Console;
use crate::shell_word::shell_word;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Target")]
pub(crate) struct TargetArgs {
    /// An IoT Edge device; repeatable
    ///
    /// If no argument selects devices, EDGELOGS_DEVICE is read (ids separated by blanks or line ends),
    /// then the profile's `device`.
    #[arg(short, long, value_name = "ID")]
    device: Vec<String>,

    /// Edge devices by id, such as 'press-*'; repeatable
    ///
    /// A star is any text, ? one character, [0-4] one of a range; a backslash takes the next one as it
    /// is. With --where, devices must meet both.
    #[arg(
        long = "match",
        value_name = "GLOB",
        allow_hyphen_values = true,
        conflicts_with = "query"
    )]
    matching: Vec<String>,

    /// Edge devices by twin, such as "tags.site = 'oslo'"
    #[arg(
        long = "where",
        value_name = "CONDITION",
        allow_hyphen_values = true,
        conflicts_with = "query"
    )]
    condition: Option<String>,

    /// Devices returned by an IoT Hub query, which must select deviceId
    #[arg(long, value_name = "SQL", allow_hyphen_values = true)]
    query: Option<String>,

    /// Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints
    ///
    /// One id per line, or the tables and JSON of `edgelogs devices`, `ping` and others. A comment is a
    /// # with a blank after it, since ids may begin with #.
    #[arg(long, value_name = "FILE")]
    devices_from: Option<PathBuf>,

    /// Refuse to call more devices than this, or ask for confirmation on a terminal
    ///
    /// --yes overrides the default and the profile's limit, but not a --max-devices on the command
    /// line.
    #[arg(long, value_name = "N", default_value_t = 50)]
    max_devices: usize,

    /// Don't ask for confirmation, even above the default or the profile's limit of devices
    #[arg(short, long)]
    yes: bool,

    /// Only part K of N of the selected devices, with K from 0 to N-1
    ///
    /// The parts are about equal, and a device is always in the same one. Without the flag,
    /// JOB_COMPLETION_INDEX and JOB_COMPLETIONS are read, as in a Kubernetes indexed Job; one without
    /// the other is refused.
    #[arg(long, value_name = "K/N")]
    #[cfg_attr(feature = "device", arg(conflicts_with = "local"))]
    shard: Option<String>,
}

/// The flag that limits how many devices are called.
const MAX_DEVICES: &str = "max-devices";

/// The id of the `--local` device if none is given.
pub(crate) const LOCAL_DEVICE: &str = "local";

/// Which devices to call. Those of a query are not known yet.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    /// Devices given by id.
    pub(crate) ids: Vec<String>,
    pub(crate) query: Option<String>,
    /// What the ids of the query must match, one of several.
    matching: Vec<DeviceGlob>,
    /// Whether the operator typed the whole query.
    pub(crate) is_custom_query: bool,
    /// The arguments, for messages.
    pub(crate) description: String,
    shard: Option<Shard>,
    pub(crate) max_devices: usize,
    /// Whether the limit was typed, so that it binds in any case.
    pub(crate) limit_typed: bool,
    /// Whether more devices may be called without confirmation.
    pub(crate) yes: bool,
}

impl TargetArgs {
    /// Whether stdin is read for ids.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.devices_from.as_deref().is_some_and(is_stdin)
    }

    /// Whether `--yes` is given.
    pub(crate) fn says_yes(&self) -> bool {
        self.yes
    }

    /// Adds devices, as -d does.
    pub(crate) fn add(&mut self, devices: &[String]) {
        self.device.extend_from_slice(devices);
    }

    /// Whether anything selects more devices than those of -d.
    fn selects(&self) -> bool {
        self.condition.is_some()
            || self.query.is_some()
            || self.devices_from.is_some()
            || !self.matching.is_empty()
    }

    /// The arguments that select devices and limit their number, quoted for a shell.
    pub(crate) fn as_typed(&self, settings: &Settings) -> String {
        let mut words: Vec<(&str, String)> = Vec::new();
        words.extend(self.device.iter().map(|id| ("-d", shell_word(id))));
        words.extend(
            self.matching
                .iter()
                .map(|glob| ("--match", shell_word(glob))),
        );
        let mut add = |flag, value: &Option<String>| {
            words.extend(value.as_ref().map(|text| (flag, shell_word(text))));
        };
        add("--where", &self.condition);
        add("--query", &self.query);
        let path = self.devices_from.as_ref();
        add(
            "--devices-from",
            &path.map(|path| path.display().to_string()),
        );
        add("--shard", &self.shard);
        if settings.selection.is_flag_typed("max-devices") {
            words.push(("--max-devices", self.max_devices.to_string()));
        }
        let words = words.iter().map(|(flag, value)| format!(" {flag} {value}"));
        words.collect()
    }

    /// The device of `--local` as a selection.
    ///
    /// # Errors
    /// See [`Self::local_device`].
    pub(crate) fn local_selection(&self, settings: &Settings) -> Result<Selection, Error> {
        Ok(Selection {
            ids: vec![self.local_device()?],
            query: None,
            matching: Vec::new(),
            is_custom_query: false,
            description: "--local".to_owned(),
            shard: None,
            max_devices: self.max_devices,
            limit_typed: settings.selection.is_flag_typed(MAX_DEVICES),
            yes: self.yes,
        })
    }

    /// The device of `--local`, with a default id.
    ///
    /// # Errors
    /// The arguments need a hub to select devices, or name several.
    pub(crate) fn local_device(&self) -> Result<String, Error> {
        if self.selects() {
            return Err(InvalidInput::new(
                "--local has a single device, so devices can't be selected",
            )
            .hint("omit --match, --where, --query and --devices-from, or omit --local")
            .into());
        }
        let mut named = self.typed(&Settings::default())?;
        refuse_urls(&named)?;
        match named.len() {
            0 => Ok(LOCAL_DEVICE.to_owned()),
            1 => Ok(named.remove(0)),
            _ => {
                let by = match self.device.is_empty() {
                    true => environment::DEVICE,
                    false => "--device",
                };
                Err(InvalidInput::new(format!(
                    "--local has a single device, but {by} names several"
                ))
                .into())
            }
        }
    }

    /// The devices that the arguments, the environment or the settings select.
    ///
    /// # Errors
    /// No device is selected, a file can't be read, or the shard is invalid.
    pub(crate) async fn selection(&self, settings: &Settings) -> Result<Selection, Error> {
        let mut ids = self.typed(settings)?;
        if let Some(path) = &self.devices_from {
            let text = read_text(path, MAX_LIST_BYTES).await?;
            ids.extend(device_ids(
                &format!("--devices-from {}", path.display()),
                &text,
            )?);
        }
        refuse_urls(&ids)?;
        check_condition("--where", self.condition.as_deref())?;
        check_condition("--query", self.query.as_deref())?;
        let matching = self.matching.iter().map(|glob| glob.parse());
        let matching: Vec<DeviceGlob> = matching.collect::<Result<_, _>>()?;
        let query = match (&self.condition, &self.query) {
            (None, None) if matching.is_empty() => None,
            (condition, None) => Some(edge_devices_query("deviceId", condition.as_deref())),
            (_, query) => query.clone(),
        };
        if ids.is_empty() && query.is_none() && self.devices_from.is_none() {
            return Err(Error::NoDevice);
        }
        let shard = match &self.shard {
            Some(text) => Some(text.parse()?),
            // A blank value is an error: without a shard, every pod would call all devices.
            None => Shard::from_environment(|name| {
                Some(std::env::var_os(name)?.to_string_lossy().into_owned())
            })?,
        };
        Ok(Selection {
            ids,
            query,
            matching,
            is_custom_query: self.query.is_some(),
            description: self.description(shard, settings),
            shard,
            max_devices: self.max_devices,
            limit_typed: settings.selection.is_flag_typed(MAX_DEVICES),
            yes: self.yes,
        })
    }

    /// The devices for a dry run: those that are known without a hub, possibly none.
    ///
    /// # Errors
    /// A file can't be read, or the shard is invalid.
    pub(crate) async fn dry_run_devices(
        &self,
        console: Console,
        settings: &Settings,
        local: bool,
    ) -> Result<Vec<String>, Error> {
        if local {
            return Ok(vec![self.local_device()?]);
        }
        match self.selection(settings).await {
            Err(Error::NoDevice) => Ok(Vec::new()),
            Err(error) => Err(error),
            Ok(selection) => {
                if selection.query.is_some() {
                    console.note(
                        "the devices of a query are unknown in a dry run, which calls no hub",
                    );
                }
                Ok(selection.narrow(selection.ids.clone()))
            }
        }
    }

    /// The ids of `--device`, or else, if no other argument selects devices, those of the environment
    /// or the settings.
    ///
    /// # Errors
    /// An id is blank or holds several.
    fn typed(&self, settings: &Settings) -> Result<Vec<String>, InvalidInput> {
        for id in &self.device {
            check_device_id("--device", id)?;
        }
        Ok(match self.device.is_empty() {
            false => self.device.clone(),
            true if self.selects() => Vec::new(),
            true => default_devices(settings),
        })
    }

    fn description(&self, shard: Option<Shard>, settings: &Settings) -> String {
        let mut words = Vec::new();
        if !self.device.is_empty() {
            words.push("--device".to_owned());
        }
        if let Some(path) = &self.devices_from {
            words.push(format!("--devices-from {}", path.display()));
        }
        for glob in &self.matching {
            words.push(format!("--match {}", shell_word(glob)));
        }
        if let Some(condition) = &self.condition {
            words.push(format!("--where \"{condition}\""));
        }
        if let Some(query) = &self.query {
            words.push(format!("--query \"{query}\""));
        }
        if words.is_empty() {
            words.push(match (devices_of_environment(), settings.get(DEVICE)) {
                (named, Some(setting)) if named.is_empty() || settings.is_typed(DEVICE) => {
                    settings.origin(setting)
                }
                _ => environment::DEVICE.to_owned(),
            });
        }
        if let Some(shard) = shard {
            words.push(format!("--shard {shard}"));
        }
        words.join(" ")
    }
}

impl Selection {
    /// Whether a device of the query is meant.
    pub(crate) fn is_matched(&self, id: &str) -> bool {
        self.matching.is_empty() || self.matching.iter().any(|glob| glob.matches(id))
    }

    /// The ids that belong to the shard, each once.
    pub(crate) fn narrow(&self, mut ids: Vec<String>) -> Vec<String> {
        let mut seen = HashSet::new();
        ids.retain(|id| {
            self.shard.is_none_or(|shard| shard.contains(id)) && seen.insert(id.clone())
        });
        ids
    }
}

/// The ids that the environment names, with blanks or line ends between them: ids may contain commas.
fn devices_of_environment() -> Vec<String> {
    variable(environment::DEVICE)
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

/// The ids that the environment or else the settings name.
fn default_devices(settings: &Settings) -> Vec<String> {
    match devices_of_environment() {
        named if named.is_empty() || settings.is_typed(DEVICE) => settings.devices(),
        named => named,
    }
}

/// The device that the environment or else the settings name, if there is exactly one.
pub(crate) fn default_device(settings: &Settings) -> Option<String> {
    let mut devices = default_devices(settings);
    (devices.len() == 1).then(|| devices.remove(0))
}

/// Refuses a blank condition: an unset variable in it would select other devices than was meant.
///
/// # Errors
/// It is blank.
pub(crate) fn check_condition(flag: &str, text: Option<&str>) -> Result<(), InvalidInput> {
    match text.is_some_and(|text| text.trim().is_empty()) {
        true => Err(InvalidInput::new(format!("{flag} is blank"))),
        false => Ok(()),
    }
}

/// A query whose rows name no devices.
pub(crate) fn without_device_id() -> InvalidInput {
    InvalidInput::new("the rows of --query have no deviceId")
        .hint("begin the query with SELECT deviceId FROM devices")
}

fn refuse_urls(ids: &[String]) -> Result<(), InvalidInput> {
    ids.iter().try_for_each(|id| refuse_url("a device", id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_ids_are_dropped_in_order() {
        let ids = ["b", "a", "b", "c", "a"].map(str::to_owned).to_vec();
        let all = Selection {
            ids: Vec::new(),
            query: None,
            matching: Vec::new(),
            is_custom_query: false,
            description: String::new(),
            shard: None,
            max_devices: 1,
            limit_typed: false,
            yes: false,
        };
        assert_eq!(all.narrow(ids), ["b", "a", "c"]);
    }
}
