//! A task from its start to its later status.

use super::*;

async fn ended(table: &TaskTable, id: &CorrelationId) -> TaskStatusResponse {
    for _ in 0..500 {
        let response = table.status(id).await;
        if !response.status.is_under_way() {
            return response;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("task {id} does not end");
}

#[tokio::test]
async fn a_task_of_a_process_that_is_gone_has_failed_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let table = TaskTable::in_folder(folder.path().to_owned());
    let id = table
        .start(|_| std::future::pending())
        .await
        .unwrap()
        .correlation_id;
    // Another process sees it run.
    let other = TaskTable::in_folder(folder.path().to_owned());
    assert_eq!(other.status(&id).await.status, TaskStatus::Running);
    // The lock goes with the process.
    table.folder.as_ref().unwrap().unlock();
    let response = other.status(&id).await;
    assert_eq!(response.status, TaskStatus::Failed);
    assert!(
        response.message.contains("restarted"),
        "{}",
        response.message
    );
}

#[tokio::test]
async fn work_that_panics_or_fails_ends_as_failed() {
    let table = TaskTable::in_memory();
    let id = table
        .start(|_| async { panic!("oops") })
        .await
        .unwrap()
        .correlation_id;
    assert_eq!(ended(&table, &id).await.status, TaskStatus::Failed);
    let id = table
        .start(|_| async { Err("no such container".to_owned()) })
        .await
        .unwrap()
        .correlation_id;
    assert_eq!(ended(&table, &id).await.message, "no such container");
}

#[tokio::test]
async fn an_id_that_is_not_a_guid_never_becomes_a_path() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.json"), "{}").unwrap();
    let table = TaskTable::in_folder(folder.path().join("tasks"));
    for id in ["../x", "nope", ""] {
        let response = table.status(&CorrelationId::from_wire(id)).await;
        assert_eq!(response.status, TaskStatus::Unknown);
    }
}

#[tokio::test]
async fn a_task_that_waits_for_its_turn_is_not_started_and_starts_later() {
    let table = TaskTable::in_memory();
    let gate = Arc::new(Semaphore::new(0));
    let start = async || {
        let gate = gate.clone();
        let work = |_| async move { gate.acquire().await.map(drop).map_err(|e| e.to_string()) };
        table.start(work).await
    };
    let mut ids = Vec::new();
    for number in 0..MAX_UNDER_WAY {
        let response = start().await.unwrap();
        let status = if number < MAX_RUNNING {
            TaskStatus::Running
        } else {
            TaskStatus::NotStarted
        };
        assert_eq!(response.status, status, "{number}");
        ids.push(response.correlation_id);
    }
    assert_eq!(start().await.unwrap_err(), TooManyTasks);
    let last = ids.last().unwrap();
    assert_eq!(table.status(last).await.status, TaskStatus::NotStarted);
    gate.add_permits(1);
    for id in &ids {
        assert_eq!(ended(&table, id).await.status, TaskStatus::Completed);
    }
    assert!(start().await.is_ok());
}

#[tokio::test]
async fn a_task_that_takes_too_long_is_cancelled_and_says_why() {
    let table = TaskTable {
        longest: Duration::from_millis(20),
        ..TaskTable::in_memory()
    };
    let id = table
        .start(|_| std::future::pending())
        .await
        .unwrap()
        .correlation_id;
    let response = ended(&table, &id).await;
    assert_eq!(response.status, TaskStatus::Cancelled);
    assert_eq!(response.message, "stopped after 20ms, the limit for a task");
}

#[tokio::test]
async fn without_a_folder_a_task_is_still_known() {
    let place = tempfile::NamedTempFile::new().unwrap();
    // A file where the folder should be.
    let table = TaskTable::in_folder(place.path().join("tasks"));
    let id = table
        .start(|_| async { Ok(()) })
        .await
        .unwrap()
        .correlation_id;
    assert_eq!(ended(&table, &id).await.status, TaskStatus::Completed);
    assert_eq!(table.status(&id).await.status, TaskStatus::Completed);
}
