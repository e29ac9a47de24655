//! The word of `sas check` on every shape of a SAS that people make, beside what a real storage then
//! does with it.

use jiff::{SignedDuration, Timestamp};
use support::azurite::{ACCOUNT, Container, VERSION, encode, sign};

use crate::common::edgelogs;

/// The jobs of `sas check`, in the order of `Outcome`.
const JOBS: [&str; 4] = ["upload as text", "upload as json", "bundle", "--download"];

/// What the storage allows: append blobs, block blobs, listing with reading.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    append: bool,
    block: bool,
    read: bool,
}

/// A SAS as its fields, in any order, signed for them.
#[derive(Clone)]
struct Shape {
    name: &'static str,
    fields: Vec<(&'static str, String)>,
    /// What becomes of the URL after it is signed.
    damage: fn(String) -> String,
    /// What is signed in place of the container's own name.
    signed_container: Option<&'static str>,
    /// Why `sas check`, which sends nothing, can't know the storage's answer.
    undecidable: Option<&'static str>,
}

fn whole(url: String) -> String {
    url
}

fn at(offset: SignedDuration, format: &str) -> String {
    (Timestamp::now() + offset).strftime(format).to_string()
}

/// A reason why the storage's answer can't be known.
const POLICY: &str = "the policy is in the storage";

const SECONDS: &str = "%Y-%m-%dT%H:%M:%SZ";

fn hours(hours: i64) -> String {
    at(SignedDuration::from_hours(hours), SECONDS)
}

fn minutes(minutes: i64) -> String {
    at(SignedDuration::from_mins(minutes), SECONDS)
}

impl Shape {
    fn new(name: &'static str, fields: &[(&'static str, &str)]) -> Self {
        let fields = fields
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        Self {
            name,
            fields,
            damage: whole,
            signed_container: None,
            undecidable: None,
        }
    }

    /// A service SAS of a container with these fields in place of the usual ones; an empty one is left
    /// out.
    fn service(name: &'static str, changes: &[(&'static str, &str)]) -> Self {
        let end = hours(1);
        let usual = [("sv", VERSION), ("sr", "c"), ("sp", "racwl"), ("se", &end)];
        Self::new(name, &usual).with(changes)
    }

    fn account(name: &'static str, changes: &[(&'static str, &str)]) -> Self {
        let end = hours(1);
        let usual = [
            ("sv", VERSION),
            ("ss", "b"),
            ("srt", "sco"),
            ("sp", "rwlac"),
            ("se", &end),
        ];
        Self::new(name, &usual).with(changes)
    }

    fn with(mut self, changes: &[(&'static str, &str)]) -> Self {
        for (name, value) in changes {
            self.fields.retain(|(field, _)| field != name);
            if !value.is_empty() {
                self.fields.push((name, (*value).to_owned()));
            }
        }
        self
    }

    fn damaged(self, damage: fn(String) -> String) -> Self {
        Self { damage, ..self }
    }

    fn undecidable(self, reason: &'static str) -> Self {
        Self {
            undecidable: Some(reason),
            ..self
        }
    }

    fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(field, _)| *field == name);
        found.map_or("", |(_, value)| value)
    }

    fn url(&self, container: &Container) -> String {
        let f = |name| self.field(name);
        let signed = match f("ss") {
            "" => {
                let name = self.signed_container.unwrap_or(container.name());
                let resource = format!("/blob/{ACCOUNT}/{name}");
                [
                    f("sp"),
                    f("st"),
                    f("se"),
                    &resource,
                    f("si"),
                    f("sip"),
                    f("spr"),
                    f("sv"),
                    f("sr"),
                    "",
                    f("ses"),
                    f("rscc"),
                    f("rscd"),
                    f("rsce"),
                    f("rscl"),
                    f("rsct"),
                ]
                .join("\n")
            }
            services => [
                ACCOUNT,
                f("sp"),
                services,
                f("srt"),
                f("st"),
                f("se"),
                f("sip"),
                f("spr"),
                f("sv"),
                f("ses"),
                "",
            ]
            .join("\n"),
        };
        let fields: String = self
            .fields
            .iter()
            .map(|(name, value)| format!("{name}={}&", encode(value)))
            .collect();
        (self.damage)(format!("{}?{fields}sig={}", container.url(), sign(&signed)))
    }
}

