//! Defects of the shipped agent that the device module does not have.

mod reading;
mod writing;
