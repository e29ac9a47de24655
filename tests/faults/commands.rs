//! Commands as an operator types them, drawn from a seed. Every command that calls a hub is among them.

use std::time::Duration;

use fastrand::Rng;

use crate::world::BIG;

/// What is typed, and how it is judged.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    pub(crate) kind: Kind,
    /// The words; `{SAS}` and `{HOME}` are of the run.
    pub(crate) words: Vec<String>,
    /// How many devices it asks.
    pub(crate) devices: usize,
    /// How many modules of each it asks, where it asks for logs.
    pub(crate) modules: usize,
    pub(crate) retries: usize,
    pub(crate) tls: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// Lines on stdout.
    Get(Format),
    /// Lines in files.
    OutDir,
    /// Lines as they come, for so long.
    Follow(Duration),
    /// A table, a document or records.
    List(Format),
    /// Something that acts, once.
    Act(Format),
    /// A task, followed to its end or not.
    Task(Format),
    /// A task whose blobs are fetched.
    Download,
    /// The state of a task that was started before.
    Status(Format),
    /// A bundle that is packed on this machine.
    Bundle,
}

/// The form of stdout, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Format {
    Lines,
    Json,
    JsonLines,
}

/// Selections of a fleet, with how many devices they have.
const MANY: [(&str, usize); 5] = [
    ("-d f0 -d f1", 2),
    ("-d d1 -d f2 -d f3", 3),
    ("--where tags.site='oslo'", 4),
    ("--match f*", 4),
    ("-d f0 -d f1 -d f2 -d f3 -j 1", 4),
];

impl Typed {
    pub(crate) fn draw(rng: &mut Rng) -> Self {
        let mut typed = Self {
            kind: Kind::OutDir,
            words: Vec::new(),
            devices: 1,
            modules: 1,
            retries: [0, 1, 1, 3][rng.usize(0..4)],
            tls: rng.u8(..) < 12,
        };
        match rng.u8(0..100) {
            0..42 => typed.get(rng),
            42..46 => typed.collect(rng),
            46..52 => {
                typed.add("get --out-dir {HOME}/out");
                typed.logs(rng);
                typed.kind = Kind::OutDir;
            }
            52..54 => {
                typed.add("get -f -d d1 -m edgeHub --tail 5 -o text");
                typed.kind = Kind::Follow(Duration::from_millis(rng.u64(1500..5000)));
            }
            54..70 => typed.list(rng),
            70..77 => typed.act(rng),
            77..86 => typed.task(rng),
            86..92 => typed.download(rng),
            92..96 => {
                typed.add("status {ID} -d d1");
                let format = typed.format(rng, &[Format::Lines, Format::Json, Format::JsonLines]);
                typed.maybe(rng, "--wait --interval 50ms --wait-timeout 30s");
                typed.kind = Kind::Status(format);
            }
            _ => {
                typed.add("bundle --out {HOME}/bundle.zip");
                typed.add("-d d1");
                typed.modules = 3;
                typed.kind = Kind::Bundle;
            }
        }
        // Those that call no module have no such limits.
        match typed.words[0].as_str() {
            "doctor" => typed.retries = 0,
            "modules" | "devices" => typed.add(&format!("--retries {}", typed.retries)),
            _ => typed.add(&format!("--timeout 5s --retries {}", typed.retries)),
        }
        if typed.tls {
            typed.add("--ca-file {HOME}/ca.pem");
        }
        typed
    }

    /// What is typed, as a line that can be read.
    pub(crate) fn line(&self) -> String {
        let words = self.words.iter().map(String::as_str);
        format!("edgelogs {}", shlex::try_join(words).unwrap_or_default())
    }

    /// Whether one source at most is asked, so that there is one failure at most.
    pub(crate) fn is_alone(&self) -> bool {
        self.devices == 1 && self.modules == 1
    }

    /// Whether levels are asked for, each by itself.
    pub(crate) fn has_levels(&self) -> bool {
        let mut words = self.words.iter();
        words.any(|word| word == "-l" || word.contains("loglevel"))
    }

    /// Whether another run goes on where it ended.
    pub(crate) fn collects(&self) -> bool {
        self.words.iter().any(|word| word == "--checkpoint")
    }

    /// Whether an answer of a device counts whatever is in it.
    pub(crate) fn takes_any(&self) -> bool {
        matches!(self.words[0].as_str(), "invoke" | "status")
    }

    /// The methods that it must not call twice.
    pub(crate) fn acts(&self) -> bool {
        matches!(self.kind, Kind::Act(_) | Kind::Task(_) | Kind::Download)
    }

    fn add(&mut self, words: &str) {
        self.words.extend(words.split(' ').map(str::to_owned));
    }

    fn maybe(&mut self, rng: &mut Rng, words: &str) {
        if rng.u8(0..4) == 0 {
            self.add(words);
        }
    }

    fn pick(&mut self, rng: &mut Rng, choices: &[&str]) {
        let choice = choices[rng.usize(0..choices.len())];
        if !choice.is_empty() {
            self.add(choice);
        }
    }

    fn many(&mut self, rng: &mut Rng) {
        let (words, devices) = MANY[rng.usize(0..MANY.len())];
        self.add(words);
        self.devices = devices;
    }

