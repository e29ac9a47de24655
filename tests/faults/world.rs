//! What a command meets: a hub with devices, a storage, and the proxies in front of both.

use std::fmt::Write;
use std::net::TcpListener;
use std::sync::{Arc, LazyLock};

use serde_json::json;
use stand_in::log::{Log, SECOND, line};
use stand_in::{DeviceSetup, ModuleSetup, Setup, StandIn, Stream, at};
use support::storage::Storage;

use crate::tls::Tls;
use crate::wire::Wire;

/// The devices of the fleet.
pub(crate) const FLEET: [&str; 4] = ["f0", "f1", "f2", "f3"];

/// The modules of each device, with how many lines they have written.
const MODULES: [(&str, usize); 3] = [("edgeAgent", 25), ("edgeHub", 60), ("tempSensor", 40)];

/// The device whose module `edgeHub` has written more than an answer carries.
pub(crate) const BIG: &str = "big";

/// How much that is.
const BIG_LINES: usize = 2500;

/// The beginning of every log.
const START: &str = "2026-11-20T08:00:00Z";

/// Everything of one run.
pub(crate) struct World {
    pub(crate) stand_in: StandIn,
    pub(crate) hub: Wire,
    pub(crate) storage: Wire,
    /// Where redirects lead, and nothing may come.
    pub(crate) trap: TcpListener,
    pub(crate) home: tempfile::TempDir,
    storage_behind: Storage,
    tls: Option<Tls>,
}

/// A line says where it is from and which it is, so that output of any format can be judged.
fn log(device: &str, module: &str, lines: usize) -> Log {
    let mut random = fastrand::Rng::with_seed(lines as u64);
    let levels = [(6, "INF"), (6, "INF"), (4, "WRN"), (3, "ERR"), (7, "DBG")];
    let mut entries = Vec::new();
    // No two modules write at the same instant, so that there is one order in time.
    let offset = device
        .bytes()
        .chain(module.bytes())
        .fold(7, |sum: i64, byte| {
            (sum * 31 + i64::from(byte)) % 99_999_989
        });
    for number in 0..lines {
        let stamp = at(START) + number as i64 * SECOND / 5 + offset;
        let (level, word) = levels[random.usize(0..levels.len())];
        let second = number / 5;
        let mut text = format!(
            "<{level}> 2026-11-20 08:{:02}:{:02}.{:03} +00:00 [{word}] - {} ",
            second / 60,
            second % 60,
            number % 5 * 200,
            marker(device, module, number)
        );
        // Letters of chance, which gzip can't make small.
        let length = if number % 500 == 250 {
            20_000
        } else {
            random.usize(20..150)
        };
        for _ in 0..length {
            text.push(random.alphanumeric());
        }
        let _ = writeln!(text);
        entries.extend(line(stamp, Stream::Stdout, text));
    }
    Arc::new(entries)
}

/// What a line holds of its origin.
pub(crate) fn marker(device: &str, module: &str, number: usize) -> String {
    format!("@{device}.{module}.{number:05}@")
}

static DEVICES: LazyLock<Vec<DeviceSetup>> = LazyLock::new(|| {
    let device = |id: &str| {
        let mut device = DeviceSetup::new(id);
        for (module, lines) in MODULES {
            let lines = match (id, module) {
                (BIG, "edgeHub") => BIG_LINES,
                _ => lines,
            };
            let setup = ModuleSetup::new(module).log(log(id, module, lines));
            device = device.module(match module {
                "tempSensor" => setup.answers("reset", 200, json!({ "was": 7 })),
                _ => setup,
            });
        }
        match id.starts_with('f') {
            true => device.tags(json!({ "site": "oslo" })),
            false => device,
        }
    };
    ["d1", BIG].into_iter().chain(FLEET).map(device).collect()
});

impl World {
    /// A new one. With `tls`, the hub is reached over https.
    pub(crate) fn new(tls: bool) -> Self {
        let tls = tls.then(Tls::made);
        let setup = DEVICES.iter().cloned().fold(Setup::new(), Setup::device);
        let stand_in = StandIn::start(setup);
        let hub = Wire::start(stand_in.authority(), tls.clone());
        let alias = hub.authority();
        stand_in.change_hub(|setup| setup.aliases.push(alias));
        let storage_behind = Storage::start();
        let controls = stand_in.clone();
        storage_behind.state().appear_when(move |name| {
            let started = |method| {
                let mut calls = controls.calls(method).into_iter();
                calls.any(|call| name.contains(&format!("/{}/", call.device)))
            };
            started("UploadModuleLogs") || started("UploadSupportBundle")
        });
        let alias = hub.authority();
        let (host, _) = alias.split_once(':').unwrap();
        for device in ["d1"].into_iter().chain(FLEET) {
            for (module, _) in MODULES {
                let bytes = stand_in.module_bytes(device, module);
                storage_behind.written(&blob(host, device, module, "log.gz"), &gzip(&bytes));
            }
            storage_behind.written(
                &blob(host, device, "support-bundle", "zip"),
                &archive(device),
            );
        }
        let trap = TcpListener::bind("127.0.0.1:0").unwrap();
        trap.set_nonblocking(true).unwrap();
        let home = tempfile::tempdir().unwrap();
        if let Some(tls) = &tls {
            std::fs::write(home.path().join("ca.pem"), &*tls.pem).unwrap();
        }
        Self {
            storage: Wire::start(storage_behind.authority(), None),
            stand_in,
            hub,
            trap,
            home,
            storage_behind,
            tls,
        }
    }

    /// What the command signs in with.
    pub(crate) fn connection_string(&self) -> String {
        let host = match self.tls {
            Some(_) => self.hub.authority(),
            None => format!("http://{}", self.hub.authority()),
        };
        let original = self.stand_in.connection_string();
        let (_, rest) = original.split_once(';').unwrap();
        format!("HostName={host};{rest}")
    }

    /// The SAS of the container.
    pub(crate) fn sas(&self) -> String {
        let sas = self.storage_behind.sas("racwl");
        sas.replace(self.storage_behind.authority(), &self.storage.authority())
    }

    /// What a typed word means here.
    pub(crate) fn meaning(&self, word: &str) -> String {
        let home = self.home.path().display().to_string();
        word.replace("{SAS}", &self.sas()).replace("{HOME}", &home)
    }

    /// The address where redirects lead.
    pub(crate) fn trap_url(&self) -> String {
        format!("http://{}/", self.trap.local_addr().unwrap())
    }
}

fn blob(host: &str, device: &str, module: &str, ending: &str) -> String {
    format!("{host}/{device}/{module}-2026-11-22--08-00-00.{ending}")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn archive(device: &str) -> Vec<u8> {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (module, _) in MODULES {
        archive
            .start_file(format!("logs/{module}_log.txt"), options)
            .unwrap();
        archive
            .write_all(format!("{device} {module}\n").repeat(100).as_bytes())
            .unwrap();
    }
    archive.finish().unwrap().into_inner()
}
