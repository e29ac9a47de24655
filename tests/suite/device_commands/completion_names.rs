//! The names that completion offers, from the library against the stand-in.

use edgelogs::fetch::{device_ids, module_names};
use edgelogs::hub::{ConnectionString, HubClient, RetryPolicy};

use super::press;
use stand_in::{DeviceSetup, DeviceState, Route, Setup, StandIn};

fn client(stand_in: &StandIn) -> HubClient {
    let connection = ConnectionString::parse(&stand_in.connection_string()).expect("a hub");
    HubClient::new(connection, RetryPolicy::new(0), Vec::new()).expect("a client")
}

#[tokio::test]
async fn device_ids_stop_at_the_limit_without_an_extra_page() {
    let setup = Setup::new()
        .device(DeviceSetup::new("leaf").state(DeviceState::WithoutAgent))
        .fleet("d", 250, |device| device);
    let stand_in = StandIn::start(setup);
    let ids = device_ids(&client(&stand_in), 150).await.expect("ids");
    assert_eq!(ids.len(), 150);
    assert_eq!((&*ids[0], &*ids[149]), ("d0", "d149"));
    let pages = stand_in.journal();
    assert_eq!(
        pages
            .iter()
            .filter(|call| call.route == Route::Query)
            .count(),
        2
    );
    let all = device_ids(&client(&stand_in), usize::MAX).await;
    assert_eq!(all.expect("ids").len(), 250);
}

#[tokio::test]
async fn module_names_are_those_of_the_log_methods() {
    let stand_in = StandIn::start(Setup::with(press("d").state(DeviceState::Offline)));
    let client = client(&stand_in);
    let names = module_names(&client, "d").await.expect("names");
    assert_eq!(names, ["edgeAgent", "edgeHub", "tempSensor"]);
    assert!(module_names(&client, "nobody").await.is_err());
}
