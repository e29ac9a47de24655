//! Complete logs: of any size, from any agent, of one device or many, with what comes afterwards.
//!
//! # What an agent offers
//!
//! `GetModuleLogs` answers with at most 127,000 bytes, and takes no offset: only `since`, `until` and
//! `tail`. The shipped agent knows whole seconds, matches a level exactly and judges each 16 KB part
//! of a long line for itself; our own device module reads requests as documented and says so. What
//! one call can't answer is asked for in several, and put together so that each line comes once.
//!
//! # From a request to calls
//!
//! ```text
//! LogRun              stream       the devices, so many at a time
//! ├─ DeviceLogs       device_logs  one device: a single call, or each module by itself
//! │  └─ ModuleJob     module_log   one module: a walk for each level that the agent is asked for
//! │     └─ Walk       walk         page by page from the end backward
//! └─ Following        follow       then polls of one device for what is new
//!
//! Channel             channel      a window of one module's log, as the agent filters it
//! LogCalls            log_calls    a call: counted, and asked again when its answer is damaged
//! LogAgent, Clock     log_agent    the way out, which the simulation replaces
//! ```
//!
//! A **page** is the last entries of a window that ends where the known ones begin. It holds some of
//! them again, and must fit onto them (`overlap`); what grows is later than its end, and what the
//! engine rotates away shows. `walk` says the rest, `counted` what our own module makes simpler. How many
//! entries fit is learnt (`sizer`); a second with more of them than that is asked for in parts
//! (`full_second`).
//!
//! **An answer** is decoded once, entry by entry (`entries`); for an agent that sends text without
//! stamps, text and records are paired (`pairing`). Parts of long lines are joined (`long_lines`,
//! `full_parts`), and lines of one stamp that were asked for apart get their order (`ties`).
//!
//! # From answers to lines
//!
//! ```text
//! Walk ─► Spool ─► Mixed (levels) ─► Merged (modules) ─► Event::Lines ─► a sink ─► HeldLines (devices)
//! ```
//!
//! The reader of the [`Event`]s decides what becomes of a line: it is printed as it comes, written to
//! a file, or [held](HeldLines) until all devices have answered. There is one merge, by time (`merge`).
//! What waits is in a `Spool`: as it is while it is little, packed in memory and then in a temporary
//! file once it is much. Dropping the stream stops all calls.
//!
//! What is missing is never left unsaid: it is [`Event::Failed`] for a module, the result of
//! [`Event::Ended`] for a device, and a warning ([`Report`]) where no line that was asked for is known
//! to be lost.
//!
//! Beside that: [`for_each_device`] does any work for many devices, `task_wait` follows the tasks of
//! uploads, and `inventory` lists devices and modules.

mod abort_on_drop;
mod channel;
mod counted;
mod device_logs;
mod edge_agent;
mod entries;
mod first_poll;
mod fleet;
mod follow;
mod full_parts;
mod full_second;
mod held;
mod inventory;
mod log_agent;
mod log_calls;
mod log_end;
mod log_query;
mod long_lines;
mod merge;
mod module_list;
mod module_log;
mod notices;
mod overlap;
mod pace;
mod pairing;
mod patient;
mod place;
mod recent;
mod sizer;
mod spool;
mod stream;
mod task_wait;
mod ties;
mod walk;

pub use edge_agent::{EdgeAgent, ReportedDevice};
pub use fleet::{DeviceFailure, FleetOutcome, for_each_device};
pub use held::HeldLines;
pub use inventory::{EdgeDevice, EdgeDevices, device_ids, edge_devices_query, module_names};
pub use log_agent::{Clock, LogAgent, Report, Silence};
pub use log_query::{Levels, LogQuery, LogQueryFilter, LogQueryItem};
pub use merge::Order;
pub use pace::Pace;
pub use place::{Gap, Mark, PLACE_ENTRIES, Passed, Place, Places};
pub use recent::RecentLines;
pub use stream::{Event, Line, LogRun};
pub use task_wait::{Waiting, completed, follow};
