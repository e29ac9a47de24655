//! The sources of logs: folders, the management API of `aziot-edged`, and a real Docker Engine.

mod dir;
mod docker;
mod docker_modules;
mod edged;
mod management_api;
