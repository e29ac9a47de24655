//! The checks up to the device.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

use crate::cli::args::connection::ConnectionArgs;
use crate::cli::context::Context;
use crate::cli::run::check_report::{CheckResult, Finding};
use crate::cli::run::hub_connection::{HubConnection, SignedBy};
use crate::cli::settings::flags::Tree;
use crate::cli::settings::loaded::Settings;
use crate::cli::settings::selection::SettingsSelection;
use crate::error::{Error, untrusted_hint};
use crate::exit::Exit;
use crate::hub::{
    CallLimits, HubAnswer, HubClient, HubEndpoint, HubError, HubErrorKind, ModuleTwin, RateLimit,
    RetryPolicy,
};
use crate::methods::EDGE_AGENT;
use crate::proxy::Proxy;
use crate::shell_word::shell_word;

/// Clock differences: when to warn, and when hubs refuse tokens.
const CLOCK_WARNING_SECONDS: u64 = 2 * 60;
const CLOCK_LIMIT_SECONDS: u64 = 5 * 60;

/// Matches no device, so that it is cheap on any hub.
const CHEAP_QUERY: &str = "SELECT deviceId FROM devices WHERE deviceId = 'edgelogs-doctor'";

/// Whether the settings are valid.
pub(crate) fn settings(
    selection: &SettingsSelection,
    tree: &Tree,
    local: bool,
) -> Result<(Finding, ()), Error> {
    let (settings, warnings) = match Settings::load_with_warnings(selection, tree) {
        // `--local` needs no settings.
        Err(error) if local => {
            let hint = error
                .hint()
                .unwrap_or_else(|| "see: edgelogs config path".to_owned());
            return Ok((Finding::warning(error.to_string(), hint), ()));
        }
        checked => checked?,
    };
    let file = settings.path().map(|path| format!("`{}`", path.display()));
    let profile = settings
        .profile()
        .map(|profile| format!("profile `{}`", profile.name));
    let mut detail = match (file, profile) {
        (None, _) => "no settings file".to_owned(),
        (Some(file), None) => format!("{file}, no profile"),
        (Some(file), Some(profile)) => format!("{profile} in {file}"),
    };
    let mut finding = Finding::ok("");
    for warning in warnings {
        finding.result = CheckResult::Warning;
        detail = format!("{detail}; {warning}");
    }
    Ok((Finding { detail, ..finding }, ()))
}

/// Which hub to call, and how to sign in.
pub(crate) async fn connection(
    context: &Context,
    settings: &Settings,
    args: &ConnectionArgs,
    device: &str,
) -> Result<(Finding, HubConnection), Error> {
    let connection = args.resolve(context, settings).await?;
    let origin = connection.origin.clone();
    // One check runs at a time.
    let limits = CallLimits::new(1, RateLimit::per_second(0));
    let hub = HubConnection::open(context, connection, device, RetryPolicy::new(0), limits).await?;
    let how = match &hub.signed_by {
        SignedBy::Policy(policy) => format!("with the key of policy `{policy}`"),
        SignedBy::Entra => "with Entra ID".to_owned(),
    };
    let detail = format!("{} {how}, from {origin}", hub.client.endpoint());
    Ok((Finding::ok(detail), hub))
}

/// Whether the hub's name resolves.
pub(crate) async fn addresses(client: &HubClient) -> Result<(Finding, ()), Error> {
    let endpoint = client.endpoint();
    let host = endpoint.name();
    let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    if is_address {
        return Ok((Finding::skipped(format!("{host} is an IP address")), ()));
    }
    if let Some(proxy) = Proxy::of(endpoint.url())? {
        let detail = format!("the proxy in {} resolves names", proxy.variable());
        return Ok((Finding::skipped(detail), ()));
    }
    let found = client.addresses().await.map_err(|source| Error::Check {
        message: format!("the name of hub `{host}` can't be resolved"),
        cause: Some(source.message),
        hint: Some(format!(
            "compare the name with `az iot hub show -n {} --query properties.hostName`",
            shell_word(host.split('.').next().unwrap_or_default())
        )),
        exit: Exit::Unreachable,
    })?;
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    Ok((Finding::ok(format!("{host} is {}", shown.join(", "))), ()))
}

/// Whether the hub can be reached over TLS. Any answer will do.
pub(crate) async fn reach(client: &HubClient) -> Result<(Finding, HubAnswer), Error> {
    let endpoint = client.endpoint();
    let answer = client
        .reach()
        .await
        .map_err(|source| unreachable(endpoint, &source))?;
    let took = format!("{} answered after {} ms", endpoint, answer.milliseconds);
    let detail = if endpoint.host_name().starts_with("http://") {
        format!("{took}, over plain http on this machine")
    } else {
        format!("{took}; its certificate is trusted")
    };
    Ok((Finding::ok(detail), answer))
}