fn shapes() -> Vec<Shape> {
    let s = Shape::service;
    let a = Shape::account;
    let mut shapes = Vec::new();
    for rights in [
        "racwl",
        "w",
        "c",
        "a",
        "ac",
        "aw",
        "cw",
        "rl",
        "acwl",
        "rwl",
        "acrl",
        "x",
        "racwdxyltfmei",
        "wca",
        "ca",
        "lwr",
        "wr",
        "ww",
        "t",
        "i",
        "ti",
        "d",
    ] {
        shapes.push(s("rights", &[("sp", rights)]));
    }
    shapes.extend([
        s("no rights", &[("sp", "")]),
        s("st +2h", &[("st", &hours(2))]),
        s("st -2h", &[("st", &hours(-2))]),
        s("st +3min", &[("st", &minutes(3))]).undecidable("it depends on when the device writes"),
        s("se -1h", &[("se", &hours(-1))]),
        s("se +2min", &[("se", &minutes(2))]),
        s(
            "se date",
            &[("se", &at(SignedDuration::from_hours(48), "%Y-%m-%d"))],
        ),
        s("se today", &[("se", &at(SignedDuration::ZERO, "%Y-%m-%d"))]),
        s(
            "se minutes",
            &[("se", &at(SignedDuration::from_hours(1), "%Y-%m-%dT%H:%MZ"))],
        ),
        s(
            "se fraction",
            &[(
                "se",
                &at(SignedDuration::from_hours(1), "%Y-%m-%dT%H:%M:%S.1234567Z"),
            )],
        ),
        s(
            "se offset",
            &[(
                "se",
                &at(SignedDuration::from_hours(4), "%Y-%m-%dT%H:%M:%S+02:00"),
            )],
        ),
        s("se garbage", &[("se", "tomorrow")]).undecidable("Azurite takes any text for a time"),
        s("se before st", &[("st", &hours(2)), ("se", &hours(1))]),
        s("se 400 days", &[("se", &hours(9600))]),
        s("sip own", &[("sip", "127.0.0.1")]).undecidable("Azurite does not look at addresses"),
        s("sip other", &[("sip", "1.2.3.4")]).undecidable("Azurite does not look at addresses"),
        s("sip range", &[("sip", "127.0.0.1-127.0.0.9")])
            .undecidable("Azurite does not look at addresses"),
        s("spr=https on http", &[("spr", "https")]),
        s("spr=https,http", &[("spr", "https,http")]),
        s("ses", &[("ses", "scope1")]).undecidable("Azurite has no encryption scopes"),
        s("rscd", &[("rscd", "attachment"), ("rsct", "text/plain")]),
        s("no sv", &[]).damaged(|url| url.replacen(&format!("sv={}&", encode(VERSION)), "", 1)),
        s("no se", &[("se", "")]),
        s("no sig", &[]).damaged(|url| url[..url.find("&sig=").unwrap()].to_owned()),
        s("sr=b", &[("sr", "b")]),
        s("no sr", &[]).damaged(|url| url.replacen("sr=c&", "", 1)),
        s("wrong key", &[])
            .damaged(|url| {
                let (head, _) = url.rsplit_once("sig=").unwrap();
                format!("{head}sig=c2VjcmV0LXNpZ25hdHVyZS1vZi10aGlydHktdHdvLWI%3D")
            })
            .undecidable("only the storage has the key"),
        Shape {
            signed_container: Some("another"),
            ..s("signed for another container", &[])
        }
        .undecidable("only the storage has the key"),
        s("missing container", &[])
            .damaged(|url| url.replacen("/test-", "/gone-", 1))
            .undecidable("only the storage knows its containers"),
        s("trailing slash", &[]).damaged(|url| url.replacen('?', "/?", 1)),
        s("folder in the path", &[])
            .damaged(|url| url.replacen('?', "/folder?", 1))
            .undecidable("an agent takes the path for the name of a container"),
        s("upper case name", &[]).damaged(|url| url.replacen("/test-", "/Test-", 1)),
        s("html", &[]).damaged(|url| url.replace('&', "&amp;")),
        s("json", &[]).damaged(|url| url.replace('&', "\\u0026")),
        s("plus", &[]).damaged(|url| url.replace("%2B", "+").replace("%2F", "/")),
        s("encoded twice", &[])
            .damaged(|url| {
                let (head, signature) = url.rsplit_once("sig=").unwrap();
                format!("{head}sig={}", signature.replace('%', "%25"))
            })
            .undecidable("Azurite decodes twice"),
        s("cut", &[]).damaged(|url| url[..url.len() - 20].to_owned()),
        s("without padding", &[]).damaged(|url| url.trim_end_matches("%3D").to_owned()),
        s("two question marks", &[]).damaged(|url| url.replacen('?', "??", 1)),
        s("quoted", &[]).damaged(|url| format!("\"{url}\"")),
        s("blanks around", &[]).damaged(|url| format!("  {url}\n")),
        s("si=w", &[("si", "w"), ("sp", ""), ("se", "")]).undecidable(POLICY),
        s("si=ro", &[("si", "ro"), ("sp", ""), ("se", "")]).undecidable(POLICY),
        s("si=exp", &[("si", "exp"), ("sp", ""), ("se", "")]).undecidable(POLICY),
        s("si=noexp", &[("si", "noexp"), ("sp", ""), ("se", "")]).undecidable(POLICY),
        s("si=noexp + se", &[("si", "noexp"), ("sp", "")]).undecidable(POLICY),
        s("si=fut", &[("si", "fut"), ("sp", ""), ("se", "")]).undecidable(POLICY),
        s("si=unknown", &[("si", "unknown"), ("sp", ""), ("se", "")]).undecidable(POLICY),
        s("si=w + sp", &[("si", "w"), ("se", "")]).undecidable(POLICY),
        s("si=exp + sp", &[("si", "exp"), ("se", "")]).undecidable(POLICY),
        s("si=nope + sp + se", &[("si", "nope")]).undecidable(POLICY),
        s("si=w + sp + se", &[("si", "w")]).undecidable(POLICY),
        a("account", &[]),
        a("srt=o w", &[("srt", "o"), ("sp", "w")]),
        a("srt=o rwac", &[("srt", "o"), ("sp", "rwac")]),
        a("srt=o c", &[("srt", "o"), ("sp", "c")]),
        a("srt=o ca", &[("srt", "o"), ("sp", "ca")]),
        a("srt=c", &[("srt", "c")]),
        a("srt=s", &[("srt", "s")]),
        a("srt=co", &[("srt", "co")]),
        a("srt=co rl", &[("srt", "co"), ("sp", "rl")]),
        a("ss=f", &[("ss", "f")]),
        a("ss=bqtf", &[("ss", "bqtf")]),
        a("account st +2h", &[("st", &hours(2))]),
        a("account sip", &[("sip", "1.2.3.4")]).undecidable("Azurite does not look at addresses"),
        a("account spr", &[("spr", "https")]),
        a("account sp order", &[("sp", "wlr")]),
        a("account without a container", &[]).damaged(|url| {
            let (head, token) = url.split_once('?').unwrap();
            format!("{}?{token}", head.rsplit_once('/').unwrap().0)
        }),
        a("account with a blob", &[])
            .damaged(|url| url.replacen('?', "/a/b.log?", 1))
            .undecidable("an agent takes the path for the name of a container"),
    ]);
    shapes
}