    fn format(&mut self, rng: &mut Rng, formats: &[Format]) -> Format {
        let format = formats[rng.usize(0..formats.len())];
        match format {
            Format::Lines => {}
            Format::Json => self.add("-o json"),
            Format::JsonLines => self.add("-o jsonl"),
        }
        format
    }

    /// Devices, modules and filters.
    fn logs(&mut self, rng: &mut Rng) {
        match rng.u8(0..10) {
            0..5 => self.add("-d d1"),
            5..7 => self.add(&format!("-d {BIG}")),
            _ => self.many(rng),
        }
        match rng.u8(0..8) {
            0..4 => self.add("-m edgeHub"),
            4..5 => {
                self.add("edge");
                self.modules = 2;
            }
            5..6 => {
                self.add("--item edgeHub tail=7 --item temp loglevel=4");
                self.modules = 2;
            }
            _ => self.modules = 3,
        }
        self.pick(
            rng,
            &[
                "",
                "",
                "--tail 12",
                "-l warning",
                "-l 4 --tail 5",
                "--loglevel-only 3",
                "-g [a-c]{2}",
                "--since 2026-11-20T08:00:03Z",
                "--since 2026-11-20T08:00:02Z --until 2026-11-20T08:00:06Z",
                "--exclude x",
            ],
        );
        self.pick(rng, &["", "", "", "--encoding none"]);
    }

    fn get(&mut self, rng: &mut Rng) {
        self.add("get");
        self.logs(rng);
        let (format, words, more): (_, _, &[&str]) = match rng.u8(0..8) {
            0..3 => (
                Format::Lines,
                "-o text",
                &[
                    "--order device",
                    "--order arrival",
                    "--timestamps",
                    "--prefix always",
                    "--utc",
                ],
            ),
            3 => (
                Format::Lines,
                "-o short",
                &["--order device", "--prefix always", "--utc"],
            ),
            4 => (Format::Lines, "-o raw", &["--order device"]),
            5 => (
                Format::Json,
                "-o json",
                &["--order device", "--content-type json"],
            ),
            _ => (
                Format::JsonLines,
                "-o jsonl",
                &["--order device", "--order arrival", "--content-type json"],
            ),
        };
        self.add(words);
        if rng.bool() {
            self.pick(rng, more);
        }
        self.kind = Kind::Get(format);
    }

    fn collect(&mut self, rng: &mut Rng) {
        self.add("get --checkpoint {HOME}/state -o jsonl");
        if rng.u8(0..4) == 0 {
            self.add("-f -d d1 -m edgeHub");
            self.kind = Kind::Follow(Duration::from_millis(rng.u64(1500..5000)));
            return;
        }
        match rng.u8(0..5) {
            0..2 => self.add("-d d1"),
            2..4 => self.add(&format!("-d {BIG}")),
            _ => self.many(rng),
        }
        match rng.bool() {
            true => self.add("-m edgeHub"),
            false => self.modules = 3,
        }
        self.pick(
            rng,
            &[
                "",
                "",
                "-l warning",
                "-g [a-c]{2}",
                "--since 2026-11-20T08:00:03Z",
            ],
        );
        self.kind = Kind::Get(Format::JsonLines);
    }

    fn list(&mut self, rng: &mut Rng) {
        let formats = [Format::Lines, Format::Json, Format::JsonLines];
        match rng.u8(0..8) {
            0..2 => {
                self.add("modules");
                self.one_or_many(rng);
            }
            2..4 => {
                self.add("devices");
                self.maybe(rng, "--where tags.site='oslo'");
            }
            4..7 => {
                self.add("ping");
                self.one_or_many(rng);
            }
            _ => self.add("doctor d1"),
        }
        let format = self.format(rng, &formats);
        self.kind = Kind::List(format);
    }

    fn one_or_many(&mut self, rng: &mut Rng) {
        match rng.bool() {
            true => self.add("-d d1"),
            false => self.many(rng),
        }
    }

    fn act(&mut self, rng: &mut Rng) {
        match rng.bool() {
            true => self.add("restart tempSensor --yes"),
            false => self.add("invoke reset --module-id tempSensor"),
        }
        self.one_or_many(rng);
        let format = self.format(rng, &[Format::Lines, Format::Json, Format::JsonLines]);
        self.kind = Kind::Act(format);
    }

    fn task(&mut self, rng: &mut Rng) {
        match rng.u8(0..3) {
            0 => self.add("bundle --sas {SAS}"),
            1 => self.add("upload --sas {SAS} -m edgeHub"),
            _ => self.add("upload --sas {SAS} --content-type json"),
        }
        self.one_or_many(rng);
        let format = self.format(rng, &[Format::Lines, Format::Json, Format::JsonLines]);
        match rng.bool() {
            true => self.add("--no-wait"),
            false => self.add("--interval 50ms --wait-timeout 60s"),
        }
        self.kind = Kind::Task(format);
    }

    fn download(&mut self, rng: &mut Rng) {
        match rng.u8(0..3) {
            0 => self.add("bundle --sas {SAS}"),
            1 => self.add("upload --sas {SAS} -m edgeHub"),
            _ => self.add("upload --sas {SAS} --decompress"),
        }
        self.one_or_many(rng);
        self.add("--download {HOME}/out --interval 50ms --wait-timeout 60s");
        self.kind = Kind::Download;
    }
}
