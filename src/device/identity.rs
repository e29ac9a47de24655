//! Who the device is.

/// Who the device is, in records and in blob names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceIdentity {
    /// The hub's host name, without a port.
    pub hub: String,
    /// The device's id.
    pub device: String,
}
