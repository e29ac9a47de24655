//! `--format`: a line as a template says.

use std::str::FromStr;

use serde_json::Value;

use super::json_line::field;
use super::log_printer::Source;
use super::time::LineTime;
use crate::control_characters::push_escaped;
use crate::invalid_input::InvalidInput;
use crate::logs::{LogStream, Record, Severity};

/// A template such as `{time} {module}: {text}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Time,
    Device,
    Module,
    Severity,
    Text,
    Line,
    Stream,
    /// A field of a JSON line, by the names on the way to it.
    Json(Vec<String>),
}

/// The fields of a template.
const FIELDS: &str =
    "{time}, {device}, {module}, {severity}, {text}, {line}, {stream}, {json.FIELD}";

impl FromStr for Template {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        if text.is_empty() {
            return Err(
                InvalidInput::new("--format is empty").hint(format!("it may hold {FIELDS}"))
            );
        }
        let (mut parts, mut literal) = (Vec::new(), String::new());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '{' | '}' if rest.starts_with(c) => {
                    literal.push(c);
                    rest = &rest[1..];
                }
                '{' => {
                    let (name, after) = rest.split_once('}').ok_or_else(|| {
                        InvalidInput::new(format!("--format `{text}`: a {{ is not closed"))
                            .hint("write {{ for a brace")
                    })?;
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                    parts.push(part(name)?);
                    rest = after;
                }
                '}' => {
                    return Err(InvalidInput::new(format!(
                        "--format `{text}`: a }} closes nothing"
                    ))
                    .hint("write }} for a brace"));
                }
                '\\' if rest.starts_with('t') => {
                    literal.push('\t');
                    rest = &rest[1..];
                }
                c => literal.push(c),
            }
        }
        parts.push(Part::Literal(literal));
        Ok(Self(parts))
    }
}

fn part(name: &str) -> Result<Part, InvalidInput> {
    Ok(match name {
        "time" => Part::Time,
        "device" => Part::Device,
        "module" => Part::Module,
        "severity" => Part::Severity,
        "text" => Part::Text,
        "line" => Part::Line,
        "stream" => Part::Stream,
        _ => match name.strip_prefix("json.").filter(|path| !path.is_empty()) {
            Some(path) => Part::Json(path.split('.').map(str::to_owned).collect()),
            None => {
                return Err(InvalidInput::new(format!("--format has no field `{name}`"))
                    .hint(format!("the fields are {FIELDS}")));
            }
        },
    })
}

/// What is not known of a line.
const UNKNOWN: &str = "-";

impl Template {
    /// Whether the stream of a line is needed, which only records tell.
    pub fn needs_stream(&self) -> bool {
        self.0.contains(&Part::Stream)
    }

    /// Whether the line as the module wrote it is needed, which records don't tell.
    pub fn needs_line(&self) -> bool {
        self.0.contains(&Part::Line)
    }

    /// Whether the time of a line is needed.
    pub fn needs_time(&self) -> bool {
        self.0.contains(&Part::Time)
    }

    /// Appends a line without its end. `escapes` says that control characters would reach a terminal.
    pub(super) fn push(
        &self,
        shown: &mut String,
        source: &Source,
        record: &Record,
        severity: Option<u8>,
        for_people: bool,
        escapes: bool,
    ) {
        let mut add = |text: &str| match escapes {
            true => push_escaped(shown, text),
            false => shown.push_str(text),
        };
        let mut json: Option<Option<Value>> = None;
        for part in &self.0 {
            match part {
                Part::Literal(text) => add(text),
                Part::Time => {
                    let time = record.timestamp();
                    add(&LineTime { time, for_people }.to_string());
                }
                Part::Device => add(&source.device),
                Part::Module => add(&source.module),
                Part::Severity => {
                    let level = severity.unwrap_or_else(|| record.loglevel());
                    match Severity::from_number(level) {
                        Some(severity) => add(severity.name()),
                        None => add(&level.to_string()),
                    }
                }
                Part::Text => add(record.text().trim_end_matches(['\n', '\r'])),
                Part::Line => {
                    let line = String::from_utf8_lossy(record.line());
                    add(line.trim_end_matches(['\n', '\r']));
                }
                Part::Stream => add(match record.stream() {
                    Some(LogStream::Stdout) => "stdout",
                    Some(LogStream::Stderr) => "stderr",
                    None => UNKNOWN,
                }),
                Part::Json(path) => {
                    let document = json.get_or_insert_with(|| {
                        let text = record.text();
                        let at = text.find('{')?;
                        serde_json::from_str(text[at..].trim()).ok()
                    });
                    let value = path
                        .iter()
                        .fold(document.as_ref(), |value, name| value?.get(name));
                    match value {
                        None | Some(Value::Null) => add(UNKNOWN),
                        Some(Value::String(text)) => add(text),
                        Some(other) => add(&field(other)),
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(template: &str, line: &str) -> String {
        let source = Source {
            iothub: "h".to_owned(),
            device: "d".to_owned(),
            module: "m".to_owned(),
        };
        let mut shown = String::new();
        let record = Record::Line(line.as_bytes().to_vec());
        let template: Template = template.parse().unwrap();
        template.push(&mut shown, &source, &record, None, false, true);
        shown
    }

    #[test]
    fn each_field_is_filled_in() {
        let line = "<4> 2026-11-22 13:05:09.123 +01:00 [WRN] - slow\n";
        assert_eq!(
            shown("{time} {device}/{module} {severity} {text}|{stream}", line),
            "2026-11-22T12:05:09.123000000Z d/m warning [WRN] - slow|-"
        );
        assert_eq!(
            shown("{{{line}}}", line),
            format!("{{{}}}", line.trim_end())
        );
        let json = r#"<6> {"msg":"a b","err":{"code":7},"x":null}"#;
        assert_eq!(
            shown(r"{json.msg}\t{json.err.code} {json.x} {json.no.such}", json),
            "a b\t7 - -"
        );
        assert_eq!(shown("{text}", "\u{1b}[2J"), "\\u{1b}[2J");
    }

    #[test]
    fn an_unknown_field_is_refused_with_those_that_there_are() {
        for template in ["", "{tiem}", "{json.}", "{", "a}", "{time"] {
            assert!(template.parse::<Template>().is_err(), "{template}");
        }
        let error = "{tiem}".parse::<Template>().unwrap_err();
        assert!(error.hint_text().unwrap().contains("{severity}"));
    }
}
