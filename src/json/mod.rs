//! Reading JSON with the path of every fault, such as `userOperation.nonce: missing`.
//!
//! Numbers keep all their digits (`serde_json` with arbitrary precision), so a `uint256` written as a JSON number is exact.

mod build;
mod meant;
mod text;
mod values;
mod write;

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use crate::hex::HexError;
use meant::meant;

pub(crate) use build::{ToJson, items, json, members, push, put};
pub use text::parse;
pub(crate) use values::{
    address, amount, boolean, data, duration, hash, instant, quantity, quantity64, quantity128, string,
};
pub use write::text_of;

/// A JSON value that is not what its place asks for. Thin, so that whoever hands it on costs nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", .0.path, .0.reason)]
pub struct JsonError(Box<JsonFault>);

/// Where a JSON value is at fault, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonFault {
    /// Where the fault is, such as `userOperation.paymasterData`.
    pub path: String,
    /// What is wrong there.
    pub reason: JsonReason,
}

impl JsonError {
    /// A fault at a place such as `userOperation.paymasterData`.
    #[must_use]
    pub fn new(path: impl Into<String>, reason: impl Into<JsonReason>) -> Self {
        Self(Box::new(JsonFault { path: path.into(), reason: reason.into() }))
    }
}

impl std::ops::Deref for JsonError {
    type Target = JsonFault;

    fn deref(&self) -> &JsonFault {
        &self.0
    }
}

/// What is wrong with a JSON value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonReason {
    /// The text is not JSON.
    #[error("not JSON (line {line}, column {column})")]
    Syntax {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// Another kind of value.
    #[error("expected {expected}, found {found}")]
    Kind {
        /// What the place asks for.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A field that must be there is not.
    #[error("missing")]
    Missing,
    /// A name that stands twice in one object.
    #[error("stands there twice")]
    Repeated,
    /// A field that nothing asks for.
    #[error("unknown field{}", .meant.as_ref().map(|name| format!("; did you mean {name}?")).unwrap_or_default())]
    Unknown {
        /// The known name that looks like it.
        meant: Option<String>,
    },
    /// Hex text that is not right.
    #[error(transparent)]
    Hex(#[from] HexError),
    /// A value that contradicts another or is outside its range; the text says which.
    #[error("{0}")]
    Invalid(Cow<'static, str>),
}

impl From<&'static str> for JsonReason {
    fn from(text: &'static str) -> Self {
        Self::Invalid(text.into())
    }
}

/// A JSON value together with its path.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    value: &'a Value,
    path: Path<'a>,
}

#[derive(Clone, Copy)]
enum Path<'a> {
    Root(&'a str),
    Field(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => f.write_str(name),
            // Without a name of its own the root is not told.
            Self::Field(Self::Root(""), name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl<'a> Node<'a> {
    pub(crate) const fn root(value: &'a Value, name: &'a str) -> Self {
        Self { value, path: Path::Root(name) }
    }

    pub(crate) const fn value(&self) -> &'a Value {
        self.value
    }

    pub(crate) fn fail<T>(&self, reason: impl Into<JsonReason>) -> Result<T, JsonError> {
        Err(JsonError::new(self.path.to_string(), reason))
    }

    pub(crate) fn fail_kind<T>(&self, expected: &'static str) -> Result<T, JsonError> {
        self.fail(JsonReason::Kind { expected, found: kind(self.value) })
    }

    pub(crate) fn object(&self) -> Result<&'a Map<String, Value>, JsonError> {
        match self.value {
            Value::Object(map) => Ok(map),
            _ => self.fail_kind("an object"),
        }
    }

    pub(crate) fn array(&self) -> Result<&'a [Value], JsonError> {
        match self.value {
            Value::Array(items) => Ok(items),
            _ => self.fail_kind("an array"),
        }
    }

    pub(crate) fn text(&self) -> Result<&'a str, JsonError> {
        match self.value {
            Value::String(text) => Ok(text),
            _ => self.fail_kind("a string"),
        }
    }

    /// Refuses fields other than `known`.
    pub(crate) fn deny_unknown(&self, known: &[&str]) -> Result<(), JsonError> {
        self.deny_unknown_beside(known, &[])
    }

    /// The same where `others` are known too, and stand elsewhere: one of them may have been meant.
    pub(crate) fn deny_unknown_beside(&self, known: &[&str], others: &[&str]) -> Result<(), JsonError> {
        match self.object()?.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => {
                let meant = meant(key, &[known, others].concat());
                Err(self.field_error(key, JsonReason::Unknown { meant }))
            }
            None => Ok(()),
        }
    }

    pub(crate) fn field_error(&self, name: &str, reason: JsonReason) -> JsonError {
        JsonError::new(Path::Field(&self.path, name).to_string(), reason)
    }

    /// Runs `read` on a field that must be there.
    pub(crate) fn field<T>(
        &self,
        name: &str,
        read: impl FnOnce(Node<'_>) -> Result<T, JsonError>,
    ) -> Result<T, JsonError> {
        read(self.needed(name)?)
    }

    /// Runs `read` on a field if it is there; `null` counts as absent.
    pub(crate) fn optional<T>(
        &self,
        name: &str,
        read: impl FnOnce(Node<'_>) -> Result<T, JsonError>,
    ) -> Result<Option<T>, JsonError> {
        self.member(name)?.map(read).transpose()
    }

    /// A field, if it is there.
    #[inline(never)]
    fn member<'b>(&'b self, name: &'b str) -> Result<Option<Node<'b>>, JsonError> {
        Ok(match self.object()?.get(name) {
            None | Some(Value::Null) => None,
            Some(value) => Some(Node { value, path: Path::Field(&self.path, name) }),
        })
    }

    /// A field that must be there.
    #[inline(never)]
    fn needed<'b>(&'b self, name: &'b str) -> Result<Node<'b>, JsonError> {
        self.member(name)?.ok_or_else(|| self.field_error(name, JsonReason::Missing))
    }

    /// Runs `read` on every item of an array.
    pub(crate) fn items<T>(
        &self,
        mut read: impl FnMut(Node<'_>) -> Result<T, JsonError>,
    ) -> Result<Vec<T>, JsonError> {
        let mut items = Vec::new();
        for (index, value) in self.array()?.iter().enumerate() {
            items.push(read(Node { value, path: Path::Item(&self.path, index) })?);
        }
        Ok(items)
    }

    fn hex<T>(&self, parse: impl FnOnce(&str) -> Result<T, HexError>) -> Result<T, JsonError> {
        parse(self.text()?).or_else(|fault| self.fail(fault))
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_carry_their_path() {
        let value = parse(r#"{"a":{"b":[1,"0x0g"]}}"#, "it").unwrap();
        let fault = Node::root(&value, "it").field("a", |a| a.field("b", |b| b.items(data)));
        assert_eq!(fault.unwrap_err().to_string(), "it.a.b[0]: expected a string, found a number");
        let fault = Node::root(&value, "it").deny_unknown(&[]).unwrap_err();
        assert_eq!(fault.to_string(), "it.a: unknown field");
        let fault = Node::root(&value, "").field("a", |a| a.deny_unknown(&["args"])).unwrap_err();
        assert_eq!(fault.to_string(), "a.b: unknown field");
    }
}
