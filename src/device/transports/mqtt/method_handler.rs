//! What answers the requests.

use async_trait::async_trait;

use crate::device::handler::DeviceModule;
use crate::methods::MethodAnswer;

/// Answers direct methods, and knows of the tasks that they started.
#[async_trait]
pub(in crate::device) trait MethodHandler: Send + Sync {
    /// Answers one method. `payload` is the JSON that came with it, if any did.
    async fn handle(&self, method: &str, payload: Option<&str>) -> MethodAnswer;

    /// How many tasks have not ended.
    fn running_tasks(&self) -> usize;

    /// Waits until all tasks have ended.
    async fn tasks_ended(&self);
}

#[async_trait]
impl MethodHandler for DeviceModule {
    async fn handle(&self, method: &str, payload: Option<&str>) -> MethodAnswer {
        DeviceModule::handle(self, method, payload).await
    }

    fn running_tasks(&self) -> usize {
        DeviceModule::running_tasks(self)
    }

    async fn tasks_ended(&self) {
        DeviceModule::tasks_ended(self).await;
    }
}
