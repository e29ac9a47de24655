//! The environment variables whose values hold a secret: their names for whoever reads them, and all
//! of them for whoever keeps them from messages and from other programs.

/// The hub's connection string, the stronger variable first.
pub(crate) const CONNECTION_STRINGS: [&str; 2] =
    ["EDGELOGS_CONNECTION_STRING", "IOTHUB_CONNECTION_STRING"];
/// The connection string of the module or device that `device run` connects as.
pub(crate) const DEVICE_CONNECTION_STRING: &str = "EDGELOGS_DEVICE_CONNECTION_STRING";
/// The container's SAS URL, or `@FILE`.
pub(crate) const SAS: &str = "EDGELOGS_SAS";
/// The storage account's connection string and key, as Azure's own tools call them.
pub(crate) const STORAGE_CONNECTION_STRING: &str = "AZURE_STORAGE_CONNECTION_STRING";
pub(crate) const STORAGE_KEY: &str = "AZURE_STORAGE_KEY";

/// All of them. Azure's own tools read the last one.
pub(crate) const SECRET_VARIABLES: [&str; 7] = [
    CONNECTION_STRINGS[0],
    CONNECTION_STRINGS[1],
    DEVICE_CONNECTION_STRING,
    SAS,
    STORAGE_CONNECTION_STRING,
    STORAGE_KEY,
    "AZURE_STORAGE_SAS_TOKEN",
];
