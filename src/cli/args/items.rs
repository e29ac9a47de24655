//! `--item ID [K=V]...`: a request whose modules differ.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::error::Error;
use crate::invalid_input::InvalidInput;

/// The occurrences of `--item`, each with its own values.
#[derive(Debug, Default)]
pub(crate) struct ItemArgs {
    items: Vec<Vec<String>>,
}

/// One item as typed.
#[derive(Debug, Default)]
pub(crate) struct TypedItem {
    /// A regular expression on module names.
    pub(crate) id: String,
    pub(crate) tail: Option<String>,
    pub(crate) since: Option<String>,
    pub(crate) until: Option<String>,
    pub(crate) loglevel: Option<String>,
    pub(crate) regex: Option<String>,
}

impl ItemArgs {
    /// Splits keys from values.
    pub(crate) fn typed(&self) -> Result<Vec<TypedItem>, Error> {
        self.items
            .iter()
            .map(|words| typed(words).map_err(Error::from))
            .collect()
    }
}

fn typed(words: &[String]) -> Result<TypedItem, InvalidInput> {
    let usage = "use --item ID tail=100 since=2h loglevel=warning regex=RE";
    let (id, pairs) = words
        .split_first()
        .ok_or_else(|| InvalidInput::new("--item names no module"))?;
    let mut item = TypedItem {
        id: id.clone(),
        ..TypedItem::default()
    };
    for pair in pairs {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(
                InvalidInput::new(format!("`{pair}` after --item {id} is not KEY=VALUE"))
                    .hint(format!("{usage}; put plain ids before --item")),
            );
        };
        let field = match key {
            "tail" => &mut item.tail,
            "since" => &mut item.since,
            "until" => &mut item.until,
            "loglevel" => &mut item.loglevel,
            "regex" => &mut item.regex,
            _ => {
                return Err(
                    InvalidInput::new(format!("--item {id} has the unknown key `{key}`"))
                        .hint(usage),
                );
            }
        };
        if field.replace(value.to_owned()).is_some() {
            return Err(InvalidInput::new(format!(
                "--item {id} has the key `{key}` twice"
            )));
        }
    }
    Ok(item)
}

const NAME: &str = "item";

// clap's derive would flatten all occurrences into one list.
impl Args for ItemArgs {
    fn augment_args(command: Command) -> Command {
        command.arg(
            Arg::new(NAME)
                .long(NAME)
                .value_names(["ID", "K=V"])
                .num_args(1..)
                .action(ArgAction::Append)
                .help_heading("Filter")
                .help("A module pattern with its own filter, such as: --item edge tail=100")
                .long_help(
                    "A module pattern with its own filter, repeatable: --item edge tail=100 --item \
                     tempSensor tail=1000. Keys are tail, since, until, loglevel and regex; the other filter \
                     flags are defaults for items. If several patterns match a module, the first one applies; \
                     items come before plain ids.",
                ),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ItemArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let occurrences = matches
            .get_occurrences::<String>(NAME)
            .into_iter()
            .flatten();
        Ok(Self {
            items: occurrences.map(|words| words.cloned().collect()).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
