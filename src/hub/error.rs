//! Errors of a hub or of the connection to it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::signed_in::SignedIn;

/// The kind of a hub error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HubErrorKind {
    /// No identity gets a token from Entra ID. Nothing was sent.
    NotSignedIn,
    /// The identity in the environment variables gets no token. Nothing was sent.
    SignInRefused,
    /// 401: the token or the key is rejected, or a role is missing (401 rather than 403 with Entra ID).
    NotAuthorized,
    /// 403, except for the kinds below.
    Forbidden,
    /// 403010: the Basic tier has no direct methods.
    BasicTier,
    /// 404001: the hub does not know the device, or it is disabled.
    DeviceNotFound,
    /// 404010: the device has no such module.
    ModuleNotFound,
    /// 404103 and 404104: the module is not connected, or doesn't listen for methods.
    NotConnected,
    /// 504101: the hub got no response from the device. The method may have run.
    NoAnswer,
    /// 429 and 403800: too many calls.
    Throttled,
    /// 413: the request is too large.
    TooLarge,
    /// 400 and other statuses: the hub rejected the request.
    Rejected,
    /// 5xx except for 504101.
    HubFailure,
    /// No connection could be made. Nothing was sent.
    NotReached,
    /// The server's certificate is not trusted. Nothing was sent, and trying again changes nothing.
    Untrusted,
    /// The connection broke or timed out. The method may have run.
    Interrupted,
    /// The response is not a hub's.
    NotAnAnswer,
}

/// An error of the hub or of the connection to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubError {
    /// The kind of error.
    pub kind: HubErrorKind,
    /// The HTTP status, if the hub responded.
    pub http_status: Option<u16>,
    /// The hub's six-digit code, such as 404103.
    pub code: Option<u32>,
    /// The error's name, such as `DeviceNotOnline`.
    pub name: Option<String>,
    /// The message of the hub or the network.
    pub message: String,
    /// The id for Microsoft support.
    pub tracking_id: Option<String>,
    /// The value of `Retry-After`.
    pub retry_after: Option<Duration>,
    /// The identity that was rejected with 401 or 403.
    pub signed_in: Option<Arc<SignedIn>>,
}

impl HubErrorKind {
    /// Whether signing in failed, so that nothing was sent.
    pub fn is_sign_in(self) -> bool {
        matches!(self, Self::NotSignedIn | Self::SignInRefused)
    }

    /// Whether a call that is safe to repeat is worth retrying.
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
    /// Whether a success came damaged, as a lost answer of which something arrived.
    pub(super) fn is_damaged_answer(&self) -> bool {
        let is_success = |status| (200..300).contains(&status);
        self.kind == HubErrorKind::NotAnAnswer && self.http_status.is_some_and(is_success)
    }

    /// An error without a response from the hub.
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

    /// Reads an HTTP error response. `header_name` is the value of `iothub-errorcode`.
    pub(super) fn from_answer(http_status: u16, header_name: Option<&str>, body: &str) -> Self {
        let details = Details::read(body);
        // Precedence: the code in the body, the name in the header, the name in the body, the status.
        let name = header_name.map(str::to_owned).or(details.name);
        let code = details
            .code
            .or_else(|| name.as_deref().and_then(code_of_name));
        Self {
            kind: kind_of(http_status, code),
            http_status: Some(http_status),
            code,
            name,
            message: details
                .message
                .unwrap_or_else(|| "the hub gave no reason".to_owned()),
            tracking_id: details.tracking_id,
            retry_after: None,
            signed_in: None,
        }
    }
}

impl fmt::Display for HubError {
    /// Code, name, message and tracking id.
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

/// The registry, twins and the gateway send names without codes.
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
        // The hub is failing over, or the device reconnected and replaced the connection.
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
        // A hub redirects nobody: something in between answers, such as a portal to sign in at.
        300..=399 => Kind::NotAnAnswer,
        _ => Kind::Rejected,
    }
}

/// The fields of an error body.
#[derive(Default)]
struct Details {
    code: Option<u32>,
    name: Option<String>,
    message: Option<String>,
    tracking_id: Option<String>,
}

/// The maximum nesting of errors within errors.
const MAX_NESTING: usize = 4;

/// How much of a text is read, in characters. Whoever answers may send megabytes.
const MOST_TEXT: usize = 4000;

impl Details {
    /// Reads all forms seen in the field: a JSON string within JSON (methods), the same wrapped once
    /// more (the portal), `ErrorCode:Name;message` (registry, twins, authorization), flat JSON, HTML
    /// and an empty body.
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
            _ => return self.read_text(text),
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

    /// Reads plain text, `ErrorCode:Name;message` or HTML.
    fn read_text(&mut self, text: &str) {
        let mut ends = text.char_indices().map(|(end, _)| end);
        let text = &text[..ends.nth(MOST_TEXT).unwrap_or(text.len())];
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
            self.message = Some("the response is a web page, not a hub's response".to_owned());
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
    fn error_names_are_mapped_to_codes() {
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
    fn the_http_status_alone_determines_the_kind() {
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
