//! Answers that are damaged on their way.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::{Compress, Compression, Crc, FlushCompress};
use serde_json::Value;

use super::faults::Fault;

/// Damages the payload of `GetModuleLogs` as the fault says; any other payload stays as it is.
pub(crate) fn apply(fault: &Fault, payload: String) -> String {
    let damage: Box<dyn Fn(&str) -> String> = match fault {
        Fault::BadBase64 => {
            Box::new(|text| format!("{}*{}", &text[..text.len() / 2], &text[text.len() / 2..]))
        }
        Fault::CutGzip => Box::new(|text| {
            let bytes = BASE64_STANDARD.decode(text).unwrap_or_default();
            BASE64_STANDARD.encode(&bytes[..bytes.len() / 2])
        }),
        Fault::GzipBomb(size) => {
            let bomb = BASE64_STANDARD.encode(bomb(*size));
            Box::new(move |_| bomb.clone())
        }
        _ => return payload,
    };
    let Ok(Value::Array(mut modules)) = serde_json::from_str(&payload) else {
        return payload;
    };
    for module in &mut modules {
        let Some(Value::String(text)) = module.get_mut("payloadBytes") else {
            continue;
        };
        *text = damage(text);
    }
    Value::Array(modules).to_string()
}

/// What the bomb repeats.
const BLOCK: usize = 1 << 20;

/// One gzip member of one letter, with a newline in each [`BLOCK`], that unpacks to `size` bytes. Of
/// 64 MiB it makes 87 KB of base64; beyond 90 MiB the hub's own limit is met.
///
/// A block that was flushed whole depends on nothing before it, so that its bytes can be repeated:
/// compressing everything would take a test longer than all the rest of it.
fn bomb(size: usize) -> Vec<u8> {
    let mut text = vec![b'a'; BLOCK];
    text[BLOCK - 1] = b'\n';
    let rest = &text[..size % BLOCK];
    let block = deflate(&text, FlushCompress::Full);
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let (mut sum, mut part) = (Crc::new(), Crc::new());
    part.update(&text);
    for _ in 0..size / BLOCK {
        gzip.extend_from_slice(&block);
        sum.combine(&part);
    }
    gzip.extend(deflate(rest, FlushCompress::Finish));
    let mut end = Crc::new();
    end.update(rest);
    sum.combine(&end);
    gzip.extend(sum.sum().to_le_bytes());
    gzip.extend(sum.amount().to_le_bytes());
    gzip
}

/// Compresses into memory that is more than enough.
fn deflate(text: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut compressed = Vec::with_capacity(text.len() + 64);
    // Compressing into enough memory can't fail.
    let _ = Compress::new(Compression::best(), false).compress_vec(text, &mut compressed, flush);
    compressed
}
