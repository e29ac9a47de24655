//! What is asked for.

use edgelogs::fetch::{Levels, LogQuery, LogQueryFilter, LogQueryItem};
use edgelogs::logs::Severity;
use edgelogs::methods::{ContentType, Encoding, ModulePattern, TimeBound};
use jiff::Timestamp;

use crate::agent::selects;
use crate::engine::{SECOND, WORDS};
use crate::rng::Rng;
use crate::world::{BEGIN, Config, NAMES};

/// A query, and how it is run.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) devices: u64,
    pub(crate) is_followed: bool,
    pub(crate) patience: u32,
    pub(crate) logs: LogQuery,
}

impl Query {
    pub(crate) fn draw(config: &Config) -> Self {
        let mut rng = Rng::new(config.seed, 2);
        let devices = match rng.below(10) {
            0 => rng.between(2, 5) as u64,
            _ => 1,
        };
        let is_followed = rng.chance(0.2);
        let form = rng.below(10);
        let content_type = match form {
            0..=2 => ContentType::Json,
            _ => ContentType::Text,
        };
        let verbatim = form >= 8 && !is_followed;
        let stamps = is_followed || rng.chance(0.3);
        let mut items = Vec::new();
        match rng.below(10) {
            0..=4 => items.push(exact(rng.pick(&NAMES))),
            5..=6 => items.push(pattern(rng.pick(&[".*", "all"]))),
            7 => items.push(pattern("edge")),
            8 => {
                items.push(exact(rng.pick(&NAMES)));
                items.push(pattern(".*"));
            }
            _ => {
                items.push(exact("edgeHub"));
                items.push(exact("sensor"));
            }
        }
        for item in &mut items {
            item.filter = filter(&mut rng, config, is_followed);
        }
        if rng.chance(0.6) {
            let filter = items[0].filter.clone();
            items
                .iter_mut()
                .for_each(|item| item.filter = filter.clone());
        }
        Self {
            devices,
            is_followed,
            patience: config.patience,
            logs: LogQuery {
                items,
                encoding: match rng.chance(0.8) {
                    true => Encoding::Gzip,
                    false => Encoding::None,
                },
                content_type,
                verbatim,
                stamps,
            },
        }
    }

    /// The filter for a module: the first item that selects it counts.
    pub(crate) fn filter(&self, module: &str) -> Option<&LogQueryFilter> {
        let mut items = self.logs.items.iter();
        let item = items.find(|item| selects(item.id.as_str(), module));
        item.map(|item| &item.filter)
    }
}

fn exact(name: &str) -> LogQueryItem {
    LogQueryItem {
        id: ModulePattern::exact(name).expect("a name"),
        module: Some(name.to_owned()),
        filter: LogQueryFilter::default(),
    }
}

fn pattern(text: &str) -> LogQueryItem {
    LogQueryItem {
        id: ModulePattern::regex(text).expect("a pattern"),
        module: None,
        filter: LogQueryFilter::default(),
    }
}

fn filter(rng: &mut Rng, config: &Config, is_followed: bool) -> LogQueryFilter {
    let mut filter = LogQueryFilter::default();
    if rng.chance(0.35) {
        filter.tail = Some(match rng.below(4) {
            0 => rng.between(0, 3),
            1 => rng.between(4, 30),
            _ => rng.between(30, 500),
        } as u32);
    }
    if rng.chance(0.3) {
        filter.since = Some(bound(rng, config, true));
    }
    if rng.chance(0.2) && !is_followed {
        filter.until = Some(bound(rng, config, false));
    }
    if rng.chance(0.35) {
        let number = rng.pick(&[3, 4, 4, 6, 6, 7, 0, 5]);
        let severity = Severity::from_number(number).expect("a severity");
        filter.levels = match rng.chance(0.75) {
            true => Levels::AtMost(severity),
            false => Levels::Only(severity),
        };
    }
    if rng.chance(0.25) {
        filter.regex = Some(rng.pick(&WORDS).to_owned());
    }
    filter
}

fn bound(rng: &mut Rng, config: &Config, is_since: bool) -> TimeBound {
    let history = config.history * SECOND;
    let ago = match is_since {
        true => rng.between(0, history * 5 / 4),
        false => rng.between(-30 * SECOND, history),
    };
    let name = if is_since { "since" } else { "until" };
    let text = match rng.below(4) {
        // The device's clock may be off, which is the operator's affair here.
        0 => format!("{}", (BEGIN - ago) / SECOND),
        1 => {
            let instant = Timestamp::from_nanosecond(i128::from(BEGIN - ago)).expect("in range");
            instant.to_string()
        }
        2 => {
            let second = Timestamp::from_second((BEGIN - ago) / SECOND).expect("in range");
            second.to_string()
        }
        _ => format!("{}s", ago.max(0) / SECOND + i64::from(is_since)),
    };
    TimeBound::parse(name, &text).expect("a time")
}
