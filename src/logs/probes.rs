//! Properties of the decoder of answers; see [`crate::probes`].

use std::io::Write;

use super::decode::{MAX_UNPACKED_BYTES, Records, unpacked};

/// The length of what is decoded, which is bounded; lines are what was packed. The first byte says how the
/// rest is packed.
pub fn decoder(bytes: &[u8]) {
    let (flags, body) = bytes.split_first().unwrap_or((&0, &[]));
    let text = String::from_utf8_lossy(body).into_owned();
    let (packed, plain) = match flags % 4 {
        0 => (None, Some(text.clone())),
        1 => (Some(text.clone()), None),
        _ => {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            // Writing into memory can't fail.
            let _ = gzip.write_all(text.as_bytes());
            let gzip = gzip.finish().unwrap_or_default();
            let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, gzip);
            (Some(base64), None)
        }
    };
    let is_exact = flags % 4 != 1;
    let mut held = Vec::new();
    let mut ends_well = true;
    for record in Records::lines(unpacked(packed.as_ref(), plain.as_ref())) {
        match record {
            Ok(record) => held.extend_from_slice(record.line()),
            Err(_) => ends_well = false,
        }
    }
    assert!(held.len() as u64 <= MAX_UNPACKED_BYTES);
    if is_exact {
        assert!(ends_well);
        assert_eq!(held, text.as_bytes());
    }
    // At most one error, the last.
    let records = Records::json(unpacked(packed.as_ref(), plain.as_ref()));
    let failed: Vec<bool> = records.map(|record| record.is_err()).collect();
    assert!(failed.iter().rev().skip(1).all(|failed| !failed));
}
