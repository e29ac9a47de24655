//! Staying connected, in virtual time, against a hub in memory.

mod fake;
mod staying_up;