/// The hint for an unreachable hub.
pub(crate) fn unreachable_hint(endpoint: &HubEndpoint) -> &'static str {
    if endpoint.is_loopback() {
        "check that `edgelogs device serve` still runs, and on which port"
    } else {
        "allow connections to port 443, or set HTTPS_PROXY"
    }
}

fn unreachable(endpoint: &HubEndpoint, source: &HubError) -> Error {
    let hub = endpoint.authority();
    let (message, hint) = if source.kind == HubErrorKind::Untrusted {
        (
            format!("the certificate of hub `{hub}` is not trusted"),
            untrusted_hint(source),
        )
    } else {
        (
            format!("hub `{hub}` can't be reached"),
            unreachable_hint(endpoint),
        )
    };
    Error::Check {
        message,
        cause: Some(source.message.clone()),
        hint: Some(hint.to_owned()),
        exit: Exit::Unreachable,
    }
}

/// Whether signing in yields a token, and for which identity.
pub(crate) async fn sign_in(client: &HubClient) -> Result<(Finding, ()), Error> {
    let signed_in = client.sign_in().await.map_err(|source| Error::SignIn {
        hub: client.endpoint().name().to_owned(),
        source: Box::new(source),
    })?;
    let left = duration_text(signed_in.expires.as_second() - Timestamp::now().as_second());
    let who = match &signed_in.principal {
        Some(principal) => format!("{} as {principal}", signed_in.method),
        None => signed_in.method.to_string(),
    };
    Ok((Finding::ok(format!("{who}, valid for {left}")), ()))
}

/// A readable duration.
fn duration_text(seconds: i64) -> String {
    match seconds / 60 {
        minutes @ ..120 => format!("{minutes} min"),
        minutes @ ..2880 => format!("{} h", minutes / 60),
        minutes => format!("{} days", minutes / 1440),
    }
}

/// Whether the hub accepts the token.
pub(crate) async fn hub(client: &HubClient) -> Result<(Finding, ()), Error> {
    let name = client.endpoint().name();
    let rows: Result<Vec<Value>, HubError> = client.query(CHEAP_QUERY).await;
    rows.map_err(|source| Error::Query {
        hub: name.to_owned(),
        source: Box::new(source),
    })?;
    Ok((Finding::ok(format!("{name} answers queries")), ()))
}

/// Whether the clocks agree: tokens expire.
pub(crate) fn clock(answer: HubAnswer) -> Result<(Finding, ()), Error> {
    let Some(ahead) = answer.clock_ahead else {
        return Ok((Finding::skipped("the hub's answer has no time"), ()));
    };
    let seconds = ahead.unsigned_abs();
    let side = if ahead > 0 { "behind" } else { "ahead of" };
    let difference = match seconds {
        0..120 => format!("{seconds} s"),
        _ => format!("{} min", seconds / 60),
    };
    let detail = format!("this machine's clock is {difference} {side} the hub's");
    let hint = "set this machine's clock, for example: timedatectl set-ntp true";
    let finding = match seconds {
        0 => Finding::ok("this machine's clock agrees with the hub's"),
        1..=CLOCK_WARNING_SECONDS => Finding::ok(detail),
        _ if seconds <= CLOCK_LIMIT_SECONDS => Finding::warning(detail, hint),
        _ => {
            return Err(Error::Check {
                message: detail,
                cause: Some("hubs refuse tokens when clocks differ this much".to_owned()),
                hint: Some(hint.to_owned()),
                exit: Exit::NotAuthorized,
            });
        }
    };
    Ok((finding, ()))
}

/// Whether the device is registered.
pub(crate) async fn device(
    client: &HubClient,
    device: &str,
) -> Result<(Finding, ModuleTwin), Error> {
    let twin = client.module_twin(device, EDGE_AGENT).await;
    let twin = twin.map_err(|source| Error::Hub {
        hub: client.endpoint().name().to_owned(),
        device: device.to_owned(),
        module: EDGE_AGENT.to_owned(),
        source: Box::new(source),
    })?;
    let state = match twin.connection_state.as_deref() {
        Some(state) => format!(
            "; the hub reports its agent as {}",
            state.to_ascii_lowercase()
        ),
        None => String::new(),
    };
    let detail = format!("`{device}` is registered{state}");
    Ok((Finding::ok(detail), twin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_minutes_hours_or_days() {
        for (seconds, shown) in [
            (-90, "-1 min"),
            (3599, "59 min"),
            (2 * 3600 - 1, "119 min"),
            (2 * 3600, "2 h"),
            (48 * 3600 - 1, "47 h"),
            (1_634_979 * 60, "1135 days"),
        ] {
            assert_eq!(duration_text(seconds), shown, "{seconds}");
        }
    }
}
