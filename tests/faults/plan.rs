//! Faults, drawn from a seed.

use std::time::Duration;

use fastrand::Rng;

use crate::commands::{Kind, Typed};
use crate::damage::Damage;
use crate::wire::{Answer, Fault, Planned};

/// What goes wrong between the command and its servers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Plan {
    pub(crate) hub: Vec<Planned>,
    pub(crate) storage: Vec<Planned>,
}

impl Plan {
    /// One or more faults among so many requests, and a few more, as some are repeated.
    pub(crate) fn draw(
        rng: &mut Rng,
        typed: &Typed,
        hub: usize,
        storage: usize,
        trap: &str,
    ) -> Self {
        let mut plan = Self::default();
        let count = [1, 1, 1, 2, 3][rng.usize(0..5)];
        for _ in 0..count {
            let of_storage = storage > 0 && rng.bool();
            let requests = if of_storage { storage } else { hub };
            let lasts = rng.u8(0..4) == 0;
            let fault = if typed.tls && !of_storage && rng.bool() {
                Fault::BadCertificate
            } else {
                draw(rng, typed, of_storage, trap)
            };
            let planned = Planned {
                at: rng.usize(0..requests + requests / 4 + 1),
                lasts,
                fault,
            };
            match of_storage {
                true => plan.storage.push(planned),
                false => plan.hub.push(planned),
            }
        }
        plan
    }
}

fn draw(rng: &mut Rng, typed: &Typed, of_storage: bool, trap: &str) -> Fault {
    let seen = rng.bool();
    match rng.u8(0..20) {
        0..2 => Fault::Reset { seen },
        2 => Fault::Close { seen },
        3 => {
            // One that lasts until the client gives up takes all its patience.
            let patient =
                typed.retries == 0 && !matches!(typed.kind, Kind::Follow(_)) && rng.u8(0..6) == 0;
            Fault::Stall {
                seen,
                after: rng.usize(0..400),
                lasts: (!patient).then(|| Duration::from_millis(rng.u64(100..2500))),
            }
        }
        4..6 => Fault::Cut {
            percent: rng.usize(0..100),
            resets: rng.bool(),
        },
        6 => Fault::Delay(Duration::from_millis(rng.u64(10..1500))),
        7 => Fault::Drip {
            pieces: rng.usize(2..40),
            pause: Duration::from_millis(rng.u64(1..30)),
        },
        8 => Fault::Repeat,
        9 => Fault::TooShort(rng.usize(1..5000)),
        10..13 => Fault::Instead(status(rng)),
        13 => Fault::Instead(redirect(rng, trap)),
        14..16 if !of_storage => Fault::Damaged(gzip(rng)),
        _ => match body(rng) {
            // What a module answers may be of any type, and that of a task is taken as it is.
            Damage::WrongType(_) if typed.takes_any() => Fault::Damaged(Damage::HalfJson),
            damage => Fault::Damaged(damage),
        },
    }
}

fn status(rng: &mut Rng) -> Answer {
    let status = [429, 500, 502, 503, 504][rng.usize(0..5)];
    let mut headers = Vec::new();
    if rng.u8(0..4) == 0 {
        headers.push(("retry-after", rng.u8(0..2).to_string()));
    }
    let body = match rng.u8(0..4) {
        0 => Vec::new(),
        1 => b"<html><body>Bad gateway</body></html>".to_vec(),
        2 => br#"{"Message":"ErrorCode:ServerBusy;Try again","ExceptionMessage":"Tracking ID:1-G:2"}"#.to_vec(),
        _ => (0..rng.usize(0..300)).map(|_| rng.u8(..)).collect(),
    };
    Answer {
        status,
        headers,
        body,
    }
}

fn redirect(rng: &mut Rng, trap: &str) -> Answer {
    let status = [301, 302, 303, 307, 308][rng.usize(0..5)];
    Answer {
        status,
        headers: vec![("location", trap.to_owned())],
        body: b"<html>Sign in</html>".to_vec(),
    }
}

fn gzip(rng: &mut Rng) -> Damage {
    match rng.u8(0..5) {
        0 => Damage::BadBase64,
        1 => Damage::CutGzip,
        2 => Damage::FlippedGzip(rng.u64(..)),
        3 => Damage::Bomb(rng.usize(33..80)),
        _ => Damage::Zeros,
    }
}

fn body(rng: &mut Rng) -> Damage {
    match rng.u8(0..12) {
        0 => Damage::Empty,
        1..3 => Damage::Garbage(rng.u64(..)),
        3..5 => Damage::HalfJson,
        5 => Damage::Twice,
        6..9 => Damage::WrongType(rng.u64(..)),
        9 => Damage::Huge,
        _ => Damage::Html,
    }
}
