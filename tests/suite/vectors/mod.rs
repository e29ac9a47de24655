//! Pure functions against recorded results of .NET and the agent (`tests/data`).

mod dotnet_regex;
mod dotnet_regex_limits;
mod log_line;
mod module_match;
