//! Pure functions against the results of the real engines, kept as data in `tests/data`.

mod dotnet_regex;
mod dotnet_regex_limits;
mod log_line;
mod module_match;
