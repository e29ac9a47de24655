//! Errors of a hub and of the connection to it, read from every form in which hubs report them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::signed_in::SignedIn;

/// What an error of the hub means for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HubErrorKind {
    /// No identity gets a token from Entra ID; nothing was sent.
    NotSignedIn,
    /// The identity named by the environment gets no token; nothing was sent.
    SignInRefused,
    /// 401: the token or the key is refused, or a role is missing (Entra answers 401, not 403).
    NotAuthorized,
    /// 403, apart from the kinds below.
    Forbidden,
    /// 403010: direct methods do not exist in the Basic tier.
    BasicTier,
    /// 404001: the hub does not know the device, or it is disabled.
    DeviceNotFound,
    /// 404010: the device has no such module.
    ModuleNotFound,
    /// 404103 and 404104: the module is not connected, or listens for no methods.
    NotConnected,
    /// 504101: the hub lost track; the method may have run.
    NoAnswer,
    /// 429 and 403800: too many calls.
    Throttled,
    /// 413: the request is larger than the hub takes.
    TooLarge,
    /// 400 and other refusals: the hub did not understand the request.
    Rejected,
    /// 5xx apart from 504101.
    HubFailure,
    /// No connection was made; nothing was sent.
    NotReached,
    /// The connection broke, or no answer came in time; the method may have run.
    Interrupted,
    /// The answer does not come from a hub.
    NotAnAnswer,
}

/// An error of the hub or of the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubError {
    /// What it means.
    pub kind: HubErrorKind,
    /// The HTTP status, if an answer came.
    pub http_status: Option<u16>,
    /// The hub's six-digit code, such as 404103.
    pub code: Option<u32>,
    /// The hub's name of the error, such as `DeviceNotOnline`.
    pub name: Option<String>,
    /// The hub's or the network's own message.
    pub message: String,
    /// The id to give to Microsoft's support.
    pub tracking_id: Option<String>,
    /// How long the hub asks us to wait.
    pub retry_after: Option<Duration>,
    /// Who was refused, with a 401 or a 403.
    pub signed_in: Option<Arc<SignedIn>>,
}

impl HubErrorKind {
    /// Whether signing in failed; then nothing was sent.
    pub fn is_sign_in(self) -> bool {
        matches!(self, Self::NotSignedIn | Self::SignInRefused)
    }

    /// Whether a call that may be sent twice is worth repeating.
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Throttled
                | Self::HubFailure
                | Self::NoAnswer
                | Self::NotReached
                | Self::Interrupted
        )
    }
}

impl HubError {
    /// An error without an answer of the hub.
    pub(super) fn without_answer(kind: HubErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            http_status: None,
            code: None,
            name: None,
            message: message.into(),
            tracking_id: None,
            retry_after: None,
            signed_in: None,
        }
    }

    /// Reads an answer whose HTTP status is not a success. `header_name` is the value of
    /// `iothub-errorcode`.
    pub(super) fn from_answer(http_status: u16, header_name: Option<&str>, body: &str) -> Self {
        let found = Details::read(body);
        // The body's number decides, then the header's name, then the body's name, then the status.
        let name = header_name.map(str::to_owned).or(found.name);
        let code = found
            .code
            .or_else(|| name.as_deref().and_then(code_of_name));
        Self {
            kind: kind_of(http_status, code),
            http_status: Some(http_status),
            code,
            name,
            message: found
                .message
                .unwrap_or_else(|| "the hub gave no reason".to_owned()),
            tracking_id: found.tracking_id,
            retry_after: None,
            signed_in: None,
        }
    }
}

