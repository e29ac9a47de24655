//! The modules that the source `docker` lists, against a real Docker Engine.

use crate::common::eventually::eventually_async;
use edgelogs::device::sources::{
    DockerSource, LogSource, LogWindow, ModuleInfo, ModuleState, SourceErrorKind,
};
use support::engine::{self, Container, Engine};

use super::{joined, refusal, whole};

fn source(engine: &Engine) -> DockerSource {
    DockerSource::new(engine.socket()).unwrap()
}

/// The whole log of a module.
async fn text(source: &DockerSource, module: &str) -> Vec<u8> {
    joined(&whole(source, module, &LogWindow::default()).await)
}

#[tokio::test]
#[ignore = "needs a Docker Engine"]
async fn modules_are_listed_in_every_state() {
    let engine = Engine::from_env();
    let image = [
        "--label",
        "net.azure-devices.edge.original-image=mcr.example.net/a:1.0",
    ];
    let running = engine.start("running", &image, "sleep 100");
    let done = engine.run("done", &[], "exit 0");
    let failed = engine.run("failed", &[], "echo before; exit 3");
    let created = engine.create("created", &[], "true");
    let paused = engine.start("paused", &[], "sleep 100");
    engine.docker(&["pause", &paused.name]);
    let restarting = engine.start("restarting", &["--restart", "always"], "exit 4");
    let unhealthy = [
        "--health-cmd",
        "false",
        "--health-interval",
        "100ms",
        "--health-retries",
        "1",
    ];
    let unhealthy = engine.start("unhealthy", &unhealthy, "sleep 100");

    let source = source(&engine);
    // A container that restarts runs for a moment each time, and a health check takes a while.
    let settled = |modules: &[ModuleInfo]| {
        let is = |container: &Container, state| {
            modules
                .iter()
                .any(|module| module.name == container.name && module.state == state)
        };
        is(&restarting, ModuleState::Backoff) && is(&unhealthy, ModuleState::Unhealthy)
    };
    let modules = eventually_async("the states of all containers", async || {
        Some(source.modules().await.unwrap()).filter(|modules| settled(modules))
    })
    .await;
    let names: Vec<_> = modules.iter().map(|module| module.name.as_str()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(names, sorted);
    let find = |container: &Container| -> ModuleInfo {
        modules
            .iter()
            .find(|module| module.name == container.name)
            .unwrap()
            .clone()
    };
    assert_eq!(
        find(&running).image.as_deref(),
        Some("mcr.example.net/a:1.0")
    );
    assert_eq!(find(&done).image.as_deref(), Some(engine::IMAGE));
    for (container, state, code) in [
        (&running, ModuleState::Running, None),
        (&done, ModuleState::Stopped, Some(0)),
        (&failed, ModuleState::Failed, Some(3)),
        (&created, ModuleState::Stopped, None),
        (&paused, ModuleState::Stopped, None),
        (&restarting, ModuleState::Backoff, Some(4)),
        (&unhealthy, ModuleState::Unhealthy, None),
    ] {
        let module = find(container);
        assert_eq!(
            (module.state, module.exit_code),
            (state, code),
            "{}",
            module.name
        );
        assert_eq!(module.exited.is_some(), code.is_some());
        assert_eq!(module.started.is_some(), container.name != created.name);
    }
    engine.docker(&["unpause", &paused.name]);

    assert_eq!(text(&source, &failed.name).await, b"before\n");
    for container in [&created, &done, &restarting] {
        assert!(text(&source, &container.name).await.is_empty());
    }
    let short_id = running.inspect("{{.Id}}")[..12].to_owned();
    for name in [&short_id[..], "no-such", "../info", "a b", "", "%2e"] {
        let error = refusal(&source, name).await;
        assert_eq!(error.kind(), SourceErrorKind::NotFound, "{name}");
    }
}

#[tokio::test]
#[ignore = "needs a Docker Engine"]
async fn a_restart_changes_the_start_time() {
    let engine = Engine::from_env();
    let container = engine.start(
        "restart",
        &["--stop-timeout", "0"],
        "echo started; sleep 100",
    );
    let before = container.inspect("{{.State.StartedAt}}");
    source(&engine).restart(&container.name).await.unwrap();
    assert_ne!(container.inspect("{{.State.StartedAt}}"), before);
    let error = source(&engine).restart("no-such").await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::NotFound);
}