/// The statuses of what the agents and `--download` would send, as a client sends the URL.
fn outcome(runtime: &tokio::runtime::Runtime, url: &str) -> Outcome {
    let url = url.trim().trim_matches('"');
    let (head, token) = url.split_once('?').unwrap();
    let head = head.trim_end_matches('/');
    let blob = uuid::Uuid::new_v4();
    let send = |method: reqwest::Method, path: &str, more: &str, kind: &str, body: &'static str| {
        let url = format!("{head}{path}?{more}{token}");
        runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let mut request = client
                .request(method, url)
                .header("x-ms-version", VERSION)
                .header("content-length", body.len())
                .body(body);
            if !kind.is_empty() {
                request = request.header("x-ms-blob-type", kind);
            }
            request.send().await.unwrap().status().is_success()
        })
    };
    let put = reqwest::Method::PUT;
    let text = format!("/hub/d/{blob}.log");
    let append = send(put.clone(), &text, "", "AppendBlob", "")
        && send(put.clone(), &text, "comp=appendblock&", "", "a line\n");
    let block = send(
        put,
        &format!("/hub/d/{blob}.zip"),
        "",
        "BlockBlob",
        "a line\n",
    );
    let get = reqwest::Method::GET;
    let read = send(get.clone(), "", "restype=container&comp=list&", "", "")
        && send(get, "/there", "", "", "");
    Outcome {
        append,
        block,
        read,
    }
}

#[test]
#[ignore = "needs Azurite"]
fn the_word_of_sas_check_is_what_the_storage_does() {
    let container = Container::create();
    container.set_policies(&[
        ("w", String::new(), hours(1), "racwl"),
        ("ro", String::new(), hours(1), "rl"),
        ("exp", String::new(), hours(-1), "racwl"),
        ("noexp", String::new(), String::new(), "racwl"),
        ("fut", hours(2), hours(4), "racwl"),
    ]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let writer = Shape::service("", &[]).url(&container);
    let (head, token) = writer.split_once('?').unwrap();
    let there = runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let put = client
            .put(format!("{head}/there?{token}"))
            .header("x-ms-blob-type", "BlockBlob");
        put.body("x").send().await.unwrap().status()
    });
    assert!(there.is_success(), "{there}");
    let mut wrong = Vec::new();
    let mut undecided = 0;
    for shape in shapes() {
        let url = shape.url(&container);
        let did = outcome(&runtime, &url);
        let ran = edgelogs("sas check -q -o jsonl -").stdin(&url).run();
        let facts = ran.json_lines();
        for job in JOBS {
            let fact = facts.iter().find(|fact| fact["check"] == job);
            // A text that is no SAS URL is refused as a whole.
            let word = fact.map_or(Some(false), |fact| fact["ok"].as_bool());
            let allowed = match job {
                "upload as text" => did.append,
                "--download" => did.block && did.read,
                _ => did.block,
            };
            match (word, shape.undecidable) {
                (Some(word), None) if word == allowed => {}
                // Nothing is promised where the policy decides.
                (Some(true), Some(POLICY)) => wrong.push(format!("{}: {job}: yes", shape.name)),
                (_, Some(_)) => undecided += 1,
                _ => wrong.push(format!(
                    "{} ({}): {job}: {} of {fact:?}, but the storage says {allowed}",
                    shape.name,
                    shape.field("sp"),
                    ran.stderr
                )),
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of 4 x {}:\n{}",
        wrong.len(),
        shapes().len(),
        wrong.join("\n")
    );
    assert!(undecided > 20, "{undecided}");
}
