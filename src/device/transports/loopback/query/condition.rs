//! Conditions on a twin.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Path, value_at};

/// What a twin must fulfil.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    Compare(Path, Comparison, Constant),
    OneOf(Path, Vec<Constant>),
    IsDefined(Path),
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value in the query itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Constant {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
}

impl Condition {
    /// Whether a twin fulfils it; none where it asks for a property that the twin does not have.
    /// Such a twin is in no result, and negating the condition does not change that.
    pub(super) fn holds(&self, twin: &Value) -> Option<bool> {
        match self {
            Self::Compare(path, comparison, constant) => {
                let order = constant.order(value_at(twin, path)?);
                Some(match comparison {
                    Comparison::Equal => order == Some(Ordering::Equal),
                    Comparison::NotEqual => order != Some(Ordering::Equal),
                    Comparison::Less => order == Some(Ordering::Less),
                    Comparison::LessOrEqual => order.is_some_and(Ordering::is_le),
                    Comparison::Greater => order == Some(Ordering::Greater),
                    Comparison::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
                })
            }
            Self::OneOf(path, constants) => {
                let value = value_at(twin, path)?;
                Some(
                    constants
                        .iter()
                        .any(|constant| constant.order(value) == Some(Ordering::Equal)),
                )
            }
            Self::IsDefined(path) => Some(value_at(twin, path).is_some()),
            Self::Not(condition) => condition.holds(twin).map(|holds| !holds),
            Self::All(conditions) => joined(conditions, twin, false),
            Self::Any(conditions) => joined(conditions, twin, true),
        }
    }
}

/// The verdict of several conditions, of which one with the verdict `decisive` is enough.
fn joined(conditions: &[Condition], twin: &Value, decisive: bool) -> Option<bool> {
    let mut joined = Some(!decisive);
    for condition in conditions {
        match condition.holds(twin) {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => joined = None,
        }
    }
    joined
}

impl Constant {
    /// How a property's value compares to this; none for values of different types.
    fn order(&self, value: &Value) -> Option<Ordering> {
        match (value, self) {
            (Value::Null, Self::Null) => Some(Ordering::Equal),
            (Value::Bool(value), Self::Bool(constant)) => Some(value.cmp(constant)),
            (Value::Number(value), Self::Number(constant)) => value.as_f64()?.partial_cmp(constant),
            (Value::String(value), Self::Text(constant)) => Some(value.cmp(constant)),
            _ => None,
        }
    }
}
