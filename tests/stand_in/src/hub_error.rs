//! IoT Hub's errors, in every form in which hubs have been seen to send them.

use jiff::Timestamp;
use serde_json::{Value, json};

/// The form of an error body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorShape {
    /// A: a JSON string within JSON; what methods answer.
    Nested,
    /// B: `ErrorCode:Name;words`, without a number; registry, twins, authorization.
    Semicolon,
    /// C: flat; seen on every route since 2021.
    Flat,
    /// D: A, wrapped once more.
    Wrapped,
    /// E: nothing.
    Empty,
}

/// The member `info` of the forms that have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Info {
    /// `null`
    Null,
    /// `{}`
    Empty,
    /// The connect timeout of the call, in seconds, as `hh:mm:ss`.
    ConnectTimeout(u64),
}

impl Info {
    fn json(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Empty => json!({}),
            Self::ConnectTimeout(timeout) => {
                let (minutes, seconds) = (timeout / 60, timeout % 60);
                json!({ "timeout": format!("00:{minutes:02}:{seconds:02}") })
            }
        }
    }
}

/// An error of the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubError {
    /// The HTTP status.
    pub status: u16,
    /// The six digits; the first three need not be the status.
    pub code: u32,
    /// What the header `iothub-errorcode` says.
    pub name: String,
    /// The words.
    pub message: String,
    /// What stands beside the words.
    pub info: Info,
    /// The form, where it is not the route's own.
    pub shape: Option<ErrorShape>,
    /// The header `Retry-After`.
    pub retry_after: Option<u64>,
}

impl HubError {
    /// An error whose HTTP status is the first half of its code.
    pub fn new(code: u32, name: &str, message: impl Into<String>) -> Self {
        Self {
            status: u16::try_from(code / 1000).unwrap_or(500),
            code,
            name: name.to_owned(),
            message: message.into(),
            info: Info::Null,
            shape: None,
            retry_after: None,
        }
    }

    /// Sets the form.
    #[must_use]
    pub fn shaped(mut self, shape: ErrorShape) -> Self {
        self.shape = Some(shape);
        self
    }

    /// Sets `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// 400004: an argument that the hub does not take.
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(400_004, "ArgumentInvalid", message)
    }

    /// 401002: what REST really sends for a token that does not hold.
    pub fn unauthorized() -> Self {
        Self::new(401_002, "IotHubUnauthorizedAccess", "Unauthorized")
    }

    /// 403010: direct methods do not exist in the Basic tier.
    pub fn basic_tier() -> Self {
        let name = "OperationNotAvailableInCurrentTier";
        Self::new(
            403_010,
            name,
            "Operation is not allowed in the current tier.",
        )
    }

    /// 404001: not registered, or disabled.
    pub fn device_not_found(device: &str) -> Self {
        Self::new(
            404_001,
            "DeviceNotFound",
            format!("Device {device} not registered."),
        )
    }

    /// 404010: no such module.
    pub fn module_not_found(device: &str, module: &str, hub: &str) -> Self {
        let message = format!("Device {device} Module {module} at IotHub {hub} not registered.");
        Self::new(404_010, "ModuleNotFound", message)
    }

    /// 404103: not connected within the connect timeout, which `info` repeats.
    pub fn not_online(connect_timeout: u64) -> Self {
        let message = "Timed out waiting for device to connect.";
        Self {
            info: Info::ConnectTimeout(connect_timeout),
            ..Self::new(404_103, "DeviceNotOnline", message)
        }
    }

    /// 413001: larger than 128 KB.
    pub fn too_large() -> Self {
        Self::new(413_001, "MessageTooLarge", "The message is too large.")
    }

    /// 429001.
    pub fn throttled() -> Self {
        let message = "Throttling limit of direct methods is exceeded.";
        Self::new(429_001, "ThrottlingException", message)
    }

    /// 500001.
    pub fn server_error() -> Self {
        Self::new(500_001, "ServerError", "An internal error occurred.")
    }

    /// 503005.
    pub fn server_busy() -> Self {
        Self::new(503_005, "ServerBusy", "Server is busy, try again later.")
    }

    /// 504101: the hub lost track of the call.
    pub fn gateway_timeout() -> Self {
        Self {
            info: Info::Empty,
            ..Self::new(
                504_101,
                "GatewayTimeout",
                "Timed out waiting for the response from device.",
            )
        }
    }

    /// The body, in this form.
    pub fn body(&self, shape: ErrorShape) -> String {
        let now = Timestamp::now();
        let stamp = now.strftime("%m/%d/%Y %H:%M:%S").to_string();
        let id = uuid::Uuid::new_v4().simple().to_string();
        let tracking_id = format!("{id}-G:14-TimeStamp:{stamp}");
        let flat = || {
            json!({
                "errorCode": self.code,
                "trackingId": tracking_id,
                "message": self.message,
                "info": self.info.json(),
                "timestampUtc": now.to_string(),
            })
            .to_string()
        };
        let nested = || json!({ "Message": flat(), "ExceptionMessage": "" }).to_string();
        match shape {
            ErrorShape::Nested => nested(),
            ErrorShape::Semicolon => json!({
                "Message": format!("ErrorCode:{};{}", self.name, self.message),
                "ExceptionMessage": format!("Tracking ID:{tracking_id}"),
            })
            .to_string(),
            ErrorShape::Flat => flat(),
            ErrorShape::Wrapped => json!({ "message": nested() }).to_string(),
            ErrorShape::Empty => String::new(),
        }
    }
}

/// A page as http.sys makes it.
pub(crate) fn html(status: u16) -> String {
    format!(
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\"\"http://www.w3.org/TR/html4/strict.dtd\">\r\n\
         <HTML><HEAD><TITLE>Error {status}</TITLE></HEAD>\r\n\
         <BODY><h2>Bad Request - Invalid URL</h2>\r\n<hr><p>HTTP Error {status}. The request URL is \
         invalid.</p>\r\n</BODY></HTML>\r\n"
    )
}
