//! Who connects.

use crate::device::identity::DeviceIdentity;
use crate::hub::API_VERSION;

/// A module of a device, or the device itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The hub's host name, without a port. It is what tokens are signed for, also behind a gateway.
    pub hub: String,
    /// The device's id.
    pub device: String,
    /// The module's id; `None`: the device itself connects.
    pub module: Option<String>,
}

impl Identity {
    /// The MQTT client id, such as `press-07/edgelogs`. The ids are not encoded.
    pub fn client_id(&self) -> String {
        match &self.module {
            Some(module) => format!("{}/{module}", self.device),
            None => self.device.clone(),
        }
    }

    /// The MQTT user name.
    pub(super) fn user_name(&self) -> String {
        format!(
            "{}/{}/?api-version={API_VERSION}&DeviceClientType=edgelogs%2F{}",
            self.hub,
            self.client_id(),
            env!("CARGO_PKG_VERSION")
        )
    }

    /// What tokens are signed for.
    pub(super) fn resource(&self) -> String {
        match &self.module {
            Some(module) => format!("{}/devices/{}/modules/{module}", self.hub, self.device),
            None => format!("{}/devices/{}", self.hub, self.device),
        }
    }

    /// Who the device is, in records and in blob names.
    pub(super) fn of_device(&self) -> DeviceIdentity {
        DeviceIdentity {
            hub: self.hub.clone(),
            device: self.device.clone(),
        }
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.module {
            Some(module) => write!(
                out,
                "module `{module}` of device `{}` at hub `{}`",
                self.device, self.hub
            ),
            None => write!(out, "device `{}` at hub `{}`", self.device, self.hub),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_and_a_device_connect_under_the_names_that_iot_hub_expects() {
        let mut identity = Identity {
            hub: "h.azure-devices.net".to_owned(),
            device: "press 7".to_owned(),
            module: Some("edgelogs".to_owned()),
        };
        assert_eq!(identity.client_id(), "press 7/edgelogs");
        assert!(
            identity
                .user_name()
                .starts_with("h.azure-devices.net/press 7/edgelogs/?api-version=2021-04-12&")
        );
        assert_eq!(
            identity.resource(),
            "h.azure-devices.net/devices/press 7/modules/edgelogs"
        );
        identity.module = None;
        assert_eq!(identity.client_id(), "press 7");
        assert_eq!(identity.resource(), "h.azure-devices.net/devices/press 7");
    }
}