impl fmt::Display for HubError {
    /// Code, name and the hub's words; the tracking id at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.http_status) {
            (Some(code), _) => write!(f, "{code} ")?,
            (None, Some(status)) => write!(f, "HTTP {status} ")?,
            (None, None) => {}
        }
        if let Some(name) = self
            .name
            .as_deref()
            .filter(|name| !self.message.contains(name))
        {
            write!(f, "{name}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.tracking_id {
            Some(id) => write!(f, " (tracking id {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for HubError {}

/// Names without a number come from the registry, the twins and the gateway.
fn code_of_name(name: &str) -> Option<u32> {
    Some(match name {
        "IotHubUnauthorizedAccess" => 401_002,
        "IotHubUnauthorized" => 401_003,
        "IotHubQuotaExceeded" => 403_002,
        "OperationNotAvailableInCurrentTier" => 403_010,
        "DeviceMaximumInflightMethodExceeded" => 403_800,
        "DeviceNotFound" => 404_001,
        "ModuleNotFound" => 404_010,
        "DeviceNotOnline" => 404_103,
        "DeviceConnectionClosedRemotely" => 404_104,
        "ThrottlingException" => 429_001,
        "GatewayTimeout" => 504_101,
        _ => return None,
    })
}

fn kind_of(http_status: u16, code: Option<u32>) -> HubErrorKind {
    use HubErrorKind as Kind;
    match code {
        Some(403_010) => return Kind::BasicTier,
        Some(403_800) => return Kind::Throttled,
        Some(404_001) => return Kind::DeviceNotFound,
        Some(404_010) => return Kind::ModuleNotFound,
        Some(404_103 | 404_104) => return Kind::NotConnected,
        Some(504_101) => return Kind::NoAnswer,
        // The hub is failing over, or closed the connection for another of the same name.
        Some(404_012 | 400_027) => return Kind::HubFailure,
        _ => {}
    }
    match http_status {
        401 => Kind::NotAuthorized,
        403 => Kind::Forbidden,
        404 => Kind::DeviceNotFound,
        413 => Kind::TooLarge,
        429 => Kind::Throttled,
        504 => Kind::NoAnswer,
        499..=599 => Kind::HubFailure,
        _ => Kind::Rejected,
    }
}

/// What an error body tells, whatever its form.
#[derive(Default)]
struct Details {
    code: Option<u32>,
    name: Option<String>,
    message: Option<String>,
    tracking_id: Option<String>,
}

/// How often a hub has wrapped one error into another, at the most.
const MAX_NESTING: usize = 4;

impl Details {
    /// Forms seen in the field: a JSON string within JSON (methods), `ErrorCode:Name;words`
    /// (registry, twins, authorization), flat JSON, the first wrapped once more (the portal), and
    /// HTML or nothing.
    fn read(body: &str) -> Self {
        let mut details = Self::default();
        details.descend(body.trim(), MAX_NESTING);
        details
    }

    fn descend(&mut self, text: &str, depth: usize) {
        if text.is_empty() {
            return;
        }
        let object = match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(object)) if depth > 0 => object,
            Ok(Value::String(inner)) if depth > 0 => return self.descend(inner.trim(), depth - 1),
            _ => return self.words(text),
        };
        let field = |name: &str| {
            object
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        };
        match field("errorCode") {
            Some(Value::Number(number)) => {
                self.code = number.as_u64().and_then(|code| u32::try_from(code).ok())
            }
            Some(Value::String(text)) => match text.parse() {
                Ok(code) => self.code = Some(code),
                Err(_) => self.name = Some(text.clone()),
            },
            _ => {}
        }
        if let Some(Value::String(id)) = field("trackingId") {
            self.tracking_id = Some(id.clone());
        }
        if let Some(Value::String(exception)) = field("ExceptionMessage")
            && let Some(id) = exception.strip_prefix("Tracking ID:")
        {
            self.tracking_id = Some(id.to_owned());
        }
        if let Some(Value::String(message)) = field("message") {
            self.descend(message.trim(), depth - 1);
        }
    }

    /// Plain words, `ErrorCode:Name;words` or HTML.
    fn words(&mut self, text: &str) {
        if let Some(rest) = text.strip_prefix("ErrorCode:") {
            let (name, rest) = rest.split_once(';').unwrap_or((rest, ""));
            self.name = Some(name.trim().to_owned());
            self.message = Some(
                if rest.trim().is_empty() {
                    name.trim()
                } else {
                    rest.trim()
                }
                .to_owned(),
            );
        } else if text.starts_with('<') {
            self.message = Some("the answer is a web page, not a hub's".to_owned());
        } else {
            self.message = Some(
                text.split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
                    .chars()
                    .take(400)
                    .collect(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> HubError {
        HubError::from_answer(status, None, body)
    }

    #[test]
    fn a_json_string_within_json_is_unwrapped() {
        let error = read(
            404,
            r#"{"Message":"{\"errorCode\":404103,\"trackingId\":\"2ce0-G:0\",\"message\":\"Timed out waiting for device to connect.\",\"info\":{\"timeout\":\"00:00:00\"},\"timestampUtc\":\"2018-08-24T17:49:33.201157Z\"}","ExceptionMessage":""}"#,
        );
        assert_eq!(error.kind, HubErrorKind::NotConnected);
        assert_eq!(
            error.to_string(),
            "404103 Timed out waiting for device to connect. (tracking id 2ce0-G:0)"
        );
    }

    #[test]
    fn the_portal_wraps_once_more() {
        let error = read(
            504,
            r#"{"message":"{\"Message\":\"{\\\"errorCode\\\":504101,\\\"message\\\":\\\"Timed out\\\",\\\"info\\\":{}}\"}"}"#,
        );
        assert_eq!(error.code, Some(504_101));
        assert_eq!(error.message, "Timed out");
    }

    #[test]
    fn a_name_between_semicolons_has_a_number() {
        let error = read(
            401,
            r#"{"Message":"ErrorCode:IotHubUnauthorizedAccess;Unauthorized","ExceptionMessage":"Tracking ID:abc-G:4"}"#,
        );
        assert_eq!(error.code, Some(401_002));
        assert_eq!(error.tracking_id.as_deref(), Some("abc-G:4"));
        assert_eq!(
            error.to_string(),
            "401002 IotHubUnauthorizedAccess: Unauthorized (tracking id abc-G:4)"
        );
        let error = read(
            404,
            r#"{"Message":"ErrorCode:ModuleNotFound;Device {d} Module m at IotHub {h} not registered."}"#,
        );
        assert_eq!(error.kind, HubErrorKind::ModuleNotFound);
    }

    #[test]
    fn flat_json_html_and_nothing_are_errors_too() {
        assert_eq!(
            read(
                401,
                r#"{"errorCode":401002,"message":"Unauthorized access","info":null}"#
            )
            .code,
            Some(401_002)
        );
        assert_eq!(
            read(400, "<html><body>Bad Request - Invalid URL</body></html>").kind,
            HubErrorKind::Rejected
        );
        assert_eq!(read(503, "").kind, HubErrorKind::HubFailure);
    }

    #[test]
    fn the_header_names_what_the_body_leaves_out() {
        let error = HubError::from_answer(404, Some("DeviceNotOnline"), "");
        assert_eq!(error.kind, HubErrorKind::NotConnected);
    }

    #[test]
    fn a_status_alone_tells_the_kind() {
        for (status, kind) in [
            (401, HubErrorKind::NotAuthorized),
            (403, HubErrorKind::Forbidden),
            (404, HubErrorKind::DeviceNotFound),
            (429, HubErrorKind::Throttled),
            (500, HubErrorKind::HubFailure),
            (504, HubErrorKind::NoAnswer),
            (413, HubErrorKind::TooLarge),
            (400, HubErrorKind::Rejected),
        ] {
            assert_eq!(read(status, "").kind, kind, "{status}");
        }
    }
}
