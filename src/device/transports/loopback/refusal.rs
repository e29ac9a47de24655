//! Errors in IoT Hub's formats.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

/// An answer.
pub(super) type Reply = Response<Full<Bytes>>;

/// The error codes of IoT Hub that this hub uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HubCode {
    InvalidProtocolVersion,
    ArgumentInvalid,
    Unauthorized,
    NotFound,
    DeviceNotFound,
    ModuleNotFound,
    DeviceNotOnline,
    NotAllowed,
    TooLarge,
    GatewayTimeout,
}

impl HubCode {
    /// Status, number and name. The first three digits of a number are its status.
    fn parts(self) -> (StatusCode, u32, &'static str) {
        match self {
            Self::InvalidProtocolVersion => {
                (StatusCode::BAD_REQUEST, 400_001, "InvalidProtocolVersion")
            }
            Self::ArgumentInvalid => (StatusCode::BAD_REQUEST, 400_004, "ArgumentInvalid"),
            // The REST API sends this code; the documentation says 401003.
            Self::Unauthorized => (
                StatusCode::UNAUTHORIZED,
                401_002,
                "IotHubUnauthorizedAccess",
            ),
            Self::NotFound => (StatusCode::NOT_FOUND, 404_000, "GenericNotFound"),
            Self::DeviceNotFound => (StatusCode::NOT_FOUND, 404_001, "DeviceNotFound"),
            Self::ModuleNotFound => (StatusCode::NOT_FOUND, 404_010, "ModuleNotFound"),
            Self::DeviceNotOnline => (StatusCode::NOT_FOUND, 404_103, "DeviceNotOnline"),
            Self::NotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                405_000,
                "GenericMethodNotAllowed",
            ),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, 413_001, "MessageTooLarge"),
            Self::GatewayTimeout => (StatusCode::GATEWAY_TIMEOUT, 504_101, "GatewayTimeout"),
        }
    }
}

/// A refused request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    code: HubCode,
    message: String,
    /// The `info` of the method format; the other format has none.
    info: Option<Value>,
}

impl Refusal {
    /// In the format of registry, twins, queries and authorisation: names joined by semicolons.
    pub(super) fn registry(code: HubCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            info: None,
        }
    }

    /// In the format of direct methods: a JSON document as a string inside another one.
    pub(super) fn of_method(code: HubCode, message: impl Into<String>) -> Self {
        Self {
            info: Some(json!({})),
            ..Self::registry(code, message)
        }
    }

    /// Adds `info`, in the format of direct methods.
    pub(super) fn with_info(self, info: Value) -> Self {
        Self {
            info: Some(info),
            ..self
        }
    }

    /// The answer.
    pub(super) fn reply(self) -> Reply {
        let (status, number, name) = self.code.parts();
        let now = Timestamp::now();
        let tracking = format!(
            "{}-G:0-TimeStamp:{}",
            uuid::Uuid::new_v4().simple(),
            now.strftime("%m/%d/%Y %H:%M:%S")
        );
        let body = match self.info {
            None => json!({
                "Message": format!("ErrorCode:{name};{}", self.message),
                "ExceptionMessage": format!("Tracking ID:{tracking}"),
            }),
            Some(info) => {
                let inner = json!({
                    "errorCode": number,
                    "trackingId": tracking,
                    "message": self.message,
                    "info": info,
                    "timestampUtc": hub_time(now),
                });
                json!({ "Message": inner.to_string(), "ExceptionMessage": "" })
            }
        };
        let mut reply = reply(status, body.to_string());
        reply
            .headers_mut()
            .insert("iothub-errorcode", HeaderValue::from_static(name));
        reply
    }
}

/// A time as .NET writes it: with at most seven digits of a second. Its parsers take no more.
pub(super) fn hub_time(time: Timestamp) -> String {
    let nanoseconds = time.as_nanosecond();
    let ticks = nanoseconds - nanoseconds.rem_euclid(100);
    Timestamp::from_nanosecond(ticks)
        .unwrap_or(time)
        .to_string()
}

/// An answer with a JSON body.
pub(super) fn reply(status: StatusCode, body: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    reply.headers_mut().insert(CONTENT_TYPE, json);
    reply
}
