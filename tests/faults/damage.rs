//! Answers that are damaged so that a client can tell: what could have been meant is not among them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fastrand::Rng;
use serde_json::{Value, json};

/// One damage; what depends on chance follows from the seed in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Damage {
    /// Nothing.
    Empty,
    /// Bytes of chance.
    Garbage(u64),
    /// JSON that breaks off, though the length fits.
    HalfJson,
    /// The document twice.
    Twice,
    /// A value of another type, somewhere.
    WrongType(u64),
    /// 10 MB: JSON that says nothing that was asked for.
    Huge,
    /// A page of HTML.
    Html,
    /// A character that base64 does not know.
    BadBase64,
    /// A gzip stream cut to half.
    CutGzip,
    /// One bit of a gzip stream.
    FlippedGzip(u64),
    /// A gzip stream that unpacks to so many MiB.
    Bomb(usize),
    /// As many zeros.
    Zeros,
}

/// A gzip stream of zeros that is whole and unpacks to so many MiB.
fn bomb(mebibytes: usize) -> Vec<u8> {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![b'a'; 1 << 20];
    for _ in 0..mebibytes {
        packed.write_all(&block).unwrap();
    }
    packed.finish().unwrap()
}

/// The body with the damage. Where there is nothing of the kind to damage, it is cut to half.
pub(crate) fn apply(damage: &Damage, body: Vec<u8>) -> Vec<u8> {
    let half = |body: &[u8]| body[..body.len() / 2].to_vec();
    match damage {
        Damage::Empty => Vec::new(),
        Damage::Garbage(seed) => {
            let mut rng = Rng::with_seed(*seed);
            (0..body.len().max(40)).map(|_| rng.u8(..)).collect()
        }
        Damage::HalfJson => half(&body),
        Damage::Twice => [body.as_slice(), body.as_slice()].concat(),
        Damage::WrongType(seed) => match serde_json::from_slice::<Value>(&body) {
            // The rows of a query may hold anything, and so may a refusal.
            Ok(mut value) if value.is_object() && !is_refusal(&value) => {
                let mut rng = Rng::with_seed(*seed);
                // The envelope is what a program must read.
                let depth = rng.usize(0..4);
                mistype(&mut value, &mut rng, depth);
                value.to_string().into_bytes()
            }
            _ => half(&body),
        },
        Damage::Huge => {
            let words = "no ".repeat((10 << 20) / 3);
            json!({ "Message": words }).to_string().into_bytes()
        }
        Damage::Html => b"<html><head><title>Sign in</title></head><body>Welcome to the guests' network</body></html>".to_vec(),
        Damage::BadBase64 | Damage::CutGzip | Damage::FlippedGzip(_) | Damage::Bomb(_) | Damage::Zeros => {
            packed(damage, &body).unwrap_or_else(|| half(&body))
        }
    }
}

fn is_refusal(answer: &Value) -> bool {
    answer["status"]
        .as_i64()
        .is_some_and(|status| status != 200)
}

/// The same with each `payloadBytes` damaged; `None`: there is none.
fn packed(damage: &Damage, body: &[u8]) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    let modules = value.get_mut("payload")?.as_array_mut()?;
    let mut is_any = false;
    for module in modules {
        let Some(Value::String(text)) = module.get_mut("payloadBytes") else {
            continue;
        };
        let bytes = BASE64_STANDARD.decode(&*text).ok()?;
        if bytes.is_empty() {
            continue;
        }
        is_any = true;
        *text = match damage {
            Damage::BadBase64 => format!("{}*{}", &text[..text.len() / 2], &text[text.len() / 2..]),
            Damage::CutGzip => BASE64_STANDARD.encode(&bytes[..bytes.len() / 2]),
            Damage::FlippedGzip(seed) => {
                let mut bytes = bytes;
                // Not in its head, most of which means nothing.
                let at = Rng::with_seed(*seed).usize(10..bytes.len());
                bytes[at] ^= 1 << (seed % 8);
                BASE64_STANDARD.encode(bytes)
            }
            Damage::Bomb(mebibytes) => BASE64_STANDARD.encode(bomb(*mebibytes)),
            _ => BASE64_STANDARD.encode(vec![0; bytes.len()]),
        };
    }
    is_any.then(|| value.to_string().into_bytes())
}

/// Gives one value, at most so deep, another type.
fn mistype(value: &mut Value, rng: &mut Rng, depth: usize) {
    let inner = match value {
        Value::Array(items) if depth > 0 && !items.is_empty() => {
            let at = rng.usize(0..items.len());
            items.get_mut(at)
        }
        Value::Object(fields) if depth > 0 && !fields.is_empty() => {
            let at = rng.usize(0..fields.len());
            // Tags may be anything, and are shown as they are.
            let field = fields.iter_mut().nth(at);
            field
                .filter(|(name, _)| *name != "tags")
                .map(|(_, value)| value)
        }
        _ => None,
    };
    if let Some(inner) = inner {
        return mistype(inner, rng, depth - 1);
    }
    *value = match value {
        Value::Null => json!(7),
        Value::Bool(_) => json!("perhaps"),
        Value::Number(_) => json!({ "number": 7 }),
        Value::String(_) => json!(7),
        Value::Array(_) => json!({ "items": 7 }),
        Value::Object(_) => json!([7]),
    };
}
