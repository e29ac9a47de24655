//! `edgelogs device run --check`: tries everything once.

use std::time::Duration;

use crate::cli::context::Context;
use crate::cli::run::check_report::{Finding, Report};
use crate::device::sources::LogSource;
use crate::device::{CHECK_STEPS, ConnectProblem, MqttDevice};
use crate::error::Error;
use crate::exit::Exit;
use crate::output::ListFormat;

/// How long the source may take to list its modules.
const SOURCE_LIMIT: Duration = Duration::from_secs(30);

const SOURCE: &str = "source";

pub(super) async fn run(
    context: &Context,
    device: &MqttDevice,
    source: &dyn LogSource,
) -> Result<Exit, Error> {
    let mut report = Report::new(context.console, ListFormat::Auto);
    report.record("identity", Ok(Finding::ok(device.identity().to_string())))?;
    let mut passed = 0;
    let checked = device
        .check(|step, detail| {
            passed += 1;
            report.record(step, Ok(Finding::ok(detail)))
        })
        .await?;
    if let Err((step, problem)) = checked {
        report.record(step, Err(failure(problem)))?;
        for later in &CHECK_STEPS[passed + 1..] {
            let needs = Finding::skipped(format!("needs `{step}`"));
            report.record(later, Ok(needs))?;
        }
    }
    report.record(SOURCE, modules(source).await)?;
    report.finish()
}

async fn modules(source: &dyn LogSource) -> Result<Finding, Error> {
    let failed = |message: String| Error::Check {
        message,
        cause: None,
        hint: None,
        exit: Exit::Unreachable,
    };
    match tokio::time::timeout(SOURCE_LIMIT, source.modules()).await {
        Ok(Ok(modules)) => Ok(match modules.len() {
            0 => Finding::warning("there is no module", "is it the right source?"),
            1 => Finding::ok("1 module"),
            count => Finding::ok(format!("{count} modules")),
        }),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(_) => Err(failed(format!(
            "the source does not list its modules within {} s",
            SOURCE_LIMIT.as_secs()
        ))),
    }
}

fn failure(problem: ConnectProblem) -> Error {
    let causes = problem.causes.join("\n");
    Error::Check {
        message: problem.message,
        cause: Some(causes).filter(|causes| !causes.is_empty()),
        hint: problem.hint.map(str::to_owned),
        exit: match problem.refused {
            true => Exit::NotAuthorized,
            false => Exit::Unreachable,
        },
    }
}
